"""Attacks on a PSBT that the appliance must catch: a name, what must be found, and how the bytes are bent.

`attacks_further.py` has more, and the whole list. `make_attacks.py` writes them to files,
tests/signer/chains/test_attacks.py holds the reader to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import wallycore as wally

from tests.vectors.workshop import (
    MULTISIG_PATH,
    Book,
    Coin,
    Cosigner,
    Group,
    Map,
    Pay,
    back,
    book,
    coin,
    funding,
    le,
    multisig,
    p2sh,
    p2wpkh,
    p2wsh,
    sized,
)

TREASURY = Group()
WRAPPED = Group(kind="sh-wsh")
LEGACY = Group(kind="sh")
OTHER = Group(cosigners=(Cosigner(7), Cosigner(8), Cosigner(9)))
FIRST_GROUPS = {"treasury": TREASURY, "wrapped": WRAPPED, "legacy": LEGACY, "other": OTHER}

REFUSED, MALFORMED, FINE = 3, 4, 0
_UNITS = 40_000_000
_FEE = 20_000
_PAID = 50_000_000


@dataclass(frozen=True)
class Attack:
    """`findings`: labels of every WARN and STOP that inspection must give, no more and no fewer; or one error code.

    `policy` says that the finding is the policy's, not the chain's. `assets`: ids of what the policy lets move.
    """

    name: str
    defect: str
    status: int
    findings: tuple[str, ...]
    make: Callable[[], bytes]
    account: str = "treasury"
    policy: bool = False
    assets: tuple[str, ...] = ()


def coins(group: Group = TREASURY, count: int = 2) -> list[Coin]:
    return [coin(group, f"coin {number}", _UNITS, 0, number) for number in range(count)]


def pays(group: Group = TREASURY, total: int = 2 * _UNITS) -> list[Pay]:
    return [Pay(_PAID, p2wpkh("payee")), back(group, total - _PAID - _FEE, 1, 3)]


def good(group: Group = TREASURY, **options: object) -> Book:
    return book(coins(group), pays(group), **options)  # type: ignore[arg-type]


LIST: list[Attack] = []


def attack(
    name: str,
    defect: str,
    *findings: str,
    status: int = REFUSED,
    account: str = "treasury",
    policy: bool = False,
) -> Callable[[Callable[[], Book | bytes]], Callable[[], Book | bytes]]:
    """Enter a function that makes the bytes into the catalogue."""

    def enter(make: Callable[[], Book | bytes]) -> Callable[[], Book | bytes]:
        def made() -> bytes:
            result = make()
            return result if isinstance(result, bytes) else result.to_bytes()

        LIST.append(Attack(name, defect, status, findings, made, account, policy))
        return make

    return enter


def bent(change: Callable[[Book], None], group: Group = TREASURY, **options: object) -> Book:
    """A good PSBT with one thing changed."""
    made = good(group, **options)
    change(made)
    return made


def retx(made: Book, before: bytes, after: bytes) -> None:
    """Replace bytes in the unsigned transaction."""
    data = made.top[b"\x00"]
    if before not in data:
        raise ValueError("nothing to replace")
    made.top[b"\x00"] = data.replace(before, after, 1)


def swap_key(pairs: Map, old: bytes, new: bytes) -> None:
    """Rename a field, in its place."""
    items = [(new if key == old else key, value) for key, value in pairs.items()]
    pairs.clear()
    pairs.update(items)


def keys_of(pairs: Map, kind: int) -> list[bytes]:
    return [key for key in pairs if key[0] == kind]


# --- previous transactions -------------------------------------------------------------------------------------------


@attack("previous-missing", "only witness_utxo, as most wallets accept for segwit", "previous-missing")
def _() -> Book:
    return bent(lambda b: b.ins[0].pop(b"\x00") and None)


@attack("previous-missing-amount-lie", "witness_utxo alone says less than the coin holds", "previous-missing")
def _() -> Book:
    def change(b: Book) -> None:
        del b.ins[0][b"\x00"]
        b.ins[0][b"\x01"] = le(_UNITS - 1_000_000, 8) + b.ins[0][b"\x01"][8:]

    return bent(change)


@attack(
    "previous-missing-legacy",
    "a coin before segwit without its transaction",
    "previous-missing",
    "input-unknown-amount",
    account="legacy",
)
def _() -> Book:
    return bent(lambda b: b.ins[1].pop(b"\x00") and None, LEGACY)


@attack(
    "previous-none-at-all",
    "neither previous transaction nor witness_utxo",
    "previous-missing",
    "input-unknown-amount",
)
def _() -> Book:
    def change(b: Book) -> None:
        del b.ins[0][b"\x00"], b.ins[0][b"\x01"]

    return bent(change)


@attack(
    "previous-amount-differs",
    "witness_utxo amount is not that of the previous transaction",
    "previous-differs",
)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x01"] = le(_UNITS + 1, 8) + b.ins[0][b"\x01"][8:]

    return bent(change)


@attack(
    "previous-script-differs",
    "witness_utxo script is not that of the previous transaction",
    "previous-differs",
)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x01"] = le(_UNITS, 8) + sized(TREASURY.spot(0, 9).script)

    return bent(change)


@attack("previous-wrong-id", "the previous transaction of another coin", "previous-wrong-id")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x00"] = funding("elsewhere", [(5_000, p2wpkh("x")), (_UNITS, TREASURY.spot(0, 0).script)])

    return bent(change)


@attack("previous-amount-rewritten", "an amount changed inside the previous transaction", "previous-wrong-id")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x00"] = b.ins[0][b"\x00"].replace(le(_UNITS, 8), le(_UNITS * 2, 8))
        b.ins[0][b"\x01"] = le(_UNITS * 2, 8) + b.ins[0][b"\x01"][8:]

    return bent(change)


@attack("previous-no-output", "the outpoint counts beyond the outputs", "previous-no-output")
def _() -> Book:
    def change(b: Book) -> None:
        outpoint = coins()[0].txid
        retx(b, outpoint + le(1), outpoint + le(2))

    return bent(change)


@attack("previous-truncated", "the previous transaction ends in the middle", "truncated", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x00"] = b.ins[0][b"\x00"][:-7]

    return bent(change)


@attack("previous-trailing", "bytes after the previous transaction", "trailing", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x00"] += b"\x00"

    return bent(change)


@attack("witness-utxo-trailing", "bytes after the witness_utxo", "trailing", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x01"] += b"\x00"

    return bent(change)


# --- whose inputs ----------------------------------------------------------------------------------------------------


@attack("input-duplicate", "the same coin twice", "input-duplicate")
def _() -> Book:
    twice = [coins()[0], coins()[0]]
    return book(twice, pays())


@attack("input-foreign", "a stranger's input without any keys", "input-foreign", "derivation-missing")
def _() -> Book:
    made = good()
    stranger = coin(OTHER, "stranger", _UNITS, 0, 0)
    alone = book([stranger], [])
    made = book([coins()[0], stranger], pays())
    made.ins[1] = {key: value for key, value in alone.ins[0].items() if key in (b"\x00", b"\x01")}
    return made


@attack("input-other-account", "an input of another account, claims and all", "input-foreign")
def _() -> Book:
    return book([coins()[0], coin(OTHER, "stranger", _UNITS, 0, 0)], pays())


@attack(
    "input-mixed-accounts", "customer's and own funds in one transaction", "input-foreign", "path-outside"
)
def _() -> Book:
    second = Group(
        cosigners=tuple(
            replace(c, path=(*MULTISIG_PATH[:2], 1 + (1 << 31), MULTISIG_PATH[3])) for c in TREASURY.cosigners
        )
    )
    return book([coins()[0], coin(second, "second account", _UNITS, 0, 0)], pays())


@attack("input-dressed-as-ours", "a stranger's coin with every field of our address 0/0", "input-foreign")
def _() -> Book:
    stranger = OTHER.spot(0, 0)
    ours = TREASURY.spot(0, 0)
    spot = replace(ours, script=stranger.script)
    return book([Coin(funding("dressed", [(_UNITS, stranger.script)]), 0, _UNITS, spot), coins()[1]], pays())


@attack("taproot-fields-on-segwit", "an internal key on a coin that is no taproot coin", "keys-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x17"] = Cosigner(7).public(0, 0)[1:]

    return bent(change)


@attack("input-all-foreign", "nothing in it is of this account", "input-foreign", "output-other-keys")
def _() -> Book:
    other = [coin(OTHER, f"o{n}", _UNITS, 0, n) for n in range(2)]
    return book(other, pays(OTHER))


@attack("derivation-missing", "our coin, no keys named", "derivation-missing", "input-foreign")
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.ins[0], 6):
            del b.ins[0][key]

    return bent(change)


@attack(
    "derivation-wrong-index",
    "a claimed index leads to other keys",
    "derivation-mismatch",
    "input-foreign",
    "keys-mismatch",
)
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.ins[0], 6):
            b.ins[0][key] = b.ins[0][key][:-4] + le(77)

    # The scripts of index 77 are not those of the coin: neither keys nor output fit.
    return bent(change)


@attack("derivation-one-wrong", "one of three keys claims another index", "derivation-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        key = keys_of(b.ins[0], 6)[2]
        b.ins[0][key] = b.ins[0][key][:-4] + le(77)

    return bent(change)


@attack("derivation-hardened", "a hardened last step no public key can have", "path-outside", "input-foreign")
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.ins[0], 6):
            b.ins[0][key] = b.ins[0][key][:-4] + le(1 << 31)

    return bent(change)


@attack("path-outside", "our master keys on another account's path", "path-outside", "input-foreign")
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.ins[0], 6):
            b.ins[0][key] = b.ins[0][key][:4] + le(49 + (1 << 31)) + b.ins[0][key][8:]

    return bent(change)


@attack("path-third-branch", "branch 2, which the account does not have", "path-outside", "input-foreign")
def _() -> Book:
    odd = coin(TREASURY, "odd", _UNITS, 2, 0)
    return book([coins()[0], odd], pays())


@attack("keys-stranger-claimed", "a stranger's key among the derivations", "keys-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        stranger = Cosigner(7)
        b.ins[0][b"\x06" + stranger.public(0, 0)] = stranger.derivation(0, 0)

    return bent(change)


@attack("keys-fingerprint-borrowed", "a stranger's key under our fingerprint and path", "derivation-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x06" + Cosigner(7).public(0, 0)] = TREASURY.cosigners[0].derivation(0, 0)

    return bent(change)


# --- scripts ---------------------------------------------------------------------------------------------------------


def scripted(group: Group, keys: list[bytes], threshold: int = 2) -> Book:
    """A coin really locked by these keys, that claims to be our address 0/0."""
    spot = group.locked(multisig(threshold, keys), group.spot(0, 0).claims)
    previous = funding("bent", [(_UNITS, spot.script)])
    return book([Coin(previous, 0, _UNITS, spot), coins(group)[1]], pays(group))


@attack("script-threshold-lower", "1 of 3 where 2 of 3 is enrolled", "threshold-mismatch", "input-foreign")
def _() -> Book:
    return scripted(TREASURY, sorted(TREASURY.spot(0, 0).claims), threshold=1)


@attack("script-threshold-higher", "3 of 3 where 2 of 3 is enrolled", "threshold-mismatch", "input-foreign")
def _() -> Book:
    return scripted(TREASURY, sorted(TREASURY.spot(0, 0).claims), threshold=3)


@attack("script-key-swapped", "a stranger's key in place of a cosigner's", "keys-mismatch", "input-foreign")
def _() -> Book:
    ours = list(TREASURY.spot(0, 0).claims)[:2]
    return scripted(TREASURY, sorted([*ours, Cosigner(7).public(0, 0)]))


@attack("script-key-added", "a fourth key beside the three", "keys-mismatch", "input-foreign")
def _() -> Book:
    return scripted(TREASURY, sorted([*TREASURY.spot(0, 0).claims, Cosigner(7).public(0, 0)]))


@attack(
    "script-keys-unsorted", "our keys in another order than the account's", "script-mismatch", "input-foreign"
)
def _() -> Book:
    return scripted(TREASURY, sorted(TREASURY.spot(0, 0).claims, reverse=True))


@attack("script-not-hashing", "a witness script the coin is not locked with", "script-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x05"] = b"\x51" + b.ins[0][b"\x05"]

    return bent(change)


@attack("script-of-neighbour", "the witness script of the next address", "keys-mismatch", "script-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x05"] = TREASURY.spot(0, 1).witness or b""

    return bent(change)


@attack("script-missing", "no witness script", "script-missing")
def _() -> Book:
    return bent(lambda b: b.ins[0].pop(b"\x05") and None)


@attack("script-anyone-can-spend", "OP_TRUE as the witness script", "script-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x05"] = b"\x51"

    return bent(change)


@attack("redeem-surplus", "a redeem script where none belongs", "script-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x04"] = p2wsh(b"\x51")

    return bent(change)


@attack(
    "redeem-not-hashing", "a redeem script the coin is not locked with", "script-mismatch", account="wrapped"
)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x04"] = p2wsh(b"\x51")

    return bent(change, WRAPPED)


@attack("redeem-missing", "no redeem script", "script-missing", "script-mismatch", account="wrapped")
def _() -> Book:
    return bent(lambda b: b.ins[0].pop(b"\x04") and None, WRAPPED)


@attack(
    "redeem-legacy-wrong",
    "before segwit, with another redeem script",
    "keys-mismatch",
    "script-mismatch",
    account="legacy",
)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x04"] = OTHER.spot(0, 0).witness or b""

    return bent(change, LEGACY)


@attack(
    "witness-claimed-legacy",
    "a coin before segwit dressed as a segwit coin",
    "witness-claimed",
    account="legacy",
)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x01"] = le(_UNITS, 8) + sized(LEGACY.spot(0, 0).script)

    return bent(change, LEGACY)


@attack("script-huge", "a script larger than any that can be spent", "field", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x05"] = b"\x51" * 10_001

    return bent(change)


# --- sighash ---------------------------------------------------------------------------------------------------------


def _sighash(value: int) -> Callable[[], Book]:
    def make() -> Book:
        def change(b: Book) -> None:
            b.ins[0][b"\x03"] = le(value)

        return bent(change)

    return make


for _name, _value in (
    ("none", 0x02),
    ("single", 0x03),
    ("all-anyonecanpay", 0x81),
    ("none-anyonecanpay", 0x82),
    ("single-anyonecanpay", 0x83),
    ("default-without-taproot", 0x00),
    ("beyond-a-byte", 0x101),
):
    attack(f"sighash-{_name}", f"asks for sighash 0x{_value:02x}", "sighash")(_sighash(_value))
attack("sighash-forkid", "asks for sighash 0x41, which is Bitcoin Cash's", "sighash-other-coin")(_sighash(0x41))


# --- fields ----------------------------------------------------------------------------------------------------------


@attack("field-proprietary-input", "a proprietary field in an input", "field-proprietary")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\xfc\x05kinko\x00"] = b"please trust"

    return bent(change)


@attack("field-proprietary-global", "a proprietary field in front", "field-proprietary")
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\xfc\x05kinko\x00"] = b"please trust"

    return bent(change)


@attack("field-proprietary-output", "a proprietary field in an output", "field-proprietary")
def _() -> Book:
    def change(b: Book) -> None:
        b.outs[1][b"\xfc\x05label\x00"] = b"change"

    return bent(change)


@attack("field-unknown-input", "a field of no known type in an input", "field-unknown")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x7e"] = b"?"

    return bent(change)


@attack("field-unknown-global", "a field of no known type in front", "field-unknown")
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\x7e"] = b"?"

    return bent(change)


@attack("field-unknown-output", "a field of no known type in an output", "field-unknown")
def _() -> Book:
    def change(b: Book) -> None:
        b.outs[0][b"\x7e"] = b"?"

    return bent(change)


@attack("field-duplicate", "the same field twice, with two values", "duplicate", status=MALFORMED)
def _() -> bytes:
    raw = good().to_bytes()
    field = sized(b"\x01") + sized(le(_UNITS, 8) + sized(TREASURY.spot(0, 0).script))
    return raw.replace(field, field + field.replace(le(_UNITS, 8), le(_UNITS * 2, 8)), 1)


@attack("field-of-version-2", "a field of PSBT v2 in a PSBT v0", "field", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x0e"] = bytes(32)

    return bent(change)


@attack("field-key-too-long", "a field that takes no key, with one", "field", status=MALFORMED)
def _() -> Book:
    return bent(lambda b: swap_key(b.ins[0], b"\x05", b"\x05\x00"))


@attack("field-key-odd", "a derivation whose key is no public key", "field", status=MALFORMED)
def _() -> Book:
    return bent(lambda b: swap_key(b.ins[0], keys_of(b.ins[0], 6)[0], b"\x06" + bytes(40)))


@attack("field-path-odd", "a path of five and a half steps", "field", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        key = keys_of(b.ins[0], 6)[0]
        b.ins[0][key] += b"\x00\x00"

    return bent(change)


@attack("xpub-foreign", "a stranger's extended key in front", "xpub-foreign")
def _() -> Book:
    def change(b: Book) -> None:
        stranger = Cosigner(7)
        raw = bytes(wally.base58check_to_bytes(stranger.xpub))
        b.top[b"\x01" + raw] = stranger.derivation()

    return bent(change)


@attack("xpub-other-network", "extended keys spelt for mainnet", "network-wrong")
def _() -> Book:
    def change(b: Book) -> None:
        for cosigner in TREASURY.cosigners:
            raw = bytes(wally.base58check_to_bytes(cosigner.xpub))
            b.top[b"\x01" + bytes.fromhex("0488b21e") + raw[4:]] = cosigner.derivation()

    return bent(change)


# --- outputs ---------------------------------------------------------------------------------------------------------


def outputs(*made: Pay) -> Book:
    return book(coins(), list(made))


_REST = 2 * _UNITS - _PAID - _FEE


@attack("change-fake-script", "claims of our change address, pays a stranger", "change-fake")
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(_REST, p2wsh(b"\x51"), TREASURY.spot(1, 3)))


@attack("change-fake-multisig", "our keys, but one signature is enough", "change-fake")
def _() -> Book:
    spot = TREASURY.locked(multisig(1, sorted(TREASURY.spot(1, 3).claims)), TREASURY.spot(1, 3).claims)
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(_REST, spot.script, spot))


@attack("change-fake-key-swapped", "two of our keys and a stranger's", "change-fake")
def _() -> Book:
    claims = dict(list(TREASURY.spot(1, 3).claims.items())[:2])
    spot = TREASURY.locked(multisig(2, sorted([*claims, Cosigner(7).public(1, 3)])), claims)
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(_REST, spot.script, spot))


@attack("change-fake-wrapped", "our keys in another kind of address than the account's", "change-fake")
def _() -> Book:
    spot = WRAPPED.spot(1, 3)
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(_REST, spot.script, spot))


@attack("change-wrong-witness-script", "our change, with a witness script that is not its own", "change-fake")
def _() -> Book:
    def change(b: Book) -> None:
        b.outs[1][b"\x01"] = b"\x51"

    return bent(change)


@attack("change-wrong-index", "our change, claimed at another index", "change-fake")
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.outs[1], 2):
            b.outs[1][key] = b.outs[1][key][:-4] + le(4)

    return bent(change)


@attack("change-one-key-wrong", "our change, one of its keys a stranger's", "change-fake")
def _() -> Book:
    def change(b: Book) -> None:
        swap_key(b.outs[1], keys_of(b.outs[1], 2)[0], b"\x02" + Cosigner(7).public(1, 3))

    return bent(change)


@attack("change-third-branch", "back to our keys, on a branch no wallet looks at", "change-branch")
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), back(TREASURY, _REST, 2, 0))


@attack("change-hidden-path", "back to our keys, far outside the account", "path-outside")
def _() -> Book:
    hidden = Group(cosigners=tuple(replace(c, path=(*MULTISIG_PATH, 999)) for c in TREASURY.cosigners))
    return outputs(Pay(_PAID, p2wpkh("payee")), back(hidden, _REST, 1, 0))


@attack(
    "change-of-other-account", "the change goes to another account's keys", "output-other-keys", status=FINE
)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), back(OTHER, _REST, 1, 0))


@attack("change-far-index", "change so far along that no wallet finds it again", "index-too-far", status=FINE)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), back(TREASURY, _REST, 1, 2_000_000_000))


@attack(
    "output-script-unfit", "a payee's script sent along that is not the payee's", "output-script-mismatch"
)
def _() -> Book:
    def change(b: Book) -> None:
        b.outs[0][b"\x01"] = b"\x51"

    return bent(change)


@attack("output-burn-data", "money on an OP_RETURN", "output-burn")
def _() -> Book:
    return outputs(Pay(_PAID, b"\x6a\x04burn"), back(TREASURY, _REST, 1, 3))


@attack("output-burn-zero-hash", "money on a hash of zeros", "output-burn")
def _() -> Book:
    return outputs(Pay(_PAID, b"\x00\x14" + bytes(20)), back(TREASURY, _REST, 1, 3))


@attack("output-burn-off-curve", "money on a taproot key that is no point", "output-burn")
def _() -> Book:
    return outputs(Pay(_PAID, b"\x51\x20" + b"\xff" * 32), back(TREASURY, _REST, 1, 3))


@attack("output-empty-script", "an output anyone can take", "output-unknown-script")
def _() -> Book:
    return outputs(Pay(_PAID, b""), back(TREASURY, _REST, 1, 3))


@attack("output-future-witness", "a witness version nobody can check yet", "output-unknown-script")
def _() -> Book:
    return outputs(Pay(_PAID, b"\x60\x20" + bytes(31) + b"\x01"), back(TREASURY, _REST, 1, 3))


@attack("output-bare-script", "a bare script that has no address", "output-unknown-script")
def _() -> Book:
    return outputs(Pay(_PAID, multisig(1, [Cosigner(7).public(0, 0)])), back(TREASURY, _REST, 1, 3))


@attack("output-data", "data written, nobody paid", "output-data", status=FINE)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(0, b"\x6a\x04note"), back(TREASURY, _REST, 1, 3))


@attack("output-zero", "an output of nothing", "output-zero", status=FINE)
def _() -> Book:
    return outputs(Pay(0, p2wpkh("payee")), back(TREASURY, 2 * _UNITS - _FEE, 1, 3))


@attack("output-dust", "an output too small to spend", "output-dust", status=FINE)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(200, p2wpkh("dust")), back(TREASURY, _REST - 200, 1, 3))


@attack("output-repeated", "the same payee twice", "output-repeated", status=FINE)
def _() -> Book:
    half = _PAID // 2
    return outputs(Pay(half, p2wpkh("payee")), Pay(half, p2wpkh("payee")), back(TREASURY, _REST, 1, 3))


@attack("outputs-missing", "no outputs: all of it is fee", "outputs-missing")
def _() -> Book:
    return book([coin(TREASURY, f"small {number}", 10_000, 0, number) for number in range(2)], [])


@attack("inputs-missing", "no inputs at all", "inputs-missing", "fee-negative")
def _() -> Book:
    return book([], [Pay(_PAID, p2wpkh("payee"))])


# --- sums, fee, time -------------------------------------------------------------------------------------------------


@attack("fee-negative", "more goes out than comes in", "fee-negative")
def _() -> Book:
    return outputs(Pay(3 * _UNITS, p2wpkh("payee")))


@attack("overflow-output", "an output of more than all coins there are", "overflow", "fee-negative")
def _() -> Book:
    return outputs(Pay((1 << 64) - 1, p2wpkh("payee")), back(TREASURY, _REST, 1, 3))


@attack("overflow-wrap", "outputs whose 64-bit sum comes round to a small number", "overflow", "fee-negative")
def _() -> Book:
    return outputs(
        Pay((1 << 64) - _PAID, p2wpkh("payee")), Pay(2 * _PAID, p2wpkh("b")), back(TREASURY, 1_000_000, 1, 3)
    )


@attack(
    "fee-absolute",
    "a fee of more than the policy's limit",
    "fee-absolute",
    "fee-percent",
    "fee-rate",
    policy=True,
)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), back(TREASURY, 1_000_000, 1, 3))


@attack("fee-low", "a fee that nodes do not relay", "fee-low", status=FINE)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), back(TREASURY, 2 * _UNITS - _PAID - 10, 1, 3))


@attack("locktime-date", "not before the year 2100", "locktime", status=FINE)
def _() -> Book:
    return good(locktime=4_102_444_800)


@attack("relative-lock", "an input locked for a thousand blocks more", "relative-lock", status=FINE)
def _() -> Book:
    slow = coins()
    slow[0].sequence = 1_000
    return book(slow, pays())


@attack("version-odd", "a transaction version nobody uses", "version", status=FINE)
def _() -> Book:
    return good(version=77)


# --- signatures ------------------------------------------------------------------------------------------------------


def signed(b: Book, key: bytes, signature: bytes) -> None:
    b.ins[0][b"\x02" + key] = signature


@attack("signature-garbage", "a partial signature that is noise", "signature-invalid")
def _() -> Book:
    noise = hashlib.sha256(b"noise").digest() * 2 + b"\x01"
    return bent(lambda b: signed(b, TREASURY.cosigners[0].public(0, 0), noise))


@attack("signature-of-other-digest", "a real signature of something else", "signature-invalid")
def _() -> Book:
    cosigner = TREASURY.cosigners[0]
    other = cosigner.sign((*MULTISIG_PATH, 0, 0), hashlib.sha256(b"other").digest())
    der = bytes(wally.ec_sig_to_der(other)) + b"\x01"
    return bent(lambda b: signed(b, cosigner.public(0, 0), der))


@attack("signature-of-stranger", "a partial signature by a key outside the account", "signature-stranger")
def _() -> Book:
    stranger = Cosigner(7)
    other = stranger.sign((*MULTISIG_PATH, 0, 0), hashlib.sha256(b"other").digest())
    der = bytes(wally.ec_sig_to_der(other)) + b"\x01"
    return bent(lambda b: signed(b, stranger.public(0, 0), der))


@attack("already-final", "an input that claims to be finished", "already-final")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x08"] = b"\x01\x01\x51"

    return bent(change)


# --- form ------------------------------------------------------------------------------------------------------------


@attack("empty", "an empty file", "empty", status=MALFORMED)
def _() -> bytes:
    return b""


@attack("magic-wrong", "not a PSBT", "unknown-format", status=MALFORMED)
def _() -> bytes:
    return b"psbt\xfe" + good().to_bytes()[5:]


@attack("magic-only", "nothing after the magic", "truncated", status=MALFORMED)
def _() -> bytes:
    return b"psbt\xff"


@attack("truncated", "the second half is missing", "truncated", status=MALFORMED)
def _() -> bytes:
    raw = good().to_bytes()
    return raw[: len(raw) // 2]


@attack("truncated-last-byte", "the last byte is missing", "truncated", status=MALFORMED)
def _() -> bytes:
    return good().to_bytes()[:-1]


@attack("trailing", "bytes after the end", "trailing", status=MALFORMED)
def _() -> Book:
    return bent(lambda b: setattr(b, "extra", b"\x00"))


@attack("map-missing", "fewer input maps than inputs", "truncated", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins.pop()
        b.outs.clear()

    return bent(change)


@attack("no-transaction", "no unsigned transaction", "field", status=MALFORMED)
def _() -> Book:
    return bent(lambda b: b.top.pop(b"\x00") and None)


@attack("transaction-signed", "scriptSigs in the unsigned transaction", "inconsistent", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        first = coins()[0]
        retx(b, first.txid + le(1) + b"\x00", first.txid + le(1) + b"\x01\x51")

    return bent(change)


@attack("version-unknown", "PSBT version 3", "unsupported", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\xfb"] = le(3)

    return bent(change)


@attack("count-bomb", "four thousand million inputs promised", "too-many", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\x00"] = le(2) + b"\xfe\xff\xff\xff\xff" + bytes(60)

    return bent(change)


@attack("count-bomb-v2", "a PSBT v2 that promises a million inputs", "too-many", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\x04"] = b"\xfe\x00\x00\x10\x00"

    return bent(change, psbt_version=2)


@attack("count-lie-v2", "a PSBT v2 with fewer outputs than it has maps", "trailing", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\x05"] = b"\x01"

    return bent(change, psbt_version=2)


@attack("length-bomb", "a field of eight exabytes", "truncated", status=MALFORMED)
def _() -> bytes:
    return b"psbt\xff\x01\x00\xff" + b"\xff" * 8 + bytes(20)


@attack("length-long-spelling", "a length spelt longer than needed", "encoding", status=MALFORMED)
def _() -> bytes:
    raw = good().to_bytes()
    return raw[:6] + raw[6:7] + b"\xfe" + le(int.from_bytes(raw[7:8], "little"), 4) + raw[8:]


@attack("fields-bomb", "thousands of fields in one map", "too-many", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0] |= {b"\x7e" + le(number): b"" for number in range(5_000)}

    return bent(change)


@attack(
    "locktime-conflict-v2",
    "a PSBT v2 whose inputs want a height and a time",
    "inconsistent",
    status=MALFORMED,
)
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x11"] = le(1_600_000_000)
        b.ins[1][b"\x12"] = le(800_000)

    return bent(change, psbt_version=2)


@attack("sequence-missing-amount-v2", "a PSBT v2 output without an amount", "field", status=MALFORMED)
def _() -> Book:
    return bent(lambda b: b.outs[0].pop(b"\x03") and None, psbt_version=2)


@attack("previous-differs-v2", "the amount lie in a PSBT v2", "previous-differs")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x01"] = le(_UNITS + 1, 8) + b.ins[0][b"\x01"][8:]

    return bent(change, psbt_version=2)


@attack("change-fake-v2", "fake change in a PSBT v2", "change-fake")
def _() -> Book:
    made = [Pay(_PAID, p2wpkh("payee")), Pay(_REST, p2sh(b"\x51"), TREASURY.spot(1, 3))]
    return book(coins(), made, psbt_version=2)


# --- good ones -------------------------------------------------------------------------------------------------------


@attack("good-wsh", "a payment with change", status=FINE)
def _() -> Book:
    return good()


@attack("good-wsh-v2", "the same as PSBT v2", status=FINE)
def _() -> Book:
    return good(psbt_version=2)


@attack("good-sh-wsh", "a payment from wrapped segwit", status=FINE, account="wrapped")
def _() -> Book:
    return good(WRAPPED)


@attack("good-sh", "a payment from before segwit", status=FINE, account="legacy")
def _() -> Book:
    return good(LEGACY)


@attack("good-no-change", "everything goes to the payee", status=FINE)
def _() -> Book:
    return outputs(Pay(2 * _UNITS - _FEE, p2wpkh("payee")))


@attack("good-consolidation", "everything comes back", status=FINE)
def _() -> Book:
    return outputs(back(TREASURY, 2 * _UNITS - _FEE, 1, 3))


@attack("good-own-payee", "a payee that is our own receiving address, unclaimed", status=FINE)
def _() -> Book:
    return outputs(Pay(_PAID, TREASURY.spot(0, 5).script), back(TREASURY, _REST, 1, 3))


@attack("good-sighash-all", "sighash ALL said aloud", status=FINE)
def _() -> Book:
    return _sighash(1)()


@attack("good-xpubs", "the account's own extended keys in front", status=FINE)
def _() -> Book:
    def change(b: Book) -> None:
        for cosigner in TREASURY.cosigners:
            b.top[b"\x01" + bytes(wally.base58check_to_bytes(cosigner.xpub))] = cosigner.derivation()

    return bent(change)


@attack("good-half-signed", "one cosigner has signed", status=FINE)
def _() -> Book:
    cosigner = TREASURY.cosigners[1]
    made = good()
    for number, spent in enumerate(coins()):
        digest = bip143(made.top[b"\x00"], number, spent)
        compact = cosigner.sign((*MULTISIG_PATH, 0, number), digest)
        der = bytes(wally.ec_sig_to_der(compact)) + b"\x01"
        made.ins[number][b"\x02" + cosigner.public(0, number)] = der
    return made


@attack("good-previous-with-witness", "a previous transaction that still has its witness", status=FINE)
def _() -> Book:
    def change(b: Book) -> None:
        stripped = b.ins[0][b"\x00"]
        b.ins[0][b"\x00"] = stripped[:4] + b"\x00\x01" + stripped[4:-4] + b"\x01\x02\x51\x51" + stripped[-4:]

    return bent(change)


@attack("good-partial-derivations", "only one cosigner's key is named", status=FINE)
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.ins[0], 6)[1:]:
            del b.ins[0][key]

    return bent(change)


def bip143(tx: bytes, index: int, spent: Coin) -> bytes:
    """BIP 143 by wallycore, from the unsigned transaction: not the code under test."""
    parsed = wally.tx_from_bytes(tx, 0)
    script = spent.spot.witness or b""
    flags = wally.WALLY_TX_FLAG_USE_WITNESS
    return bytes(
        wally.tx_get_btc_signature_hash(parsed, index, script, spent.units, wally.WALLY_SIGHASH_ALL, flags)
    )
