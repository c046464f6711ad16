"""The commands of `kinko-signer` that read, enrol, judge and sign. Each returns an exit status."""

from __future__ import annotations

from argparse import Namespace

from signer.ceremony.enrol import check_quorum, make_key
from signer.ceremony.examine import examine
from signer.ceremony.signing import Approved, Review, Scanning
from signer.cli.appliance import Appliance
from signer.cli.files import check_output, read_input, read_secrets, write_output
from signer.cli.output import Output
from signer.core.account import parse_path
from signer.core.errors import Bad, ExitStatus, Lock, Malformed, Refused, VaultError
from signer.core.officer import Holding, Means, check_name, read_holdings
from signer.core.slot import KeyForm
from signer.wire import detect_file
from signer.wire.values import Dialect, Format


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
    appliance.hall(args.development).signers()
    secrets = read_secrets(officers, args.secret_fd, twice=args.secret_fd is None)
    pairs = list(zip(officers, secrets, strict=True))
    means = Means(tuple(held for text in args.holds for held in _holdings(text)), args.token)
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


def _holdings(text: str) -> list[tuple[str, Holding]]:
    name, _, what = text.partition("=")
    return [(check_name(name, "officer"), holding) for holding in read_holdings(what)]


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
