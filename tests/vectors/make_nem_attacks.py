"""Writes tests/vectors/attacks/nem: python -m tests.vectors.make_nem_attacks. Always the same.

Each file is a payload named by its defect; `index.json` says what it must come to: the code of the error (status 4)
or the grave findings (status 3; 0 where it may still be signed).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tests.vectors import nem_workshop as w

FOLDER = Path(__file__).parent / "attacks" / "nem"
Attack = tuple[bytes, int, tuple[str, ...]]

_GOOD = w.wrap(w.transfer())
_OTHER = w.wrap(w.transfer(amount=26_000_000))
_BAD_ADDRESS = w.address(w.PAYEE)[:-1] + b"7"


def _other(kind: int, body: bytes = bytes(40), fee: int = 150_000) -> bytes:
    return w.payload(w.wrap(w.head(kind, w.VAULT, fee) + body))


def _change(
    *changes: tuple[int, w.Key], relative: int | None = None, signer: w.Key = w.VAULT, fee: int = 500_000
) -> bytes:
    """A change of an account's keys: 1 puts in, 2 takes out. In the order given."""
    rows = b"".join(w.sized(struct.pack("<I", kind) + w.sized(key.public)) for kind, key in changes)
    tail = b"" if relative is None else w.sized(struct.pack("<i", relative))
    version = 1 if relative is None else 2
    return w.head(0x1001, signer, fee, version=version) + struct.pack("<I", len(changes)) + rows + tail


def _in_order(*changes: tuple[int, w.Key]) -> tuple[tuple[int, w.Key], ...]:
    return tuple(sorted(changes, key=lambda change: (change[0], w.address(change[1]))))


def _converted(*keys: w.Key, relative: int = 2) -> bytes:
    return _change(*_in_order(*((1, key) for key in keys)), relative=relative)


def _mosaics(*items: bytes) -> bytes:
    return w.payload(w.wrap(w.transfer(amount=1_000_000, mosaics=items)))


def attacks() -> dict[str, Attack]:
    """Name -> payload, exit status, what it must come to."""
    ticket = w.mosaic(b"shop", b"xem", 25_000_000)
    xem = w.mosaic(b"nem", b"xem", 25_000_000)
    stop, malformed = 3, 4
    return {
        "harmless": (w.payload(_GOOD), 0, ()),
        "harmless-mosaic-xem": (_mosaics(xem), 0, ()),
        "message-encrypted": (
            w.payload(w.wrap(w.transfer(fee=150_000, note=w.message(bytes(48), 2)))),
            0,
            ("message-encrypted",),
        ),
        "mosaic-swapped": (_mosaics(ticket), stop, ("mosaic-refused",)),
        "mosaic-hidden-behind-xem": (_mosaics(xem, ticket), stop, ("fee-below", "mosaic-refused")),
        "mosaic-twice": (_mosaics(xem, xem), malformed, ("duplicate",)),
        "mosaic-case-of-xem": (_mosaics(w.mosaic(b"NEM", b"xem", 1)), malformed, ("field",)),
        "mosaics-eleven": (
            _mosaics(*(w.mosaic(b"shop", b"a%d" % n, 1) for n in range(11))),
            malformed,
            ("too-many",),
        ),
        "account-foreign": (w.payload(w.wrap(w.transfer(signer=w.STRANGER))), stop, ("account-unknown",)),
        "initiator-foreign": (
            w.payload(w.wrap(w.transfer(), initiator=w.STRANGER)),
            stop,
            ("initiator-foreign",),
        ),
        "cosignatory-foreign": (
            w.payload(_GOOD, (w.STRANGER, w.STRANGER.sign(w.cosignature(w.transfer(), w.STRANGER)))),
            stop,
            ("signature-stranger",),
        ),
        "signature-of-other-payment": (
            w.payload(_GOOD, (w.AIKO, w.AIKO.sign(_OTHER))),
            stop,
            ("signature-invalid",),
        ),
        "signature-twice": (
            w.cbor2.dumps([1, _GOOD, [[w.AIKO.public, w.AIKO.sign(_GOOD)]] * 2], canonical=True),
            malformed,
            ("duplicate",),
        ),
        "not-multisig": (w.payload(w.transfer(signer=w.AIKO)), stop, ("type-refused",)),
        "harmless-conversion": (w.payload(_converted(*w.COSIGNERS)), 0, ("account-converted",)),
        "conversion-foreign-cosignatory": (
            w.payload(_converted(w.AIKO, w.BEN, w.STRANGER)),
            stop,
            ("account-converted", "account-state-unknown", "cosignatory-foreign"),
        ),
        "conversion-lower-threshold": (
            w.payload(_converted(*w.COSIGNERS, relative=1)),
            stop,
            ("account-converted", "account-state-unknown"),
        ),
        "conversion-cosignatory-left-out": (
            w.payload(_converted(w.AIKO, w.BEN)),
            stop,
            ("account-converted", "account-state-unknown"),
        ),
        "conversion-all-must-sign": (
            w.payload(_change(*_in_order(*((1, key) for key in w.COSIGNERS)))),
            stop,
            ("account-converted", "account-state-unknown", "change-impossible"),
        ),
        "conversion-of-another-account": (
            w.payload(_change(*_in_order(*((1, key) for key in w.COSIGNERS)), relative=2, signer=w.STRANGER)),
            stop,
            ("account-converted", "account-unknown"),
        ),
        "conversion-fee-below": (
            w.payload(_change(*_in_order(*((1, key) for key in w.COSIGNERS)), relative=2, fee=499_999)),
            stop,
            ("account-converted", "fee-below"),
        ),
        "cosignatory-put-in": (
            w.payload(w.wrap(_change((1, w.STRANGER)))),
            stop,
            ("account-state-unknown", "cosignatory-added", "cosignatory-foreign"),
        ),
        "cosignatory-put-in-and-threshold-lowered": (
            w.payload(w.wrap(_change((1, w.STRANGER), relative=-1))),
            stop,
            ("account-state-unknown", "cosignatory-added", "cosignatory-foreign", "threshold-lowered"),
        ),
        "cosignatory-taken-out": (
            w.payload(w.wrap(_change((2, w.CHIE)))),
            stop,
            ("account-state-unknown", "cosignatory-removed"),
        ),
        "cosignatory-exchanged": (
            w.payload(w.wrap(_change((1, w.STRANGER), (2, w.CHIE)))),
            stop,
            ("account-state-unknown", "cosignatory-added", "cosignatory-foreign", "cosignatory-removed"),
        ),
        "cosignatories-two-taken-out": (
            w.payload(w.wrap(_change(*_in_order((2, w.CHIE), (2, w.BEN)), relative=-1))),
            stop,
            ("account-state-unknown", "change-impossible", "cosignatory-removed", "threshold-lowered"),
        ),
        "cosignatory-put-in-twice": (
            w.payload(w.wrap(_change((1, w.STRANGER), (1, w.STRANGER)))),
            malformed,
            ("duplicate",),
        ),
        "cosignatories-out-of-order": (
            w.payload(w.wrap(_change((2, w.CHIE), (1, w.STRANGER)))),
            malformed,
            ("encoding",),
        ),
        "cosignatories-two-hundred": (
            w.payload(w.wrap(_change(*(((1, w.STRANGER),) * 200)))),
            malformed,
            ("too-many",),
        ),
        "importance-transfer": (_other(0x0801), stop, ("type-refused",)),
        "namespace": (_other(0x2001), stop, ("type-refused",)),
        "mosaic-definition": (_other(0x4001), stop, ("type-refused",)),
        "mosaic-supply": (_other(0x4002), stop, ("type-refused",)),
        "type-unheard-of": (_other(0x0102), malformed, ("unsupported",)),
        "multisig-in-multisig": (w.payload(w.wrap(_GOOD)), malformed, ("too-deep",)),
        "deadline-too-far": (w.payload(w.wrap(w.transfer(), life=w.DAY + 1)), stop, ("deadline",)),
        "deadline-too-far-inside": (w.payload(w.wrap(w.transfer(life=w.DAY + 1))), stop, ("deadline",)),
        "deadline-before-it-is-made": (w.payload(w.wrap(w.transfer(), life=-1)), stop, ("deadline",)),
        "fee-below-inside": (w.payload(w.wrap(w.transfer(fee=49_999))), stop, ("fee-below",)),
        "fee-below-for-message": (
            w.payload(w.wrap(w.transfer(note=w.message(b"to the hot wallet")))),
            stop,
            ("fee-below",),
        ),
        "fee-below-wrapper": (w.payload(w.wrap(w.transfer(), fee=149_999)), stop, ("fee-below",)),
        "fee-far-above-inside": (w.payload(w.wrap(w.transfer(fee=5_000_000_000))), 0, ("fee-above",)),
        "fee-far-above-wrapper": (w.payload(w.wrap(w.transfer(), fee=5_000_000_000)), 0, ("fee-above",)),
        "fee-overflow": (w.payload(w.wrap(w.transfer(fee=2**64 - 1))), stop, ("fee-above", "overflow")),
        "amount-overflow": (
            w.payload(w.wrap(w.transfer(amount=2**64 - 1, fee=1_250_000))),
            stop,
            ("overflow",),
        ),
        "network-wrong": (w.payload(w.wrap(w.transfer(), network=w.MAIN)), malformed, ("network",)),
        "network-wrong-inside": (w.payload(w.wrap(w.transfer(network=w.MAIN))), malformed, ("network",)),
        "recipient-other-network": (
            w.payload(w.wrap(w.transfer(to=w.address(w.PAYEE, w.MAIN)))),
            malformed,
            ("network",),
        ),
        "recipient-checksum": (w.payload(w.wrap(w.transfer(to=_BAD_ADDRESS))), malformed, ("checksum",)),
        "recipient-lower-case": (
            w.payload(w.wrap(w.transfer(to=w.address(w.PAYEE).lower()))),
            malformed,
            ("address",),
        ),
        "message-of-new-kind": (
            w.payload(w.wrap(w.transfer(fee=100_000, note=w.message(b"hello", 3)))),
            malformed,
            ("unsupported",),
        ),
        "message-too-long": (
            w.payload(w.wrap(w.transfer(fee=2_000_000, note=w.message(bytes(1025))))),
            malformed,
            ("too-large",),
        ),
        "version-unheard-of": (w.payload(w.wrap(w.transfer(), version=9)), malformed, ("unsupported",)),
        "trailing-bytes": (w.payload(_GOOD + b"\0"), malformed, ("trailing",)),
        "trailing-bytes-inside": (w.payload(w.wrap(w.transfer() + b"\0")), malformed, ("trailing",)),
        "truncated": (w.payload(_GOOD[:-1]), malformed, ("truncated",)),
        "form-unheard-of": (w.payload(_GOOD, form=2), malformed, ("field",)),
        "mosaics-out-of-order": (
            _mosaics(ticket, xem),
            stop,
            ("fee-below", "mosaic-refused", "transfer-impossible"),
        ),
        "mosaic-xem-by-a-fraction": (
            w.payload(w.wrap(w.transfer(amount=1_500_000, mosaics=(xem,)))),
            stop,
            ("transfer-impossible",),
        ),
        "mosaic-xem-times-everything": (
            w.payload(w.wrap(w.transfer(amount=2**64 - 551_616, mosaics=(xem,), fee=1_250_000))),
            stop,
            ("overflow",),
        ),
        "mosaic-more-than-can-exist": (
            _mosaics(w.mosaic(b"shop", b"coin", 9_000_000_000_000_001)),
            malformed,
            ("value",),
        ),
        "mosaic-space-at-its-end": (_mosaics(w.mosaic(b"nem", b"xem ", 1)), malformed, ("field",)),
        "message-empty": (
            w.payload(w.wrap(w.transfer(fee=100_000, note=w.message(b"")))),
            stop,
            ("transfer-impossible",),
        ),
        "message-shorter-than-it-says": (
            w.payload(w.wrap(w.transfer(fee=100_000, note=struct.pack("<II", 1, 50) + b"x"))),
            malformed,
            ("truncated",),
        ),
        "initiator-the-account-itself": (
            w.payload(w.wrap(w.transfer(), initiator=w.VAULT)),
            stop,
            ("initiator-foreign",),
        ),
        "cosignature-alone": (w.payload(w.cosignature(w.transfer(), w.AIKO)), stop, ("type-refused",)),
        "threshold-to-nothing": (
            w.payload(w.wrap(_change(relative=-(2**31)))),
            stop,
            ("account-state-unknown", "change-impossible", "threshold-lowered"),
        ),
    }


def index() -> str:
    rows = {
        name: {"status": status, "findings": sorted(found)} for name, (_, status, found) in attacks().items()
    }
    return json.dumps({"network": "testnet", "account": w.terms(), "files": rows}, indent=1) + "\n"


def write() -> int:
    """Write every file and the index; returns how many files there are."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.nem"):
        old.unlink()
    for name, (payload, _, _) in attacks().items():
        (FOLDER / f"{name}.nem").write_bytes(payload)
    (FOLDER / "index.json").write_text(index(), "utf-8")
    return len(attacks())


if __name__ == "__main__":
    print(f"{write()} files in {FOLDER}")
