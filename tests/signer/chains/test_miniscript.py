"""Miniscript accounts: paths read right, spent by each path, and consensus agrees."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from embit.descriptor import Descriptor
from embit.networks import NETWORKS

from signer.chains.registry import find_chain
from signer.chains.utxo.miniscript import Path, paths, read_miniscript
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code
from signer.core.task import Signature
from tests.signer.chains.test_journey import consensus
from tests.vectors.workshop import Coin, Cosigner, Pay, Spot, book, funding, p2wpkh, p2wsh

CHAIN = find_chain("bitcoin", "regtest")
TEAM = tuple(Cosigner(number) for number in (1, 2, 3, 4, 5))


def text(template: str) -> str:
    for number, cosigner in enumerate(TEAM):
        template = template.replace(f"@{number}", f"{cosigner.expression}/<0;1>/*")
    return template


RECOVERY = "wsh(or_d(multi(2,@0,@1,@2),and_v(v:pkh(@3),older(1000))))"
DECAYING = "wsh(thresh(3,pk(@0),s:pk(@1),s:pk(@2),sln:older(144)))"
DATED = "wsh(andor(pk(@0),after(800000),and_v(v:pk(@1),pk(@2))))"
INHERIT = "wsh(or_i(and_v(v:pkh(@0),pk(@1)),and_v(v:multi(2,@2,@3,@4),older(4194400))))"
TIMED = "wsh(and_v(or_c(pk(@0),v:pkh(@1)),older(10)))"
BOTH = "wsh(and_b(pk(@0),a:or_b(pk(@1),s:pk(@2))))"


@dataclass(frozen=True)
class Way:
    """Who signs, the sequence of the input and the locktime, and whether that is enough."""

    template: str
    signers: tuple[int, ...]
    sequence: int = 0xFFFFFFFD
    locktime: int = 0
    enough: bool = True


WAYS = (
    Way(RECOVERY, (0, 2)),
    Way(RECOVERY, (1, 2)),
    Way(RECOVERY, (0,), enough=False),
    Way(RECOVERY, (3,), 1000),
    Way(RECOVERY, (3,), 1001),
    Way(RECOVERY, (3,), 999, enough=False),
    Way(RECOVERY, (3,), enough=False),
    Way(DECAYING, (0, 1, 2)),
    Way(DECAYING, (0, 2), 144),
    Way(DECAYING, (0, 2), 143, enough=False),
    Way(DECAYING, (1,), 144, enough=False),
    Way(DATED, (0,), locktime=800_000),
    Way(DATED, (0,), locktime=799_999, enough=False),
    Way(DATED, (0,), locktime=1_700_000_000, enough=False),
    Way(DATED, (0,), 0xFFFFFFFF, 800_000, enough=False),
    Way(DATED, (1, 2)),
    Way(INHERIT, (0, 1)),
    Way(INHERIT, (2, 4), 4194400),
    Way(INHERIT, (2, 4), 4194399, enough=False),
    Way(INHERIT, (2, 4), 144, enough=False),
    Way(TIMED, (0,), 10),
    Way(TIMED, (1,), 10),
    Way(TIMED, (1,), enough=False),
    Way(BOTH, (0, 1)),
    Way(BOTH, (0, 2)),
    Way(BOTH, (1, 2), enough=False),
)


def spot(template: str, *tail: int) -> Spot:
    """Script by embit, not by the code under test."""
    script = (
        Descriptor.from_string(text(template)).derive(tail[1], branch_index=tail[0]).witness_script().data
    )
    used = [c for n, c in enumerate(TEAM) if f"@{n}" in template]
    return Spot(p2wsh(script), None, script, {c.public(*tail): c.derivation(*tail) for c in used})


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{WAYS.index(way)}")
def test_each_path_spends_when_it_may(way: Way) -> None:
    account = CHAIN.enrol(text(way.template), "treasury")
    place = spot(way.template, 0, 5)
    coin = Coin(funding("m", [(1_000_000, place.script)]), 0, 1_000_000, place, way.sequence)
    made = book([coin], [Pay(900_000, p2wpkh("payee"))], locktime=way.locktime)
    draft = CHAIN.read(made.to_bytes(), ())
    report = draft.inspect(account)
    assert report.signable, report.findings
    for number in way.signers:
        tasks = draft.tasks(account, frozenset({TEAM[number].fingerprint}))
        assert len(tasks) == 1
        draft = draft.attach(
            [Signature(t.index, t.public_key, TEAM[number].sign(t.origin.path, t.message)) for t in tasks]
        )
    if way.enough:
        assert consensus(draft.finish(account), [coin])
    else:
        with pytest.raises(Refused):
            draft.finish(account)


@pytest.mark.parametrize("template", sorted({way.template for way in WAYS}))
def test_addresses_agree_with_another_library(template: str) -> None:
    account = CHAIN.enrol(text(template), "treasury")
    for branch, index in ((0, 0), (1, 77)):
        theirs = Descriptor.from_string(account.terms).derive(index, branch_index=branch)
        assert CHAIN.address(account, branch, index) == theirs.address(NETWORKS["regtest"])


def test_recovery_paths_are_told() -> None:
    account = CHAIN.enrol(text(RECOVERY), "treasury")
    assert account.threshold == 1
    place = spot(RECOVERY, 0, 5)
    coin = Coin(funding("m", [(1_000_000, place.script)]), 0, 1_000_000, place)
    report = CHAIN.read(book([coin], [Pay(900_000, p2wpkh("payee"))]).to_bytes(), ()).inspect(account)
    told = {f.code: dict(f.details) for f in report.findings}
    names = [cosigner.fingerprint.hex() for cosigner in TEAM]
    assert told[Code.SPENDING_PATH] == {"keys": f"2 / 3 ({', '.join(names[:3])})"}
    assert told[Code.SPENDING_PATH_LATER] == {"keys": f"1 / 1 ({names[3]})", "when": "1000 blocks"}


PATHS = {
    "or_d(multi(2,@0,@1,@2),and_v(v:pkh(@3),older(1000)))": (
        Path(((2, (0, 1, 2)),)),
        Path(((1, (3,)),), older=1000),
    ),
    "thresh(3,pk(@0),s:pk(@1),s:pk(@2),sln:older(144))": (
        Path(((3, (0, 1, 2)),)),
        Path(((2, (0, 1, 2)),), older=144),
    ),
    "andor(pk(@0),after(800000),and_v(v:pk(@1),pk(@2)))": (
        Path(((1, (0,)),), after=800_000),
        Path(((1, (1,)), (1, (2,)))),
    ),
    "and_v(v:pk(@0),sha256(00))": (Path(((1, (0,)),), hashed=True),),
}


@pytest.mark.parametrize("expression", PATHS)
def test_paths(expression: str) -> None:
    assert set(paths(read_miniscript(expression))) == set(PATHS[expression])


REFUSED = {
    "wsh(older(10))": Bad.DESCRIPTOR,
    "wsh(or_d(pk(@0),older(10)))": Bad.DESCRIPTOR,
    "wsh(and_v(pk(@0),pk(@1)))": Bad.DESCRIPTOR,
    "wsh(or_d(pk(@0),pkk(@1)))": Bad.DESCRIPTOR,
    "wsh(thresh(4,pk(@0),s:pk(@1)))": Bad.DESCRIPTOR,
    "wsh(and_v(v:pk(@0),older(0)))": Bad.DESCRIPTOR,
    "wsh(and_v(v:pk(@0),older(4294967296)))": Bad.DESCRIPTOR,
    "wsh(pk(@0)))": Bad.DESCRIPTOR,
    "wsh(pk(@0)": Bad.DESCRIPTOR,
    "wsh(" + "and_v(v:pk(@0)," * 60 + "1" + ")" * 61: Bad.TOO_MANY,
    "wsh(" + "l" * 15_000 + ":pk(@0))": Bad.TOO_MANY,
}


@pytest.mark.parametrize("template", REFUSED, ids=lambda template: template[:30])
def test_what_is_no_account(template: str) -> None:
    with pytest.raises(Malformed) as caught:
        CHAIN.enrol(text(template), "bad")
    assert caught.value.code in (REFUSED[template], Bad.TOO_DEEP, Bad.DESCRIPTOR)


def test_too_many_paths_to_read() -> None:
    with pytest.raises(Malformed) as caught:
        paths(read_miniscript("and_v(v:or_i(pk(@0),pk(@1))," * 6 + "pk(@2)" + ")" * 6))
    assert caught.value.code is Bad.TOO_MANY
