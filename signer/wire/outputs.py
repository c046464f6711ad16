"""Output descriptors and accounts between text and UR (BCR-2020-010, 2023-010, 2020-015, 2023-019)."""

from __future__ import annotations

import re
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import hdkey
from signer.wire.cbor import Tag

_TAG_OF: Final = {
    "sh": 400,
    "wsh": 401,
    "pk": 402,
    "pkh": 403,
    "wpkh": 404,
    "combo": 405,
    "tr": 409,
    "cosigner": 410,
}
_NAME_OF: Final = {tag: name for name, tag in _TAG_OF.items()}
_MULTI: Final = {"multi": 406, "sortedmulti": 407}
_MULTI_NAME: Final = {tag: name for name, tag in _MULTI.items()}
_CALL: Final = re.compile(r"([a-z]+)\((.*)\)\Z", re.DOTALL)
_CHECKSUM: Final = re.compile(r"#[a-z0-9]{8}\Z")
_PLACE: Final = re.compile(r"@([0-9]{1,3})")
_MAX_KEYS: Final = 100
# the script an account key is for, by the first and, for BIP 48, the last step of its path
_PURPOSE: Final = {
    "44": "pkh({})",
    "45": "sh(cosigner({}))",
    "49": "sh(wpkh({}))",
    "84": "wpkh({})",
    "86": "tr({})",
}


def bare(text: str) -> str:
    """A descriptor without its checksum and white space around it."""
    return _CHECKSUM.sub("", text.strip())


def write_descriptor(text: str) -> dict[int, object]:
    """The map of `output-descriptor`: keys taken out and put into a list."""
    keys: list[object] = []

    def replace(found: re.Match[str]) -> str:
        keys.append(hdkey.to_cbor(found[0], hdkey.NEW))
        return f"@{len(keys) - 1}"

    source = hdkey.KEY.sub(replace, bare(text))
    if len(keys) > _MAX_KEYS:
        raise Malformed(Bad.TOO_MANY, what="descriptor", limit=_MAX_KEYS)
    return {1: source, 2: keys} if keys else {1: source}


def read_descriptor(item: object) -> str:
    """The text of an `output-descriptor` map, keys put back."""
    match item:
        case {1: str() as source, **rest}:
            keys = rest.get(2, [])
        case _:
            raise Malformed(Bad.FIELD, what="output-descriptor")
    if (
        not isinstance(keys, list)
        or len(keys) > _MAX_KEYS
        or not source.isascii()
        or not source.isprintable()
    ):
        raise Malformed(Bad.FIELD, what="output-descriptor")
    texts = [hdkey.from_cbor(key) for key in keys]
    places = _PLACE.findall(source)
    if sorted(map(int, places)) != list(range(len(texts))):
        raise Malformed(Bad.INCONSISTENT, what="output-descriptor")
    return _PLACE.sub(lambda found: texts[int(found[1])], source)


def write_output(text: str) -> Tag:
    """The nested tags of `crypto-output`."""
    found = _CALL.match(bare(text))
    if not found:
        raise Malformed(Bad.DESCRIPTOR, what="crypto-output")
    name, inner = found.groups()
    if name in _MULTI:
        threshold, *keys = inner.split(",")
        if not threshold.isdigit() or len(threshold) > 2 or not 1 <= len(keys) <= _MAX_KEYS:
            raise Malformed(Bad.DESCRIPTOR, what="crypto-output")
        return Tag(_MULTI[name], {1: int(threshold), 2: [hdkey.to_cbor(key, hdkey.OLD) for key in keys]})
    if name not in _TAG_OF:
        raise Malformed(Bad.UNSUPPORTED, what="crypto-output")
    nested = (
        write_output(inner)
        if inner.startswith(("sh(", "wsh(", "pk", "wpkh(", "multi(", "sorted", "cosigner("))
        else None
    )
    return Tag(_TAG_OF[name], nested or hdkey.to_cbor(inner, hdkey.OLD))


def read_output(item: object) -> str:
    """The text of a `crypto-output`, with or without its own tag 308."""
    match item:
        case Tag(number=308, value=inner):
            return read_output(inner)
        case Tag(number=406 | 407 as number, value={1: int() as threshold, 2: list() as keys}) if keys:
            if len(keys) > _MAX_KEYS or not 0 < threshold <= len(keys):
                raise Malformed(Bad.VALUE, what="crypto-output")
            return f"{_MULTI_NAME[number]}({threshold},{','.join(map(hdkey.from_cbor, keys))})"
        case Tag(number=303 | 306):
            return hdkey.from_cbor(item)
        case Tag(number=number, value=inner) if number in _NAME_OF:
            return f"{_NAME_OF[number]}({read_output(inner)})"
    raise Malformed(Bad.UNSUPPORTED, what="crypto-output")


def write_account(text: str, generation: int) -> dict[int, object]:
    """The account map of key expressions, one a line; each is put into the script its path is for."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= _MAX_KEYS:
        raise Malformed(Bad.TOO_MANY if lines else Bad.EMPTY, what="account")
    found = hdkey.KEY.search(lines[0])
    if not found or not found[1]:
        raise Malformed(Bad.DESCRIPTOR, what="account")
    scripts = [line if _CALL.match(line) else _script(line) for line in lines]
    if generation == hdkey.NEW:
        outputs: list[object] = [Tag(40308, write_descriptor(script)) for script in scripts]
    else:
        outputs = [Tag(308, write_output(script)) for script in scripts]
    return {1: int(found[1], 16), 2: outputs}


def read_account(item: object) -> str:
    """Key expressions of an account, one a line; scripts of more than one key are not an account."""
    match item:
        case {1: int(), 2: list() as outputs} if 1 <= len(outputs) <= _MAX_KEYS:
            return "\n".join(_key_of(output) for output in outputs)
    raise Malformed(Bad.FIELD, what="account")


def _key_of(output: object) -> str:
    match output:
        case Tag(number=40308, value=inner):
            text = read_descriptor(inner)
        case _:
            text = read_output(output)
    keys = hdkey.KEY.findall(text)
    found = hdkey.KEY.search(text)
    if len(keys) != 1 or not found:
        raise Malformed(Bad.UNSUPPORTED, what="account")
    return found[0]


def _script(key: str) -> str:
    found = hdkey.KEY.fullmatch(key)
    if not found:
        raise Malformed(Bad.DESCRIPTOR, what="account")
    steps = [step.rstrip("h'") for step in (found[2] or "").split("/")[1:]]
    if steps[:1] == ["48"] and steps[3:] == ["1"]:
        return f"sh(wsh(cosigner({key})))"
    return _PURPOSE.get(steps[0] if steps else "", "wsh(cosigner({}))").format(key)
