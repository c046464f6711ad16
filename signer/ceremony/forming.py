"""Forming an account between devices by codes: BSMS (BIP 129) in the clear, compared by the officers.

Round 1: each device hands out a key record, signed by the key in it. Round 2: one device puts them together; the others
read what it hands out, find their own key in it, and show the same words, keys and first address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from signer.ceremony.register import Office, Proposed, propose_account
from signer.chains.draft import Chain
from signer.chains.utxo.keys import read_key
from signer.chains.utxo.message import signed_text
from signer.core.account import KeyOrigin, parse_path
from signer.core.errors import Bad, Lock, Malformed, VaultError
from signer.core.quorum import is_quorum

HEADER = "BSMS 1.0"
NO_TOKEN = "00"
MAX_RECORD = 1024
_WHAT = "key record"
_EXPRESSION = re.compile(r"\[([0-9a-f]{8})((?:/[0-9]{1,10}[h']?){0,10})\]([0-9A-Za-z]{60,120})")


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """Round 1 of BSMS: a key expression without its branches, and who says it is his."""

    expression: str
    description: str
    signature: str

    @property
    def signed(self) -> str:
        """What the signature is over."""
        return "\n".join((HEADER, NO_TOKEN, self.expression, self.description))

    @property
    def text(self) -> str:
        return f"{self.signed}\n{self.signature}"

    @classmethod
    def parse(cls, text: str) -> KeyRecord:
        """Read, and check that the key in it has signed it. Raises Malformed."""
        lines = text.strip().splitlines()
        if len(text) > MAX_RECORD or len(lines) != 5 or lines[0] != HEADER:
            raise Malformed(Bad.UNSUPPORTED, what=_WHAT)
        if lines[1] != NO_TOKEN or not lines[3].isprintable():
            raise Malformed(Bad.UNSUPPORTED, what=_WHAT)
        record = cls(lines[2], lines[3], lines[4])
        found = _EXPRESSION.fullmatch(record.expression)
        if found is None or not signed_text(_public(found), record.signed, record.signature):
            raise Malformed(Bad.SIGNATURE, what=_WHAT)
        return record


def _public(found: re.Match[str]) -> bytes:
    origin = KeyOrigin(bytes.fromhex(found[1]), parse_path(found[2].removeprefix("/")))
    return read_key(found[3], origin).node.public_key


def propose_formed(office: Office, chain: Chain, name: str, threshold: int, texts: Sequence[str]) -> Proposed:
    """A sorted multisig account (P2WSH) of these key records, one of them of this device.

    Raises VaultError(QUORUM) unless 2 <= threshold < keys, VaultError(NO_KEY) if none is a key of this device,
    Malformed for a record that is none, or twice there.
    """
    if not is_quorum(threshold, len(texts)):
        raise VaultError(Lock.QUORUM, needed=threshold, officers=len(texts))
    records = [KeyRecord.parse(text) for text in texts]
    keys = sorted(record.expression for record in records)
    if len({key.partition("]")[2] for key in keys}) != len(keys):
        raise Malformed(Bad.DUPLICATE, what=_WHAT)
    here = {slot.fingerprint.hex() for slot in office.hall.custody.slots()}
    if not here & {key[1:9] for key in keys}:
        raise VaultError(Lock.NO_KEY)
    descriptor = f"wsh(sortedmulti({threshold},{','.join(f'{key}/<0;1>/*' for key in keys)}))"
    proposed = propose_account(office, chain, descriptor, name)
    account = chain.enrol(descriptor, name)
    (outgoing,) = [write(account) for kind, write in chain.exports if kind == "bsms"] or [
        chain.export(account)
    ]
    return replace(proposed, outgoing=outgoing, title="Forming of an account")
