"""Extended public keys between text and UR's hdkey maps, both generations of tags (BCR-2020-007)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.cbor import Tag

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VERSION: Final = {0: bytes.fromhex("0488b21e"), 1: bytes.fromhex("043587cf")}
_HARDENED: Final = 0x80000000
_STEP: Final = r"(?:/[0-9]{1,10}[h']?)"
KEY: Final = re.compile(
    rf"(?:\[([0-9a-fA-F]{{8}})({_STEP}{{0,16}})\])?([xt]pub[1-9A-HJ-NP-Za-km-z]{{100,112}})((?:/[0-9<>;*h']{{1,24}}){{0,8}})"
)
_RAW_KEY: Final = re.compile(r"0[23][0-9a-fA-F]{64}\Z")

NEW, OLD = 40000, 0
_HDKEY, _KEYPATH, _COIN, _ECKEY = 303, 304, 305, 306


def to_cbor(expression: str, generation: int) -> Tag:
    """The tagged hdkey or eckey of one key expression. `generation` is NEW (403xx tags) or OLD (3xx)."""
    if _RAW_KEY.match(expression):
        return Tag(_ECKEY + generation, {3: bytes.fromhex(expression)})
    found = KEY.fullmatch(expression)
    if not found:
        raise Malformed(Bad.DESCRIPTOR, what="key")
    fingerprint, steps, xpub, children = found.groups()
    raw = base58check(xpub)
    if len(raw) != 78 or raw[:4] not in _VERSION.values() or raw[45] not in (2, 3):
        raise Malformed(Bad.DESCRIPTOR, what="key")
    fields: dict[int, object] = {3: raw[45:], 4: raw[13:45]}
    if raw[:4] == _VERSION[1]:
        fields[5] = Tag(_COIN + generation, {2: 1})
    origin = _origin(fingerprint, steps, raw)
    if origin:
        fields[6] = Tag(_KEYPATH + generation, origin)
    if children:
        fields[7] = Tag(_KEYPATH + generation, {1: _components(children)})
    if any(raw[5:9]):
        fields[8] = int.from_bytes(raw[5:9], "big")
    return Tag(_HDKEY + generation, fields)


def _origin(fingerprint: str | None, steps: str | None, raw: bytes) -> dict[int, object]:
    """The keypath of an origin; without one the depth and last step keep the key whole."""
    depth, child = raw[4], int.from_bytes(raw[9:13], "big")
    if fingerprint is None:
        return {1: [child & ~_HARDENED, child >= _HARDENED], 3: depth} if depth else {}
    components = _components(steps or "")
    # a zero fingerprint is not allowed in a keypath: such an origin is left without one
    origin: dict[int, object] = {1: components}
    if int(fingerprint, 16):
        origin[2] = int(fingerprint, 16)
    if len(components) != 2 * depth or not components:
        origin[3] = depth
    return origin


def _components(path: str) -> list[object]:
    """`/48h/<0;1>/*` as the components of a keypath."""
    found: list[object] = []
    for step in path.split("/")[1:]:
        hardened = step.endswith(("h", "'"))
        bare = step.rstrip("h'")
        pair = re.fullmatch(r"<([0-9]{1,10})(h|')?;([0-9]{1,10})(h|')?>", step)
        if bare == "*":
            found += [[], hardened]
        elif pair:
            found.append([_index(pair[1]), bool(pair[2]), _index(pair[3]), bool(pair[4])])
        else:
            found += [_index(bare), hardened]
    return found


def _index(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= _HARDENED:
        raise Malformed(Bad.DESCRIPTOR, what="path")
    return int(text)


def from_cbor(item: object) -> str:
    """The key expression of a tagged hdkey or eckey. Private keys are refused: they never cross the gap."""
    match item:
        case Tag(number=303 | 40303, value=dict() as fields):
            return _hdkey(fields)
        case Tag(number=306 | 40306, value={3: bytes() as key, **rest}) if len(key) == 33 and not rest.get(2):
            return key.hex()
    raise Malformed(Bad.UNSUPPORTED, what="hdkey")


def _hdkey(fields: dict[int, object]) -> str:
    key, chain = fields.get(3), fields.get(4)
    if fields.get(1) or fields.get(2) or not isinstance(key, bytes) or len(key) != 33 or key[0] not in (2, 3):
        raise Malformed(Bad.UNSUPPORTED, what="hdkey")
    if not isinstance(chain, bytes) or len(chain) != 32:
        raise Malformed(Bad.FIELD, what="hdkey")
    origin = _keypath(fields.get(6))
    components, source = origin.get(1, []), origin.get(2)
    steps = _steps(components)
    depth = _uint(origin.get(3, len(steps)), 255)
    last = steps[-1] if steps else "/0"
    child = _index(last[1:].rstrip("h")) | (_HARDENED if last.endswith("h") else 0)
    parent = _uint(fields.get(8, source if depth == 1 and source else 0), 0xFFFFFFFF)
    version = _VERSION[_network(fields.get(5))]
    raw = version + bytes((depth,)) + parent.to_bytes(4, "big") + child.to_bytes(4, "big") + chain + key
    prefix = f"[{_uint(source, 0xFFFFFFFF):08x}{''.join(steps)}]" if source is not None else ""
    return prefix + to_base58check(raw) + "".join(_steps(_keypath(fields.get(7)).get(1, [])))


def _keypath(item: object) -> dict[int, object]:
    match item:
        case None:
            return {}
        case Tag(number=304 | 40304, value=dict() as fields):
            return fields
    raise Malformed(Bad.FIELD, what="keypath")


def _network(item: object) -> int:
    match item:
        case None:
            return 0
        case Tag(number=305 | 40305, value=dict() as fields):
            network = fields.get(2, 0)
            if network in _VERSION:
                return _uint(network, 1)
    raise Malformed(Bad.FIELD, what="coin-info")


def _steps(components: object) -> list[str]:
    """The steps of a keypath's components, each with its slash."""
    if not isinstance(components, list) or len(components) > 64:
        raise Malformed(Bad.FIELD, what="keypath")
    found: list[str] = []
    queue = list(reversed(components))
    while queue:
        match queue.pop():
            case [int() as low, bool() as low_hard, int() as high, bool() as high_hard]:
                found.append(f"/<{_mark(low, low_hard)};{_mark(high, high_hard)}>")
            case []:
                found.append("/*" + _hard(queue))
            case int() as index if not isinstance(index, bool):
                found.append("/" + _mark(index, _hard(queue) == "h"))
            case _:
                raise Malformed(Bad.UNSUPPORTED, what="keypath")
    return found


def _hard(queue: list[object]) -> str:
    flag = queue.pop() if queue else None
    if not isinstance(flag, bool):
        raise Malformed(Bad.FIELD, what="keypath")
    return "h" if flag else ""


def _mark(index: int, hardened: bool) -> str:
    return f"{_uint(index, _HARDENED - 1)}{'h' if hardened else ''}"


def _uint(value: object, limit: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
        raise Malformed(Bad.VALUE, what="hdkey")
    return value


def base58check(text: str) -> bytes:
    """The bytes of base58 with its four-byte checksum. Raises Malformed."""
    number = 0
    for char in text:
        digit = _ALPHABET.find(char)
        if digit < 0:
            raise Malformed(Bad.ENCODING, what="base58")
        number = number * 58 + digit
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    raw = bytes(len(text) - len(text.lstrip("1"))) + raw
    if len(raw) < 5 or _double(raw[:-4])[:4] != raw[-4:]:
        raise Malformed(Bad.CHECKSUM, what="base58")
    return raw[:-4]


def to_base58check(data: bytes) -> str:
    """Base58 of `data` and its checksum."""
    raw = data + _double(data)[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def _double(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
