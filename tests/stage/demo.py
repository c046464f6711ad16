"""`make demo COIN=...`: a coin's whole journey, told as a story. `--play` lets a person be the officer."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from tests.stage import cast, nem_journey
from tests.stage.journey import perform


class Play(Protocol):
    """One coin's story: plays it in an empty folder (that it may have to make), returns an exit status."""

    def __call__(self, folder: Path, *, person: bool) -> int: ...


#: A line a coin.
PLAYS: Final[Mapping[str, Play]] = MappingProxyType(
    {
        "btc": partial(perform, cast.BITCOIN),
        "bch": partial(perform, cast.BITCOIN_CASH),
        "dash": partial(perform, cast.DASH),
        "ltc": partial(perform, cast.LITECOIN),
        "mona": partial(perform, cast.MONACOIN),
        "nem": nem_journey.perform,
    }
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coin", choices=sorted(PLAYS), default="btc")
    parser.add_argument("--play", action="store_true", help="you are the officer")
    parser.add_argument("--folder", type=Path, default=Path("demo-output"))
    args = parser.parse_args()
    folder = args.folder.resolve()
    if folder.exists():
        shutil.rmtree(folder)
    return PLAYS[args.coin](folder, person=args.play)


if __name__ == "__main__":
    sys.exit(main())
