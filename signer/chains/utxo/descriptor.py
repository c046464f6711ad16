"""Output descriptors (BIP 380 to 386, multipath of BIP 389) read into one canonical form.

The canonical text has no checksum, hardened steps as `h`, keys as xpub or tpub with their origin, both branches as
`<0;1>`, and the keys of a `sortedmulti` in alphabetic order: the same account is the same text everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from signer.chains.utxo.coin import Params
from signer.chains.utxo.keys import ExtendedKey, fixed_key, read_key, unhardened
from signer.chains.utxo.miniscript import Node, paths, read_miniscript
from signer.core.account import KeyOrigin, parse_path
from signer.core.errors import Bad, Malformed

MAX_TEXT = 20_000  # characters of an account in any format
MAX_KEYS = 20  # places for keys in one descriptor
MAX_MULTISIG = 15  # keys of a multisig: what P2SH holds, and wallets agree on
_RECEIVE_AND_CHANGE = (0, 1)

_KEY = re.compile(
    r"(?:\[(?P<fingerprint>[0-9a-fA-F]{8})(?P<path>(?:/[0-9]{1,10}[hH']?){0,10})\])?"
    r"(?:(?P<key>[A-Za-z]{3}b[1-9A-HJ-NP-Za-km-z]{100,112})"
    r"(?P<tail>(?:/(?:[0-9]{1,10}|<[0-9]{1,10};[0-9]{1,10}>))?/\*{1,2})(?P<hard>[hH']?)"
    r"|(?P<point>0[23][0-9a-fA-F]{64})(?![0-9a-zA-Z/]))"
)
_MULTI = re.compile(
    r"(?P<wrap>sh\(wsh\(|wsh\(|sh\()(?P<name>sortedmulti|multi)\((?P<m>[0-9]{1,2})(?P<keys>(?:,@[0-9]+)+)\)+"
)
_TAIL = re.compile(r"/<([0-9]+);([0-9]+)>/\*")


class Shape(Enum):
    """The kinds of account this house knows, by how their outputs are locked."""

    WSH_MULTI = "wsh-multisig"
    SH_WSH_MULTI = "sh-wsh-multisig"
    SH_MULTI = "sh-multisig"
    WPKH = "wpkh"
    SH_WPKH = "sh-wpkh"
    PKH = "pkh"
    TR = "tr"
    WSH_MINISCRIPT = "wsh-miniscript"
    SH_WSH_MINISCRIPT = "sh-wsh-miniscript"


MULTISIG: Final = frozenset({Shape.WSH_MULTI, Shape.SH_WSH_MULTI, Shape.SH_MULTI})
#: Those whose signatures say nothing of amounts at all.
BEFORE_SEGWIT: Final = frozenset({Shape.SH_MULTI, Shape.PKH})

_SINGLE: Final = {
    "wpkh(@0)": Shape.WPKH,
    "sh(wpkh(@0))": Shape.SH_WPKH,
    "pkh(@0)": Shape.PKH,
    "tr(@0)": Shape.TR,
}
_MINISCRIPT: Final = {"wsh(": Shape.WSH_MINISCRIPT, "sh(wsh(": Shape.SH_WSH_MINISCRIPT}
_WRAPS: Final = {"wsh(": Shape.WSH_MULTI, "sh(wsh(": Shape.SH_WSH_MULTI, "sh(": Shape.SH_MULTI}


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a key stands in the descriptor, with the steps of its receive and change branch.

    No steps: a fixed key, the same in every address, as a token holds one.
    """

    key: ExtendedKey
    steps: tuple[int, int] | tuple[()]

    def __str__(self) -> str:
        if not self.steps:
            return f"[{self.key.origin}]{self.key.text}"
        return f"[{self.key.origin}]{self.key.text}/<{self.steps[0]};{self.steps[1]}>/*"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A descriptor taken apart. `template` is its text with `@n` in place of `uses[n]`.

    `threshold`: the fewest signatures that can spend. `tree`: the miniscript, where it is one.
    """

    shape: Shape
    template: str
    threshold: int
    sorted: bool
    uses: tuple[Use, ...]
    tree: Node | None = None

    @property
    def text(self) -> str:
        """The canonical text."""
        return re.sub(r"@([0-9]+)", lambda found: str(self.uses[int(found[1])]), self.template)

    @property
    def keys(self) -> tuple[ExtendedKey, ...]:
        """Each key once, in order."""
        return tuple(dict.fromkeys(used.key for used in self.uses))


def read_descriptor(params: Params, text: str) -> Descriptor:
    """Read any spelling of a descriptor for this network. Raises Malformed(DESCRIPTOR, or NETWORK for its keys)."""
    template, uses = split(_checked("".join(text.split())))
    for used in uses:
        if used.steps and used.key.version != params.key_version:
            raise Malformed(Bad.NETWORK, what=params.title)
    if not any(used.steps for used in uses):
        raise Malformed(Bad.DESCRIPTOR, what="fixed-keys-only")
    if not params.hrp and ("wsh(" in template or "wpkh(" in template):
        raise Malformed(Bad.DESCRIPTOR, what="no-segwit")
    if not params.taproot and "tr(" in template:
        raise Malformed(Bad.DESCRIPTOR, what="no-taproot")
    return _shape(template, uses)


def split(text: str) -> tuple[str, tuple[Use, ...]]:
    """A descriptor without its checksum into a template and the keys used. Raises Malformed(DESCRIPTOR)."""
    uses: list[Use] = []

    def take(found: re.Match[str]) -> str:
        uses.append(_use(found))
        return f"@{len(uses) - 1}"

    if "@" in text:
        raise Malformed(Bad.DESCRIPTOR, what="not-understood")
    template = _KEY.sub(take, text)
    if not uses:
        private = re.search(r"[xtyzuvYZUV]prv[1-9A-HJ-NP-Za-km-z]{20}", text)
        raise Malformed(Bad.DESCRIPTOR, what="private-key" if private else "no-keys")
    if len(uses) > MAX_KEYS:
        raise Malformed(Bad.TOO_MANY, what="descriptor", limit=MAX_KEYS)
    if not template.isascii() or re.search(r"[\[\]#/*<>]", template):
        raise Malformed(Bad.DESCRIPTOR, what="key-path")
    return template, tuple(uses)


def _checked(text: str) -> str:
    """Without the checksum; a wrong one is refused, a missing one is allowed (BIP 380)."""
    if not text or len(text) > MAX_TEXT or not text.isascii():
        raise Malformed(Bad.DESCRIPTOR, what="size" if text else "empty")
    body, mark, checksum = text.partition("#")
    if mark and checksum != checksum_of(body):
        raise Malformed(Bad.CHECKSUM, what="descriptor")
    return body


def _use(found: re.Match[str]) -> Use:
    if found["hard"]:
        raise Malformed(Bad.DESCRIPTOR, what="hardened-child")
    if found["key"] and re.match("[a-zA-Z]prv", found["key"]):
        raise Malformed(Bad.DESCRIPTOR, what="private-key")
    origin = None
    if found["fingerprint"]:
        try:
            path = parse_path(found["path"].removeprefix("/"))
        except ValueError as error:
            raise Malformed(Bad.DESCRIPTOR, what="key-origin") from error
        origin = KeyOrigin(bytes.fromhex(found["fingerprint"]), path)
    if found["point"]:
        return Use(fixed_key(found["point"], origin), ())
    return Use(read_key(found["key"], origin), _steps(found["tail"]))


def _steps(tail: str) -> tuple[int, int]:
    """`/**` (BIP 388) and a lone receive branch `/0/*` both mean receive and change side by side."""
    if tail in ("/**", "/0/*"):
        return _RECEIVE_AND_CHANGE
    found = _TAIL.fullmatch(tail)
    if found is None:
        raise Malformed(Bad.DESCRIPTOR, what="key-path")
    receive, change = int(found[1]), int(found[2])
    if receive == change or not (unhardened(receive) and unhardened(change)):
        raise Malformed(Bad.DESCRIPTOR, what="key-path")
    return receive, change


def _shape(template: str, uses: tuple[Use, ...]) -> Descriptor:
    places = [(used.key.node.public_key, step) for used in uses for step in used.steps or (None,)]
    if len(set(places)) != len(places):
        raise Malformed(Bad.DESCRIPTOR, what="repeated-key")
    single = _SINGLE.get(template)
    if single is not None:
        return Descriptor(single, template, 1, False, uses)
    found = _MULTI.fullmatch(template)
    if found is not None and template.count("(") == template.count(")"):
        return _multisig(found, uses)
    for opening, shape in _MINISCRIPT.items():
        closing = ")" * opening.count("(")
        if template.startswith(opening) and template.endswith(closing):
            tree = read_miniscript(template[len(opening) : -len(closing)])
            threshold = min(path.signatures for path in paths(tree))
            return Descriptor(shape, template, threshold, False, uses, tree)
    raise Malformed(Bad.DESCRIPTOR, what="not-understood")


def _multisig(found: re.Match[str], uses: tuple[Use, ...]) -> Descriptor:
    threshold, count = int(found["m"]), len(uses)
    if not 1 <= threshold <= count <= MAX_MULTISIG:
        raise Malformed(Bad.DESCRIPTOR, what="threshold")
    if len({used.key.node.public_key for used in uses}) != count:
        raise Malformed(Bad.DESCRIPTOR, what="repeated-key")
    is_sorted = found["name"] == "sortedmulti"
    if is_sorted:
        uses = tuple(sorted(uses, key=str))
    return Descriptor(_WRAPS[found["wrap"]], found.string, threshold, is_sorted, uses)


def checksum_of(body: str) -> str:
    """The eight characters of BIP 380 for a descriptor without them. Raises Malformed(DESCRIPTOR)."""
    try:
        return _polymod(body)
    except ValueError as error:
        raise Malformed(Bad.DESCRIPTOR, what="characters") from error


_INPUT = "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
_OUTPUT = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0xF5DEE51989, 0xA9FDCA3312, 0x1BAB10E32D, 0x3706B1677A, 0x644D626FFD)


def _polymod(body: str) -> str:
    """The checksum of BIP 380: wallycore computes it only for descriptors it understands."""
    values: list[int] = []
    groups: list[int] = []
    for character in body:
        value = _INPUT.index(character)
        values.append(value & 31)
        groups.append(value >> 5)
        if len(groups) == 3:
            values.append(groups[0] * 9 + groups[1] * 3 + groups[2])
            groups = []
    if groups:
        values.append(groups[0] if len(groups) == 1 else groups[0] * 3 + groups[1])
    state = 1
    for value in [*values, *([0] * 8)]:
        top = state >> 35
        state = (state & 0x7FFFFFFFF) << 5 ^ value
        for bit, constant in enumerate(_GENERATOR):
            if top >> bit & 1:
                state ^= constant
    state ^= 1
    return "".join(_OUTPUT[state >> 5 * (7 - at) & 31] for at in range(8))
