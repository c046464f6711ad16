"""Which source an account is watched through, by its URL: a line a kind."""

from __future__ import annotations

from pathlib import Path

from online_builder.backends.embedded import REGTEST, Embedded
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Backend


def open_backend(url: str, home: Path, chain: str) -> Backend:
    """`embedded:` is the chain in the builder's own folder, `embedded:PATH` one elsewhere. Raises BuilderError."""
    kind, _, rest = url.partition(":")
    if kind == "embedded" and chain == REGTEST:
        return Embedded(Path(rest) if rest else home / "embedded")
    raise BuilderError(
        Trouble.BACKEND_SETTINGS, source=url[:80], why="not a source this builder knows for the chain"
    )
