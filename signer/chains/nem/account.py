"""NEM multisig accounts in and out: the account's public key, its cosignatories with their origins, the threshold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from signer.chains.nem.address import address_of
from signer.chains.nem.network import MAX_COSIGNERS, Params
from signer.chains.nem.signature import is_key
from signer.core.account import HARDENED, Account, Cosigner, KeyOrigin, parse_path
from signer.core.errors import Bad, Malformed

MAX_TEXT = 8 * 1024  # characters
MAX_NAME = 64

_TERMS = re.compile(
    r"nem-multisig\(([1-9][0-9]?),(?:\[([0-9a-f]{8})((?:/[0-9]{1,10}[hH'])+)\])?([0-9a-f]{64})((?:,\[[0-9a-fhH'/]{8,80}\][0-9a-f]{64})+)\)",
    re.ASCII,
)
_KEY = re.compile(r",\[([0-9a-f]{8})((?:/[0-9]{1,10}[hH'])+)\]([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wallet:
    """An account opened. `keys` are the cosignatories' public keys, in order, each with its origin.

    `origin` is where the account's own key comes from, if that is known: it signs once, to become multisig.
    """

    public_key: bytes
    address: str
    threshold: int
    keys: dict[bytes, KeyOrigin]
    origin: KeyOrigin | None = None


def enrol(params: Params, text: str, name: str) -> Account:
    """Read `nem-multisig(m,KEY,[fingerprint/path]KEY,...)`. Raises Malformed. The order of cosignatories is free.

    The first key is the account's own; it too may have its `[fingerprint/path]`.
    """
    name, text = name.strip(), text.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Malformed(Bad.VALUE, what="account name")
    if len(text) > MAX_TEXT:
        raise Malformed(Bad.TOO_LARGE, what="account", limit=MAX_TEXT)
    wallet = _open(params, text)
    cosigners = tuple(Cosigner(origin, key.hex()) for key, origin in wallet.keys.items())
    return Account(name, params.chain, _terms(wallet), wallet.threshold, cosigners)


def open_wallet(params: Params, account: Account) -> Wallet:
    """What an account's terms say. Raises Malformed if they do not add up."""
    if account.chain != params.chain:
        raise Malformed(Bad.NETWORK, what="account")
    return _open(params, account.terms)


def export(params: Params, account: Account) -> str:
    """The text that `enrol` reads."""
    return _terms(open_wallet(params, account))


def address(params: Params, account: Account, branch: int, index: int) -> str:
    """A NEM account has one address only. Raises Malformed for any but (0, 0)."""
    if (branch, index) != (0, 0):
        raise Malformed(Bad.VALUE, what="address index")
    return open_wallet(params, account).address


def _open(params: Params, text: str) -> Wallet:
    found = _TERMS.fullmatch(text)
    if found is None:
        raise Malformed(Bad.DESCRIPTOR, what="nem account")
    public_key = bytes.fromhex(found[4])
    origin = _origin(params, found[2], found[3]) if found[2] else None
    items = _KEY.findall(found[5])
    pairs = [(bytes.fromhex(key), _origin(params, fingerprint, path)) for fingerprint, path, key in items]
    threshold, keys = int(found[1]), dict(sorted(pairs, key=lambda pair: pair[0]))
    if "".join(f",[{a}{b}]{c}" for a, b, c in items) != found[5]:
        raise Malformed(Bad.DESCRIPTOR, what="nem account")
    if len(keys) != len(pairs) or public_key in keys:
        raise Malformed(Bad.DUPLICATE, what="nem cosignatory")
    if len(keys) > MAX_COSIGNERS:
        raise Malformed(Bad.TOO_MANY, what="nem cosignatories", limit=MAX_COSIGNERS)
    if not 2 <= threshold <= len(keys):
        raise Malformed(Bad.VALUE, what="threshold")
    if not all(is_key(key) for key in (public_key, *keys)):
        raise Malformed(Bad.VALUE, what="nem public key")
    return Wallet(public_key, address_of(params, public_key), threshold, keys, origin)


def _origin(params: Params, fingerprint: str, path: str) -> KeyOrigin:
    """Every step is hardened (Ed25519 knows no others), and the second is the coin type of SLIP 44."""
    try:
        steps = parse_path(path[1:])
    except ValueError as error:
        raise Malformed(Bad.VALUE, what="path") from error
    if len(steps) > 10:
        raise Malformed(Bad.TOO_DEEP, what="path")
    if len(steps) < 2 or steps[:2] != (44 + HARDENED, params.coin_type + HARDENED):
        raise Malformed(Bad.NETWORK, what="path")
    return KeyOrigin(bytes.fromhex(fingerprint), steps)


def _terms(wallet: Wallet) -> str:
    keys = ",".join(f"[{origin}]{key.hex()}" for key, origin in wallet.keys.items())
    own = f"[{wallet.origin}]" if wallet.origin else ""
    return f"nem-multisig({wallet.threshold},{own}{wallet.public_key.hex()},{keys})"
