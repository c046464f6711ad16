"""Writes docs/reference from the code: coins, command lines, exit status and errors, findings, limits.

Run by `make docs`; tests/house compares the committed pages with what this would write.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tokenize
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from docs.coins import coins
from docs.page import NOTE, table
from online_builder.cli.parser import build_parser as builder_parser
from signer.cli.parser import build_parser as signer_parser
from signer.core.errors import Bad, Broken, ExitStatus, Lock
from signer.core.finding import Code, Severity
from signer.core.words import en, ja

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"

EXIT_WORDS: Mapping[ExitStatus, str] = MappingProxyType(
    {
        ExitStatus.DONE: "Done.",
        ExitStatus.USAGE: "The command line itself is wrong; nothing was done.",
        ExitStatus.REFUSED: "Understood and not allowed. The findings are printed.",
        ExitStatus.MALFORMED: "Bytes from outside are not what they claim to be. Nothing was written.",
        ExitStatus.VAULT: "Keys or factors: wrong, missing, locked out or faulty.",
        ExitStatus.TAMPERED: "Journal, vault, image or counter does not add up. The appliance locks.",
        ExitStatus.INCOMPLETE: "Went well, and something is still missing (codes, signatures, confirmations).",
    }
)


# --- errors and findings ----------------------------------------------------------------------------------------------


def errors() -> str:
    parts = [
        "# Exit status and errors",
        NOTE,
        "Both command lines end with one of these. With `--json` the same facts come as one JSON document.",
        table(("status", "name", "meaning"), [(str(s.value), s.name, EXIT_WORDS[s]) for s in ExitStatus]),
        "There are four families of error, by whose fault it is. `{...}` is filled in on the spot.",
    ]
    families = (
        ("Malformed (4): the bytes are wrong", Bad),
        ("VaultError (5): keys or factors", Lock),
        ("Tampered (6): something does not add up", Broken),
    )
    for title, codes in families:
        rows = [(f"`{code.value}`", en.ERRORS[code], ja.ERRORS[code]) for code in codes]
        parts += [f"## {title}", table(("code", "English", "日本語"), rows)]
    parts += [
        "## Refused (3): understood and not allowed",
        "Carries [findings](findings.md), at least one STOP.",
    ]
    return "\n\n".join(parts)


def findings() -> str:
    parts = [
        "# Findings",
        NOTE,
        "One fact about a spend each. All of them are shown, never only the first. "
        "**STOP** is never signed, **WARN** must be read before approving, **INFO** is good to know.",
    ]
    for severity in sorted(Severity, reverse=True):
        rows = [(f"`{c.label}`", en.FINDINGS[c], ja.FINDINGS[c]) for c in Code if c.severity is severity]
        parts += [f"## {severity.name}", table(("code", "English", "日本語"), rows)]
    return "\n\n".join(parts)


# --- limits -----------------------------------------------------------------------------------------------------------


def value_of(node: ast.expr) -> int | None:
    """The integer that a constant expression such as `2 * 1024 * 1024` stands for."""
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.BinOp(left=left, op=ast.Mult() | ast.LShift() | ast.Sub() | ast.Pow() as op, right=right):
            low, high = value_of(left), value_of(right)
            if low is None or high is None:
                return None
            match op:
                case ast.Mult():
                    return low * high
                case ast.LShift():
                    return low << high
                case ast.Sub():
                    return low - high
                case _:
                    return int(low**high)
    return None


def is_limit(path: Path, name: str) -> bool:
    return name.strip("_").startswith("MAX_") or (path.stem == "limits" and name.isupper())


def limits_in(path: Path) -> Iterator[tuple[str, str, str]]:
    text = path.read_text("utf-8")
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as expression):
                pass
            case _:
                continue
        number = value_of(expression)
        if number is not None and is_limit(path, name):
            words = name.strip("_").lower().replace("_", " ")
            yield words, f"{number:,}", comments.get(node.end_lineno or node.lineno, "")


def limits() -> str:
    parts = [
        "# Limits",
        NOTE,
        "Everything a stranger controls is bounded. What goes over is refused with a clear error, never cut short.",
    ]
    for package in ("signer", "online_builder"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if rows := list(limits_in(path)):
                parts += [
                    f"## `{path.relative_to(ROOT).as_posix()}`",
                    table(("bound", "value", "what it is"), rows),
                ]
    return "\n\n".join(parts)


# --- command lines ----------------------------------------------------------------------------------------------------


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def spelled(action: argparse.Action) -> str:
    """As a person would type it: `--out FILE`, `FILE`, `[FILE ...]`."""
    if action.metavar:
        value = action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    elif action.choices is not None:
        value = "|".join(str(getattr(choice, "value", choice)) for choice in action.choices)
    else:
        value = action.dest.upper()
    if not action.option_strings:
        return {"*": f"[{value} ...]", "+": f"{value} ...", "?": f"[{value}]"}.get(str(action.nargs), value)
    return (
        ", ".join(action.option_strings)
        if action.nargs == 0
        else f"{', '.join(action.option_strings)} {value}"
    )


def options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    skipped = (argparse._SubParsersAction, argparse._HelpAction)
    return [action for action in parser._actions if not isinstance(action, skipped)]


def usage(parser: argparse.ArgumentParser, common: frozenset[str]) -> str:
    words = [parser.prog]
    for action in sorted(options(parser), key=lambda action: not action.option_strings):
        if action.dest in common:
            continue
        required = action.required if action.option_strings else True
        words.append(spelled(action) if required else f"[{spelled(action)}]")
    return " ".join(words)


def command(parser: argparse.ArgumentParser, common: frozenset[str]) -> Iterator[str]:
    children = subcommands(parser)
    if not children:
        yield f"### {parser.prog}"
        if parser.description:
            yield parser.description[0].upper() + parser.description[1:].rstrip(".") + "."
        yield f"    {usage(parser, common)}"
        told = [action for action in options(parser) if action.help and action.dest not in common]
        if told:
            yield table(("", ""), [(f"`{spelled(action)}`", str(action.help)) for action in told])
    for child in children.values():
        yield from command(child, common)


def command_line(parser: argparse.ArgumentParser) -> Iterator[str]:
    own = options(parser)
    yield f"## {parser.prog}"
    if parser.description:
        yield parser.description
    yield table(("", ""), [(f"`{spelled(action)}`", str(action.help or "")) for action in own])
    yield from command(parser, frozenset(action.dest for action in own))


def cli() -> str:
    parts = [
        "# Command line",
        NOTE,
        "Every command also takes `--home` and, where it reports, `--json`. The [exit status](errors.md) says how it "
        "went. Secrets are asked for on the terminal or read from a file descriptor, never taken from an argument or "
        "the environment.",
        *command_line(signer_parser()),
        *command_line(builder_parser()),
    ]
    return "\n\n".join(parts)


PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"cli.md": cli, "coins.md": coins, "errors.md": errors, "findings.md": findings, "limits.md": limits}
)


def main() -> int:
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page() + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
