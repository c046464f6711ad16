"""Makes accounts, coins and PSBTs byte by byte, without the code under test, so that any byte can be wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import wallycore as wally

HARD = 0x80000000
MULTISIG_PATH = (48 + HARD, 1 + HARD, HARD, 2 + HARD)
_PRIVATE, _PUBLIC = wally.BIP32_FLAG_KEY_PRIVATE, wally.BIP32_FLAG_KEY_PUBLIC

Map = dict[bytes, bytes]


def compact(value: int) -> bytes:
    if value < 0xFD:
        return bytes([value])
    for mark, size in ((0xFD, 2), (0xFE, 4), (0xFF, 8)):
        if value < 1 << (8 * size):
            return bytes([mark]) + value.to_bytes(size, "little")
    raise ValueError(value)


def sized(data: bytes) -> bytes:
    return compact(len(data)) + data


def le(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "little")


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def pushed_path(path: Sequence[int]) -> bytes:
    return b"".join(le(step) for step in path)


@dataclass(frozen=True)
class Cosigner:
    """A seed made of one repeated byte, and everything derived from it."""

    number: int
    path: tuple[int, ...] = MULTISIG_PATH
    main: bool = False

    @property
    def master(self) -> object:
        version = wally.BIP32_VER_MAIN_PRIVATE if self.main else wally.BIP32_VER_TEST_PRIVATE
        return wally.bip32_key_from_seed(bytes([self.number]) * 32, version, 0)

    @property
    def fingerprint(self) -> bytes:
        return bytes(wally.bip32_key_get_fingerprint(self.master))

    @property
    def xpub(self) -> str:
        node = wally.bip32_key_from_parent_path(self.master, list(self.path), _PRIVATE)
        return str(wally.bip32_key_to_base58(node, _PUBLIC))

    @property
    def expression(self) -> str:
        steps = "".join(f"/{step - HARD}h" if step >= HARD else f"/{step}" for step in self.path)
        return f"[{self.fingerprint.hex()}{steps}]{self.xpub}"

    def derivation(self, *tail: int) -> bytes:
        return self.fingerprint + pushed_path((*self.path, *tail))

    def public(self, *tail: int) -> bytes:
        node = wally.bip32_key_from_parent_path(self.master, [*self.path, *tail], _PRIVATE)
        return bytes(wally.bip32_key_get_pub_key(node))

    def private(self, path: Sequence[int]) -> bytes:
        node = wally.bip32_key_from_parent_path(self.master, list(path), _PRIVATE)
        return bytes(wally.bip32_key_get_priv_key(node))[-32:]

    def sign(self, path: Sequence[int], digest: bytes) -> bytes:
        """Compact, low-S, low-R."""
        flags = wally.EC_FLAG_ECDSA | wally.EC_FLAG_GRIND_R
        return bytes(wally.ec_sig_from_bytes(self.private(path), digest, flags))


@dataclass(frozen=True)
class Spot:
    """What stands at one address."""

    script: bytes
    redeem: bytes | None
    witness: bytes | None
    claims: Map


@dataclass(frozen=True)
class Group:
    """A multisig account: `kind` is wsh, sh-wsh or sh."""

    cosigners: tuple[Cosigner, ...] = (Cosigner(1), Cosigner(2), Cosigner(3))
    threshold: int = 2
    kind: str = "wsh"
    is_sorted: bool = True

    @property
    def descriptor(self) -> str:
        name = "sortedmulti" if self.is_sorted else "multi"
        keys = ",".join(f"{cosigner.expression}/<0;1>/*" for cosigner in self.cosigners)
        inner = f"{name}({self.threshold},{keys})"
        return {"wsh": "wsh(%s)", "sh-wsh": "sh(wsh(%s))", "sh": "sh(%s)"}[self.kind] % inner

    def spot(self, *tail: int) -> Spot:
        keys = [cosigner.public(*tail) for cosigner in self.cosigners]
        claims = {key: c.derivation(*tail) for key, c in zip(keys, self.cosigners, strict=True)}
        return self.locked(multisig(self.threshold, sorted(keys) if self.is_sorted else keys), claims)

    def locked(self, inner: bytes, claims: Map) -> Spot:
        if self.kind == "sh":
            return Spot(p2sh(inner), inner, None, claims)
        program = p2wsh(inner)
        if self.kind == "sh-wsh":
            return Spot(p2sh(program), program, inner, claims)
        return Spot(program, None, inner, claims)


@dataclass(frozen=True)
class Single:
    """An account of one key: `kind` is wpkh, sh-wpkh, pkh or tr."""

    cosigner: Cosigner = Cosigner(1)
    kind: str = "wpkh"

    @property
    def cosigners(self) -> tuple[Cosigner, ...]:
        return (self.cosigner,)

    @property
    def descriptor(self) -> str:
        text = {"wpkh": "wpkh(%s)", "sh-wpkh": "sh(wpkh(%s))", "pkh": "pkh(%s)", "tr": "tr(%s)"}[self.kind]
        return text % f"{self.cosigner.expression}/<0;1>/*"

    def spot(self, *tail: int) -> Spot:
        key, claim = self.cosigner.public(*tail), self.cosigner.derivation(*tail)
        hashed = bytes(wally.hash160(key))
        if self.kind == "tr":
            tweaked = bytes(wally.ec_public_key_bip341_tweak(key, None, 0))[1:]
            return Spot(b"\x51\x20" + tweaked, None, None, {key[1:]: claim})
        if self.kind == "sh-wpkh":
            return Spot(p2sh(b"\x00\x14" + hashed), b"\x00\x14" + hashed, None, {key: claim})
        script = b"\x00\x14" + hashed if self.kind == "wpkh" else b"\x76\xa9\x14" + hashed + b"\x88\xac"
        return Spot(script, None, None, {key: claim})


def multisig(threshold: int, keys: Sequence[bytes]) -> bytes:
    return (
        bytes([0x50 + threshold]) + b"".join(b"\x21" + key for key in keys) + bytes([0x50 + len(keys), 0xAE])
    )


def p2wsh(script: bytes) -> bytes:
    return b"\x00\x20" + hashlib.sha256(script).digest()


def p2sh(script: bytes) -> bytes:
    return b"\xa9\x14" + bytes(wally.hash160(script)) + b"\x87"


def p2wpkh(tag: str) -> bytes:
    """A stranger's address, made from a word."""
    return b"\x00\x14" + hashlib.sha256(tag.encode()).digest()[:20]


@dataclass
class Coin:
    """An input to spend: the previous transaction, which output of it, and where it stands in the account."""

    previous: bytes
    vout: int
    units: int
    spot: Spot
    sequence: int = 0xFFFFFFFD

    @property
    def txid(self) -> bytes:
        return sha256d(self.previous)


def funding(tag: str, outputs: Sequence[tuple[int, bytes]], inputs: int = 1) -> bytes:
    """A previous transaction, witness-stripped, spending coins that exist nowhere."""
    parts = [le(2), compact(inputs)]
    for number in range(inputs):
        parts += [hashlib.sha256(f"{tag}/{number}".encode()).digest(), le(0), b"\x00", le(0xFFFFFFFF)]
    parts.append(compact(len(outputs)))
    parts += [le(units, 8) + sized(script) for units, script in outputs]
    return b"".join([*parts, le(0)])


def coin(group: Group | Single, tag: str, units: int, *tail: int) -> Coin:
    """A coin of the group at branch and index, second output of its previous transaction."""
    spot = group.spot(*tail)
    return Coin(funding(tag, [(5_000, p2wpkh(tag)), (units, spot.script)]), 1, units, spot)


@dataclass
class Pay:
    """An output: to a stranger, or (with a spot) to an account, with what the PSBT then says about it."""

    units: int
    script: bytes
    spot: Spot | None = None


def back(group: Group | Single, units: int, *tail: int) -> Pay:
    """Change, or a payment to oneself, with its claims."""
    spot = group.spot(*tail)
    return Pay(units, spot.script, spot)


@dataclass
class Book:
    """A PSBT as lists of maps: change any byte, then `to_bytes`."""

    top: Map
    ins: list[Map]
    outs: list[Map]
    extra: bytes = b""
    proofs: list[bytes] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        maps = [self.top, *self.ins, *self.outs]
        return b"psbt\xff" + b"".join(write_map(pairs) for pairs in maps) + self.extra


def write_map(pairs: Map) -> bytes:
    return b"".join(sized(key) + sized(value) for key, value in pairs.items()) + b"\x00"


def unsigned(coins: Sequence[Coin], pays: Sequence[Pay], version: int = 2, locktime: int = 0) -> bytes:
    parts = [le(version), compact(len(coins))]
    parts += [c.txid + le(c.vout) + b"\x00" + le(c.sequence) for c in coins]
    parts.append(compact(len(pays)))
    parts += [le(pay.units, 8) + sized(pay.script) for pay in pays]
    return b"".join([*parts, le(locktime)])


def book(
    coins: Sequence[Coin],
    pays: Sequence[Pay],
    *,
    psbt_version: int = 0,
    version: int = 2,
    locktime: int = 0,
    carry: bool = True,
) -> Book:
    """A PSBT as a good Updater leaves it. `carry` False: previous transactions go to `proofs` instead."""
    ins, outs = [_input(c, carry) for c in coins], [_output(pay) for pay in pays]
    if psbt_version == 0:
        made = Book({b"\x00": unsigned(coins, pays, version, locktime)}, ins, outs)
    else:
        top = {
            b"\x02": le(version),
            b"\x03": le(locktime),
            b"\x04": compact(len(coins)),
            b"\x05": compact(len(pays)),
        }
        for pairs, c in zip(ins, coins, strict=True):
            pairs |= {b"\x0e": c.txid, b"\x0f": le(c.vout), b"\x10": le(c.sequence)}
        for pairs, pay in zip(outs, pays, strict=True):
            pairs |= {b"\x03": le(pay.units, 8), b"\x04": pay.script}
        made = Book(top | {b"\xfb": le(2)}, ins, outs)
    if not carry:
        made.proofs = list(dict.fromkeys(c.previous for c in coins))
    return made


def _input(c: Coin, carry: bool) -> Map:
    pairs: Map = {}
    if carry:
        pairs[b"\x00"] = c.previous
    if not _before_segwit(c.spot):
        pairs[b"\x01"] = le(c.units, 8) + sized(c.spot.script)
    if c.spot.redeem is not None:
        pairs[b"\x04"] = c.spot.redeem
    if c.spot.witness is not None:
        pairs[b"\x05"] = c.spot.witness
    return pairs | _claims(c.spot, 0x06, 0x16)


def _before_segwit(spot: Spot) -> bool:
    if spot.script[:1] in (b"\x00", b"\x51"):
        return False
    return spot.witness is None and (spot.redeem is None or spot.redeem[:1] != b"\x00")


def _output(pay: Pay) -> Map:
    if pay.spot is None:
        return {}
    pairs: Map = {}
    if pay.spot.redeem is not None:
        pairs[b"\x00"] = pay.spot.redeem
    if pay.spot.witness is not None:
        pairs[b"\x01"] = pay.spot.witness
    return pairs | _claims(pay.spot, 0x02, 0x07)


def _claims(spot: Spot, plain: int, taproot: int) -> Map:
    """Derivations; those of taproot stand under x-only keys, after a count of no script leaves."""
    if all(len(key) == 32 for key in spot.claims):
        return {bytes([taproot]) + key: b"\x00" + claim for key, claim in spot.claims.items()}
    return {bytes([plain]) + key: claim for key, claim in spot.claims.items()}


def der(compact: bytes) -> bytes:
    """An ECDSA signature of 64 bytes as DER (SEC 1, C.8), by these tests' own hand."""
    parts = b""
    for half in (compact[:32], compact[32:]):
        number = half.lstrip(b"\x00") or b"\x00"
        number = b"\x00" + number if number[0] & 0x80 else number
        parts += b"\x02" + bytes([len(number)]) + number
    return b"\x30" + bytes([len(parts)]) + parts
