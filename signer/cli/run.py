"""The one door of the command line: parse, dispatch, and turn every error into words and an exit status."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from signer.cli import books, commands, optics
from signer.cli.appliance import Appliance
from signer.cli.output import Output
from signer.cli.parser import build_parser
from signer.core.errors import ExitStatus, KinkoError

Command: TypeAlias = Callable[[Appliance, Namespace, Output], ExitStatus]
Assemble: TypeAlias = Callable[[Path | None], Appliance]
Screen: TypeAlias = Callable[[Appliance, Namespace], None]


def run(arguments: Sequence[str], assemble: Assemble, screen: Screen) -> ExitStatus:
    """Run one command line. `assemble` builds the appliance of a home folder, `screen` starts the terminal UI."""
    args = build_parser().parse_args(arguments)
    out = Output(args.json, args.language)
    try:
        appliance = assemble(args.home)
        if args.command is None:
            screen(appliance, args)
            return ExitStatus.DONE
        return _command(args)(appliance, args, out)
    except KinkoError as error:
        out.error(error)
        return error.exit_status


def _command(args: Namespace) -> Command:
    match (args.command, getattr(args, "verb", None) or getattr(args, "ceremony", None)):
        case ("review", _):
            return commands.review
        case ("sign", _):
            return commands.sign
        case ("ceremony", "genesis"):
            return commands.genesis
        case ("ceremony", "export-key"):
            return commands.export_key
        case ("account", "add"):
            return commands.account_add
        case ("account", "list"):
            return commands.account_list
        case ("account", "show"):
            return commands.account_show
        case ("builder", "add"):
            return commands.builder_add
        case ("builder", "list"):
            return commands.builder_list
        case ("scan", _):
            return optics.scan
        case ("show", _):
            return optics.show_file
        case ("journal", "verify"):
            return books.verify
        case ("journal", "export"):
            return books.export
        case ("journal", "checkpoint"):
            return books.checkpoint
        case _:
            return books.selfcheck
