"""More of the catalogue: single keys, taproot, fields of newer BIPs, signatures bent, PSBT v2, what is only odd."""

from __future__ import annotations

import hashlib

import wallycore as wally

from tests.vectors.attacks_catalogue import (
    FINE,
    FIRST_GROUPS,
    LIST,
    MALFORMED,
    TREASURY,
    attack,
    bent,
    bip143,
    coins,
    good,
    keys_of,
    outputs,
    retx,
    swap_key,
)
from tests.vectors.workshop import (
    MULTISIG_PATH,
    Book,
    Coin,
    Cosigner,
    Map,
    Pay,
    Single,
    back,
    book,
    coin,
    compact,
    funding,
    le,
    p2sh,
    p2wpkh,
    sized,
)

WPKH, SH_WPKH, PKH, TAPROOT = (Single(Cosigner(4), kind) for kind in ("wpkh", "sh-wpkh", "pkh", "tr"))
GROUPS = FIRST_GROUPS | {"single": WPKH, "wrapped-single": SH_WPKH, "single-legacy": PKH, "taproot": TAPROOT}
_UNITS, _PAID, _FEE = 40_000_000, 50_000_000, 20_000
_REST = 2 * _UNITS - _PAID - _FEE


def single(account: Single, **options: object) -> Book:
    """A good payment of an account of one key."""
    spent = [coin(account, f"{account.kind} {number}", _UNITS, 0, number) for number in range(2)]
    return book(spent, [Pay(_PAID, p2wpkh("payee")), back(account, _REST, 1, 3)], **options)  # type: ignore[arg-type]


def bent_single(account: Single, **fields: bytes | None) -> Book:
    """Its first input with fields set (`x03` is type 3) or, if None, taken away."""
    made = single(account)
    for name, value in fields.items():
        key = bytes.fromhex(name[1:])
        made.ins[0].pop(key, None)
        if value is not None:
            made.ins[0][key] = value
    return made


# --- single keys -----------------------------------------------------------------------------------------------------


@attack("good-wpkh", "a payment of one key", status=FINE, account="single")
def _() -> Book:
    return single(WPKH)


@attack("good-sh-wpkh", "a payment of one wrapped key", status=FINE, account="wrapped-single")
def _() -> Book:
    return single(SH_WPKH)


@attack("good-pkh", "a payment of one key from before segwit", status=FINE, account="single-legacy")
def _() -> Book:
    return single(PKH)


@attack("single-previous-missing", "one key, amount unproved", "previous-missing", account="single")
def _() -> Book:
    return bent_single(WPKH, x00=None)


@attack(
    "single-legacy-previous-missing",
    "one key from before segwit, nothing said of the coin",
    "previous-missing",
    "input-unknown-amount",
    account="single-legacy",
)
def _() -> Book:
    return bent_single(PKH, x00=None)


@attack(
    "single-legacy-as-segwit",
    "a coin from before segwit dressed as a segwit coin",
    "witness-claimed",
    account="single-legacy",
)
def _() -> Book:
    made = single(PKH)
    made.ins[0][b"\x01"] = le(_UNITS, 8) + sized(PKH.spot(0, 0).script)
    return made


@attack("single-script-surplus", "a witness script on a key's coin", "script-mismatch", account="single")
def _() -> Book:
    return bent_single(WPKH, x05=b"\x51")


@attack(
    "single-redeem-other",
    "the redeem script of another key",
    "script-mismatch",
    account="wrapped-single",
)
def _() -> Book:
    return bent_single(SH_WPKH, x04=p2wpkh("other"))


@attack(
    "single-change-other-kind", "our own key, in another kind of address", "change-fake", account="single"
)
def _() -> Book:
    spot = WPKH.spot(1, 3)
    made = [Pay(_PAID, p2wpkh("payee")), Pay(_REST, PKH.spot(1, 3).script, spot)]
    return book([coin(WPKH, f"wpkh {number}", _UNITS, 0, number) for number in range(2)], made)


# --- taproot ---------------------------------------------------------------------------------------------------------


@attack("good-taproot", "a taproot payment", status=FINE, account="taproot")
def _() -> Book:
    return single(TAPROOT)


@attack(
    "good-taproot-without-previous", "taproot signatures commit to amounts", status=FINE, account="taproot"
)
def _() -> Book:
    made = single(TAPROOT)
    for pairs in made.ins:
        del pairs[b"\x00"]
    return made


@attack("taproot-sighash-none", "taproot, outputs left open", "sighash", account="taproot")
def _() -> Book:
    return bent_single(TAPROOT, x03=le(2))


@attack("taproot-sighash-anyonecanpay", "taproot, inputs left open", "sighash", account="taproot")
def _() -> Book:
    return bent_single(TAPROOT, x03=le(0x81))


@attack("taproot-internal-key", "another internal key than the account's", "keys-mismatch", account="taproot")
def _() -> Book:
    return bent_single(TAPROOT, x17=Cosigner(7).public(0, 0)[1:])


@attack("taproot-leaf", "a script leaf beside the key path", "field-unknown", account="taproot")
def _() -> Book:
    return bent_single(TAPROOT, **{"x15c0" + "11" * 32: b"\x51\xc0"})


@attack(
    "taproot-merkle-root", "a script tree that the account does not have", "field-unknown", account="taproot"
)
def _() -> Book:
    return bent_single(TAPROOT, x18=bytes(range(32)))


@attack(
    "taproot-signature-noise", "a taproot signature that is noise", "signature-invalid", account="taproot"
)
def _() -> Book:
    return bent_single(TAPROOT, x13=hashlib.sha512(b"noise").digest())


@attack(
    "taproot-leaf-hashes-odd",
    "a taproot derivation that promises more leaves than it has",
    "input-foreign",
    account="taproot",
)
def _() -> Book:
    made = single(TAPROOT)
    key = keys_of(made.ins[0], 0x16)[0]
    made.ins[0][key] = b"\x05" + made.ins[0][key][1:]
    return made


@attack(
    "taproot-beside-unproved",
    "a stranger's segwit coin beside a taproot one: the amounts are no more committed to",
    "input-foreign",
    "derivation-missing",
    "previous-missing",
    account="taproot",
)
def _() -> Book:
    ours = coin(TAPROOT, "tr 0", _UNITS, 0, 0)
    strange = coin(WPKH, "strange", _UNITS, 0, 0)
    made = book([ours, strange], [Pay(_PAID, p2wpkh("payee")), back(TAPROOT, _REST, 1, 3)])
    for pairs in made.ins:
        del pairs[b"\x00"]
    for key in keys_of(made.ins[1], 6):
        del made.ins[1][key]
    return made


# --- fields of other BIPs --------------------------------------------------------------------------------------------


def with_field(where: str, key: bytes, value: bytes) -> Book:
    def change(b: Book) -> None:
        {"global": b.top, "input": b.ins[0], "output": b.outs[0]}[where][key] = value

    return bent(change)


@attack("field-preimage", "a hash preimage (BIP 174) where no script asks for one", "field-unknown")
def _() -> Book:
    return with_field("input", b"\x0b" + hashlib.sha256(b"x").digest(), b"x")


@attack("field-proof-of-reserves", "a proof of reserves commitment (BIP 127)", "field-unknown")
def _() -> Book:
    return with_field("input", b"\x09", b"we hold it")


@attack("field-musig", "MuSig2 participants (BIP 373)", "field-unknown")
def _() -> Book:
    return with_field("input", b"\x1a" + Cosigner(7).public(0, 0), Cosigner(8).public(0, 0) * 2)


@attack("field-silent-payment", "a silent payment's code in an output (BIP 375)", "field-unknown")
def _() -> Book:
    return with_field("output", b"\x09", b"\x00" + Cosigner(7).public(0, 0) * 2)


@attack("field-type-of-three-bytes", "a field type spelt in three bytes", "field-unknown")
def _() -> Book:
    return with_field("input", b"\xfd\x00\x01", b"x")


@attack("field-output-tree", "a taproot tree in an output", "field-unknown")
def _() -> Book:
    return with_field("output", b"\x06", b"\x00\xc0\x01\x51")


@attack("field-sighash-short", "a sighash of one byte", "field", status=MALFORMED)
def _() -> Book:
    return with_field("input", b"\x03", b"\x01")


@attack("field-key-empty", "a derivation without a key", "field", status=MALFORMED)
def _() -> Book:
    return with_field("input", b"\x06", TREASURY.cosigners[0].derivation(0, 0))


@attack("field-xpub-short", "an extended key of 77 bytes", "field", status=MALFORMED)
def _() -> Book:
    return with_field("global", b"\x01" + bytes(77), bytes(8))


@attack("xpub-origin-lie", "the account's own extended key under another path", "xpub-foreign")
def _() -> Book:
    cosigner = TREASURY.cosigners[0]
    data = bytes(wally.base58check_to_bytes(cosigner.xpub))
    return with_field("global", b"\x01" + data, cosigner.fingerprint + le(0))


@attack("xpub-bent", "an extended key with another chain code", "xpub-foreign")
def _() -> Book:
    cosigner = TREASURY.cosigners[0]
    data = bytearray(wally.base58check_to_bytes(cosigner.xpub))
    data[20] ^= 1
    return with_field("global", b"\x01" + bytes(data), cosigner.derivation())


# --- keys and paths --------------------------------------------------------------------------------------------------


def only_claims(change: bytes) -> Book:
    """Every claim of input 0 with another path."""

    def bend(b: Book) -> None:
        for key in keys_of(b.ins[0], 6):
            b.ins[0][key] = b.ins[0][key][:4] + change

    return bent(bend)


@attack("path-empty", "our master keys, and no path at all", "path-outside", "input-foreign")
def _() -> Book:
    return only_claims(b"")


@attack("path-of-root", "our master keys, and a path of two steps", "path-outside", "input-foreign")
def _() -> Book:
    return only_claims(le(0) + le(0))


@attack("path-longer", "our address, one step further down", "path-outside", "input-foreign")
def _() -> Book:
    return only_claims(TREASURY.cosigners[0].derivation(0, 0, 0)[4:])


@attack("derivation-uncompressed", "one of our keys, written uncompressed", "derivation-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        key = keys_of(b.ins[0], 6)[0]
        full = bytes(wally.ec_public_key_decompress(key[1:]))
        swap_key(b.ins[0], key, b"\x06" + full)

    return bent(change)


@attack("derivation-off-curve", "a derivation for a key that is no point", "keys-mismatch")
def _() -> Book:
    return with_field("input", b"\x06\x02" + b"\xff" * 32, bytes(4) + le(0))


@attack("derivation-exchanged", "two of our keys with each other's path", "derivation-mismatch")
def _() -> Book:
    def change(b: Book) -> None:
        one, two = keys_of(b.ins[0], 6)[:2]
        b.ins[0][one], b.ins[0][two] = b.ins[0][two], b.ins[0][one]

    return bent(change)


@attack("change-hardened-index", "change on a hardened last step", "path-outside")
def _() -> Book:
    def change(b: Book) -> None:
        for key in keys_of(b.outs[1], 2):
            b.outs[1][key] = b.outs[1][key][:-4] + le(0x80000003)

    return bent(change)


@attack("change-key-added", "our change, and a stranger's key beside ours", "change-fake")
def _() -> Book:
    def change(b: Book) -> None:
        b.outs[1][b"\x02" + Cosigner(7).public(1, 3)] = Cosigner(7).derivation(1, 3)

    return bent(change)


@attack("payee-dressed-as-change", "the payee's output claims to be change too", "change-fake")
def _() -> Book:
    def change(b: Book) -> None:
        b.outs[0] |= {b"\x02" + key: claim for key, claim in TREASURY.spot(1, 9).claims.items()}

    return bent(change)


@attack(
    "good-change-on-receive",
    "change on a receiving address, claimed: shown as a payment to ourselves",
    status=FINE,
)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), back(TREASURY, _REST, 0, 3))


# --- signatures ------------------------------------------------------------------------------------------------------

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def one_signature(bend: object) -> Book:
    """A right signature by cosigner 0 on input 0, bent: (r, s) as numbers -> DER with its sighash byte."""
    made = good()
    cosigner = TREASURY.cosigners[0]
    data = cosigner.sign((*MULTISIG_PATH, 0, 0), bip143(made.top[b"\x00"], 0, coins()[0]))
    r, s = int.from_bytes(data[:32], "big"), int.from_bytes(data[32:], "big")
    made.ins[0][b"\x02" + cosigner.public(0, 0)] = bend(r, s)  # type: ignore[operator]
    return made


def der(r: int, s: int, sighash: int = 1, pad: bytes = b"") -> bytes:
    def number(value: int) -> bytes:
        body = pad + value.to_bytes((value.bit_length() + 8) // 8, "big")
        return b"\x02" + bytes([len(body)]) + body

    body = number(r) + number(s)
    return b"\x30" + bytes([len(body)]) + body + bytes([sighash])


@attack("good-one-signature", "one input is signed, the other is not yet", status=FINE)
def _() -> Book:
    return one_signature(der)


@attack(
    "signature-high-s",
    "the other root: a signature that anyone could have made of a right one",
    "signature-invalid",
)
def _() -> Book:
    return one_signature(lambda r, s: der(r, _ORDER - s))


@attack("signature-padded", "a number with a zero too many in front", "signature-invalid")
def _() -> Book:
    return one_signature(lambda r, s: der(r, s, pad=b"\x00"))


@attack("signature-sighash-none", "a right signature under another sighash byte", "signature-invalid")
def _() -> Book:
    return one_signature(lambda r, s: der(r, s, 2))


@attack("signature-r-zero", "a signature whose r is zero", "signature-invalid")
def _() -> Book:
    return one_signature(lambda r, s: der(0, s))


@attack("signature-s-beyond", "a signature whose s is beyond the group's order", "signature-invalid")
def _() -> Book:
    return one_signature(lambda r, s: der(r, s + _ORDER))


@attack("signature-of-other-input", "a right signature, on the wrong input", "signature-invalid")
def _() -> Book:
    made = one_signature(der)
    key = keys_of(made.ins[0], 2)[0]
    own = b"\x02" + TREASURY.cosigners[0].public(0, 1)
    made.ins[1][own] = made.ins[0].pop(key)
    return made


@attack("signature-key-of-neighbour", "a signature under our key of another address", "signature-stranger")
def _() -> Book:
    made = one_signature(der)
    key = keys_of(made.ins[0], 2)[0]
    swap_key(made.ins[0], key, b"\x02" + TREASURY.cosigners[0].public(0, 1))
    return made


# --- coins and amounts -----------------------------------------------------------------------------------------------


@attack("previous-more-than-exists", "a previous transaction with more than all coins", "overflow")
def _() -> Book:
    rich = 30_000_000 * 100_000_000
    spot = TREASURY.spot(0, 0)
    spent = Coin(funding("rich", [(rich, spot.script)]), 0, rich, spot)
    return book([spent], [Pay(rich - _FEE, p2wpkh("payee"))])


@attack("previous-coinbase-like", "an input that spends nothing that can exist", "previous-wrong-id")
def _() -> Book:
    def change(b: Book) -> None:
        first = coins()[0]
        retx(b, first.txid + le(first.vout), bytes(32) + b"\xff" * 4)

    return bent(change)


@attack("input-thrice", "the same coin three times", "input-duplicate")
def _() -> Book:
    one = coins(count=1)[0]
    return book(
        [one, one, one], [Pay(_PAID, p2wpkh("payee")), back(TREASURY, 3 * _UNITS - _PAID - _FEE, 1, 3)]
    )


@attack("good-siblings", "two coins of one previous transaction", status=FINE)
def _() -> Book:
    spots = [TREASURY.spot(0, number) for number in range(2)]
    made = funding("siblings", [(_UNITS, spot.script) for spot in spots])
    spent = [Coin(made, number, _UNITS, spot) for number, spot in enumerate(spots)]
    return book(spent, [Pay(_PAID, p2wpkh("payee")), back(TREASURY, _REST, 1, 3)])


@attack("previous-of-sibling", "each input carries the other's previous transaction", "previous-wrong-id")
def _() -> Book:
    def change(b: Book) -> None:
        b.ins[0][b"\x00"], b.ins[1][b"\x00"] = b.ins[1][b"\x00"], b.ins[0][b"\x00"]

    return bent(change)


@attack("previous-of-ten-bytes", "a previous transaction of ten bytes", "truncated", status=MALFORMED)
def _() -> Book:
    return with_field("input", b"\x00", b"\xfd" * 10)


@attack("output-p2pk", "a payment to a bare public key", "output-unknown-script")
def _() -> Book:
    script = b"\x21" + Cosigner(7).public(0, 0) + b"\xac"
    return outputs(Pay(_PAID, script), back(TREASURY, _REST, 1, 3))


@attack("output-anchor", "an anchor anyone can take", "output-unknown-script")
def _() -> Book:
    return outputs(Pay(_PAID, b"\x51\x02\x4e\x73"), back(TREASURY, _REST, 1, 3))


@attack("output-data-large", "ten thousand bytes of data", "output-data", status=FINE)
def _() -> Book:
    data = b"\x6a\x4d\x00\x20" + bytes(0x2000)
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(0, data), back(TREASURY, _REST - 20_000, 1, 3))


@attack("output-p2sh-zero", "money on a script hash of zeros", "output-burn")
def _() -> Book:
    return outputs(Pay(_PAID, b"\xa9\x14" + bytes(20) + b"\x87"), back(TREASURY, _REST, 1, 3))


@attack("output-dust-legacy", "an output too small to spend, before segwit", "output-dust", status=FINE)
def _() -> Book:
    return outputs(Pay(_PAID, p2wpkh("payee")), Pay(539, p2sh(b"\x51")), back(TREASURY, _REST - 539, 1, 3))


@attack(
    "fee-everything",
    "a payment of little, and the rest as fee",
    "fee-absolute",
    "fee-percent",
    "fee-rate",
    policy=True,
)
def _() -> Book:
    return outputs(Pay(100_000, p2wpkh("payee")))


# --- PSBT v2, and what is only odd -----------------------------------------------------------------------------------


def bent_v2(where: str, key: bytes, value: bytes | None) -> Book:
    def change(b: Book) -> None:
        pairs: Map = {"global": b.top, "input": b.ins[0], "output": b.outs[0]}[where]
        pairs.pop(key, None)
        if value is not None:
            pairs[key] = value

    return bent(change, psbt_version=2)


@attack("good-v2-modifiable", "a PSBT v2 that others may still add to", status=FINE)
def _() -> Book:
    return bent_v2("global", b"\x06", b"\x03")


@attack("good-v2-height", "a PSBT v2 whose input asks for a height", status=FINE)
def _() -> Book:
    return bent_v2("input", b"\x12", le(800_000))


@attack("locktime-date-v2", "a PSBT v2 whose input asks for the year 2100", "locktime", status=FINE)
def _() -> Book:
    return bent_v2("input", b"\x11", le(4_102_444_800))


@attack("locktime-height-as-time-v2", "a height that is a time", "value", status=MALFORMED)
def _() -> Book:
    return bent_v2("input", b"\x12", le(1_600_000_000))


@attack("txid-missing-v2", "a PSBT v2 input that names no coin", "field", status=MALFORMED)
def _() -> Book:
    return bent_v2("input", b"\x0e", None)


@attack("vout-missing-v2", "a PSBT v2 input that names no output number", "field", status=MALFORMED)
def _() -> Book:
    return bent_v2("input", b"\x0f", None)


@attack("script-missing-v2", "a PSBT v2 output that names no script", "field", status=MALFORMED)
def _() -> Book:
    return bent_v2("output", b"\x04", None)


@attack("both-versions", "a PSBT v2 that brings an unsigned transaction as well", "field", status=MALFORMED)
def _() -> Book:
    return bent_v2("global", b"\x00", good().top[b"\x00"])


@attack("count-missing-v2", "a PSBT v2 that does not say how many inputs", "field", status=MALFORMED)
def _() -> Book:
    return bent_v2("global", b"\x04", None)


@attack("version-one", "PSBT version 1, which does not exist", "unsupported", status=MALFORMED)
def _() -> Book:
    return bent_v2("global", b"\xfb", le(1))


@attack("good-version-said", "a PSBT that says it is version 0", status=FINE)
def _() -> Book:
    return with_field("global", b"\xfb", le(0))


@attack("count-over-limit", "4,097 inputs", "too-many", status=MALFORMED)
def _() -> Book:
    def change(b: Book) -> None:
        b.top[b"\x00"] = le(2) + compact(4_097) + bytes(41 * 4_097) + b"\x00" + le(0)

    return bent(change)


@attack("version-negative", "a transaction version of minus one", "version", status=FINE)
def _() -> Book:
    return good(version=0xFFFFFFFF)


@attack("relative-lock-time", "an input locked for a month more", "relative-lock", status=FINE)
def _() -> Book:
    slow = coins()
    slow[0].sequence = 1 << 22 | 5_000
    return book(slow, [Pay(_PAID, p2wpkh("payee")), back(TREASURY, _REST, 1, 3)])


@attack("good-locktime-void", "a date that counts for nothing: every input is final", status=FINE)
def _() -> Book:
    spent = coins()
    for item in spent:
        item.sequence = 0xFFFFFFFF
    return book(spent, [Pay(_PAID, p2wpkh("payee")), back(TREASURY, _REST, 1, 3)], locktime=4_102_444_800)


@attack("doubled", "the same PSBT twice in one file", "trailing", status=MALFORMED)
def _() -> bytes:
    return good().to_bytes() * 2


@attack("maps-exchanged", "the outputs' maps before the inputs'", "field", status=MALFORMED)
def _() -> bytes:
    made = good()
    made.ins, made.outs = made.outs, made.ins
    return made.to_bytes()


@attack(
    "transaction-with-witness",
    "a signed transaction where the unsigned one belongs",
    "truncated",
    status=MALFORMED,
)
def _() -> Book:
    def change(b: Book) -> None:
        tx = b.top[b"\x00"]
        b.top[b"\x00"] = tx[:4] + b"\x00\x01" + tx[4:-4] + b"\x01\x01\x51" * 2 + tx[-4:]

    return bent(change)


CATALOGUE = tuple(LIST)
