"""Leaves the data partition no room."""

from __future__ import annotations

import os

from telling import HOME, say


def main() -> None:
    """Take all the room there is, but for the last few bytes that no file can have."""
    with (HOME / "filler").open("wb", buffering=0) as stream:
        for size in (1 << 20, 4096, 1):
            while True:
                try:
                    stream.write(bytes(size))
                except OSError:
                    break
        try:
            os.fsync(stream.fileno())
        except OSError as error:
            say("filled", error.strerror)


if __name__ == "__main__":
    main()
