"""The one door of the command line: parse, dispatch, and turn every error into words and an exit status."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from http.server import HTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from online_builder.cli import (
    commands,
    optics,
    overseeing,
    payments,
    preparing,
    projector,
    reporting,
    witnessing,
)
from online_builder.cli.output import Output
from online_builder.cli.parser import build_parser
from online_builder.cli.serving import serve
from online_builder.desk import Desk
from signer.core.errors import ExitStatus, KinkoError

OpenDesk: TypeAlias = Callable[[Path | None], AbstractContextManager[Desk]]
MakePage: TypeAlias = Callable[[Path | None, int], HTTPServer]
_OnDesk: TypeAlias = Callable[[Desk, Namespace, Output], ExitStatus]
_Alone: TypeAlias = Callable[[Namespace, Output], ExitStatus]

#: Every command that works on the desk, by its words.
ON_DESK: Final[Mapping[tuple[str, str], _OnDesk]] = MappingProxyType(
    {
        ("account", "add"): commands.account_add,
        ("account", "list"): commands.account_list,
        ("account", "show"): commands.account_show,
        ("address", ""): commands.address,
        ("balance", ""): commands.balance,
        ("sync", ""): commands.sync,
        ("propose", ""): payments.propose,
        ("sweep", ""): payments.sweep,
        ("change", ""): payments.change,
        ("request", ""): payments.request,
        ("collect", ""): commands.collect,
        ("status", ""): commands.status,
        ("broadcast", ""): commands.broadcast,
        ("cancel", ""): commands.cancel,
        ("key", ""): commands.key,
        ("mine", ""): commands.mine,
        ("device", "add"): overseeing.device_add,
        ("device", "list"): overseeing.device_list,
        ("tag", ""): overseeing.tag,
        ("alarm", "list"): overseeing.alarm_list,
        ("alarm", "settle"): overseeing.alarm_settle,
        ("audit", ""): overseeing.audit,
        ("report", "day"): reporting.day,
        ("report", "month"): reporting.month,
        ("witness", "key"): witnessing.key,
        ("witness", "cosign"): witnessing.cosign,
        ("ceremony", "key"): preparing.key,
        ("ceremony", "sign"): preparing.sign,
    }
)

#: Those that need nothing but their arguments.
ALONE: Final[Mapping[str, _Alone]] = MappingProxyType(
    {"show": projector.show_file, "scan": optics.scan, "verify": reporting.verify}
)


def run(arguments: Sequence[str], open_desk: OpenDesk, make_server: MakePage) -> ExitStatus:
    """Run one command line; `open_desk(home)` opens what the builder remembers, `make_server` its page."""
    args = build_parser().parse_args(arguments)
    out = Output(args.json)
    try:
        if args.command in ALONE:
            return ALONE[args.command](args, out)
        if args.command == "serve":
            return serve(lambda port: make_server(args.home, port), args, out)
        if args.command == "watch":
            return overseeing.watch(open_desk, args, out)
        with open_desk(args.home) as desk:
            return ON_DESK[args.command, getattr(args, "verb", "") or ""](desk, args, out)
    except KinkoError as error:
        out.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INCOMPLETE
