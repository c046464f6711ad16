"""Work that goes on beside other work: a start waits for the card, the keyboards and the key's cost at one time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Begins `work` at once in a thread of its own; it may raise OSError."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done: list[T | OSError] = []
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._done.append(self._work())
        except OSError as error:
            self._done.append(error)

    def result(self) -> T:
        """Wait for it. Raises the OSError that ended it, and OSError when something else did."""
        self._thread.join()
        done = self._done[0] if self._done else OSError("ended without a word")
        if isinstance(done, OSError):
            raise done
        return done
