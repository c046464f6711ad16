"""Mosaics: shown with their decimals and levies where the quorum described them, never as XEM, refused by name else."""

from __future__ import annotations

import json
import math

import pytest

from signer.chains.nem import CHAINS
from signer.chains.nem.fee import least_fee
from signer.chains.nem.network import NETWORKS
from signer.chains.nem.read import read_transaction
from signer.core.errors import Malformed
from signer.core.finding import Code
from signer.core.holding import Holding
from signer.core.known import Known, KnownAsset, Levy
from signer.core.policy import Clause, Policy, Tier, judge, known_assets
from signer.core.policyfile import read_policy, write_policy
from signer.core.rules import Context, PerTransaction
from signer.core.spend import Report
from tests.vectors import nem_workshop as w

CHAIN = CHAINS[1]
ACCOUNT = CHAIN.enrol(w.terms(), "vault")
ISSUER = w.address(w.STRANGER).decode()
COIN = KnownAsset("dim:coin", 3, 9_000_000)
TAXED = KnownAsset("shop:taxed", 2, 1_000_000, Levy(ISSUER, "shop:taxed", 500, share=True))
PRICED = KnownAsset("shop:priced", 0, 100, Levy(ISSUER, "nem:xem", 2_000_000))


def report(
    *mosaics: tuple[str, int],
    amount: int = 1_000_000,
    fee: int = 2_000_000,
    known: tuple[KnownAsset, ...] = (),
) -> Report:
    rows = tuple(w.mosaic(*(part.encode() for part in name.split(":")), units) for name, units in mosaics)
    inner = w.transfer(amount=amount, fee=fee, mosaics=rows)
    return CHAIN.read(w.payload(w.wrap(inner)), ()).knowing(Known(assets=known)).inspect(ACCOUNT)


def codes(found: Report) -> set[Code]:
    return {finding.code for finding in found.findings}


def test_a_mosaic_that_the_quorum_described() -> None:
    found = report(("dim:coin", 150_000), fee=150_000, known=(COIN,))
    assert found.signable
    assert codes(found) == {Code.ASSET_MOVES}
    (payment,) = found.spend.payments
    assert str(payment.amount) == "150.000 dim:coin"
    assert str(found.spend.leaving()) == "0.000000 tXEM"
    assert [str(amount) for amount in found.spend.others()] == ["150.000 dim:coin"]


def test_the_amount_multiplies_and_rounds_down() -> None:
    found = report(("dim:coin", 7), amount=1_500_000, known=(COIN,))
    assert [amount.units for amount in found.spend.others()] == [10]


def test_more_than_its_supply_is_none() -> None:
    everything = COIN.supply * 10**COIN.decimals
    assert Code.OVERFLOW not in codes(report(("dim:coin", everything), known=(COIN,)))
    assert Code.OVERFLOW in codes(report(("dim:coin", everything + 1), known=(COIN,)))
    assert Code.OVERFLOW in codes(report(("dim:coin", 9 * 10**15), amount=2**63))


def test_a_name_may_have_spaces_inside() -> None:
    found = report(("my-shop:gift card no 5", 1))
    assert [f.details for f in found.findings if f.code is Code.MOSAIC_REFUSED] == [
        (("mosaic", "my-shop:gift card no 5"), ("quantity", 1))
    ]
    for name in (" card", "card ", "gift  card", "a" * 33, "gift\ncard"):
        with pytest.raises(Malformed):
            report((f"my-shop:{name}", 1))


def test_one_that_nobody_described_is_refused_by_its_whole_name() -> None:
    found = report(("shop:xem", 25_000_000), known=(COIN,))
    assert not found.signable
    (payment,) = found.spend.payments
    assert str(payment.amount) == "25000000 shop:xem"
    assert "XEM" not in str(payment.amount)
    assert found.spend.leaving().units == 0


def test_xem_and_another_are_never_added_up() -> None:
    found = report(("nem:xem", 5_000_000), ("dim:coin", 1_000), known=(COIN,))
    assert str(found.spend.leaving()) == "5.000000 tXEM"
    assert [str(amount) for amount in found.spend.others()] == ["1.000 dim:coin"]
    assert found.spend.sources[0].amount.units == 5_000_000 + 2_000_000 + 300_000


def test_a_levy_is_a_payment_of_its_own() -> None:
    found = report(("shop:taxed", 10_000), known=(TAXED,))
    assert [(str(p.amount), p.address) for p in found.spend.payments] == [
        ("100.00 shop:taxed", w.address(w.PAYEE).decode()),
        ("5.00 shop:taxed", ISSUER),
    ]
    assert Code.LEVY in codes(found)
    assert found.spend.others()[0].units == 10_500
    found = report(("shop:priced", 3), known=(PRICED,))
    assert [str(p.amount) for p in found.spend.payments] == ["3 shop:priced", "2.000000 tXEM"]
    assert found.spend.leaving().units == 2_000_000


def test_a_levy_in_what_nobody_described_is_refused() -> None:
    asset = KnownAsset("shop:taxed", 2, 1_000_000, Levy(ISSUER, "shop:other", 5))
    assert not report(("shop:taxed", 10_000), known=(asset,)).signable


@pytest.mark.parametrize("decimals", [0, 3, 6])
@pytest.mark.parametrize("supply", [1, 10_000, 10_001, 9_000_000, 2_147_483_647, 8_999_999_999])
@pytest.mark.parametrize("part", [1, 3, 1_000, 10**9])
def test_the_fee_is_the_nodes(decimals: int, supply: int, part: int) -> None:
    """Against the formula in floating point, as NIS has it."""
    total = supply * 10**decimals
    if total > 9_000_000_000_000_000:
        return
    units = max(1, total // part)
    raw = w.transfer(amount=1_000_000, mosaics=(w.mosaic(b"dim", b"coin", units),))
    core = read_transaction(NETWORKS[1], raw)
    steps = min(25, max(1, 8_999_999_999 * units // total // 10_000))
    expected = max(1, steps - int(0.8 * math.log(9_000_000_000_000_000 // total)))
    small = decimals == 0 and supply <= 10_000
    assert least_fee(core, (KnownAsset("dim:coin", decimals, supply),)) == 50_000 * (1 if small else expected)


def policy(*rules: Holding, units: int = 10**15) -> Policy:
    return Policy(1, (Clause("*", (PerTransaction(units), *rules), (Tier(0, 1), Tier(10**12, 3))),))


def test_the_policy_judges_each_asset_for_itself() -> None:
    found = report(("dim:coin", 1_000), ("nem:xem", 5_000_000), known=(COIN,))
    now = Context(now=10_000, created=9_000)
    verdict = judge(policy(), found, ACCOUNT.chain, now)
    assert [f.code for f in verdict.findings] == [Code.ASSET_UNLISTED]
    verdict = judge(policy(Holding(COIN, 1_000, 3600, 1_000)), found, ACCOUNT.chain, now)
    assert verdict.allowed
    assert verdict.approvals == 3  # it has no place on the coin's scale, so it counts as the largest
    verdict = judge(policy(Holding(COIN, 999, 3600, 5_000)), found, ACCOUNT.chain, now)
    assert [f.code for f in verdict.findings] == [Code.LIMIT_TRANSACTION]
    before = Context(now=10_000, created=9_000, moved=((9_000, "dim:coin", 1), (9_000, "dim:other", 10**9)))
    verdict = judge(policy(Holding(COIN, 1_000, 3600, 1_000)), found, ACCOUNT.chain, before)
    assert [f.code for f in verdict.findings] == [Code.LIMIT_WINDOW]
    assert judge(policy(Holding(COIN, 1_000, 500, 1_000)), found, ACCOUNT.chain, before).allowed


def test_the_policy_is_where_assets_are_described() -> None:
    written = policy(Holding(TAXED, 5, 3600, 7), Holding(COIN, 1, 1, 1))
    assert read_policy(write_policy(written)) == written
    assert known_assets([written], ACCOUNT.id, ACCOUNT.chain) == (TAXED, COIN)
    other = policy(Holding(KnownAsset("dim:coin", 6, 9_000_000), 1, 1, 1))
    assert known_assets([written, other], ACCOUNT.id, ACCOUNT.chain) == (TAXED,)


def test_a_levy_of_an_unknown_kind_is_malformed() -> None:
    text = json.loads(write_policy(policy(Holding(TAXED, 5, 3600, 7))))
    text["clauses"][0]["assets"][0]["levy"][0]["kind"] = "gift"
    with pytest.raises(Exception, match="value"):
        read_policy(json.dumps(text).encode())
