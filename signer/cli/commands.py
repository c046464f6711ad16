"""The commands of `kinko-signer` that read, enrol, judge and sign. Each returns an exit status."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from signer.ceremony.enrol import check_quorum, enrol_account, enrol_builder, make_key
from signer.ceremony.examine import examine
from signer.ceremony.signing import Approved, Review, Scanning
from signer.chains.draft import Chain
from signer.cli.appliance import Appliance
from signer.cli.files import check_output, read_input, read_secrets, write_output
from signer.cli.output import Output
from signer.core.account import Account, parse_path
from signer.core.errors import Bad, ExitStatus, Lock, Malformed, Refused, VaultError
from signer.core.finding import Code, Finding
from signer.core.fingerprint import spoken
from signer.core.officer import MAX_NAME, Holding, Means, check_name, read_holding
from signer.core.slot import KeyForm
from signer.wire import detect_file
from signer.wire.values import Dialect, Format, Kind

_BITCOIN = "bitcoin"


def review(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Print what a payload would do. REFUSED when anything stops it."""
    examined = examine(appliance.bench.desk, detect_file(read_input(args.file)), args.account)
    document, lines = out.report(examined)
    out.tell(document, lines)
    return ExitStatus.DONE if examined.verdict.allowed else ExitStatus.REFUSED


def sign(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """The signing ceremony without a screen: report, approvals, signature, answer to a file."""
    check_output(args.out)
    payload = detect_file(read_input(args.file))
    stage = Scanning(appliance.bench).receive(payload, Dialect(Format.STATIC), args.account)
    document, lines = out.report(stage.examined)
    if not stage.examined.verdict.allowed:
        out.tell(document, lines)
        return ExitStatus.REFUSED
    if not out.as_json:
        out.tell(document, lines)
    secrets = read_secrets(args.officer, args.secret_fd)
    approved = _approvals(stage, args.officer, secrets)
    flags = approved.flags
    signed = approved.sign()
    write_output(args.out, signed.answer.data)
    document |= {"signatures": signed.signatures, "answer": signed.answer.kind.value, "out": str(args.out)}
    document |= {"flags": [out.finding(flag) for flag in flags]}
    out.tell(
        document,
        [
            *out.finding_lines(flags),
            f"Signed     {signed.signatures} signatures by this device, written to {args.out}",
        ],
    )
    return ExitStatus.DONE


def _approvals(stage: Review, officers: list[str], secrets: list[bytearray]) -> Approved:
    current: Review | Approved = stage
    try:
        for officer, secret in zip(officers, secrets, strict=True):
            current = current.approve(officer, secret)
    except (VaultError, Refused):
        current.decline()
        raise
    finally:
        for secret in secrets:
            secret[:] = bytes(len(secret))
    if isinstance(current, Review):
        current.decline()
        raise VaultError(Lock.TOO_FEW)
    return current


def genesis(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Make a key and seal it under the officers' passphrases."""
    officers: list[str] = args.officer
    needed = args.threshold or len(officers) // 2 + 1
    if not args.development:
        check_quorum(needed, len(officers))
    secrets = read_secrets(officers, args.secret_fd, twice=args.secret_fd is None)
    pairs = list(zip(officers, secrets, strict=True))
    means = Means(tuple(_holding(text) for text in args.holds), args.token)
    slot = make_key(
        appliance.bench, appliance.keys, args.slot, pairs, needed, means, any_quorum=args.development
    )
    document: dict[str, object] = {
        "slot": slot.name,
        "fingerprint": slot.fingerprint.hex(),
        "officers": list(slot.officers),
        "threshold": slot.threshold,
    }
    out.tell(
        document,
        [f"Key {slot.name} made: fingerprint {slot.fingerprint.hex()}, opened by {', '.join(officers)}"],
    )
    return ExitStatus.DONE


def _holding(text: str) -> tuple[str, Holding]:
    name, _, what = text.partition("=")
    return check_name(name, "officer"), read_holding(what)


def export_key(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Print the key expression (BIP 380) that an account is formed from: `[fingerprint/path]xpub`, or of a key in a
    token `[fingerprint]` and its public key."""
    try:
        path = parse_path(args.path)
    except ValueError as error:
        raise Malformed(Bad.VALUE, what="path") from error
    in_token = any(key.name == args.slot and key.in_token for key in appliance.bench.vault.slots())
    if in_token == bool(path):
        raise Malformed(Bad.VALUE, what="path")
    secrets = read_secrets(args.officer, args.secret_fd)
    session = appliance.bench.vault.session()
    try:
        for officer, secret in zip(args.officer, secrets, strict=True):
            session.unlock(officer, secret)
        (cosigner,) = session.public_keys(
            args.slot, (path,), KeyForm.SECP256K1 if in_token else KeyForm(args.form)
        )
    finally:
        session.close()
    text = f"[{cosigner.origin}]{cosigner.key}"
    if args.out:
        write_output(args.out, text.encode() + b"\n")
    out.tell({"key": text, "fingerprint": cosigner.origin.fingerprint.hex()}, [text])
    return ExitStatus.DONE


def account_add(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Enrol an account and print its id, words and first address, to be compared with the other devices."""
    text = _text(read_input(args.file))
    name = args.name or ("account" if args.file == "-" else Path(args.file).stem[:MAX_NAME])
    account = enrol_account(appliance.bench, _chain(appliance, args, text), text, name)
    out.tell(*_account(appliance, account, 1))
    return ExitStatus.DONE


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
    enrol_builder(appliance.bench, appliance.builders, key, args.name)
    out.tell(
        {"name": args.name, "key": key.hex()}, [f"Builder {args.name} enrolled: {' '.join(spoken(key))}"]
    )
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
    }
    lines = [
        f"Account    {account.name}: {account.threshold} of {len(account.cosigners)} on {chain.network.coin} "
        f"{chain.network.name}",
        f"Words      {' '.join(words)}",
        *(f"Key        [{c.origin}]{c.key}" for c in account.cosigners),
        f"Terms      {chain.export(account)}",
        *(f"Address    {index:<4} {address}" for index, address in enumerate(addresses)),
    ]
    return document, lines
