"""Multisig accounts out of other wallets' own files: Caravan's configuration, Electrum's wallet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Malformed

#: How a multisig is locked, by the name that wallets give it.
FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {"P2WSH": "wsh(%s)", "P2SH-P2WSH": "sh(wsh(%s))", "P2WSH-P2SH": "sh(wsh(%s))", "P2SH": "sh(%s)"}
)
#: Electrum marks it in the spelling of its keys (SLIP 132).
_SPELT: Final[Mapping[str, str]] = MappingProxyType(
    {"Z": "P2WSH", "V": "P2WSH", "Y": "P2SH-P2WSH", "U": "P2SH-P2WSH", "x": "P2SH", "t": "P2SH"}
)
_PATH = re.compile(r"m?((?:/[0-9]{1,10}[hH']?){0,10})/?")


def caravan(value: Mapping[str, object]) -> str:
    """The descriptor of a Caravan (Unchained) configuration. Raises Malformed."""
    quorum, rows, form = value.get("quorum"), value.get("extendedPublicKeys"), value.get("addressType")
    if not isinstance(quorum, dict) or not isinstance(rows, list) or form not in FORMS:
        raise Malformed(Bad.UNKNOWN_FORMAT, what="caravan")
    keys = [_key(row, "xfp", "bip32Path", "xpub") for row in rows if isinstance(row, dict)]
    if quorum.get("totalSigners") != len(keys) or len(keys) != len(rows):
        raise Malformed(Bad.INCONSISTENT, what="caravan")
    return _sorted_multi(str(form), quorum.get("requiredSigners"), keys)


def electrum(value: Mapping[str, object]) -> str:
    """The descriptor of an Electrum multisig wallet that holds no private key. Raises Malformed."""
    found = re.fullmatch(r"([0-9]{1,2})of([0-9]{1,2})", str(value.get("wallet_type")))
    if found is None:
        raise Malformed(Bad.UNKNOWN_FORMAT, what="electrum")
    rows = [value.get(f"x{number + 1}/") for number in range(int(found[2]))]
    keystores = [row for row in rows if isinstance(row, dict)]
    if len(keystores) != len(rows):
        raise Malformed(Bad.INCONSISTENT, what="electrum")
    if any(row.get("xprv") or row.get("seed") for row in keystores):
        raise Malformed(Bad.DESCRIPTOR, what="private-key")
    forms = {_SPELT.get(str(row.get("xpub"))[:1]) for row in keystores}
    form = forms.pop()
    if forms or form is None:
        raise Malformed(Bad.INCONSISTENT, what="electrum")
    keys = [_key(row, "root_fingerprint", "derivation", "xpub") for row in keystores]
    return _sorted_multi(form, int(found[1]), keys)


def _key(row: Mapping[str, object], fingerprint: str, path: str, xpub: str) -> str:
    """One key expression. A key without fingerprint is its own master; an unknown path is left out with it."""
    key, name, steps = row.get(xpub), row.get(fingerprint), row.get(path)
    if not isinstance(key, str):
        raise Malformed(Bad.DESCRIPTOR, what="no-keys")
    if name is None and steps in (None, "m", ""):
        return f"{key}/**"
    found = _PATH.fullmatch(str(steps))
    if not isinstance(name, str) or re.fullmatch("[0-9a-fA-F]{8}", name) is None or found is None:
        raise Malformed(Bad.DESCRIPTOR, what="key-origin")
    return f"[{name}{found[1]}]{key}/**"


def _sorted_multi(form: str, threshold: object, keys: list[str]) -> str:
    if type(threshold) is not int:
        raise Malformed(Bad.DESCRIPTOR, what="threshold")
    return FORMS[form] % f"sortedmulti({threshold},{','.join(keys)})"
