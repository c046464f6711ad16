"""The texts in which wallets hand accounts to each other, each taken down to one descriptor (and what it promises)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from signer.chains.utxo.descriptor import MAX_TEXT, checksum_of
from signer.chains.utxo.wallets import FORMS, caravan, electrum
from signer.core.errors import Bad, Malformed

BSMS_HEADER = "BSMS 1.0"
_RESTRICTED = "/0/*,/1/*"
_FREE = "No path restrictions"
_TEMPLATES = ("description_template", "descriptor_template", "policy", "template")
_KEY_LISTS = ("keys_info", "keysInfo", "keys")
_SETUP_LINE = re.compile(r"\s*([A-Za-z0-9 ]{1,40}?)\s*:\s*(.{1,200}?)\s*")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a text offers: a descriptor, and the first address it says belongs to it (BSMS), if any."""

    descriptor: str
    first_address: str | None = None


def read_offer(text: str) -> Offer:
    """Find out the format and read it. Raises Malformed."""
    if len(text) > MAX_TEXT:
        raise Malformed(Bad.TOO_LARGE, what="account", limit=MAX_TEXT)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines:
        raise Malformed(Bad.EMPTY, what="account")
    if lines[0].startswith("{"):
        return _json(text)
    if lines[0].startswith("BSMS"):
        return _bsms(lines)
    if any(re.match(r"(?i)policy\s*:", line) for line in lines):
        return Offer(_setup_file(lines))
    return Offer(_one(_descriptors(text)))


def write_bsms(descriptor: str, first_address: str) -> str:
    """BIP 129, second round: the descriptor record, unencrypted, for canonical terms."""
    template = descriptor.replace("/<0;1>/*", "/**")
    paths = _FREE if "<" in template else _RESTRICTED
    return f"{BSMS_HEADER}\n{template}#{checksum_of(template)}\n{paths}\n{first_address}\n"


def write_policy(name: str, template: str, keys: tuple[str, ...]) -> str:
    """BIP 388: a template over `@n`, and the keys."""
    value = {"name": name, "description_template": template, "keys_info": list(keys)}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _descriptors(text: str) -> list[str]:
    """The descriptors in a text, comment lines dropped; one may be broken over several lines."""
    kept = [line for line in text.splitlines() if not line.strip().startswith("#")]
    starts = r"(?=(?<![a-z(,{])(?:wsh|sh|tr|wpkh|pkh)\()"
    found = [part for part in re.split(starts, "".join("".join(line.split()) for line in kept)) if part]
    return _regrouped(found)


def _regrouped(parts: list[str]) -> list[str]:
    """Put nested expressions back together: a new descriptor starts only where the brackets are closed."""
    whole: list[str] = []
    for part in parts:
        if whole and whole[-1].count("(") > whole[-1].count(")"):
            whole[-1] += part
        else:
            whole.append(part)
    return whole


def _one(found: list[str]) -> str:
    """One descriptor; or the receive and the change one of the same account, which become one."""
    if len(found) == 1:
        return found[0]
    if len(found) == 2:
        receive, change = (_unchecked(text) for text in sorted(found, key=lambda text: "/1/*" in text))
        if receive.replace("/0/*", "/1/*") == change and receive != change:
            return receive
    raise Malformed(Bad.DESCRIPTOR, what="several" if found else "empty")


def _unchecked(text: str) -> str:
    body, mark, checksum = text.partition("#")
    if mark and checksum_of(body) != checksum:
        raise Malformed(Bad.CHECKSUM, what="descriptor")
    return body.replace("'", "h")


def _bsms(lines: list[str]) -> Offer:
    """BIP 129: version, descriptor template, path restrictions, first address."""
    if lines[0] != BSMS_HEADER or len(lines) != 4:
        raise Malformed(Bad.UNSUPPORTED, what="bsms")
    if lines[2].replace(" ", "") not in (_RESTRICTED, _FREE.replace(" ", "")):
        raise Malformed(Bad.UNSUPPORTED, what="bsms paths")
    return Offer(lines[1], lines[3])


def _json(text: str) -> Offer:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(Bad.ENCODING, what="json") from error
    if not isinstance(value, dict):
        raise Malformed(Bad.UNKNOWN_FORMAT, what="json")
    for name in ("terms", "descriptor", "desc"):
        if isinstance(value.get(name), str):
            return Offer(_one(_descriptors(value[name])), _first_address(value))
    if isinstance(value.get("descriptors"), list):
        return Offer(_one(_core_export(value["descriptors"])))
    if "extendedPublicKeys" in value:
        return Offer(caravan(value), _first_address(value))
    if "wallet_type" in value:
        return Offer(electrum(value))
    template = next((value[name] for name in _TEMPLATES if isinstance(value.get(name), str)), None)
    keys = next((value[name] for name in _KEY_LISTS if isinstance(value.get(name), list)), None)
    if template is None or keys is None:
        raise Malformed(Bad.UNKNOWN_FORMAT, what="json")
    return Offer(_policy(template, keys))


def _first_address(value: dict[str, object]) -> str | None:
    address = value.get("first_address")
    return address if isinstance(address, str) else None


def _core_export(rows: list[object]) -> list[str]:
    """`listdescriptors` of Bitcoin Core: the active ones of one account."""
    found = []
    for row in rows[:64]:
        if isinstance(row, dict) and isinstance(row.get("desc"), str) and row.get("active", True):
            found.append(row["desc"])
    return found


def _policy(template: str, keys: list[object]) -> str:
    """BIP 388: `@n` stands for the n-th key, `/**` for both branches."""
    if len(keys) > 100:
        raise Malformed(Bad.TOO_MANY, what="wallet policy", limit=100)

    def put(found: re.Match[str]) -> str:
        number = int(found[1])
        key = keys[number] if number < len(keys) else None
        if not isinstance(key, str):
            raise Malformed(Bad.DESCRIPTOR, what="no-keys")
        return key.strip()

    if set(re.findall(r"@([0-9]{1,3})", template)) != {str(number) for number in range(len(keys))}:
        raise Malformed(Bad.DESCRIPTOR, what="unused-key")
    return re.sub(r"@([0-9]{1,3})", put, template)


def _setup_file(lines: list[str]) -> str:
    """The text file for multisig set-ups that Coldcard began and Sparrow, Specter and Nunchuk write."""
    policy, form, path, keys = "", "P2WSH", "", []
    for line in lines:
        found = _SETUP_LINE.fullmatch(line)
        if line.startswith("#"):
            continue
        if found is None:
            raise Malformed(Bad.UNKNOWN_FORMAT, what="multisig file")
        name, value = found[1].lower(), found[2]
        if name == "policy":
            policy = value
        elif name == "format":
            form = value.upper()
        elif name == "derivation":
            path = value.removeprefix("m")
        elif re.fullmatch("[0-9a-f]{8}", name):
            keys.append(f"[{name}{path}]{value}/**")
    found = re.fullmatch(r"([0-9]{1,2})\s*(?:of|/)\s*([0-9]{1,2})", policy)
    if found is None or form not in FORMS or len(keys) != int(found[2]):
        raise Malformed(Bad.UNKNOWN_FORMAT, what="multisig file")
    return FORMS[form] % f"sortedmulti({found[1]},{','.join(keys)})"
