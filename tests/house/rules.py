"""The rules import-linter cannot see: each a function from one source file to its violations."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).parents[2]
PRODUCT = ("signer", "online_builder")
PURE = ("signer/core", "signer/chains", "signer/wire", "signer/ceremony")
MONEY = ("signer/core", "signer/chains", "online_builder/plan")
OPTICS = ("signer/core/sight.py",)  # pixels and seconds, no money
VALUES = ("signer/core", "signer/chains", "signer/ceremony")
LONGEST_FILE = 350


@dataclass(frozen=True, slots=True)
class Source:
    path: str
    text: str
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, text: str) -> Source:
        return cls(path, text, ast.parse(text, path))

    def lives_in(self, rooms: tuple[str, ...]) -> bool:
        return any(PurePosixPath(self.path).is_relative_to(room) for room in rooms)


Found = Iterator[tuple[int, str]]
Rule = Callable[[Source], Found]


def product() -> list[Source]:
    """Every source file that ships."""
    paths = sorted(path for room in PRODUCT for path in (ROOT / room).rglob("*.py"))
    return [Source.parse(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _names(node: ast.expr | None) -> Iterator[str]:
    """The last part of every name in an expression: `t.Final[x]` gives Final and x."""
    for part in ast.walk(node) if node else ():
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def imports_inside_functions(source: Source) -> Found:
    for function in _functions(source.tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno, f"import inside {function.name}()"


def asserts(source: Source) -> Found:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assert):
            yield node.lineno, "assert: python -O removes it, so it guards nothing"


def blind_excepts(source: Source) -> Found:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = set(_names(node.type))
            if node.type is None or caught & {"Exception", "BaseException"}:
                yield node.lineno, "an except that catches everything"


MUTABLE_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = frozenset(
    {"list", "dict", "set", "bytearray", "defaultdict", "deque", "OrderedDict", "Counter"}
)
READ_ONLY = frozenset({"Final", "Mapping", "Sequence", "Set"})


def mutable_module_state(source: Source) -> Found:
    """A table at module level is a tuple, a frozenset, a MappingProxyType, or declared Final or read-only."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign):
            value, annotation = node.value, None
            if set(_names(node.targets[0])) == {"__all__"}:
                continue
        elif isinstance(node, ast.AnnAssign) and node.value:
            value, annotation = node.value, node.annotation
        else:
            continue
        called = isinstance(value, ast.Call) and bool(MUTABLE_CALLS & set(_names(value.func)))
        if (called or isinstance(value, MUTABLE_LITERALS)) and not READ_ONLY & set(_names(annotation)):
            yield node.lineno, "mutable container at module level"
    for inner in ast.walk(source.tree):
        if isinstance(inner, ast.Global):
            yield inner.lineno, "global statement"


def floats_near_money(source: Source) -> Found:
    if not source.lives_in(MONEY) or source.lives_in(OPTICS):
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Constant(value=float()):
                yield node.lineno, f"float {node.value}"
            case ast.Name(id="float"):
                yield node.lineno, "float"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno, "true division gives a float"


def long_files(source: Source) -> Found:
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield lines, f"{lines} lines; {LONGEST_FILE} can be read in one sitting"


def unexplained_ignores(source: Source) -> Found:
    """Written `# type: ignore[code]  # why`."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if "# type: ignore" in line and not re.search(r"# type: ignore\[[a-z-, ]+\]\s+# \S", line):
            yield number, "type: ignore without a code and a reason"


AMBIENT_METHODS = frozenset({"now", "utcnow", "today"})
AMBIENT_FUNCTIONS = frozenset({"open", "print", "input", "breakpoint"})


def ambient_input(source: Source) -> Found:
    """What contract 6 cannot see: clocks and files reached without an import of their own."""
    if not source.lives_in(PURE):
        return
    own = {function.name for function in _functions(source.tree)}  # `wire.open` opens no file
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=kind, attr=name)) if name in AMBIENT_METHODS:
                if {"datetime", "date"} & set(_names(kind)):
                    yield node.lineno, f".{name}() reads the clock"
            case ast.Call(func=ast.Name(id=name)) if name in AMBIENT_FUNCTIONS - own:
                yield node.lineno, f"{name}() reaches outside"


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def core_needs_little(source: Source) -> Found:
    if not source.lives_in(("signer/core",)):
        return
    for line, module in imported(source.tree):
        top = module.split(".")[0]
        if top not in sys.stdlib_module_names and top not in {"signer", "cbor2"}:
            yield line, f"core imports {module}: the standard library and cbor2 only"


def code_from_data(source: Source) -> Found:
    for line, module in imported(source.tree):
        if module.split(".")[0] in {"pickle", "marshal", "shelve", "dill"}:
            yield line, f"{module} runs what it reads"
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
                yield node.lineno, f"{name}() runs what it reads"
            case ast.keyword(arg="shell"):
                yield node.value.lineno, "a shell reads more than it is told"


def thawed_values(source: Source) -> Found:
    if not source.lives_in(VALUES):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):  # a private reader may take apart
            continue
        for decorator in node.decorator_list:
            if "dataclass" not in set(_names(decorator)):
                continue
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            said = {keyword.arg for keyword in keywords if getattr(keyword.value, "value", None) is True}
            if not {"frozen", "slots"} <= said:
                yield node.lineno, f"{node.name} is not a frozen, slotted dataclass"


def silent_heads(source: Source) -> Found:
    head = ast.get_docstring(source.tree)
    if source.tree.body and not (head and re.match(r"[^\n]*(\n[^\n]+)*[.:]", head)):
        yield 1, "the head of a file says in one sentence what lives there"


RULES: tuple[Rule, ...] = (
    imports_inside_functions,
    asserts,
    blind_excepts,
    mutable_module_state,
    floats_near_money,
    long_files,
    unexplained_ignores,
    ambient_input,
    core_needs_little,
    code_from_data,
    thawed_values,
    silent_heads,
)
