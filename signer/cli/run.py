"""The one door of the command line: parse, dispatch, and turn every error into words and an exit status."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from signer.cli import books, ceremonies, commands, optics, projector, registry
from signer.cli.appliance import Appliance
from signer.cli.output import Output
from signer.cli.parser import build_parser
from signer.cli.pins import Pins
from signer.core.errors import ExitStatus, KinkoError, Lock, VaultError
from signer.core.pin import AskPin

Command: TypeAlias = Callable[[Appliance, Namespace, Output], ExitStatus]
Assemble: TypeAlias = Callable[[Path | None, AskPin], Appliance]
Screen: TypeAlias = Callable[[Appliance, Namespace, Pins], None]

#: Every command, by its words.
COMMANDS: Final[Mapping[tuple[str, str], Command]] = MappingProxyType(
    {
        ("ceremony", "genesis"): commands.genesis,
        ("ceremony", "script"): ceremonies.play,
        ("ceremony", "policy"): ceremonies.policy,
        ("ceremony", "compromise"): ceremonies.compromise,
        ("ceremony", "export-key"): commands.export_key,
        ("account", "add"): registry.account_add,
        ("account", "list"): registry.account_list,
        ("account", "show"): registry.account_show,
        ("builder", "add"): registry.builder_add,
        ("builder", "list"): registry.builder_list,
        ("review", ""): commands.review,
        ("sign", ""): commands.sign,
        ("scan", ""): optics.scan,
        ("show", ""): projector.show_file,
        ("journal", "verify"): books.verify,
        ("journal", "export"): books.export,
        ("journal", "checkpoint"): books.checkpoint,
        ("journal", "cosigned"): books.cosigned,
        ("journal", "witnesses"): books.witnesses,
        ("account", "control"): registry.control,
        ("selfcheck", ""): books.selfcheck,
    }
)


def run(arguments: Sequence[str], assemble: Assemble, screen: Screen) -> ExitStatus:
    """Run one command line. `assemble` builds the appliance of a home folder, `screen` starts the terminal UI."""
    args = build_parser().parse_args(arguments)
    out = Output(args.json, args.language)
    try:
        pins = Pins(args.pin_fd)
        appliance = assemble(args.home, pins.ask)
        if args.command is None:
            return _screen(screen, appliance, args, pins)
        verb = getattr(args, "verb", None) or getattr(args, "ceremony", None) or ""
        return COMMANDS[args.command, verb](appliance, args, out)
    except KinkoError as error:
        out.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INCOMPLETE
    except EOFError:  # a prompt, and nobody there to answer it
        out.error(VaultError(Lock.TOO_FEW))
        return ExitStatus.VAULT


def _screen(screen: Screen, appliance: Appliance, args: Namespace, pins: Pins) -> ExitStatus:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            "The screens need a terminal. Without one, use the commands: kinko-signer --help", file=sys.stderr
        )
        return ExitStatus.USAGE
    screen(appliance, args, pins)
    return ExitStatus.DONE
