"""The command line of `kinko-signer`: what may be said, and nothing done yet."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from signer.core.slot import KeyForm
from signer.core.words import Language
from signer.wire.dialects import NAMES


def build_parser() -> argparse.ArgumentParser:
    """Every command and option. argparse itself exits with status 2 on a wrong one."""
    parser = argparse.ArgumentParser(
        prog="kinko-signer", description="The offline signer. Without a command: the terminal UI."
    )
    parser.add_argument(
        "--home", type=Path, help="the appliance's folder (default: KINKO_HOME, else ~/.kinko-signer)"
    )
    parser.add_argument(
        "--camera", dest="device", default="", help="camera for the terminal UI: device, video or folder"
    )
    parser.add_argument(
        "--development",
        action="store_true",
        help="a rehearsal: ceremonies on any machine; every screen says so",
    )
    _common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _ceremony(commands)
    _account(commands)
    _builder(commands)
    _spending(commands)
    _optics(commands)
    _record(commands)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    """Options that may stand before or after the command."""
    parser.add_argument("--json", action="store_true", help="one JSON document")
    _pins(parser)
    parser.add_argument(
        "--language", type=Language, choices=list(Language), default=Language.EN, help="en or ja"
    )


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document")
    command.add_argument(
        "--language", type=Language, choices=list(Language), default=argparse.SUPPRESS, help="en or ja"
    )
    command.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="the appliance's folder")
    _pins(command, argparse.SUPPRESS)
    return command


def _secrets(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--secret-fd",
        type=int,
        metavar="N",
        help="read one passphrase a line, in the officers' order, from descriptor N",
    )


def _pins(command: argparse.ArgumentParser, default: object = None) -> None:
    command.add_argument(
        "--pin-fd",
        type=int,
        default=default,
        metavar="N",
        help="read PINs of tokens and cards, one a line as they are asked for, from descriptor N",
    )


def _development(
    command: argparse.ArgumentParser, text: str = "go on although the premises are not as they must be"
) -> None:
    command.add_argument("--development", action="store_true", default=argparse.SUPPRESS, help=text)


def _quorum(command: argparse.ArgumentParser) -> None:
    """Who agrees to what is enrolled; without anybody it is enrolled and flagged."""
    command.add_argument(
        "--officer",
        action="append",
        default=[],
        metavar="NAME",
        help="who agrees to it: a quorum of every key here; without, each review says that nobody did",
    )
    command.add_argument("--witness", action="append", default=[], metavar="NAME", help="repeat for several")
    _secrets(command)
    _development(command)


def _ceremony(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ceremony = _add(commands, "ceremony", "ceremonies that create and keep keys")
    kinds = ceremony.add_subparsers(dest="ceremony", metavar="KIND", required=True)
    genesis = _add(kinds, "genesis", "make a new key on this device")
    genesis.add_argument("--slot", default="main", help="name of the key (default: main)")
    genesis.add_argument(
        "--officer", action="append", required=True, metavar="NAME", help="repeat for several"
    )
    genesis.add_argument(
        "--threshold",
        type=int,
        default=0,
        metavar="T",
        help="how many of them open it (default: the majority)",
    )
    genesis.add_argument(
        "--holds",
        action="append",
        default=[],
        metavar="NAME=WHAT",
        help="what an officer shows beside the passphrase: fido2, card:LABEL of a PKCS#11 card, or fido2,card:LABEL",
    )
    genesis.add_argument(
        "--token",
        default="",
        metavar="LABEL",
        help="make the key inside this PKCS#11 token, which it never leaves",
    )
    _development(
        genesis, "a rehearsal: also a key that one officer opens, or only all of them; flagged for ever"
    )
    _secrets(genesis)
    policy = _add(kinds, "policy", "agree on another policy: every key is sealed under it by its quorum")
    policy.add_argument("file", help="the policy, a JSON document; - for standard input")
    policy.add_argument(
        "--officer", action="append", required=True, metavar="NAME", help="repeat for several"
    )
    policy.add_argument("--witness", action="append", default=[], metavar="NAME", help="repeat for several")
    _development(policy)
    _secrets(policy)
    script = _add(kinds, "script", "play ceremonies from a text: genesis, restore, drill, replace, wipe")
    script.add_argument("file", help="the script, or - for standard input")
    script.add_argument("--out", type=Path, help="write the transcripts to a file as well")
    script.add_argument(
        "--read",
        action="append",
        default=[],
        metavar="PAPER=FILE",
        help="a document a step reads: account, builder, witness, policy, cosigned, key, challenge; repeat, in order",
    )
    script.add_argument(
        "--carry", type=Path, metavar="DIR", help="where documents for other devices go: key-1, account-2 ..."
    )
    script.add_argument("--paper-fd", type=int, metavar="N", help="hand words and shares out on descriptor N")
    _development(script)
    _secrets(script)
    compromise = _add(
        kinds, "compromise", "a key may be known to others: what to do now, by role; needs no key"
    )
    compromise.add_argument("account")
    export = _add(kinds, "export-key", "show this device's public key for an account")
    export.add_argument("--slot", default="main")
    export.add_argument("--officer", action="append", required=True, metavar="NAME")
    export.add_argument(
        "--path", default="", help="derivation path, e.g. 48h/1h/0h/2h; none for a key in a token"
    )
    export.add_argument(
        "--form",
        choices=[form.value for form in KeyForm],
        default=KeyForm.XPUB.value,
        help="how it is written: xpub, or a bare public key (NEM: ed25519-keccak)",
    )
    export.add_argument("--out", type=Path, help="write the key expression to a file")
    _secrets(export)


def _account(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    account = _add(commands, "account", "accounts that this device signs for")
    verbs = account.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = _add(verbs, "add", "enrol an account: descriptor, BSMS, wallet policy or JSON")
    add.add_argument("file", help="a file, or - for standard input")
    add.add_argument("--name", default="", help="what this device calls it (default: the file's name)")
    add.add_argument("--chain", default="", help="CAIP-2 id, or coin and network such as bitcoin:regtest")
    add.add_argument(
        "--network", default="", help="mainnet, testnet, signet or regtest (of Bitcoin, without --chain)"
    )
    _quorum(add)
    control = _add(verbs, "control", "whether proofs of control of several devices add up; needs no key")
    control.add_argument("name")
    control.add_argument("index", type=whole(0, 2**31 - 1), help="number of the receive address")
    control.add_argument("file", nargs="+", help="what the devices handed out")
    control.add_argument(
        "--message", type=Path, metavar="FILE", help="write what was signed, for a verifier of BIP 322"
    )
    _add(verbs, "list", "the accounts enrolled")
    show = _add(verbs, "show", "one account with its first addresses")
    show.add_argument("name")
    show.add_argument(
        "--count", type=whole(1, 1000), default=5, metavar="N", help="how many addresses (default: 5)"
    )


def _builder(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    builder = _add(commands, "builder", "builders whose requests this device accepts")
    verbs = builder.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = _add(verbs, "add", "enrol a builder's public key")
    add.add_argument("key", help="Ed25519 public key, 64 hexadecimal digits")
    add.add_argument("--name", required=True)
    _quorum(add)
    _add(verbs, "list", "the builders enrolled")


def _spending(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    review = _add(commands, "review", "say what a transaction or request would do; needs no key")
    review.add_argument(
        "file", help="PSBT (binary or base64), request, or text of codes; - for standard input"
    )
    review.add_argument("--account", default="", metavar="NAME")
    sign = _add(commands, "sign", "review, approve and sign")
    sign.add_argument("file", help="as for review")
    sign.add_argument("--account", default="", metavar="NAME")
    sign.add_argument("--officer", action="append", required=True, metavar="NAME", help="repeat for several")
    sign.add_argument("--out", type=Path, required=True, help="where the answer goes")
    _secrets(sign)


def _optics(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scan = _add(commands, "scan", "read codes from a camera")
    scan.add_argument(
        "--camera",
        dest="source",
        required=True,
        help="device, video file, folder of images, or named pipe of Motion JPEG",
    )
    scan.add_argument("--out", type=Path, required=True)
    scan.add_argument("--timeout", type=positive, default=120.0, metavar="SECONDS")
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


def _record(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    journal = _add(commands, "journal", "the record of everything this device did")
    verbs = journal.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add(verbs, "verify", "check every record and the signed head")
    export = _add(verbs, "export", "write the whole journal for an auditor")
    export.add_argument("--out", type=Path, required=True)
    checkpoint = _add(verbs, "checkpoint", "print the signed head, as a witness takes it (C2SP tlog-witness)")
    checkpoint.add_argument(
        "--witness", default="", metavar="NAME", help="proved to continue what this witness cosigned last"
    )
    checkpoint.add_argument("--out", type=Path, help="write it to a file as well")
    cosigned = _add(verbs, "cosigned", "take in a checkpoint that witnesses have cosigned")
    cosigned.add_argument("file", help="a file, or - for standard input")
    _add(verbs, "witnesses", "whose cosignatures count, and the newest of each")
    _add(commands, "selfcheck", "known-answer tests, vault, journal")


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
