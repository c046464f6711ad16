"""Bitcoin Core's validation engine in process (py-bitcoinkernel): a regtest chain in a folder, mined from Python."""

from __future__ import annotations

import gc
import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pbk

from online_builder.errors import BuilderError, Trouble

SUBSIDY: Final = 50 * 100_000_000
_HALVING: Final = 150
_EASY: Final = 0x207FFFFF
_TARGET: Final = 0x7FFFFF << 232
_RESERVED: Final = bytes(32)
_VERSION: Final = 0x20000000


@dataclass(frozen=True, slots=True)
class MinedBlock:
    """A block of the active chain: height, hash (display hex), time (Unix seconds), raw transactions."""

    height: int
    hash: str
    time: int
    transactions: tuple[bytes, ...]


class Engine:
    """The chain state of one folder. Only one process may have it open: the caller holds a lock."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._state = pbk.load_chainman(folder, pbk.ChainType.REGTEST)
        except (pbk.KernelException, RuntimeError) as error:
            raise BuilderError(
                Trouble.BACKEND_FAILED, source="embedded", why="the chain does not open"
            ) from error

    def close(self) -> None:
        """Give the folder back: the engine writes out and lets go when its last handle goes."""
        del self._state
        gc.collect()

    @property
    def height(self) -> int:
        return int(self._state.get_active_chain().height)

    def hash_at(self, height: int) -> str:
        """The block's hash in display hex."""
        return str(self._entry(height).block_hash)

    def time_at(self, height: int) -> int:
        return int(self._entry(height).block_header.timestamp.timestamp())

    def blocks(self, start: int) -> Iterator[MinedBlock]:
        """The active chain's blocks from a height on."""
        for height in range(start, self.height + 1):
            entry = self._entry(height)
            block = self._state.blocks[entry]
            raw = tuple(bytes(tx) for tx in block.transactions)
            yield MinedBlock(height, str(entry.block_hash), self.time_at(height), raw)

    def mine(self, script: bytes, transactions: Sequence[bytes], fees: int, now: int) -> str:
        """Mine one block that pays `script` and holds the transactions; returns its hash. Raises NOT_ACCEPTED."""
        height = self.height + 1
        tip = self._entry(height - 1)
        time = max(now, int(tip.block_header.timestamp.timestamp()) + 1)
        coinbase = _coinbase(height, script, (SUBSIDY >> height // _HALVING) + fees, transactions)
        txids = [_txid(coinbase), *(bytes(pbk.Transaction(tx).txid) for tx in transactions)]
        prefix = (
            struct.pack("<I", _VERSION)
            + bytes(tip.block_hash)
            + _merkle(txids)
            + struct.pack("<II", time, _EASY)
        )
        body = _compact(1 + len(transactions)) + coinbase + b"".join(transactions)
        block = pbk.Block(prefix + _work(prefix) + body)
        try:
            accepted = self._state.process_block(block)
        except (pbk.ProcessBlockException, pbk.KernelException) as error:
            raise BuilderError(Trouble.NOT_ACCEPTED, reason="block", text=str(error)[:200]) from error
        if not accepted or self.height != height:
            raise BuilderError(Trouble.NOT_ACCEPTED, reason="block", text="")
        return str(block.block_hash)

    def _entry(self, height: int) -> pbk.BlockTreeEntry:
        return self._state.get_active_chain().block_tree_entries[height]


def _work(prefix: bytes) -> bytes:
    """The nonce, four bytes: regtest's target takes two tries on average."""
    for number in range(2**32):
        nonce = struct.pack("<I", number)
        if int.from_bytes(_hash(prefix + nonce), "little") <= _TARGET:
            return nonce
    raise BuilderError(Trouble.BACKEND_FAILED, source="embedded", why="no proof of work found")


def _coinbase(height: int, script: bytes, units: int, transactions: Sequence[bytes]) -> bytes:
    """With the height (BIP 34) and the witness commitment (BIP 141)."""
    number = height.to_bytes((height.bit_length() + 8) // 8, "little")
    push = bytes([0x50 + height]) if height <= 16 else bytes([len(number)]) + number
    unlocking = push + b"\x04knko"
    roots = [bytes(32), *(_hash(tx) for tx in transactions)]
    commitment = b"\x6a\x24\xaa\x21\xa9\xed" + _hash(_merkle(roots) + _RESERVED)
    outputs = struct.pack("<Q", units) + _compact(len(script)) + script
    outputs += struct.pack("<Q", 0) + _compact(len(commitment)) + commitment
    source = bytes(32) + b"\xff" * 4 + _compact(len(unlocking)) + unlocking + b"\xff" * 4
    return (
        b"\x02\0\0\0"
        + b"\0\1"
        + b"\1"
        + source
        + b"\2"
        + outputs
        + b"\1\x20"
        + _RESERVED
        + struct.pack("<I", 0)
    )


def _txid(transaction: bytes) -> bytes:
    return bytes(pbk.Transaction(transaction).txid)


def _merkle(leaves: Sequence[bytes]) -> bytes:
    row = list(leaves)
    while len(row) > 1:
        row += row[-1:] * (len(row) % 2)
        row = [_hash(row[at] + row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _compact(number: int) -> bytes:
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + struct.pack("<H", number) if number < 0x10000 else b"\xfe" + struct.pack("<I", number)
