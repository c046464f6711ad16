"""What a ceremony's thread and its screen tell each other: the thread waits on a Future, the screen fulfils it."""

from __future__ import annotations

from concurrent.futures import Future

from textual.message import Message

from signer.ceremony.table import Paper
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


class Wanted(Message):
    """The ceremony needs a document."""

    def __init__(self, paper: Paper, answer: Future[bytes]) -> None:
        super().__init__()
        self.paper = paper
        self.answer = answer


class Laid(Message):
    """The ceremony lays facts on the table, to be compared."""

    def __init__(self, title: str, facts: tuple[str, ...], answer: Future[None]) -> None:
        super().__init__()
        self.title = title
        self.facts = facts
        self.answer = answer


class Given(Message):
    """The ceremony gives a document to other devices."""

    def __init__(self, paper: Paper, text: str, answer: Future[None]) -> None:
        super().__init__()
        self.paper = paper
        self.text = text
        self.answer = answer


class Taken(Message):
    """A step is over, or failed."""

    def __init__(self, error: KinkoError | None = None) -> None:
        super().__init__()
        self.error = error
