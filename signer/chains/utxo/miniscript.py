"""Miniscript (BIP 379) read from a descriptor's text: the tree, and the ways in which its coins can be spent.

wallycore makes and type-checks the script; this says what it means, so that recovery paths can be shown and checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Malformed

MAX_DEPTH = 40  # nesting of a miniscript
MAX_NODES = 200  # fragments and wrappers of a miniscript
MAX_PATHS = 32  # ways to spend one account: more than that nobody reads

_TOKEN = re.compile(r"([a-z_0-9]+:)?([a-z_0-9]+|@[0-9]+)")
_HASHES = frozenset({"sha256", "hash256", "ripemd160", "hash160"})
_WRAPPERS = frozenset("asctdvjnlu")
#: How many expressions each fragment takes; -1 for any number.
_FRAGMENTS: Final[Mapping[str, int]] = MappingProxyType(
    {"andor": 3, "and_v": 2, "and_b": 2, "and_n": 2, "or_b": 2, "or_c": 2, "or_d": 2, "or_i": 2, "thresh": -1}
)


@dataclass(frozen=True, slots=True)
class Node:
    """One fragment. `number`: threshold or timelock; `keys`: uses of the descriptor; `subs`: expressions inside."""

    name: str
    subs: tuple[Node, ...] = ()
    keys: tuple[int, ...] = ()
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """One way to spend: each group is (how many, of which uses); timelocks as in BIP 68 and BIP 65, 0 for none."""

    groups: tuple[tuple[int, tuple[int, ...]], ...] = ()
    older: int = 0
    after: int = 0
    hashed: bool = False

    @property
    def signatures(self) -> int:
        return sum(count for count, _ in self.groups)

    def joined(self, other: Path) -> Path:
        """Both at once."""
        return Path(
            self.groups + other.groups,
            max(self.older, other.older),
            max(self.after, other.after),
            self.hashed or other.hashed,
        )


def read_miniscript(text: str) -> Node:
    """The expression inside `wsh(...)`, with `@n` for keys. Raises Malformed(DESCRIPTOR, TOO_DEEP or TOO_MANY)."""
    return _Reader(text).whole()


class _Reader:
    """Reads left to right; `at` is where it is, `left` how many fragments it may still make."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.left = MAX_NODES

    def whole(self) -> Node:
        node = self.expression(0)
        if self.at != len(self.text):
            raise Malformed(Bad.DESCRIPTOR, what="not-understood")
        return node

    def expression(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Malformed(Bad.TOO_DEEP, what="descriptor")
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            raise Malformed(Bad.DESCRIPTOR, what="not-understood")
        self.left -= 1 + len(found[1] or "")
        if self.left < 0:
            raise Malformed(Bad.TOO_MANY, what="descriptor", limit=MAX_NODES)
        self.at = found.end()
        node = self.fragment(found[2], depth)
        for letter in reversed((found[1] or "").removesuffix(":")):
            node = _wrapped(letter, node)
        return node

    def fragment(self, name: str, depth: int) -> Node:
        if name in ("0", "1"):
            return Node(name)
        self.expect("(")
        if name in _FRAGMENTS:
            return self.composed(name, depth)
        words = self.words()
        match name, words:
            case (("pk" | "pk_k" | "pkh" | "pk_h"), [key]):
                made = Node("pk_h" if name in ("pkh", "pk_h") else "pk_k", keys=(_key(key),))
            case (("older" | "after"), [number]):
                made = Node(name, number=_number(number))
            case "multi", [threshold, *keys] if keys:
                made = Node("multi", keys=tuple(map(_key, keys)), number=_number(threshold))
            case _, [digest] if name in _HASHES:
                made = Node("hash", text=digest)
            case _:
                raise Malformed(Bad.DESCRIPTOR, what="not-understood")
        return made

    def composed(self, name: str, depth: int) -> Node:
        number = 0
        if name == "thresh":
            found = re.compile(r"[0-9]+").match(self.text, self.at)
            if found is None:
                raise Malformed(Bad.DESCRIPTOR, what="not-understood")
            number, self.at = _number(found[0]), found.end()
            self.expect(",")
        subs = [self.expression(depth + 1)]
        while self.text[self.at : self.at + 1] == ",":
            self.at += 1
            subs.append(self.expression(depth + 1))
        self.expect(")")
        if _FRAGMENTS[name] not in (-1, len(subs)) or (name == "thresh" and not 1 <= number <= len(subs)):
            raise Malformed(Bad.DESCRIPTOR, what="not-understood")
        if name == "and_n":
            return Node("andor", (*subs, Node("0")))
        return Node(name, tuple(subs), number=number)

    def words(self) -> list[str]:
        end = self.text.find(")", self.at)
        if end < 0:
            raise Malformed(Bad.DESCRIPTOR, what="not-understood")
        inside, self.at = self.text[self.at : end], end + 1
        return inside.split(",")

    def expect(self, mark: str) -> None:
        if self.text[self.at : self.at + 1] != mark:
            raise Malformed(Bad.DESCRIPTOR, what="not-understood")
        self.at += 1


def _wrapped(letter: str, node: Node) -> Node:
    """Wrappers that change what satisfies an expression become nodes; the others only shape the script."""
    match letter:
        case "t":
            return Node("and_v", (node, Node("1")))
        case "l":
            return Node("or_i", (Node("0"), node))
        case "u":
            return Node("or_i", (node, Node("0")))
        case "d" | "v" | "j":
            return Node(letter, (node,))
        case _ if letter in _WRAPPERS:
            return node
        case _:
            raise Malformed(Bad.DESCRIPTOR, what="not-understood")


def _key(text: str) -> int:
    if re.fullmatch("@[0-9]{1,3}", text) is None:
        raise Malformed(Bad.DESCRIPTOR, what="not-understood")
    return int(text[1:])


def _number(text: str) -> int:
    if re.fullmatch("[0-9]{1,10}", text) is None or not 0 < int(text) < 1 << 31:
        raise Malformed(Bad.DESCRIPTOR, what="not-understood")
    return int(text)


def paths(node: Node) -> tuple[Path, ...]:
    """Every way to spend. Raises Malformed where there are too many to read, or one that needs no signature."""
    found = tuple(dict.fromkeys(_paths(node)))
    if not found or not all(path.groups for path in found):
        raise Malformed(Bad.DESCRIPTOR, what="no-signature-needed" if found else "unspendable")
    return found


def _paths(node: Node) -> list[Path]:
    match node.name:
        case "0":
            return []
        case "1":
            return [Path()]
        case "pk_k" | "pk_h":
            return [Path(groups=((1, node.keys),))]
        case "multi":
            return [Path(groups=((node.number, node.keys),))]
        case "older":
            return [Path(older=node.number)]
        case "after":
            return [Path(after=node.number)]
        case "hash":
            return [Path(hashed=True)]
        case "and_v" | "and_b":
            return _both(_paths(node.subs[0]), _paths(node.subs[1]))
        case "andor":
            first, second, third = map(_paths, node.subs)
            return _few([*_both(first, second), *third])
        case "thresh":
            return _thresh(node)
        case _:
            return _few([path for sub in node.subs for path in _paths(sub)])


def _thresh(node: Node) -> list[Path]:
    """k of several: plain keys stay one group, so that 3 of 5 is one path and not ten."""
    keys = tuple(key for sub in node.subs if sub.name in ("pk_k", "pk_h") for key in sub.keys)
    others = [_paths(sub) for sub in node.subs if sub.name not in ("pk_k", "pk_h")]
    found: list[Path] = []
    for taken in range(len(others) + 1):
        wanted = node.number - taken
        if not 0 <= wanted <= len(keys):
            continue
        base = [Path(groups=((wanted, keys),))] if wanted else [Path()]
        for chosen in combinations(others, taken):
            made = base
            for alternatives in chosen:
                made = _both(made, alternatives)
            found = _few(found + made)
    return found


def _both(one: list[Path], two: list[Path]) -> list[Path]:
    _few([*one, *two])
    return _few([first.joined(second) for first in one for second in two])


def _few(found: list[Path]) -> list[Path]:
    if len(found) > MAX_PATHS:
        raise Malformed(Bad.TOO_MANY, what="spending paths", limit=MAX_PATHS)
    return found
