"""The commands about what a device knows: accounts with their addresses, builders, proofs of control."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from signer.ceremony.control import check_control
from signer.ceremony.enrol import enrol_account, enrol_builder
from signer.ceremony.register import Proposed, propose_account, propose_builder
from signer.chains.draft import Chain
from signer.cli.appliance import Appliance
from signer.cli.files import read_input, read_secrets, write_output
from signer.cli.output import Output
from signer.core.account import Account
from signer.core.errors import Bad, ExitStatus, Malformed, Refused
from signer.core.finding import Code, Finding
from signer.core.fingerprint import spoken
from signer.core.officer import MAX_NAME
from signer.wire import detect_file
from signer.wire.values import Kind

_BITCOIN = "bitcoin"


def account_add(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Enrol an account and print its id, words and first address, to be compared with the other devices."""
    text = _text(read_input(args.file))
    name = args.name or ("account" if args.file == "-" else Path(args.file).stem[:MAX_NAME])
    chain = _chain(appliance, args, text)
    if args.officer:
        _agree(appliance, args, propose_account(appliance.office(args.development), chain, text, name))
        account = next(known for known in appliance.bench.desk.accounts.list() if known.name == name)
    else:
        account = enrol_account(appliance.bench, chain, text, name)
    found = _doubts(appliance, account, named=bool(args.chain or args.network))
    document, lines = _account(appliance, account, 1)
    document |= {"findings": [out.finding(finding) for finding in found]}
    out.tell(document, [*lines, *out.finding_lines(found)])
    return ExitStatus.DONE


def _doubts(appliance: Appliance, account: Account, *, named: bool) -> tuple[Finding, ...]:
    """What is to be said when an account is enrolled: of its keys, of who agreed, of a network nobody named."""
    network = appliance.bench.desk.readers[account.chain].network
    upkeep, found = appliance.bench.desk.policies.upkeep(), []
    if not named:
        found.append(Finding.of(Code.NETWORK_ASSUMED, network=f"{network.coin} {network.name}"))
    if account.threshold < 2:
        keys = len(account.cosigners)
        found.append(Finding.of(Code.ACCOUNT_ONE_KEY, threshold=account.threshold, keys=keys))
    if account.id not in upkeep.registered:
        found.append(Finding.of(Code.ACCOUNT_UNREGISTERED))
    return tuple(found)


def _agree(appliance: Appliance, args: Namespace, proposed: Proposed) -> None:
    """The officers named prove themselves, and what is proposed is kept."""
    secrets = read_secrets(args.officer, args.secret_fd)
    present = dict(zip(args.officer, secrets, strict=True))
    replace(proposed, witnesses=tuple(args.witness)).agree(present)


def control(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Add up proofs of control. INCOMPLETE while fewer keys have signed than it takes."""
    found = [a for a in appliance.bench.desk.accounts.list() if a.name == args.name]
    if not found:
        raise Refused((Finding.of(Code.ACCOUNT_UNKNOWN, account=args.name),))
    proofs = [_text(read_input(name)) for name in args.file]
    told = check_control(appliance.bench.desk.readers[found[0].chain], found[0], args.index, proofs)
    document: dict[str, object] = {
        "address": told.address,
        "challenge": told.challenge,
        "signed": list(told.signed),
        "needed": told.needed,
        "proven": told.proven,
        "message": told.message,
        "bip322": told.generic,
    }
    lines = [
        f"Address    {told.address}",
        f"Challenge  {told.challenge}",
        f"Signed     {len(told.signed)} of {told.needed}: {', '.join(told.signed)}",
        *([f"BIP 322    {told.generic}"] if told.generic else []),
    ]
    if args.message:
        write_output(args.message, told.message.encode())
    out.tell(document, lines)
    return ExitStatus.DONE if told.proven else ExitStatus.INCOMPLETE


def account_list(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """One line an account."""
    accounts = appliance.bench.desk.accounts.list()
    rows = [{"name": a.name, "chain": a.chain, "id": a.id.hex(), "threshold": a.threshold} for a in accounts]
    lines = [
        f"{a.name:<20} {a.threshold} of {len(a.cosigners)}  {a.chain}  {' '.join(spoken(a.id))}"
        for a in accounts
    ]
    out.tell({"accounts": rows}, lines or ["No account is enrolled."])
    return ExitStatus.DONE


def account_show(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """One account whole: keys, descriptor, first addresses."""
    found = [a for a in appliance.bench.desk.accounts.list() if a.name == args.name]
    if not found:
        raise Refused((Finding.of(Code.ACCOUNT_UNKNOWN, account=args.name),))
    out.tell(*_account(appliance, found[0], max(1, min(args.count, 1000))))
    return ExitStatus.DONE


def builder_add(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Enrol a builder: requests signed by this key are accepted."""
    try:
        key = bytes.fromhex(args.key)
    except ValueError as error:
        raise Malformed(Bad.ENCODING, what="builder key") from error
    if args.officer:
        _agree(appliance, args, propose_builder(appliance.office(args.development), args.key, args.name))
    else:
        enrol_builder(appliance.bench, appliance.builders, key, args.name)
    agreed = key in appliance.bench.desk.policies.upkeep().registered
    found = () if agreed else (Finding.of(Code.BUILDER_UNREGISTERED, name=args.name),)
    document: dict[str, object] = {"name": args.name, "key": key.hex()}
    document |= {"findings": [out.finding(finding) for finding in found]}
    lines = [f"Builder {args.name} enrolled: {' '.join(spoken(key))}"]
    out.tell(document, [*lines, *out.finding_lines(found)])
    return ExitStatus.DONE


def builder_list(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """One line a builder."""
    builders = appliance.bench.desk.policies.builders()
    rows = [{"name": name, "key": key.hex()} for key, name in builders.items()]
    lines = [f"{name:<20} {key.hex()}  {' '.join(spoken(key))}" for key, name in builders.items()]
    out.tell({"builders": rows}, lines or ["No builder is enrolled."])
    return ExitStatus.DONE


def _text(data: bytes) -> str:
    """A descriptor, BSMS or JSON file as text; an account read from codes is unwrapped first."""
    payload = detect_file(data)
    raw = payload.data if payload.kind in (Kind.DESCRIPTOR, Kind.ACCOUNT, Kind.TEXT) else data
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed(Bad.ENCODING, what="account") from error


def _chain(appliance: Appliance, args: Namespace, text: str) -> Chain:
    """The chain named, else Bitcoin on the network that fits the descriptor's key version (xpub or tpub)."""
    readers = appliance.bench.desk.readers
    if args.chain in readers:
        return readers[args.chain]
    coin, _, network = args.chain.partition(":")
    coin, network = coin or _BITCOIN, network or args.network or ("testnet" if "tpub" in text else "mainnet")
    found = [c for c in readers.values() if (c.network.coin, c.network.name) == (coin, network)]
    if not found:
        raise Malformed(Bad.NETWORK, what=f"{coin}:{network}"[:80])
    return found[0]


def _account(appliance: Appliance, account: Account, count: int) -> tuple[dict[str, object], list[str]]:
    chain = appliance.bench.desk.readers[account.chain]
    addresses = [chain.address(account, *place) for place in chain.places(count)]
    words = spoken(account.id)
    document: dict[str, object] = {
        "name": account.name,
        "chain": account.chain,
        "network": chain.network.name,
        "id": account.id.hex(),
        "words": list(words),
        "threshold": account.threshold,
        "keys": [f"[{c.origin}]{c.key}" for c in account.cosigners],
        "terms": chain.export(account),
        "addresses": addresses,
        "token_addresses": [kept for kept in map(chain.with_tokens, addresses) if kept],
    }
    lines = [
        f"Account    {account.name}: {account.threshold} of {len(account.cosigners)} on {chain.network.coin} "
        f"{chain.network.name}",
        f"Words      {' '.join(words)}",
        *(f"Key        [{c.origin}]{c.key}" for c in account.cosigners),
        f"Terms      {chain.export(account)}",
        *(f"Address    {index:<4} {address}" for index, address in enumerate(addresses)),
        *(
            f"For tokens {place:<4} {kept}"
            for place, a in enumerate(addresses)
            if (kept := chain.with_tokens(a))
        ),
    ]
    return document, lines
