"""Signatures put in, and what is announced in the end."""

from __future__ import annotations

from collections.abc import Sequence

from signer.chains.nem.account import Wallet
from signer.chains.nem.models import Modification, Multisig
from signer.chains.nem.network import MAX_COSIGNERS, Params
from signer.chains.nem.signature import is_signature
from signer.chains.nem.tasks import index_of, message_of, needed, signers
from signer.core.codec import encode
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code, Finding
from signer.core.task import Signature

Pairs = tuple[tuple[bytes, bytes], ...]


def is_valid(params: Params, outer: Multisig | Modification, key: bytes, data: bytes) -> bool:
    return is_signature(key, message_of(params, outer, key), data)


def attach(
    params: Params, outer: Multisig | Modification, have: Pairs, signatures: Sequence[Signature]
) -> Pairs:
    """The signatures with these too, each verified; the first of a key stays. Raises Malformed(SIGNATURE)."""
    pairs = dict(have)
    for signature in signatures:
        key = signature.public_key
        if signature.index != index_of(outer, key) or not is_valid(params, outer, key, signature.data):
            raise Malformed(Bad.SIGNATURE, what=f"signature {signature.index}")
        pairs.setdefault(key, signature.data)
    if len(pairs) > MAX_COSIGNERS + 1:
        raise Malformed(Bad.TOO_MANY, what="nem signatures", limit=MAX_COSIGNERS)
    return tuple(sorted(pairs.items()))


def finish(params: Params, outer: Multisig | Modification, have: Pairs, wallet: Wallet) -> bytes:
    """What a node is told, in order: `[[data, signature], ...]` in CBOR, the transaction first, then cosignatures.

    Each is one POST to /transaction/announce. Refused(INCOMPLETE) without the initiator or with too few. Consents are
    asked for and not announced.
    """
    wanted = signers(outer, wallet)
    good = {key: data for key, data in have if key in wanted and is_valid(params, outer, key, data)}
    first, count = outer.head.signer, needed(outer, wallet)
    if first not in good or len(good) < count:
        raise Refused((Finding.of(Code.INCOMPLETE, input=0),))
    others = [key for key in wanted if key in good and key != first][: count - 1]
    if isinstance(outer, Modification):
        others = []
    return encode([[message_of(params, outer, key), good[key]] for key in (first, *others)])
