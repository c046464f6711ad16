"""What a ceremony's thread and its screen tell each other: the thread waits on a Future, the screen fulfils it."""

from __future__ import annotations

from concurrent.futures import Future

from textual.message import Message

from signer.core.errors import KinkoError


class Left(Exception):
    """The people in the room ended the ceremony while it was waiting for them."""


class Asked(Message):
    """The ceremony needs something typed."""

    def __init__(self, name: str, answer: Future[bytearray]) -> None:
        super().__init__()
        self.name = name
        self.answer = answer


class Handed(Message):
    """The ceremony hands something out, to be written down."""

    def __init__(self, title: str, text: str, answer: Future[None]) -> None:
        super().__init__()
        self.title = title
        self.text = text
        self.answer = answer


class Taken(Message):
    """A step is over, or failed."""

    def __init__(self, error: KinkoError | None = None) -> None:
        super().__init__()
        self.error = error
