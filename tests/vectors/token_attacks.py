"""Attacks on the tokens of Bitcoin Cash, seen by an appliance whose policy names one category.

Bytes are put together here by CHIP-2022-02-CashTokens, without the code under test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from tests.vectors.attacks_catalogue import FINE, REFUSED, Attack
from tests.vectors.workshop import (
    Book,
    Coin,
    Group,
    Pay,
    Spot,
    back,
    book,
    coin,
    compact,
    der,
    funding,
    le,
    sha256d,
    sized,
)
from tests.vectors.workshop import Cosigner as Key

GROUP: Final = Group(kind="sh")
THIEVES: Final = Group((Key(7), Key(8), Key(9)), kind="sh")
STRANGER: Final = b"\x76\xa9\x14" + b"\x31" * 20 + b"\x88\xac"
CATEGORY, OTHER = bytes(range(32)), b"\x55" * 32
FUNGIBLE: Final = CATEGORY[::-1].hex()
UNIQUE: Final = f"{FUNGIBLE}/nft"
_DUST, _MONEY, _FEE = 1_000, 40_000_000, 20_000


def fungible(amount: int, category: bytes = CATEGORY) -> bytes:
    return b"\xef" + category + b"\x10" + compact(amount)


def nft(commitment: bytes, capability: int = 0, amount: int = 0, category: bytes = CATEGORY) -> bytes:
    bits = 0x20 | capability | (0x40 if commitment else 0) | (0x10 if amount else 0)
    tail = (sized(commitment) if commitment else b"") + (compact(amount) if amount else b"")
    return b"\xef" + category + bytes([bits]) + tail


class Out(NamedTuple):
    """A token that goes to a stranger, or (with a number) back to the account's change."""

    prefix: bytes
    change: int | None = None


def carrying(number: int, prefix: bytes, units: int = _DUST) -> Coin:
    """A coin of the account that carries something."""
    plain = coin(GROUP, f"token {number}", units, 0, number)
    return replace(
        plain, previous=funding(f"token {number}", [(5_000, STRANGER), (units, prefix + plain.spot.script)])
    )


def payment(
    spent: Sequence[bytes], outs: Sequence[Out], extra: Sequence[Pay] = ()
) -> tuple[Book, list[Coin]]:
    """Tokens in, tokens out, with money for the fee beside them."""
    coins = [carrying(number, prefix) for number, prefix in enumerate(spent)]
    coins.append(coin(GROUP, "money", _MONEY, 0, 9))
    pays = []
    for out in outs:
        if out.change is None:
            pays.append(Pay(_DUST, out.prefix + STRANGER))
        else:
            made = back(GROUP, _DUST, 1, out.change)
            pays.append(replace(made, script=out.prefix + made.script))
    pays += extra
    rest = _MONEY + _DUST * len(spent) - sum(pay.units for pay in pays) - _FEE
    return said(book(coins, [*pays, back(GROUP, rest, 1, 3)])), coins


def said(made: Book) -> Book:
    for pairs in made.ins:
        pairs[b"\x03"] = le(0x41)
    return made


def moved(spent: Sequence[bytes], *outs: Out) -> bytes:
    return payment(spent, outs)[0].to_bytes()


def genesis() -> bytes:
    """The money comes from the first output of its transaction, whose id could become a category."""
    spot = GROUP.spot(0, 9)
    raw = funding("first", [(_MONEY, spot.script)])
    out = Pay(_DUST, fungible(1_000_000, sha256d(raw)) + STRANGER)
    change = back(GROUP, _MONEY - _DUST - _FEE, 1, 3)
    return said(book([Coin(raw, 0, _MONEY, spot)], [out, change])).to_bytes()


def stolen_change() -> bytes:
    """Token change that says it comes back, to a script of others."""
    theirs, own = THIEVES.spot(1, 5), GROUP.spot(1, 5)
    claimed = Spot(theirs.script, theirs.redeem, theirs.witness, own.claims)
    extra = [Pay(_DUST, fungible(40) + theirs.script, claimed)]
    return payment([fungible(100)], [Out(fungible(60))], extra)[0].to_bytes()


def signed_without_prefix() -> bytes:
    """A cosigner's signature over the digest of a coin that carries nothing."""
    made, coins = payment([fungible(100)], [Out(fungible(60)), Out(fungible(40), 5)])
    digest = preimage(made.top[b"\x00"], coins[0], b"")
    key = GROUP.cosigners[0]
    made.ins[0][b"\x02" + key.public(0, 0)] = der(key.sign((*key.path, 0, 0), digest)) + b"\x41"
    return made.to_bytes()


def preimage(unsigned: bytes, spent: Coin, prefix: bytes) -> bytes:
    """The digest of BIP 143's form with type 0x41, for the first input: `prefix` stands before the script's size."""
    count = unsigned[4]
    inputs = [unsigned[5 + 41 * n : 5 + 41 * (n + 1)] for n in range(count)]
    outputs = unsigned[5 + 41 * count :][1:-4]
    points, sequences = b"".join(i[:36] for i in inputs), b"".join(i[37:] for i in inputs)
    own = inputs[0][:36] + prefix + sized(spent.spot.redeem or b"") + le(spent.units, 8) + inputs[0][37:]
    parts = (
        unsigned[:4],
        sha256d(points),
        sha256d(sequences),
        own,
        sha256d(outputs),
        unsigned[-4:],
        le(0x41),
    )
    return sha256d(b"".join(parts))


_ART, _FORGED = b"number 7", b"number 8"
_MOVES: Final = "asset-moves"
_BOTH: Final = (FUNGIBLE, UNIQUE)
_OTHERS: Final = ("input-refused", "output-refused")

_ROWS: Final[tuple[tuple[str, str, int, tuple[str, ...], Callable[[], bytes], tuple[str, ...]], ...]] = (
    ("tokens-good", "nothing: tokens that the policy names move, the rest comes back", FINE, (_MOVES,),
     partial(moved, [fungible(100)], Out(fungible(60)), Out(fungible(40), 5)), _BOTH),
    ("tokens-home", "nothing: two coins with tokens become one", FINE, (),
     partial(moved, [fungible(100), fungible(20)], Out(fungible(120), 5)), _BOTH),
    ("tokens-burned", "less of a category comes out than goes in", REFUSED, (_MOVES, "token-burned"),
     partial(moved, [fungible(100)], Out(fungible(60)), Out(fungible(39), 5)), _BOTH),
    ("tokens-left-out", "tokens that the policy names, spent as money", REFUSED, ("token-burned",),
     partial(moved, [fungible(100)]), _BOTH),
    ("tokens-grown", "more of a category comes out than goes in", REFUSED, (_MOVES, "token-excess"),
     partial(moved, [fungible(100)], Out(fungible(60)), Out(fungible(41), 5)), _BOTH),
    ("tokens-swapped", "another category comes out", REFUSED,
     (_MOVES, "output-refused", "token-burned", "token-excess"),
     partial(moved, [fungible(100)], Out(fungible(60, OTHER)), Out(fungible(40), 5)), _BOTH),
    ("tokens-not-asked-for", "a category that the policy does not name", REFUSED, (_MOVES, *_OTHERS),
     partial(moved, [fungible(100, OTHER)], Out(fungible(60, OTHER)), Out(fungible(40, OTHER), 5)), _BOTH),
    ("tokens-not-asked-for-home", "the same, though all of it comes back", REFUSED, _OTHERS,
     partial(moved, [fungible(100, OTHER)], Out(fungible(100, OTHER), 5)), _BOTH),
    ("tokens-to-data", "tokens into an output nobody can spend", REFUSED, (_MOVES, "output-burn", "output-data"),
     lambda: payment([fungible(100)], [], [Pay(0, fungible(100) + b"\x6a\x04burn")])[0].to_bytes(), _BOTH),
    ("tokens-fake-change", "token change that is not the account's", REFUSED, (_MOVES, "change-fake"),
     stolen_change, _BOTH),
    ("tokens-genesis", "a new category, made from the money's own transaction", REFUSED,
     (_MOVES, "output-refused", "token-genesis"), genesis, _BOTH),
    ("tokens-digest", "a signature over the digest without the token's prefix", REFUSED,
     (_MOVES, "signature-invalid"), signed_without_prefix, _BOTH),
    ("tokens-malformed", "a prefix with its reserved bit set", REFUSED, ("input-foreign", "input-refused"),
     partial(moved, [b"\xef" + CATEGORY + b"\x90\x64"]), _BOTH),
    ("nft-good", "nothing: an NFT moves as it is", FINE, (_MOVES,), partial(moved, [nft(_ART)], Out(nft(_ART))), _BOTH),
    ("nft-altered", "an NFT with another commitment", REFUSED, (_MOVES, "token-changed"),
     partial(moved, [nft(_ART)], Out(nft(_FORGED))), _BOTH),
    ("nft-burned", "an NFT goes in and its fungible tokens alone come out", REFUSED, (_MOVES, "token-burned"),
     partial(moved, [nft(_ART, 0, 5)], Out(fungible(5))), _BOTH),
    ("nft-twice", "an NFT comes out twice", REFUSED, (_MOVES, "token-excess"),
     partial(moved, [nft(_ART)], Out(nft(_ART)), Out(nft(_ART), 5)), _BOTH),
    ("nft-mutable-altered", "an NFT that may be changed is changed", REFUSED, ("token-changed",),
     partial(moved, [nft(_ART, 1)], Out(nft(_FORGED, 1), 5)), _BOTH),
    ("nft-capability-lost", "an NFT comes back without what could be done with it", REFUSED, ("token-changed",),
     partial(moved, [nft(_ART, 2)], Out(nft(_ART), 5)), _BOTH),
    ("nft-capability-gained", "an NFT comes out as one that can mint", REFUSED, ("token-changed",),
     partial(moved, [nft(_ART)], Out(nft(_ART, 2), 5)), _BOTH),
    ("nft-minted", "an NFT that can mint comes back, and a new one leaves", REFUSED, (_MOVES, "token-minted"),
     partial(moved, [nft(b"", 2)], Out(nft(_ART)), Out(nft(b"", 2), 5)), _BOTH),
    ("nft-minting-leaks", "an NFT that can mint is given away", REFUSED, (_MOVES, "token-capability"),
     partial(moved, [nft(b"", 2)], Out(nft(b"", 2))), _BOTH),
    ("nft-minting-home", "nothing: an NFT that can mint comes back as it was", FINE, (),
     partial(moved, [nft(b"", 2)], Out(nft(b"", 2), 5)), _BOTH),
    ("nft-not-asked-for", "an NFT, where the policy names the fungible tokens alone", REFUSED, (_MOVES, *_OTHERS),
     partial(moved, [nft(_ART)], Out(nft(_ART))), (FUNGIBLE,)),
)  # fmt: skip

TOKENS: Final = tuple(Attack(*row[:5], assets=row[5]) for row in _ROWS)
