"""Signatures put in, and what is announced in the end."""

from __future__ import annotations

from collections.abc import Sequence

from signer.chains.nem.account import Wallet
from signer.chains.nem.models import Multisig
from signer.chains.nem.network import MAX_COSIGNERS, Params
from signer.chains.nem.signature import is_signature
from signer.chains.nem.tasks import index_of, message_of
from signer.core.codec import encode
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code, Finding
from signer.core.task import Signature

Pairs = tuple[tuple[bytes, bytes], ...]


def is_valid(params: Params, outer: Multisig, key: bytes, data: bytes) -> bool:
    return is_signature(key, message_of(params, outer, key), data)


def attach(params: Params, outer: Multisig, have: Pairs, signatures: Sequence[Signature]) -> Pairs:
    """The signatures with these too, each verified; the first of a key stays. Raises Malformed(SIGNATURE)."""
    pairs = dict(have)
    for signature in signatures:
        key = signature.public_key
        if signature.index != index_of(outer, key) or not is_valid(params, outer, key, signature.data):
            raise Malformed(Bad.SIGNATURE, what=f"signature {signature.index}")
        pairs.setdefault(key, signature.data)
    if len(pairs) > MAX_COSIGNERS:
        raise Malformed(Bad.TOO_MANY, what="nem signatures", limit=MAX_COSIGNERS)
    return tuple(sorted(pairs.items()))


def finish(params: Params, outer: Multisig, have: Pairs, wallet: Wallet) -> bytes:
    """What a node is told, in order: `[[data, signature], ...]` in CBOR, the wrapper first, then m - 1 cosignatures.

    Each is one POST to /transaction/announce. Refused(INCOMPLETE) without the initiator or with too few.
    """
    good = {key: data for key, data in have if key in wallet.keys and is_valid(params, outer, key, data)}
    first = outer.head.signer
    if first not in good or len(good) < wallet.threshold:
        raise Refused((Finding.of(Code.INCOMPLETE, input=0),))
    others = [key for key in wallet.keys if key in good and key != first][: wallet.threshold - 1]
    return encode([[message_of(params, outer, key), good[key]] for key in (first, *others)])
