"""A small Esplora server over the embedded chain: the paths that clients ask, and one of our own to mine."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pbk

from online_builder.backends.embedded import Embedded
from online_builder.errors import BuilderError
from signer.chains.registry import find_chain

CHAIN = find_chain("bitcoin", "regtest")
PAGE = 25


class Explorer:
    """What the embedded chain knows, in Esplora's words."""

    def __init__(self, folder: Path) -> None:
        self.chain = Embedded(folder)

    def get(self, path: list[str]) -> tuple[int, str, bytes]:
        match path:
            case ["blocks", "tip", "height"]:
                return _text(str(self.chain._engine.height))
            case ["blocks", "tip", "hash"]:
                return _text(self.chain._engine.hash_at(self.chain._engine.height))
            case ["block-height", height] if height.isdigit() and int(height) <= self.chain._engine.height:
                return _text(self.chain._engine.hash_at(int(height)))
            case ["block", digest, "header"]:
                return _text(self._header(digest))
            case ["address", address, "txs", *after]:
                return _json(self._history(CHAIN.lock(address), after[-1] if after else ""))
            case ["tx", txid, "raw"] if self._row(txid):
                return 200, "application/octet-stream", self._row(txid)[0]
            case ["tx", txid, "status"]:
                return _json(self._status(txid))
            case ["tx", txid, "outspend", vout]:
                entry = self.chain._index.entry(txid, int(vout))
                return (
                    _json({"spent": bool(entry and entry.spent_by)})
                    if entry
                    else (404, "text/plain", b"not found")
                )
            case ["tx", txid] if self._row(txid):
                return _json(self._tx(txid))
            case ["fee-estimates"]:
                return _json({"1": 6.0, "6": 1.5, "144": 1.0})
            case _:
                return 404, "text/plain", b"not found"

    def post(self, path: list[str], body: bytes) -> tuple[int, str, bytes]:
        if path[0] == "mine":
            return _text(self.chain.mine(int(path[1]), bytes.fromhex(path[2])))
        try:
            return _text(self.chain.broadcast(bytes.fromhex(body.decode())))
        except BuilderError as error:
            return 400, "text/plain", f"sendrawtransaction RPC error: {error}".encode()

    def _row(self, txid: str) -> tuple[bytes, int | None, int]:
        return self.chain._index.transaction(txid)

    def _header(self, digest: str) -> str:
        for height in range(self.chain._engine.height + 1):
            if self.chain._engine.hash_at(height) == digest:
                return bytes(self.chain._engine._state.blocks[self.chain._engine._entry(height)])[:80].hex()
        return ""

    def _history(self, script: bytes, after: str) -> list[dict]:
        """Everything that waits and 25 confirmed ones, newest first; or the 25 after one of them."""
        found = self.chain._index._db.execute(
            "SELECT txid, spent_by FROM coins WHERE script = ?", (script,)
        ).fetchall()
        rows = [self._tx(txid) for txid in dict.fromkeys(t for row in found for t in row if t)]
        confirmed = [row for row in rows if row["status"]["confirmed"]]
        confirmed.sort(key=lambda row: (-row["status"]["block_height"], row["txid"]))
        places = {row["txid"]: place for place, row in enumerate(confirmed, 1)}
        start = places.get(after, 0)
        waiting = [] if after else [row for row in rows if not row["status"]["confirmed"]]
        return waiting + confirmed[start : start + PAGE]

    def _status(self, txid: str) -> dict:
        row = self._row(txid)
        height = row[1] if row else None
        if height is None:
            return {"confirmed": False}
        engine = self.chain._engine
        mined = {
            "block_height": height,
            "block_hash": engine.hash_at(height),
            "block_time": engine.time_at(height),
        }
        return {"confirmed": True, **mined}

    def _tx(self, txid: str) -> dict:
        raw = self._row(txid)[0]
        read = pbk.Transaction(raw)
        vin = [
            {
                "txid": str(source.out_point.txid),
                "vout": source.out_point.index,
                "prevout": None,
                "scriptsig": "",
                "witness": [],
                "sequence": source.sequence,
                "is_coinbase": str(source.out_point.txid) == "00" * 32,
            }
            for source in read.inputs
        ]
        vout = [{"value": int(o.amount), "scriptpubkey": bytes(o.script_pubkey).hex()} for o in read.outputs]
        version, locktime = struct.unpack("<i", raw[:4])[0], read.locktime
        extra = {"size": len(raw), "weight": 4 * len(raw), "fee": 0, "status": self._status(txid)}
        return {"txid": txid, "version": version, "locktime": locktime, "vin": vin, "vout": vout, **extra}


def _text(text: str) -> tuple[int, str, bytes]:
    return 200, "text/plain", text.encode()


def _json(value: object) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(value).encode()


@contextmanager
def esplora(folder: Path) -> Iterator[str]:
    """Serve until the block ends; yields the URL. POST /mine/COUNT/SCRIPT mines."""
    ready = threading.Event()
    servers: list[HTTPServer] = []

    def serve() -> None:
        explorer = Explorer(folder)  # SQLite wants one thread

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*explorer.get(self.path.strip("/").split("?")[0].split("/")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(*explorer.post(self.path.strip("/").split("/"), body))

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        ready.set()
        servers[0].serve_forever(0.05)
        servers[0].server_close()
        explorer.chain.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(20)
    try:
        yield f"http://127.0.0.1:{servers[0].server_port}"
    finally:
        servers[0].shutdown()
        thread.join(20)
