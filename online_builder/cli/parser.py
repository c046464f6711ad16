"""The command line of `kinko-builder`: what may be said, and nothing done yet."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from online_builder.cli.overseers import add_overseers
from signer.wire.dialects import NAMES

FORMATS = ("kinko", "ur", "bbqr", "static")
_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def build_parser() -> argparse.ArgumentParser:
    """Every command and option. argparse itself exits with status 2 on a wrong one."""
    parser = argparse.ArgumentParser(prog="kinko-builder", description="The online builder.")
    parser.add_argument(
        "--home", type=Path, help="the builder's folder (default: KINKO_BUILDER_HOME, else ~/.kinko-builder)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _account(commands)
    _money(commands)
    _propose(commands)
    _optics(commands)
    _requests(commands)
    add_overseers(commands, _add)
    return parser


def _add(commands: _Commands, name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document")
    command.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="the builder's folder")
    return command


def _account(commands: _Commands) -> None:
    account = _add(commands, "account", "the accounts that payments are made from")
    verbs = account.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = _add(
        verbs, "add", "watch an account: descriptor, BSMS, wallet policy, JSON, or the appliances' key files"
    )
    add.add_argument("file", nargs="+", help="a file, - for standard input, or one key file an appliance")
    add.add_argument("--name", default="", help="what to call it (default: the file's name)")
    add.add_argument("--chain", default="", help="CAIP-2 id, or coin and network such as bitcoin:regtest")
    add.add_argument(
        "--network", default="", help="mainnet, testnet, signet or regtest (of Bitcoin, without --chain)"
    )
    add.add_argument(
        "--backend", default="", help="embedded:[FOLDER], core:URL?cookie=FILE, esplora:URL or nis:URL"
    )
    add.add_argument(
        "--threshold", type=int, default=0, metavar="M", help="signatures needed, with key files"
    )
    add.add_argument(
        "--script", choices=("wsh", "sh-wsh", "sh"), default="wsh", help="script type, with key files"
    )
    _add(verbs, "list", "one line an account")
    show = _add(verbs, "show", "one account, as other wallets read it")
    show.add_argument("name", nargs="?", default="")
    show.add_argument("--out", type=Path, help="write the descriptor to a file")


def _money(commands: _Commands) -> None:
    address = _add(commands, "address", "a receive address")
    address.add_argument("account", nargs="?", default="")
    address.add_argument("--new", action="store_true", help="the next one that was never handed out")
    address.add_argument("--index", type=int, default=None, metavar="N")
    address.add_argument("--tokens", action="store_true", help="as one that keeps tokens (BCH)")
    balance = _add(commands, "balance", "what an account holds")
    balance.add_argument("account", nargs="?", default="")
    sync = _add(commands, "sync", "look up every account and every request that was sent")
    sync.add_argument("account", nargs="?", default="")


def _propose(commands: _Commands) -> None:
    propose = _add(commands, "propose", "build a payment and write the request for the appliances")
    propose.add_argument("account")
    group = propose.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--to", action="append", metavar="ADDRESS:AMOUNT", help="amount in whole coins; repeat for several"
    )
    group.add_argument("--csv", type=Path, metavar="FILE", help="a header address,amount and a line a payee")
    group.add_argument("--all-to", default="", metavar="ADDRESS", help="everything there is, to one address")
    propose.add_argument(
        "--asset",
        default="",
        metavar="ID",
        help="what is paid, if not the coin: a mosaic (NEM), a category of tokens or an NFT (BCH)",
    )
    _terms(propose)
    propose.add_argument("--out", type=Path, required=True)
    sweep = _add(commands, "sweep", "move everything to another account: as many requests as it takes")
    sweep.add_argument("account")
    sweep.add_argument("--into", required=True, metavar="ACCOUNT", help="an account of the same coin")
    sweep.add_argument(
        "--coins", type=int, default=100, metavar="N", help="coins a request at most (default: 100)"
    )
    _terms(sweep)
    sweep.add_argument("--out", type=Path, required=True, metavar="DIR", help="a file a request")
    change = _add(
        commands,
        "change",
        "give an account other keys: its own at first, or those of another form of it (NEM)",
    )
    change.add_argument("account")
    change.add_argument(
        "--into",
        default="",
        metavar="ACCOUNT",
        help="as it is to be (default: made multisig as it was formed)",
    )
    _terms(change)
    change.add_argument("--out", type=Path, required=True)
    again = _add(commands, "request", "write a request again, or as a PSBT with what was signed so far")
    again.add_argument("id", help="the beginning of the request's id")
    again.add_argument("--format", choices=("request", "psbt"), default="request")
    again.add_argument("--out", type=Path, required=True)


def _terms(command: argparse.ArgumentParser) -> None:
    """What every new request has."""
    command.add_argument(
        "--fee-rate", default="", metavar="N", help="units a virtual byte, up to three decimals"
    )
    command.add_argument("--purpose", default="", help="why, for the officers and the journal")
    command.add_argument("--preparer", default="", help="who prepared it; that officer cannot approve it")
    command.add_argument("--message", default="", help="plain text that goes with the payment (NEM)")
    command.add_argument(
        "--initiator", default="", metavar="FINGERPRINT", help="the cosignatory who signs first (NEM)"
    )
    command.add_argument("--expires", type=int, default=24, metavar="HOURS")
    command.add_argument(
        "--format", choices=("request", "psbt"), default="request", help="signed request, or bare PSBT"
    )


def _optics(commands: _Commands) -> None:
    show = _add(commands, "show", "show a file as codes: in the terminal, or as PNG frames")
    show.add_argument("file", help="a file, or - for standard input")
    show.add_argument(
        "--format",
        choices=NAMES,
        default="",
        metavar="FORMAT[:VARIANT]",
        help="one of " + ", ".join(NAMES) + " (default: ur for PSBT and descriptors, else kinko)",
    )
    where = show.add_mutually_exclusive_group()
    where.add_argument("--frames", type=Path, metavar="DIR", help="write PNG frames instead of animating")
    where.add_argument("--gif", type=Path, metavar="FILE", help="write one animated GIF instead")
    show.add_argument(
        "--version", type=whole(0, 40), default=0, metavar="V", help="QR version 1-40 (default: fits)"
    )
    where.add_argument(
        "--camera",
        dest="source",
        default="",
        help="look at the receiver's screen: its feedback code sets the density (in the terminal, native format)",
    )
    show.add_argument(
        "--grid",
        type=grid,
        default=(1, 1),
        metavar="CxR",
        help="codes side by side and rows of them, e.g. 2x2",
    )
    show.add_argument("--fps", type=positive, help="pictures a second (default: what suits their density)")
    scan = _add(commands, "scan", "read codes from a camera")
    scan.add_argument(
        "--camera",
        dest="source",
        required=True,
        help="device, video file, folder of images, or named pipe of Motion JPEG",
    )
    scan.add_argument("--out", type=Path, required=True)
    scan.add_argument("--timeout", type=positive, default=120.0, metavar="SECONDS")


def _requests(commands: _Commands) -> None:
    collect = _add(commands, "collect", "add signatures: responses of appliances, PSBTs of other wallets")
    collect.add_argument("file", nargs="+")
    _add(commands, "status", "every request: who signed, who is missing, how deep it is")
    broadcast = _add(commands, "broadcast", "finish, check and send a request")
    broadcast.add_argument("id", help="the beginning of the request's id")
    cancel = _add(commands, "cancel", "give a request up and free its coins")
    cancel.add_argument("id")
    _add(commands, "key", "the builder's public key, to be enrolled on every appliance")
    serve = _add(commands, "serve", "a read-only page on this machine: accounts, requests, their codes")
    serve.add_argument("--port", type=int, default=8378)
    mine = _add(commands, "mine", "mine blocks on the embedded chain (for trying out)")
    mine.add_argument("count", type=int)
    mine.add_argument("--to", required=True, metavar="ADDRESS")
    mine.add_argument("--account", default="", help="whose embedded chain")


def positive(text: str) -> float:
    """A number above zero, for argparse."""
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"not a number above zero: {text}")
    return value


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds, for argparse."""

    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"not from {low} to {high}: {text}")
        return value

    return read


def grid(text: str) -> tuple[int, int]:
    """Columns and rows of codes, at most four of each, for argparse."""
    columns, by, rows = text.partition("x")
    if not by or not columns.isdigit() or not rows.isdigit():
        raise argparse.ArgumentTypeError(f"not like 2x2: {text}")
    return whole(1, 4)(columns), whole(1, 4)(rows)
