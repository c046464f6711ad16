"""The commands that work on the desk. Each returns an exit status."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Final

from online_builder.backends.embedded import Embedded
from online_builder.cli.output import Output, progress_document, progress_lines
from online_builder.cli.overseeing import overview_document, overview_lines
from online_builder.desk import Desk
from online_builder.errors import BuilderError, Trouble
from online_builder.files import read_input, write_output
from online_builder.plan.families import family_of
from signer.chains.draft import Chain
from signer.chains.registry import READERS, chain_of, find_chain
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.fingerprint import spoken
from signer.core.officer import MAX_NAME, check_name
from signer.wire.dialects import detect_file
from signer.wire.values import Kind

_BITCOIN: Final = "bitcoin"


def account_add(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Watch an account; with several key files, form it first."""
    texts = [_text(read_input(name)).strip() for name in args.file]
    if len(texts) > 1 and not args.threshold:
        raise Malformed(Bad.FIELD, what="threshold")
    chain = _chain(args, "".join(texts))
    text = texts[0]
    if args.threshold:
        text = family_of(chain.network.chain).form(args.threshold, texts, args.script)
    name = check_name(args.name or ("account" if args.file[0] == "-" else Path(args.file[0]).stem[:MAX_NAME]))
    backend = args.backend or ("embedded:" if chain.network.name == "regtest" else "")
    known = desk.add_account(chain, text, name, backend)
    _, account = desk.account(known)
    first, network = chain.address(account, 0, 0), chain.network
    words = spoken(account.id)
    document: dict[str, object] = {
        "name": known.name,
        "chain": known.chain,
        "id": account.id.hex(),
        "words": list(words),
        "terms": known.terms,
        "address": first,
        "threshold": account.threshold,
    }
    lines = [
        f"Account    {name}: {account.threshold} of {len(account.cosigners)} on {network.coin} {network.name}",
        f"Words      {' '.join(words)}",
        f"Terms      {known.terms}",
        f"Address    0    {first}",
    ]
    out.tell(document, lines)
    return ExitStatus.DONE


def account_list(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """One line an account."""
    accounts = desk.store.accounts()
    rows = [{"name": a.name, "chain": a.chain, "backend": a.backend, "terms": a.terms} for a in accounts]
    lines = [f"{a.name:<20} {a.chain}  {a.backend}" for a in accounts]
    out.tell({"accounts": rows}, lines or ["No account is watched."])
    return ExitStatus.DONE


def account_show(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """One account in the form other wallets read."""
    known = desk.known(args.name)
    _, account = desk.account(known)
    if args.out:
        write_output(args.out, known.terms.encode() + b"\n")
    keys = [f"[{c.origin}]{c.key}" for c in account.cosigners]
    document: dict[str, object] = {
        "name": known.name,
        "chain": known.chain,
        "id": account.id.hex(),
        "terms": known.terms,
        "keys": keys,
        "threshold": account.threshold,
        "backend": known.backend,
    }
    out.tell(document, [known.terms])
    return ExitStatus.DONE


def address(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """A receive address, to be compared with an appliance before it is used."""
    if args.index is not None and not 0 <= args.index < 1_000_000:
        raise Malformed(Bad.VALUE, what="index")
    index, text = desk.address(args.account, fresh=args.new, index=args.index)
    if args.tokens:
        chain, _ = desk.account(desk.known(args.account))
        kept = chain.with_tokens(text)
        if kept is None:
            raise BuilderError(Trouble.CANNOT_BUILD, why=f"{chain.network.coin} has no addresses for tokens")
        text = kept
    out.tell({"index": index, "address": text}, [text])
    return ExitStatus.DONE


def balance(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """What can be spent, what waits, what requests hold."""
    known = desk.known(args.account)
    found, counts_coins = desk.holdings(known.name), not desk.account(known)[0].single
    document: dict[str, object] = {
        "confirmed": found.confirmed.units,
        "waiting": found.waiting.units,
        "reserved": found.reserved.units,
        "asset": found.confirmed.asset.ticker,
        "assets": [{"asset": a.asset.ticker, "amount": a.units} for a in found.assets],
        "assets_reserved": [{"asset": a.asset.ticker, "amount": a.units} for a in found.assets_reserved],
        "coins": len(found.coins) if counts_coins else None,
        "height": found.height,
        "current": found.current,
    }
    lines = [
        f"Spendable  {found.confirmed}",
        f"Waiting    {found.waiting}",
        f"Reserved   {found.reserved}",
        *(f"Asset      {amount}" for amount in found.assets),
        *(f"Reserved   {amount}" for amount in found.assets_reserved),
        f"Coins      {len(found.coins)} at height {found.height}"
        if counts_coins
        else f"Height     {found.height}",
    ]
    if not found.current:
        lines.append("Careful    the chain does not have these keys with this threshold for the account")
    out.tell(document, lines)
    return ExitStatus.DONE


def sync(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Look up every account and every request that was sent."""
    names = [args.account] if args.account else [a.name for a in desk.store.accounts()]
    rows = [(name, desk.holdings(name)) for name in names]
    progress = desk.watch()
    document: dict[str, object] = {
        "accounts": [{"name": n, "confirmed": h.confirmed.units, "height": h.height} for n, h in rows],
        "requests": [progress_document(p) for p in progress],
    }
    out.tell(document, [f"{name:<20} {held.confirmed} at height {held.height}" for name, held in rows])
    return ExitStatus.DONE


def collect(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Add signatures. INCOMPLETE while a request still lacks some."""
    found = [desk.collect(detect_file(read_input(name))) for name in args.file]
    last = {progress.request.id: progress for progress in found}
    lines = [line for progress in last.values() for line in progress_lines(progress)]
    out.tell({"requests": [progress_document(p) for p in last.values()]}, lines)
    return ExitStatus.DONE if all(p.complete for p in last.values()) else ExitStatus.INCOMPLETE


def status(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Every request and every open alarm. What the source could not be asked is shown as it was known, with the
    trouble's exit status; TAMPERED while an alarm is open."""
    found, seen, now = desk.watch(), desk.oversee(), desk.now()
    lines = [line for progress in found for line in progress_lines(progress)] or ["No request was made yet."]
    document = {"requests": [progress_document(p) for p in found], **overview_document(seen, now)}
    out.tell(document, [*overview_lines(seen, now), *lines])
    if seen.open:
        return ExitStatus.TAMPERED
    return max((p.trouble.exit_status for p in found if p.trouble), default=ExitStatus.DONE)


def broadcast(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Finish, check and send."""
    progress = desk.broadcast(args.id)
    out.tell(progress_document(progress), [f"Sent: {progress.request.txid}", *progress_lines(progress)])
    return ExitStatus.DONE


def cancel(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Give a request up."""
    request = desk.cancel(args.id)
    out.tell({"id": request.id, "state": request.state.value}, [f"Request {request.id[:8]} is given up."])
    return ExitStatus.DONE


def key(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """The builder's public key."""
    public = desk.key.public
    out.tell({"key": public.hex(), "words": list(spoken(public))}, [public.hex(), " ".join(spoken(public))])
    return ExitStatus.DONE


def mine(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Mine on the embedded chain."""
    known = desk.known(args.account)
    source = desk.open_source(known)
    if not isinstance(source, Embedded):
        raise BuilderError(
            Trouble.BACKEND_CANNOT, source=known.backend, why="only the embedded chain is mined here"
        )
    if not 1 <= args.count <= 1000:
        raise Malformed(Bad.VALUE, what="count", limit=1000)
    last = source.mine(args.count, desk.readers[known.chain].lock(args.to))
    out.tell({"hash": last}, [last])
    return ExitStatus.DONE


def _text(data: bytes) -> str:
    payload = detect_file(data)
    raw = payload.data if payload.kind in (Kind.DESCRIPTOR, Kind.ACCOUNT, Kind.TEXT) else data
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed(Bad.ENCODING, what="account") from error


def _chain(args: Namespace, text: str) -> Chain:
    """The chain named, else Bitcoin on the network that fits the key version (xpub or tpub)."""
    if args.chain in READERS or args.chain.startswith("bip122:"):
        return chain_of(args.chain)
    coin, _, network = args.chain.partition(":")
    default = "testnet" if "tpub" in text else "mainnet"
    return find_chain(coin or _BITCOIN, network or args.network or default)
