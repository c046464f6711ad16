"""The builder's composition: the one file that names every adapter; a home folder becomes a desk."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import HTTPServer
from pathlib import Path

from online_builder.backends.embedded import Embedded
from online_builder.backends.registry import open_backend
from online_builder.cli.run import run
from online_builder.desk import Desk
from online_builder.errors import BuilderError, Trouble
from online_builder.key import open_key
from online_builder.plan.ports import Source
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount
from online_builder.web.server import Pages, make_server
from signer.chains.registry import READERS


@contextmanager
def open_desk(given: Path | None) -> Iterator[Desk]:
    """`--home`, else KINKO_BUILDER_HOME, else a folder of the user's. What was opened is closed at the end."""
    home = given or Path(os.environ.get("KINKO_BUILDER_HOME") or Path.home() / ".kinko-builder")
    sources: dict[tuple[str, str], Source] = {}
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuilderError(Trouble.STORE, why=f"its folder: {error.strerror}") from error
    with ExitStack() as stack:
        store = Store(home / "builder.sqlite")
        stack.callback(store.close)

        def open_source(account: KnownAccount) -> Source:
            place = (account.backend, account.chain)
            if place not in sources:
                source = open_backend(account.backend, home, account.chain)
                if isinstance(source, Embedded):
                    stack.callback(source.close)
                sources[place] = source
            return sources[place]

        yield Desk(store, open_key(home / "builder.key"), READERS, open_source, lambda: int(time.time()))


def main() -> None:
    """`kinko-builder`."""
    sys.exit(run(sys.argv[1:], open_desk, page))


def page(home: Path | None, port: int) -> HTTPServer:
    """The page of a home folder."""
    return make_server(Pages(lambda: open_desk(home)), port)
