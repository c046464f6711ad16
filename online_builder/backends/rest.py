"""A REST interface that answers in JSON, over HTTP or HTTPS: bounded, and read field by field, each of one type."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

from online_builder.errors import BuilderError, Trouble

MAX_ANSWER: Final = 8 * 1024 * 1024
_KEY: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_WORDS: Final = 1024
_NOT_THERE: Final = frozenset({400, 404})


@dataclass(frozen=True, slots=True)
class Rest:
    """One server. `url` without a slash at its end; no redirect is followed.

    `timeout` is for each step of an answer, `patience` for the whole of it: a server may drip. Both in seconds.
    """

    url: str
    timeout: float = 20.0
    patience: float = 60.0

    @property
    def name(self) -> str:
        return self.url[:80]

    def get(self, path: str, query: Mapping[str, str]) -> Answer | None:
        """The object at a path; None where the server says that there is none. Raises BuilderError (BACKEND_*)."""
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Mapping[str, str]) -> Answer:
        """What the server makes of `body`; also of one that it refuses. Raises BuilderError (BACKEND_*)."""
        found = self._send("POST", path, json.dumps(dict(body)))
        if found is None:
            raise self.garbled(f"{path} is not there")
        return found

    def garbled(self, why: str) -> BuilderError:
        """The error for an answer that makes no sense."""
        return BuilderError(Trouble.BACKEND_GARBLED, source=self.name, why=why[:100])

    def _send(self, method: str, path: str, body: str | None) -> Answer | None:
        parts = urlsplit(self.url)
        connection = _connection(parts, self.timeout)
        try:
            connection.connect()
            with _hung_up(connection, self.patience):
                connection.request(method, parts.path + path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                data = answer.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = str(error)[:100] or "no answer"
            raise BuilderError(Trouble.BACKEND_DOWN, source=self.name, why=why) from error
        finally:
            connection.close()
        if answer.status in _NOT_THERE and method == "GET":
            return None
        if answer.status >= 500 or answer.status in (401, 403, 429):
            raise BuilderError(Trouble.BACKEND_FAILED, source=self.name, why=f"HTTP {answer.status}")
        if len(data) > MAX_ANSWER:
            raise self.garbled(f"an answer of more than {MAX_ANSWER} bytes")
        try:
            value = json.loads(data, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise self.garbled(f"HTTP {answer.status}, not JSON") from error
        if not isinstance(value, dict):
            raise self.garbled("no object")
        return Answer(self, value)


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(host, parts.port, timeout=timeout)


@contextmanager
def _hung_up(connection: http.client.HTTPConnection, after: float) -> Iterator[None]:
    """The connection is cut when the time is over. Raises TimeoutError then, whatever was read."""
    line, over = connection.sock, threading.Event()

    def cut() -> None:
        over.set()
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(after, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if over.is_set():
            raise TimeoutError(f"not done in {after:g} seconds")


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object. Every getter raises BACKEND_GARBLED where a field is missing, of another type or out of bounds."""

    rest: Rest
    value: Mapping[str, object]

    def has(self, name: str) -> bool:
        return name in self.value

    def full(self, name: str) -> bool:
        """Whether it is there and says something."""
        return bool(self.value.get(name))

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        found = self.value.get(name, default)
        if type(found) is not int or not low <= found <= high:
            raise self.rest.garbled(f"{name} is no number from {low} to {high}")
        return found

    def words(self, name: str) -> str:
        """Any text that can be shown."""
        found = self.value.get(name)
        if not isinstance(found, str) or len(found) > _MAX_WORDS or not found.isprintable():
            raise self.rest.garbled(f"{name} is no text")
        return found

    def text(self, name: str, form: re.Pattern[str]) -> str:
        found = self.words(name)
        if form.fullmatch(found) is None:
            raise self.rest.garbled(f"{name} has another form")
        return found

    def key(self, name: str) -> bytes:
        """32 bytes in hex."""
        return bytes.fromhex(self.text(name, _KEY))

    def map(self, name: str) -> Answer:
        found = self.optional_map(name)
        if found is None:
            raise self.rest.garbled(f"{name} is no object")
        return found

    def optional_map(self, name: str) -> Answer | None:
        """None where it is not there, null or empty."""
        found = self.value.get(name)
        return Answer(self.rest, found) if isinstance(found, dict) and found else None

    def rows(self, name: str, most: int, *, optional: bool = False) -> list[Answer]:
        found = self.value.get(name, [] if optional else None)
        if not isinstance(found, list) or len(found) > most:
            raise self.rest.garbled(f"{name} is no list of at most {most}")
        if not all(isinstance(row, dict) for row in found):
            raise self.rest.garbled(f"{name} holds something else than objects")
        return [Answer(self.rest, row) for row in found]
