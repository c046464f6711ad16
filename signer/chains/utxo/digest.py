"""What a signature of an input covers: the digests of BIP 143, BIP 341 (key path) and of before segwit.

Parts that are the same for every input are hashed once (midstates), so that a thousand inputs cost a thousand short
hashes. Only what covers everything exists here (ALL, a fork's ALL, taproot's DEFAULT too): inspection stops the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from signer.chains.utxo import script as scripts
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.cursor import compact, sized
from signer.chains.utxo.fields import In
from signer.chains.utxo.psbt import Half
from signer.chains.utxo.script import Kind, kind_of
from signer.chains.utxo.transaction import Output, Transaction, sha256d

SIGHASH_DEFAULT = 0
SIGHASH_ALL = 1
FORK_ID = 0x40  # the bit that replay-protected types have, and Bitcoin's have not


class Era(Enum):
    """By which rules an input is signed."""

    LEGACY = "legacy"
    SEGWIT = "segwit"
    TAPROOT = "taproot"


@dataclass(frozen=True, slots=True)
class Locked:
    """How a coin is locked: the rules, and the script a signature commits to (empty for taproot).

    `sighash` is for taproot alone, where the PSBT may ask for ALL in the place of DEFAULT (BIP 341, 371).
    """

    era: Era
    code: bytes
    sighash: int = SIGHASH_DEFAULT


def locked(output: Output, half: Half) -> Locked | None:
    """How this coin is locked, from its script and the scripts in the PSBT; None if they do not hash together."""
    kind, code = kind_of(output.script), output.script
    if kind is Kind.P2SH:
        redeem = half.get(In.REDEEM_SCRIPT)
        if redeem is None or scripts.p2sh(redeem) != output.script:
            return None
        kind, code = kind_of(redeem), redeem
        if kind not in (Kind.P2WSH, Kind.P2WPKH):
            return Locked(Era.LEGACY, redeem)
    if kind is Kind.P2WSH:
        witness = half.get(In.WITNESS_SCRIPT)
        if witness is None or scripts.p2wsh(witness) != code:
            return None
        return Locked(Era.SEGWIT, witness)
    if kind is Kind.P2WPKH:
        return Locked(Era.SEGWIT, b"\x76\xa9\x14" + code[2:] + b"\x88\xac")
    if kind is Kind.P2PKH:
        return Locked(Era.LEGACY, code)
    if kind is not Kind.P2TR:
        return None
    asks_for_all = half.get(In.SIGHASH) == SIGHASH_ALL.to_bytes(4, "little")
    return Locked(Era.TAPROOT, b"", SIGHASH_ALL if asks_for_all else SIGHASH_DEFAULT)


class Digester:
    """The digests of one transaction. `spent`: what each input spends, needed for taproot.

    `carried`: input -> the token prefix of what it spends, which stands before the script in the digest (CHIP-2022-02).
    """

    def __init__(
        self,
        tx: Transaction,
        spent: Sequence[Output | None],
        kind: Digest = Digest.LEGACY,
        carried: Mapping[int, bytes] | None = None,
    ) -> None:
        self._tx = tx
        self._kind = kind
        self._carried = carried or {}
        self.sighash = kind.sighash
        self._all = kind.sighash.to_bytes(4, "little")
        self._spent = spent
        self._outpoints = b"".join([item.outpoint for item in tx.inputs])
        self._sequences = b"".join([item.sequence.to_bytes(4, "little") for item in tx.inputs])
        self._outputs = b"".join([output.to_bytes() for output in tx.outputs])
        version = tx.version.to_bytes(4, "little")
        self._head = version + sha256d(self._outpoints) + sha256d(self._sequences)
        self._tail = sha256d(self._outputs) + tx.locktime.to_bytes(4, "little") + self._all
        self._legacy: tuple[list[bytes], list[bytes]] | None = None
        self._taproot: bytes | None = None

    def digest(self, index: int, locked: Locked, units: int) -> bytes | None:
        """32 bytes for SIGHASH_ALL (taproot: or DEFAULT) of one input; None for taproot where any coin is unknown."""
        match locked.era:
            case Era.SEGWIT:
                return self.segwit(index, locked.code, units)
            case Era.LEGACY if self._kind is Digest.FORKID:
                return self.segwit(index, locked.code, units)
            case Era.LEGACY:
                return self.legacy(index, locked.code)
            case Era.TAPROOT:
                return self.taproot(index, locked.sighash)

    def segwit(self, index: int, code: bytes, units: int) -> bytes:
        """BIP 143."""
        item = self._tx.inputs[index]
        code = self._carried.get(index, b"") + sized(code)
        own = item.outpoint + code + units.to_bytes(8, "little") + item.sequence.to_bytes(4, "little")
        return sha256d(self._head + own + self._tail)

    def legacy(self, index: int, code: bytes) -> bytes:
        """The original digest: every other input's script left empty."""
        if self._legacy is None:
            blank = [i.outpoint + b"\x00" + i.sequence.to_bytes(4, "little") for i in self._tx.inputs]
            outputs = compact(len(self._tx.outputs)) + self._outputs
            self._legacy = (blank, [outputs, self._tx.locktime.to_bytes(4, "little"), self._all])
        blank, end = self._legacy
        item = self._tx.inputs[index]
        own = item.outpoint + sized(code) + item.sequence.to_bytes(4, "little")
        head = [self._tx.version.to_bytes(4, "little"), compact(len(blank))]
        return sha256d(b"".join([*head, *blank[:index], own, *blank[index + 1 :], *end]))

    def taproot(self, index: int, sighash: int = SIGHASH_DEFAULT) -> bytes | None:
        """BIP 341, key path, SIGHASH_DEFAULT or ALL. It commits to every spent output, so all must be known."""
        if self._taproot is None:
            known = [output for output in self._spent if output is not None]
            if len(known) != len(self._tx.inputs):
                return None
            self._taproot = self._taproot_message(known)
        return tagged("TapSighash", bytes([0, sighash]) + self._taproot + index.to_bytes(4, "little"))

    def _taproot_message(self, known: Sequence[Output]) -> bytes:
        parts = (
            self._outpoints,
            b"".join(output.units.to_bytes(8, "little") for output in known),
            b"".join(sized(output.script) for output in known),
            self._sequences,
            self._outputs,
        )
        times = self._tx.version.to_bytes(4, "little") + self._tx.locktime.to_bytes(4, "little")
        return times + b"".join(hashlib.sha256(part).digest() for part in parts) + b"\x00"


def tagged(tag: str, data: bytes) -> bytes:
    """BIP 340's tagged hash."""
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + data).digest()
