"""Generic signed messages (BIP 322, draft of 2018): an address signs a text by spending an output that cannot exist.

`to_spend` has no real input, so that neither it nor `to_sign`, which spends it, is ever valid on any network. Whatever
locks the address is satisfied as in a payment: a verifier needs no keys and no knowledge of ours.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signer.chains.utxo.coin import Digest, Params
from signer.chains.utxo.cursor import sized
from signer.chains.utxo.descriptor import Shape
from signer.chains.utxo.digest import tagged
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.fields import Global, In
from signer.chains.utxo.inspect import inspect
from signer.chains.utxo.psbt import MAGIC, read_psbt
from signer.chains.utxo.tasks import tasks
from signer.chains.utxo.transaction import Input, Output, Transaction
from signer.chains.utxo.wallet import open_wallet
from signer.core.account import Account
from signer.core.errors import Bad, Malformed
from signer.core.task import Signature, Task

_TAG: Final = "BIP0322-signed-message"
_OP_RETURN: Final = b"\x6a"
_END: Final = b"\x00"
MAX_PROOF: Final = 16 * 1024
_WHAT: Final = "signed message"


def to_spend(script: bytes, message: bytes) -> Transaction:
    """What is spent: an output of the address's script, made of the message."""
    claim = b"\x00\x20" + tagged(_TAG, message)
    return Transaction(0, (Input(bytes(32), 0xFFFFFFFF, 0, claim),), (Output(0, script),), 0)


def to_sign(script: bytes, message: bytes) -> Transaction:
    """What spends it, to nobody."""
    spent = to_spend(script, message).txid
    return Transaction(0, (Input(spent, 0, 0),), (Output(0, _OP_RETURN),), 0)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that an account's receive address signs: a PSBT, with the signatures it has so far."""

    account: Account
    draft: UtxoDraft

    @classmethod
    def of(cls, params: object, account: Account, index: int, text: str) -> Message | None:
        """None on a chain that has no such messages, and for a taproot account. Raises Malformed."""
        if not isinstance(params, Params) or params.digest is Digest.FORKID:
            return None
        wallet = open_wallet(params, account)
        if wallet.descriptor.shape is Shape.TR:
            return None
        spot = wallet.at(0, index)
        spending = to_sign(spot.script, text.encode())
        previous = to_spend(spot.script, text.encode())
        head = {bytes([Global.UNSIGNED_TX]): spending.stripped()}
        own = {bytes([In.NON_WITNESS_UTXO]): previous.to_bytes(), **spot.fields}
        data = MAGIC + _map(head) + _map(own) + _END
        return cls(account, UtxoDraft.of(params, read_psbt(data), (), data))

    def tasks(self, fingerprints: frozenset[bytes]) -> tuple[Task, ...]:
        """What these keys have to sign. Nothing is inspected: the transaction is our own, and never valid."""
        seen = inspect(self.draft, self.account)[1]
        return tasks(seen, open_wallet(self.draft.params, self.account), fingerprints)

    def attach(self, signatures: Sequence[Signature]) -> Message:
        """Raises Malformed(SIGNATURE) for one that does not verify."""
        return Message(self.account, self.draft.attach(signatures))

    def with_proof(self, text: str) -> Message:
        """With the signatures of another device's proof of the same message. Raises Malformed."""
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Malformed(Bad.ENCODING, what=_WHAT) from error
        if len(data) > MAX_PROOF:
            raise Malformed(Bad.TOO_LARGE, what=_WHAT, limit=MAX_PROOF)
        other = UtxoDraft.of(self.draft.params, read_psbt(data), (), data)
        if other.psbt.tx != self.draft.psbt.tx:
            raise Malformed(Bad.INCONSISTENT, what=_WHAT)
        return self.attach(other.signatures)

    @property
    def proof(self) -> str:
        """For the device or program that puts them together, base 64."""
        return base64.b64encode(self.draft.to_bytes()).decode()

    def signature(self) -> str:
        """What a verifier takes, base 64: "simple", the witness alone, where that is all there is; else "full".

        Raises Refused(INCOMPLETE) where signatures are missing.
        """
        whole, bare = self.draft.finish(self.account), self.draft.psbt.tx.stripped()
        head = bare[:4] + b"\x00\x01" + bare[4:-4]  # up to the witness, where no script stands before it
        simple = whole[len(head) : -4] if whole.startswith(head) else whole
        return base64.b64encode(simple).decode()


def _map(pairs: dict[bytes, bytes]) -> bytes:
    return b"".join(sized(key) + sized(value) for key, value in pairs.items()) + _END
