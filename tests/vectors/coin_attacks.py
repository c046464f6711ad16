"""Attacks on the coins beside Bitcoin: what all share, and what one alone has. `make_coin_attacks.py` writes them.

The names, findings and bytes are as in `attacks_catalogue.py`; a coin's account is 2 of 3, `other` a stranger's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final

from signer.chains.registry import find_chain
from tests.vectors.attacks_catalogue import FINE, MALFORMED, REFUSED, Attack
from tests.vectors.token_attacks import TOKENS
from tests.vectors.workshop import (
    Book,
    Coin,
    Cosigner,
    Group,
    Pay,
    Spot,
    back,
    book,
    coin,
    der,
    funding,
    le,
    p2sh,
    sha256d,
    sized,
)

NETWORK: Final = "regtest"
_UNITS, _PAID, _FEE = 40_000_000, 50_000_000, 20_000
_STRANGER = b"\x76\xa9\x14" + b"\x31" * 20 + b"\x88\xac"
_CATEGORY = b"\x22" * 32


@dataclass(frozen=True)
class Field:
    """What a coin's attacks are made from: its accounts, and the type its signatures say (none is said by itself)."""

    name: str
    kind: str
    sighash: int | None = None

    @property
    def treasury(self) -> Group:
        return Group(kind=self.kind)

    @property
    def other(self) -> Group:
        return Group((Cosigner(7), Cosigner(8), Cosigner(9)), kind=self.kind)

    def coins(self) -> list[Coin]:
        return [coin(self.treasury, f"{self.name} {number}", _UNITS, 0, number) for number in range(2)]

    def pays(self) -> list[Pay]:
        return [Pay(_PAID, _STRANGER), back(self.treasury, 2 * _UNITS - _PAID - _FEE, 1, 3)]

    def said(self, made: Book) -> Book:
        for pairs in made.ins if self.sighash is not None else ():
            pairs[b"\x03"] = le(self.sighash or 0)
        return made

    def book(self, coins: list[Coin] | None = None, pays: list[Pay] | None = None, **how: int) -> Book:
        return self.said(book(coins or self.coins(), pays or self.pays(), **how))  # type: ignore[arg-type]


LTC, MONA = Field("litecoin", "wsh"), Field("monacoin", "wsh")
DASH, BCH = Field("dash", "sh"), Field("bitcoincash", "sh", 0x41)
FIELDS: Final[Mapping[str, Field]] = MappingProxyType({f.name: f for f in (LTC, MONA, DASH, BCH)})


# --- what every coin's appliance must catch ---------------------------------------------------------------------------


def good(field: Field) -> bytes:
    return field.book().to_bytes()


def without_previous(field: Field) -> bytes:
    made = field.book()
    del made.ins[0][b"\x00"]
    return made.to_bytes()


def amount_lie(field: Field) -> bytes:
    """Half the amount in a witness UTXO: without segwit nothing in a signature would show it."""
    made, spent = field.book(), field.coins()[0]
    made.ins[0][b"\x01"] = le(spent.units // 2, 8) + sized(spent.spot.script)
    return made.to_bytes()


def fake_change(field: Field) -> bytes:
    """Change of strangers that says it is the treasury's."""
    theirs, own = field.other.spot(1, 3), field.treasury.spot(1, 3)
    claimed = Spot(theirs.script, theirs.redeem, theirs.witness, own.claims)
    pays = [Pay(_PAID, _STRANGER), Pay(2 * _UNITS - _PAID - _FEE, theirs.script, claimed)]
    return field.book(pays=pays).to_bytes()


def sighash_none(field: Field) -> bytes:
    made = field.book()
    made.ins[1][b"\x03"] = le((field.sighash or 1) & ~1 | 2)
    return made.to_bytes()


def foreign_input(field: Field) -> bytes:
    theirs = coin(field.other, "theirs", _UNITS, 0, 1)
    return field.book([field.coins()[0], theirs]).to_bytes()


def burned(field: Field) -> bytes:
    return field.book(pays=[Pay(_PAID, b"\x6a\x04burn"), field.pays()[1]]).to_bytes()


def twice(field: Field) -> bytes:
    return field.book([field.coins()[0]] * 2).to_bytes()


def fewer_keys(field: Field) -> bytes:
    """The script behind the coin as if one signature were enough."""
    made = field.book()
    key = b"\x04" if field.kind == "sh" else b"\x05"
    made.ins[0][key] = b"\x51" + made.ins[0][key][1:]
    return made.to_bytes()


def _shared(field: Field) -> tuple[Attack, ...]:
    segwit = field.kind == "wsh"
    lie = "previous-differs" if segwit else "witness-claimed"
    lies = (lie,) if segwit else ("previous-differs", lie)
    return (
        Attack("good", "nothing", FINE, (), partial(good, field)),
        Attack("no-previous", "an input without its previous transaction", REFUSED,
               ("previous-missing",) if segwit else ("input-unknown-amount", "previous-missing"),
               partial(without_previous, field)),
        Attack("amount-lie", "an amount that the previous transaction does not say", REFUSED, lies,
               partial(amount_lie, field)),
        Attack("fake-change", "change that is not the account's", REFUSED, ("change-fake",),
               partial(fake_change, field)),
        Attack("sighash-none", "a signature that covers no output", REFUSED, ("sighash",),
               partial(sighash_none, field)),
        Attack("foreign-input", "a coin of somebody else", REFUSED, ("input-foreign",), partial(foreign_input, field)),
        Attack("burn", "money into an output nobody can spend", REFUSED, ("output-burn",), partial(burned, field)),
        Attack("input-twice", "the same coin twice", REFUSED, ("input-duplicate",), partial(twice, field)),
        Attack("fewer-keys", "a script with another threshold", REFUSED, ("script-mismatch", "threshold-mismatch"),
               partial(fewer_keys, field)),
    )  # fmt: skip


# --- what only some have ----------------------------------------------------------------------------------------------


def paying(field: Field, script: bytes, units: int = _PAID) -> bytes:
    change = back(field.treasury, 2 * _UNITS - units - _FEE, 1, 3)
    return field.book(pays=[Pay(units, script), change]).to_bytes()


def spending(field: Field, start: bytes) -> bytes:
    """A coin whose script begins with something more: tokens, or the extension block's address."""
    first, second = field.coins()
    previous = funding("odd", [(5_000, _STRANGER), (_UNITS, start + first.spot.script)])
    made = field.book([replace(first, previous=previous), second])
    return made.to_bytes()


def dust() -> bytes:
    first, change = LTC.pays()
    return LTC.book(
        pays=[first, Pay(5_000, p2sh(b"small")), replace(change, units=change.units - 5_000)]
    ).to_bytes()


def special(field: Field, kind: int, payload: bytes | None = None, version: int = 3) -> bytes:
    made = field.book(version=version | kind << 16)
    if payload is not None:
        made.top[b"\x00"] += sized(payload)
    return made.to_bytes()


def previous_with_mweb() -> bytes:
    """A previous transaction that carries its part of the extension block: flag 8, and something after it."""
    made = LTC.book()
    raw = made.ins[0][b"\x00"]
    made.ins[0][b"\x00"] = raw[:4] + b"\x00\x08" + raw[4:-4] + b"\x01" + raw[-4:]
    return made.to_bytes()


def other_sighash(value: int | None) -> bytes:
    made = BCH.book()
    for pairs in made.ins:
        if value is None:
            del pairs[b"\x03"]
        else:
            pairs[b"\x03"] = le(value)
    return made.to_bytes()


def bitcoin_signature() -> bytes:
    """A cosigner's signature for Bitcoin, over the old digest with Bitcoin's type, in a request of Bitcoin Cash."""
    made, cosigner = BCH.book(), BCH.treasury.cosigners[0]
    chain = find_chain("bitcoin", NETWORK)
    plain = Field("bitcoincash", "sh").book().to_bytes()
    account = chain.enrol(BCH.treasury.descriptor, "treasury")
    for task in chain.read(plain, ()).tasks(account, frozenset({cosigner.fingerprint})):
        compact = cosigner.sign(task.origin.path, task.message)
        made.ins[task.index][b"\x02" + task.public_key] = der(compact) + b"\x01"
    return made.to_bytes()


def reward() -> bytes:
    """A masternode's reward is paid in a special transaction: spent, it is an ordinary coin."""
    first, second = DASH.coins()
    output = le(_UNITS, 8) + sized(first.spot.script)
    source = bytes(32) + b"\xff" * 4 + sized(b"\x03\x01\x02\x03") + b"\xff" * 4
    raw = le(3 | 5 << 16) + b"\x01" + source + b"\x01" + output + le(0) + sized(b"\x02" * 38)
    assert sha256d(raw)
    return DASH.book([replace(first, previous=raw, vout=0), second]).to_bytes()


_OUTPUT, _BURN = ("output-refused",), ("input-refused", "token-burned")
_UNKNOWN = ("output-unknown-script",)
_PEG_IN, _HOGADDR = b"\x59\x20" + b"\x11" * 32, b"\x58\x20" + b"\x11" * 32
_FUNGIBLE, _NFT = b"\xef" + _CATEGORY + b"\x10\x64", b"\xef" + _CATEGORY + b"\x20"
_SEGWIT, _TAPROOT = b"\x00\x14" + b"\x31" * 20, b"\x51\x20" + bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")  # fmt: skip  # noqa: E501
_P2SH32 = b"\xaa\x20" + b"\x31" * 32 + b"\x87"

_OWN: Final[Mapping[str, tuple[tuple[str, str, int, tuple[str, ...], Callable[[], bytes]], ...]]] = MappingProxyType(
    {
        "litecoin": (
            ("mweb-peg-in", "money into the extension block", REFUSED, _OUTPUT, partial(paying, LTC, _PEG_IN)),
            ("mweb-hogaddr", "money to the extension block's own address", REFUSED, _OUTPUT,
             partial(paying, LTC, _HOGADDR)),
            ("mweb-previous", "a previous transaction with a part in the extension block", MALFORMED, ("unsupported",),
             previous_with_mweb),
            ("dust", "less than Litecoin's nodes pass on, though Bitcoin's would", FINE, ("output-dust",), dust),
        ),
        "monacoin": (
            ("taproot", "a kind of output that Monacoin does not have: anyone could take it", REFUSED, _UNKNOWN,
             partial(paying, MONA, _TAPROOT)),
            ("mweb", "an output of Litecoin's extension block", REFUSED, _UNKNOWN, partial(paying, MONA, _PEG_IN)),
            ("version", "a version of a special transaction of Dash", FINE, ("version",),
             partial(special, MONA, 8)),
            ("payload", "a transaction with something after its end", MALFORMED, ("trailing",),
             partial(special, MONA, 8, b"\x01")),
        ),
        "dash": (
            ("reward", "nothing: a masternode's reward is spent", FINE, (), reward),
            ("type-register", "it would register a masternode", REFUSED, ("type-refused",), partial(special, DASH, 1)),
            ("type-asset-lock", "it would lock money for another chain", REFUSED, ("type-refused",),
             partial(special, DASH, 8, b"\x01\x00")),
            ("type-unknown", "a special transaction that nobody has named yet", REFUSED, ("type-refused",),
             partial(special, DASH, 99, b"\x01")),
            ("payload", "an ordinary transaction with something after its end", MALFORMED, ("trailing",),
             partial(special, DASH, 0, b"\x01", 2)),
            ("segwit-output", "a kind of output that Dash does not have: anyone could take it", REFUSED, _UNKNOWN,
             partial(paying, DASH, _SEGWIT)),
        ),
        "bitcoincash": (
            ("replay-silent", "a PSBT that does not say its type: one of Bitcoin", REFUSED,
             ("sighash-other-coin",), partial(other_sighash, None)),
            ("replay-all", "Bitcoin's type: the signature would be good there", REFUSED,
             ("sighash-other-coin",), partial(other_sighash, 0x01)),
            ("sighash-anyone", "a fork id, and anyone may add inputs", REFUSED, ("sighash",),
             partial(other_sighash, 0xC1)),
            ("sighash-utxos", "a type of later upgrades", REFUSED, ("sighash",), partial(other_sighash, 0x61)),
            ("bitcoin-signature", "a signature made for Bitcoin", REFUSED, ("signature-invalid",), bitcoin_signature),
            ("token-burn", "a coin with tokens spent as money", REFUSED, _BURN, partial(spending, BCH, _FUNGIBLE)),
            ("nft-burn", "a coin with a token that is unique spent as money", REFUSED, _BURN,
             partial(spending, BCH, _NFT)),
            ("token-output", "an output that carries tokens", REFUSED,
             ("asset-moves", "output-refused", "token-excess"),
             partial(paying, BCH, _FUNGIBLE + _STRANGER)),
            ("segwit-output", "a kind of output that Bitcoin Cash does not have: anyone could take it", REFUSED,
             _UNKNOWN, partial(paying, BCH, _SEGWIT)),
            ("p2sh32-output", "a script of a 32-byte hash, which this device does not make", REFUSED, _UNKNOWN,
             partial(paying, BCH, _P2SH32)),
        ),
    }
)  # fmt: skip


def catalogue(name: str) -> tuple[Attack, ...]:
    """Every attack on a coin."""
    tokens = TOKENS if name == BCH.name else ()
    return (*_shared(FIELDS[name]), *(Attack(*row) for row in _OWN[name]), *tokens)
