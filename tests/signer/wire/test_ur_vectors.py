"""UR against the numbers of the reference implementation and of the published papers."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from signer.core.errors import Malformed
from signer.wire import Dialect, Format, Kind, Payload, bytewords, cbor, encode, hdkey, outputs, registry
from signer.wire import open as open_code
from signer.wire.fountain import Chooser, Sampler, Xoshiro, draw

HERE = Path(__file__).parent / "vectors"
UR: dict[str, Any] = json.loads((HERE / "ur.json").read_text())
REGISTRY: dict[str, Any] = json.loads((HERE / "registry.json").read_text())


def message(size: int) -> bytes:
    rng = Xoshiro(b"Wolf")
    return bytes(rng.integer(0, 255) for _ in range(size))


def apostrophes(text: str) -> str:
    """Papers write a hardened step with an apostrophe, Kinko with h."""
    return text.replace("'", "h")


def test_bytewords() -> None:
    data = bytes.fromhex(UR["bytewords"]["data"])
    text = UR["bytewords"]["minimal"].upper().encode()
    assert bytewords.encode(data) == text
    assert bytewords.decode(text) == data


def test_random_numbers() -> None:
    rng = Xoshiro(b"Wolf")
    assert [rng.next() % 100 for _ in range(100)] == UR["rng_wolf"]
    rng = Xoshiro(zlib.crc32(b"Wolf").to_bytes(4, "big"))
    assert [rng.next() % 100 for _ in range(100)] == UR["rng_wolf_crc"]
    rng = Xoshiro(b"Wolf")
    assert [rng.integer(1, 10) for _ in range(100)] == UR["rng_wolf_1_10"]


def test_sampler_and_shuffle() -> None:
    sampler, rng = Sampler([1, 2, 4, 8]), Xoshiro(b"Wolf")
    assert [sampler.pick(rng) for _ in range(500)] == UR["sampler_1_2_4_8"]
    rng = Xoshiro(b"Wolf")
    assert [draw(list(range(1, 11)), 10, rng) for _ in range(10)] == UR["shuffles_1_to_10"]


def test_degrees() -> None:
    sampler = Sampler([1 / i for i in range(1, 12)])
    assert [sampler.pick(Xoshiro(b"Wolf-%d" % i)) + 1 for i in range(1, 201)] == UR["degrees_11"]


def test_fragments() -> None:
    chooser = Chooser(11, zlib.crc32(message(1024)))
    assert [sorted(chooser.indexes(i)) for i in range(1, 31)] == UR["fragments_11_of_1024"]


def test_single_part() -> None:
    frames = encode(Payload(Kind.BYTES, message(50)), Dialect(Format.UR, "bytes"), 100)
    assert frames.count == 1
    assert frames.text(0).decode().lower() == UR["single_50"]


def test_multipart_as_sender() -> None:
    frames = encode(Payload(Kind.BYTES, message(256)), Dialect(Format.UR, "bytes"), 30)
    assert [frames.text(i).decode().lower() for i in range(20)] == UR["multipart_256_by_30"]
    body = [bytewords.decode(frames.text(i).split(b"/")[-1]).hex() for i in range(20)]
    # the reference fragments the bare message, ours the CBOR of it: the published CBOR is checked on its own
    assert body[0].startswith("85010919")
    parts = [cbor.decode(bytes.fromhex(text)) for text in UR["parts_cbor_256_by_30"]]
    assert [cbor.encode(part).hex() for part in parts] == UR["parts_cbor_256_by_30"]


@pytest.mark.parametrize("order", [range(20), range(19, -1, -1), range(4, 20)])
def test_multipart_as_receiver(order: range) -> None:
    texts = [text.encode() for text in UR["multipart_256_by_30"]]
    decoder = open_code(texts[order[0]])
    progress = [decoder.receive(texts[i]) for i in order][-1]
    assert progress.complete
    assert decoder.payload().data == message(256)


def test_psbt() -> None:
    vector = REGISTRY["psbt"]
    decoder = open_code(vector["ur"].encode())
    decoder.receive(vector["ur"].encode())
    assert decoder.payload() == Payload(Kind.PSBT, bytes.fromhex(vector["hex"]))
    assert encode(decoder.payload(), decoder.dialect, 500).text(0).decode().lower() == vector["ur"]


def test_accounts() -> None:
    keys = apostrophes(REGISTRY["crypto_account"]["keys"])
    for name in ("crypto_account", "account_descriptor"):
        text = REGISTRY[name]["ur"].encode()
        decoder = open_code(text)
        decoder.receive(text)
        assert decoder.payload() == Payload(Kind.ACCOUNT, keys.encode())
        again = encode(decoder.payload(), decoder.dialect, 5000).text(0)
        # the papers' own sender names outer tags differently; ours must mean the same
        back = open_code(again)
        back.receive(again)
        assert back.payload() == decoder.payload()


def test_account_encoding_is_the_papers() -> None:
    for name in ("crypto_account", "account_descriptor"):
        variant = name.replace("_", "-")
        payload = Payload(Kind.ACCOUNT, apostrophes(REGISTRY["crypto_account"]["keys"]).encode())
        assert (
            encode(payload, Dialect(Format.UR, variant), 5000).text(0).decode().lower()
            == REGISTRY[name]["ur"]
        )


@pytest.mark.parametrize("vector", REGISTRY["crypto_output"], ids=lambda vector: vector["text"][:12])
def test_crypto_output(vector: dict[str, str]) -> None:
    decoder = open_code(vector["ur"].encode())
    decoder.receive(vector["ur"].encode())
    text, known = decoder.payload().data.decode(), apostrophes(vector["text"])
    assert [found[3] for found in hdkey.KEY.findall(text)] == [found[3] for found in hdkey.KEY.findall(known)]
    for mine, paper in zip(hdkey.KEY.findall(text), hdkey.KEY.findall(known), strict=True):
        # the paper's keys carry a child number that its own map leaves out; chain code and key must agree
        assert hdkey.base58check(mine[2])[13:] == hdkey.base58check(paper[2])[13:]
    assert hdkey.KEY.sub("KEY", text) == hdkey.KEY.sub("KEY", known)


def test_output_descriptor() -> None:
    vectors = REGISTRY["output_descriptor"]
    item = cbor.decode(bytes.fromhex(vectors["cbor"][3]))
    assert isinstance(item, cbor.Tag)
    text = outputs.read_descriptor(item.value)
    assert text == next(apostrophes(known) for known in vectors["texts"] if known.startswith("wsh"))
    written = outputs.write_descriptor(text)
    assert isinstance(item.value, dict)
    assert {key: item.value[key] for key in (1, 2)} == written


def test_hdkey() -> None:
    vector = REGISTRY["hdkey"]
    decoder = open_code(vector["ur"].encode())
    decoder.receive(vector["ur"].encode())
    assert decoder.payload() == Payload(Kind.ACCOUNT, vector["xpub"].encode())


def test_private_keys_never_cross() -> None:
    for fields in ({1: True, 3: bytes(33), 4: bytes(32)}, {2: True, 3: b"\2" + bytes(32), 4: bytes(32)}):
        with pytest.raises(Malformed):
            registry.read("crypto-hdkey", cbor.encode(fields))
    with pytest.raises(Malformed):
        hdkey.from_cbor(cbor.Tag(306, {2: True, 3: bytes(32)}))
