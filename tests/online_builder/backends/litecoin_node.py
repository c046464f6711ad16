"""A real litecoind of Debian on regtest, for as long as a test module runs."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from online_builder.backends.rpc import Rpc, RpcError
from online_builder.errors import BuilderError


@dataclass(frozen=True)
class Node:
    """A running node. `cli` calls it without a wallet."""

    rpc: Rpc
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"core:http://{self.rpc.host}:{self.rpc.port}?cookie={self.rpc.login}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def litecoind(folder: Path) -> Iterator[Node]:
    """Start, wait until it answers, stop."""
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = ["litecoind", "-regtest", f"-datadir={folder}", f"-rpcport={port}", "-listen=0", "-server=1"]
    command += ["-fallbackfee=0.0001", "-printtoconsole=0", "-dnsseed=0", "-txindex=0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    node = Node(Rpc("127.0.0.1", port, folder / "regtest" / ".cookie"), folder, process)
    try:
        for _ in range(300):
            try:
                node.rpc.call("getblockcount")
                break
            except (BuilderError, RpcError):
                time.sleep(0.1)
        else:
            raise RuntimeError("litecoind does not answer")
        yield node
    finally:
        process.terminate()
        process.wait(30)
