"""Tokens of Bitcoin Cash the whole way through the builder: asked for, chosen, signed, judged, back as change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from online_builder.cli.run import run
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.family import Wish
from online_builder.plan.judge import Spent, failures
from online_builder.plan.payees import Payee, parse_payees
from online_builder.plan.ports import Coin, Reason, Snapshot
from online_builder.plan.tokens import sort_out
from online_builder.store.values import StoredRequest
from signer.chains.registry import find_chain
from signer.chains.utxo.coin import Digest, Params
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.psbt import read_psbt
from signer.chains.utxo.script import push, read_multisig
from signer.chains.utxo.signature import to_der
from signer.chains.utxo.tokens import Token, parted
from signer.chains.utxo.transaction import Output, read_plain
from signer.core.amount import Amount, Asset
from signer.core.finding import Code
from signer.core.known import Known, KnownAsset
from signer.core.task import Signature
from signer.wire.values import Kind, Payload
from tests.online_builder.test_coins import ACCOUNTS, NOBODY, Room, open_room
from tests.oracles.node.ask import LIBAUTH, ask
from tests.vectors.token_attacks import CATEGORY, FUNGIBLE, OTHER, UNIQUE, fungible, nft
from tests.vectors.workshop import funding, sha256d

KNOWN = Known(assets=(KnownAsset(FUNGIBLE, 2, 10**9), KnownAsset(UNIQUE, 0, 10)))
ART = b"number 7"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path, "bitcoincash") as made:
        yield made


def carry(room: Room, *prefixes: bytes) -> None:
    """Coins with these tokens, and one with money. The stand-in for blocks has no rules for new coins."""
    for prefix in prefixes:
        room.source.mine(1, prefix + room.chain.lock(room.desk.address("hot", fresh=True)[1]))
    room.fund(1)


def wish(room: Room, name: str, *rows: tuple[str, int], rate: int = 1_000) -> Wish:
    asset = room.desk.asset("hot", name)
    return Wish(parse_payees([f"{address}:{units}" for address, units in rows], room.chain, asset), rate)


def keeper(room: Room, script: bytes = NOBODY) -> str:
    """The address of somebody who keeps tokens."""
    assert room.chain.spell is not None
    return str(room.chain.with_tokens(str(room.chain.spell(script))))


def go(room: Room, request: StoredRequest) -> bytes:
    """Signed on two appliances whose policy names the category, collected, broadcast, mined."""
    _, account = room.desk.account(room.desk.known("hot"))
    for cosigner in ACCOUNTS[0].cosigners[:2]:
        draft = room.chain.read(request.draft, ()).knowing(KNOWN)
        report = draft.inspect(account)
        assert report.signable, report.findings
        tasks = draft.tasks(account, frozenset({cosigner.fingerprint}))
        made = [Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message)) for t in tasks]
        room.desk.collect(Payload(Kind.PSBT, draft.attach(made).to_bytes()))
    final = room.desk.broadcast(request.id).request.final
    room.source.mine(1, NOBODY)
    return final


def spent_by(room: Room, request: StoredRequest) -> list[tuple[int, bytes]]:
    draft = room.chain.read(request.draft, ())
    assert isinstance(draft, UtxoDraft)
    return [tuple(coin.whole) for coin in draft.coins if coin.whole is not None]  # type: ignore[misc]


def held(room: Room) -> dict[str, int]:
    return {amount.asset.ticker: amount.units for amount in room.desk.holdings("hot").assets}


def made(final: bytes) -> list[Token]:
    """What the outputs of a finished transaction carry."""
    found = [parted(output.script)[0] for output in read_plain(final).outputs]
    return [token for token in found if token is not None]


@pytest.mark.slow
def test_tokens_go_the_whole_way_and_libauth_accepts_them(room: Room) -> None:
    carry(room, fungible(700), fungible(500), fungible(9, OTHER))
    before = room.desk.holdings("hot")
    assert held(room) == {FUNGIBLE: 1_200, OTHER[::-1].hex(): 9}
    assert before.confirmed.units == 50 * 10**8  # what carries tokens is no money
    request = room.desk.propose(
        "hot",
        wish(room, FUNGIBLE, (keeper(room), 900), (keeper(room, b"\xa9\x14" + b"\x11" * 20 + b"\x87"), 50)),
    )
    assert {amount.asset.ticker: amount.units for amount in room.desk.holdings("hot").assets_reserved} == {
        FUNGIBLE: 1_200
    }
    final, spent = go(room, request), spent_by(room, request)
    assert sorted(token.amount for token in made(final)) == [50, 250, 900]
    assert held(room) == {FUNGIBLE: 250, OTHER[::-1].hex(): 9}
    assert [p.request.state.value for p in room.desk.watch()] == ["confirmed"]
    bent = [
        (units, script) if parted(script)[0] is None else (units, parted(script)[1])
        for units, script in spent
    ]
    assert ask(LIBAUTH, [(final, spent), (final, bent)]).transactions[0] is True
    assert ask(LIBAUTH, [(final, bent)]).transactions[0] is not True
    # The change of this payment moves again, for at least the fee rate that was asked for.
    again = room.desk.propose("hot", wish(room, FUNGIBLE, (keeper(room), 250)))
    final, spent = go(room, again), spent_by(room, again)
    assert ask(LIBAUTH, [(final, spent)]).transactions == [True]
    fee = sum(units for units, _ in spent) - sum(output.units for output in read_plain(final).outputs)
    assert fee >= len(final)
    assert held(room) == {OTHER[::-1].hex(): 9}


def test_an_nft_goes_and_what_came_with_it_stays(room: Room) -> None:
    carry(room, nft(ART, 0, 30), nft(b"other"), fungible(20))
    art = f"{FUNGIBLE}/{ART.hex()}"
    assert held(room) == {FUNGIBLE: 50, art: 1, f"{FUNGIBLE}/{b'other'.hex()}": 1}
    request = room.desk.propose("hot", wish(room, art, (keeper(room), 1)))
    final = go(room, request)
    assert sorted(token.to_bytes() for token in made(final)) == sorted([nft(ART), fungible(30)])
    assert held(room) == {FUNGIBLE: 50, f"{FUNGIBLE}/{b'other'.hex()}": 1}


def test_an_nft_on_a_coin_that_is_needed_comes_back(room: Room) -> None:
    """Also one that can mint: it moves to a change address of ours as it was."""
    carry(room, nft(ART, 0, 30), nft(b"", 2, 5))
    final = go(room, room.desk.propose("hot", wish(room, FUNGIBLE, (keeper(room), 33))))
    assert sorted(token.to_bytes() for token in made(final)) == sorted(
        [fungible(33), nft(ART, 0, 2), nft(b"", 2)]
    )
    assert held(room) == {FUNGIBLE: 2, f"{FUNGIBLE}/{ART.hex()}": 1, f"{FUNGIBLE}/minting:-": 1}


def refused(room: Room, wanted: Wish) -> tuple[Trouble, str]:
    with pytest.raises(BuilderError) as caught:
        room.desk.propose("hot", wanted)
    assert not [request for request in room.desk.store.requests() if request.state.value == "open"]
    return caught.value.trouble, str(caught.value.details.get("why", ""))


def test_what_is_not_built(room: Room) -> None:
    carry(room, fungible(100), nft(ART), nft(b"", 2), nft(b"x", 1))
    assert room.chain.spell is not None
    plain, kept = str(room.chain.spell(NOBODY)), keeper(room)
    trouble, why = refused(room, wish(room, FUNGIBLE, (plain, 5)))
    assert trouble is Trouble.CANNOT_BUILD
    assert "does not say that tokens are kept" in why
    spell = find_chain("bitcoin", "regtest").spell
    assert spell is not None
    for address in (plain.partition(":")[2], plain.upper(), str(spell(NOBODY))):
        assert refused(room, wish(room, FUNGIBLE, (address, 5)))[0] is Trouble.CANNOT_BUILD
    for address in (kept.partition(":")[2], kept.upper()):
        room.desk.cancel(room.desk.propose("hot", wish(room, FUNGIBLE, (address, 5))).id)
    assert refused(room, wish(room, FUNGIBLE, (kept, 101)))[0] is Trouble.NO_FUNDS
    assert refused(room, wish(room, f"{FUNGIBLE}/{ART.hex()}", (kept, 2)))[0] is Trouble.CANNOT_BUILD
    for name in ("minting:-", f"mutable:{b'x'.hex()}"):
        trouble, why = refused(room, wish(room, f"{FUNGIBLE}/{name}", (kept, 1)))
        assert (trouble, "not given away" in why) == (Trouble.CANNOT_BUILD, True)
    unknown = Wish((Payee(kept, NOBODY, Amount(1, Asset(OTHER[::-1].hex(), 0))),), 1_000)
    assert refused(room, unknown)[0] is Trouble.NO_FUNDS
    mixed = wish(room, FUNGIBLE, (kept, 5))
    money = parse_payees([f"{plain}:0.1"], room.chain)
    assert refused(room, replace(mixed, payees=(*mixed.payees, *money)))[0] is Trouble.CANNOT_BUILD
    with pytest.raises(BuilderError, match="is there"):
        room.desk.asset("hot", OTHER[::-1].hex())


def test_the_money_on_a_coin_with_tokens_pays_for_its_own_transaction(room: Room) -> None:
    room.source.mine(1, fungible(5) + room.chain.lock(room.desk.address("hot", fresh=True)[1]))
    room.source.mine(100, NOBODY)
    request = room.desk.propose("hot", wish(room, FUNGIBLE, (keeper(room), 5)))
    assert len(read_psbt(request.draft).tx.inputs) == 1
    assert room.desk.holdings("hot").confirmed.units == 0


def test_tokens_are_never_chosen_as_money(room: Room) -> None:
    carry(room, fungible(100), nft(ART))
    with pytest.raises(BuilderError) as caught:
        room.desk.propose("hot", room.wish(51 * 10**8))
    assert caught.value.trouble is Trouble.NO_FUNDS
    request = room.desk.propose("hot", room.wish(49 * 10**8))
    assert len(read_psbt(request.draft).tx.inputs) == 1
    room.desk.cancel(request.id)
    (swept,) = room.desk.sweep("hot", "cold", Wish((), 1_000), 100)
    assert len(read_psbt(swept.draft).tx.inputs) == 1
    assert held(room) == {FUNGIBLE: 100, f"{FUNGIBLE}/{ART.hex()}": 1}


def test_an_appliance_without_the_rule_refuses_what_was_proposed(room: Room) -> None:
    carry(room, fungible(100))
    request = room.desk.propose("hot", wish(room, FUNGIBLE, (keeper(room), 60)))
    _, account = room.desk.account(room.desk.known("hot"))
    report = room.chain.read(request.draft, ()).inspect(account)
    assert {Code.INPUT_REFUSED, Code.OUTPUT_REFUSED} <= {finding.code for finding in report.findings}
    assert not report.signable


def test_coins_are_told_by_their_own_transactions() -> None:
    """A source that says a coin with tokens is money, or another amount, or an output that is not there."""
    with_tokens = funding(
        "t",
        [(1_000, fungible(5) + NOBODY), (2_000, NOBODY), (3_000, b"\xef" + CATEGORY + b"\x90\x01" + NOBODY)],
    )
    txid = sha256d(with_tokens)[::-1].hex()

    def said(vout: int, units: int, script: bytes = NOBODY) -> Coin:
        return Coin(txid, vout, units, script, 5)

    coins = (said(0, 1_000), said(1, 2_000), said(2, 3_000), said(1, 2_001), said(0, 999), said(7, 1))
    snapshot = Snapshot(10, "", 0, coins, {txid: with_tokens})
    with_params = params("bitcoincash")
    money, loaded = sort_out(with_params, snapshot)
    assert money.coins == (said(1, 2_000),)
    assert [(item.coin, item.token) for item in loaded] == [(said(0, 1_000), Token(CATEGORY, 5))]
    assert sort_out(params("dash"), snapshot) == (snapshot, ())


def params(coin: str) -> Params:
    found = find_chain(coin, "regtest").params
    assert isinstance(found, Params)
    return found


def test_the_stand_in_lets_tokens_be_created_and_never_grow(room: Room) -> None:
    """A category comes from the first output of a transaction; more of it comes from nowhere."""
    room.fund(1)
    spot = ACCOUNTS[0].spot(0, 0)
    request = room.desk.propose("hot", room.wish(10**8))
    draft = room.chain.read(request.draft, ())
    assert isinstance(draft, UtxoDraft)
    source = draft.psbt.tx.inputs[0]
    assert source.vout == 0
    for category, reason in ((source.txid, Reason.OK), (OTHER, Reason.SCRIPT)):
        outputs = (Output(10**9, fungible(77, category) + NOBODY),)
        tx = replace(draft.psbt.tx, outputs=outputs)
        digest = Digester(tx, (), Digest.FORKID).segwit(0, spot.redeem or b"", 50 * 10**8)
        multisig = read_multisig(spot.redeem or b"")
        assert multisig is not None
        signed = {c.public(0, 0): c.sign((*c.path, 0, 0), digest) for c in ACCOUNTS[0].cosigners}
        pushed = b"".join(push(to_der(signed[key], 0x41)) for key in multisig.keys[:2])
        script = b"\x00" + pushed + push(spot.redeem or b"")
        final = replace(tx, inputs=(source._replace(script=script),)).to_bytes()
        spent = [Spent(50 * 10**8, spot.script)]
        assert (failures(final, spent, Digest.FORKID) == ()) is (reason is Reason.OK)
        assert room.source.test_accept(final).reason is reason


def test_by_the_command(room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    carry(room, fungible(100))

    def told(*words: str, expect: int = 0) -> dict[str, object]:
        capsys.readouterr()
        assert (
            run(["--json", *words], lambda _: nullcontext(room.desk), lambda *_: pytest.fail("no page"))
            == expect
        )
        shown = capsys.readouterr()
        return dict(json.loads(shown.out or shown.err))

    assert told("balance", "hot")["assets"] == [{"asset": FUNGIBLE, "amount": 100}]
    for_tokens = str(told("address", "cold", "--tokens")["address"])
    assert for_tokens.startswith("bchreg:r")
    assert room.chain.lock(for_tokens) == room.chain.lock(str(told("address", "cold")["address"]))
    out = str(tmp_path / "pay.request")
    made = told(
        "propose", "hot", "--asset", FUNGIBLE, "--to", f"{for_tokens}:60", "--fee-rate", "1", "--out", out
    )
    assert made["warnings"] == []
    rows = made["outputs"]
    assert isinstance(rows, list)
    assert {(row["asset"], row["amount"], row["role"]) for row in rows if row["asset"] == FUNGIBLE} == {
        (FUNGIBLE, 60, "payee"),
        (FUNGIBLE, 40, "change"),
    }
    told("propose", "hot", "--asset", FUNGIBLE, "--to", f"{for_tokens}:1000", "--out", out, expect=3)
    told("propose", "hot", "--asset", FUNGIBLE, "--all-to", for_tokens, "--out", out, expect=3)
