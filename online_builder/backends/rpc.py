"""JSON-RPC to a node of Bitcoin Core's family over HTTP: bounded, with the login read from a file."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from online_builder.errors import BuilderError, Trouble

MAX_ANSWER: Final = 64 * 1024 * 1024
_MAX_LOGIN: Final = 4096
_OK_STATUS: Final = frozenset({200, 404, 500})


class RpcError(Exception):
    """The node understood and said no: its code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message[:300]


@dataclass(frozen=True, slots=True)
class Rpc:
    """One node. `login` is its cookie file, or a file with `user:password`; it is read anew at each call."""

    host: str
    port: int
    login: Path
    wallet: str = ""
    timeout: float = 60.0

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def call(self, method: str, *arguments: object, timeout: float | None = None) -> object:
        """One call. Raises RpcError for the node's own no, BuilderError for everything else."""
        return self._send({"jsonrpc": "1.0", "id": 0, "method": method, "params": list(arguments)}, timeout)

    def batch(self, method: str, rows: Sequence[Sequence[object]]) -> list[object]:
        """The same method once a row, in order. Raises as `call`."""
        body = [
            {"jsonrpc": "1.0", "id": n, "method": method, "params": list(row)} for n, row in enumerate(rows)
        ]
        answers = self._post(body, self.timeout) if body else []
        if not isinstance(answers, list) or len(answers) != len(rows):
            raise self._garbled("a batch of another length")
        found = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        return [self._result(found.get(n)) for n in range(len(rows))]

    def _send(self, body: object, timeout: float | None) -> object:
        return self._result(self._post(body, timeout or self.timeout))

    def _post(self, body: object, timeout: float) -> object:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {self._login()}"}
        path = f"/wallet/{self.wallet}" if self.wallet else "/"
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise BuilderError(
                Trouble.BACKEND_DOWN, source=self.name, why=str(error)[:100] or "no answer"
            ) from error
        finally:
            connection.close()
        if answer.status in (401, 403):
            raise BuilderError(Trouble.BACKEND_LOGIN, source=self.name)
        if answer.status not in _OK_STATUS or len(data) > MAX_ANSWER:
            raise self._garbled(f"HTTP {answer.status}, {len(data)} bytes")
        try:
            return json.loads(data, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise self._garbled("not JSON") from error

    def _result(self, answer: object) -> object:
        if not isinstance(answer, dict):
            raise self._garbled("no answer in it")
        error = answer.get("error")
        if isinstance(error, dict):
            code = error.get("code")
            raise RpcError(code if isinstance(code, int) else 0, str(error.get("message", "")))
        return answer.get("result")

    def _login(self) -> str:
        try:
            with self.login.open("rb") as file:
                text = file.read(_MAX_LOGIN).strip()
        except OSError as error:
            raise BuilderError(
                Trouble.BACKEND_DOWN, source=self.name, why="its login file is not there"
            ) from error
        return base64.b64encode(text).decode()

    def _garbled(self, why: str) -> BuilderError:
        return BuilderError(Trouble.BACKEND_GARBLED, source=self.name, why=why)
