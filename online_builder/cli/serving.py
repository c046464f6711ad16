"""`kinko-builder serve`: the page, until Control-C."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from http.server import HTTPServer
from typing import TypeAlias

from online_builder.cli.output import Output
from online_builder.errors import BuilderError, Trouble
from signer.core.errors import ExitStatus

#: A server of the page on a port of this machine, not yet serving.
MakeServer: TypeAlias = Callable[[int], HTTPServer]


def serve(make: MakeServer, args: Namespace, out: Output) -> ExitStatus:
    """Serve the page and say where it is."""
    try:
        server = make(args.port)
    except (OSError, OverflowError) as error:
        raise BuilderError(
            Trouble.BACKEND_SETTINGS, source=f"port {args.port}", why=str(error)[:80]
        ) from error
    url = f"http://127.0.0.1:{server.server_port}/"
    out.tell({"url": url}, [f"{url}  (Control-C ends)"])
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return ExitStatus.DONE
    finally:
        server.server_close()
    return ExitStatus.DONE
