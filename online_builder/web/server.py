"""A read-only page for this machine: it answers GET on 127.0.0.1 and changes nothing, so no form can be abused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

from online_builder.desk import Desk
from online_builder.errors import BuilderError
from online_builder.store.values import State
from online_builder.web.codes import first, picture, steps
from online_builder.web.pages import POLICY, SCRIPT, STYLE, overview, request_page
from signer.core.errors import KinkoError, Malformed

HOST: Final = "127.0.0.1"
_HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a media type, a body."""

    status: HTTPStatus
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Pages:
    """The routes. Each answer opens the desk anew, so that commands may work beside the page."""

    open_desk: Callable[[], AbstractContextManager[Desk]]

    def get(self, path: str) -> Answer:
        """Never raises on what a browser may ask."""
        try:
            return self._route(path.split("?")[0].strip("/").split("/"))
        except (BuilderError, Malformed) as error:
            return _text(HTTPStatus.NOT_FOUND, str(error))
        except KinkoError as error:
            return _text(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    def _route(self, parts: list[str]) -> Answer:
        match parts:
            case ["style.css"]:
                return Answer(HTTPStatus.OK, "text/css", STYLE.encode())
            case ["script.js"]:
                return Answer(HTTPStatus.OK, "text/javascript", SCRIPT.encode())
            case [""]:
                with self.open_desk() as desk:
                    page = overview(desk.store.accounts(), desk.watch(), desk.oversee(), desk.now())
                return Answer(HTTPStatus.OK, _HTML, page.encode())
            case ["request", identifier]:
                with self.open_desk() as desk:
                    request = desk.store.request(identifier)
                    found = steps(request.sealed)
                    page = request_page(desk.progress(request), found, first(found))
                return Answer(HTTPStatus.OK, _HTML, page.encode())
            case ["request", identifier, "frame", place, number] if _small(place) and _small(number):
                with self.open_desk() as desk:
                    request = desk.store.request(identifier)
                if request.state is State.CANCELLED:
                    return _text(HTTPStatus.GONE, "cancelled")
                return Answer(HTTPStatus.OK, "image/png", picture(request.sealed, int(place), int(number)))
            case _:
                return _text(HTTPStatus.NOT_FOUND, "not found")


def make_server(pages: Pages, port: int) -> HTTPServer:
    """A server on this machine only; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Host", "").rpartition(":")[0] not in (HOST, "localhost"):
                # A name that only points here (DNS rebinding) is not us.
                self._send(_text(HTTPStatus.MISDIRECTED_REQUEST, "not this host"))
            else:
                self._send(pages.get(self.path))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Quiet: what was looked at is nobody's business."""

    return HTTPServer((HOST, port), Handler)


def _small(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 6


def _text(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", text.encode())
