"""What each UR type carries: between a Payload and the CBOR of the type (BCR-2020-006 and what followed)."""

from __future__ import annotations

from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import cbor, content, hdkey, limits, outputs
from signer.wire.values import Kind, Payload

DEFAULT: Final = {
    Kind.PSBT: "crypto-psbt",  # the generation that every wallet reads; "psbt" when asked in it
    Kind.ACCOUNT: "crypto-account",
    Kind.DESCRIPTOR: "output-descriptor",
}


def write(payload: Payload, name: str) -> tuple[str, bytes]:
    """The UR type and CBOR for a payload; `name` may be empty, or a type that fits the kind."""
    name = name or DEFAULT.get(payload.kind, "bytes")
    match name, payload.kind:
        case (("psbt" | "crypto-psbt"), Kind.PSBT):
            return name, cbor.encode(payload.data)
        case "crypto-account", Kind.ACCOUNT:
            return name, cbor.encode(outputs.write_account(_text(payload.data), hdkey.OLD))
        case "account-descriptor", Kind.ACCOUNT:
            return name, cbor.encode(outputs.write_account(_text(payload.data), hdkey.NEW))
        case (("hdkey" | "crypto-hdkey"), Kind.ACCOUNT):
            generation = hdkey.NEW if name == "hdkey" else hdkey.OLD
            return name, cbor.encode(hdkey.to_cbor(_text(payload.data).strip(), generation).value)
        case "output-descriptor", Kind.DESCRIPTOR:
            return name, cbor.encode(outputs.write_descriptor(_text(payload.data)))
        case "crypto-output", Kind.DESCRIPTOR:
            return name, cbor.encode(outputs.write_output(_text(payload.data)))
        case _ if name == "bytes" or name in DEFAULT.values() or name in _OTHERS:
            # an answer of another kind than the question's type can carry goes as bytes
            return "bytes", cbor.encode(payload.data)
    raise Malformed(Bad.UNSUPPORTED, what="ur-type")


_OTHERS: Final = ("psbt", "account-descriptor", "hdkey", "crypto-hdkey", "crypto-output")


def read(name: str, message: bytes) -> Payload:
    """The payload of a whole message of UR type `name`."""
    match name:
        case "psbt" | "crypto-psbt" | "bytes":
            data = _byte_string(message)
            found = content.describe(data)
            if name != "bytes" and found.kind is not Kind.PSBT:
                raise Malformed(Bad.INCONSISTENT, what="psbt")
            return found
        case "crypto-account" | "account-descriptor":
            return Payload(Kind.ACCOUNT, outputs.read_account(_untagged(message, 311)).encode())
        case "crypto-hdkey" | "hdkey":
            tag = 303 if name == "crypto-hdkey" else 40303
            return Payload(Kind.ACCOUNT, hdkey.from_cbor(cbor.Tag(tag, _untagged(message, 303))).encode())
        case "output-descriptor":
            return Payload(Kind.DESCRIPTOR, outputs.read_descriptor(_untagged(message, 308)).encode())
        case "crypto-output":
            return Payload(Kind.DESCRIPTOR, outputs.read_output(cbor.decode(message)).encode())
    raise Malformed(Bad.UNSUPPORTED, what="ur-type")


def _byte_string(message: bytes) -> bytes:
    match cbor.decode(message):
        case bytes() as data if len(data) <= limits.PAYLOAD_BYTES:
            return data
    raise Malformed(Bad.FIELD, what="ur")


def _untagged(message: bytes, tag: int) -> object:
    """The item, without the type's own tag of either generation should a sender have left it on."""
    match cbor.decode(message):
        case cbor.Tag(number=number, value=inner) if number in (tag, tag + hdkey.NEW):
            return inner
        case item:
            return item


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed(Bad.ENCODING, what="text") from None
