"""No coin and no network takes a request that is another's without a word, though all share keys, scripts and code."""

from __future__ import annotations

import itertools
import json
from dataclasses import fields
from pathlib import Path

import pytest

from online_builder.key import open_key
from signer.__main__ import assemble, screen
from signer.chains.draft import Chain
from signer.chains.registry import READERS, find_chain
from signer.chains.utxo.coin import Digest, Params
from signer.cli.run import run
from signer.core.envelope import seal
from signer.core.errors import Malformed
from signer.core.finding import Code, Severity
from signer.core.request import SpendRequest
from signer.core.task import Algorithm
from tests.vectors.coin_attacks import FIELDS, Field
from tests.vectors.workshop import HARD, Cosigner, Group, back, book, coin, le

FAMILY = [chain for chain in READERS.values() if isinstance(chain.params, Params)]
PAIRS = list(itertools.permutations(FAMILY, 2))


def title(chain: Chain) -> str:
    return f"{chain.network.coin}-{chain.network.name}"


def params(chain: Chain) -> Params:
    assert isinstance(chain.params, Params)
    return chain.params


def payload(chain: Chain, kind: str = "sh") -> bytes:
    """A good payment of the coin; what differs between networks of one kind is the account, not the bytes."""
    sighash = 0x41 if params(chain).digest is Digest.FORKID else None
    return Field("any", kind, sighash).book().to_bytes()


def keys_of(chain: Chain) -> Group:
    """An account with keys of the network, on the coin's own path (BIP 44's coin type)."""
    path = (48 + HARD, params(chain).coin_type + HARD, HARD, 2 + HARD)
    main = chain.network.name == "mainnet"
    return Group(tuple(Cosigner(number, path, main) for number in (1, 2, 3)), kind="sh")


def test_no_two_networks_have_one_name() -> None:
    assert len({chain.network.chain for chain in READERS.values()}) == len(READERS)
    assert len({title(chain) for chain in READERS.values()}) == len(READERS)
    mains = [params(chain) for chain in FAMILY if chain.network.name == "mainnet"]
    assert len({p.coin_type for p in mains}) == len(mains)
    assert len({p.asset.ticker for p in mains}) == len(mains)
    prefixes = [p.hrp or p.cash for p in mains if p.hrp or p.cash]
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize("chain", FAMILY, ids=title)
def test_what_is_tried_on_regtest_holds_on_mainnet(chain: Chain) -> None:
    """Attack files are regtest's: networks of one coin differ in names, prefixes and keys, and in nothing else."""
    regtest = find_chain(chain.network.coin, "regtest")
    assert rules(chain) == rules(regtest)


def rules(chain: Chain) -> dict[str, object]:
    own = {"network", "p2pkh", "p2sh", "old_p2sh", "hrp", "cash", "key_version", "coin_type", "born"}
    names = [item.name for item in fields(Params) if item.name not in own]
    forms = {f"has {name}": getattr(params(chain), name) is not None for name in ("old_p2sh", "hrp", "cash")}
    return {name: getattr(params(chain), name) for name in names} | forms


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{title(a)}-as-{title(b)}" for a, b in PAIRS])
def test_a_request_is_of_the_coin_it_names(one: Chain, other: Chain) -> None:
    """Read as what it names, against an account of another network: never signable, and said."""
    account = other.enrol(keys_of(other).descriptor, "treasury")
    report = one.read(payload(one), ()).inspect(account)
    assert not report.signable
    assert Code.NETWORK_WRONG in {finding.code for finding in report.findings}


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{title(a)}-keys-on-{title(b)}" for a, b in PAIRS])
def test_keys_of_another_coin_are_refused_or_warned_of(one: Chain, other: Chain) -> None:
    """The account itself: keys of one network enrolled on another. Test networks share everything, by design."""
    try:
        account = other.enrol(keys_of(one).descriptor, "treasury")
    except Malformed:
        assert {one.network.name == "mainnet", other.network.name == "mainnet"} == {True, False}
        return
    found = {f.code for f in other.read(payload(other), ()).inspect(account).findings}
    on_test = one.network.name != "mainnet" and other.network.name != "mainnet"
    same = params(one).coin_type == params(other).coin_type
    assert (Code.COIN_TYPE in found) is not same
    assert on_test is same


def single(chain: Chain, form: str) -> str:
    return form % f"{keys_of(chain).cosigners[0].expression}/<0;1>/*"


@pytest.mark.parametrize("chain", FAMILY, ids=title)
def test_no_segwit_account_where_the_coin_has_none(chain: Chain) -> None:
    group = keys_of(chain)
    texts = [Group(group.cosigners, kind=kind).descriptor for kind in ("wsh", "sh-wsh")]
    for text in [*texts, single(chain, "wpkh(%s)"), single(chain, "sh(wpkh(%s))")]:
        if params(chain).hrp is None:
            with pytest.raises(Malformed):
                chain.enrol(text, "x")
        else:
            assert chain.address(chain.enrol(text, "x"), 0, 0)


@pytest.mark.parametrize("chain", FAMILY, ids=title)
def test_taproot_where_the_coin_has_it(chain: Chain) -> None:
    text = single(chain, "tr(%s)")
    if chain.network.coin in ("bitcoin", "litecoin"):
        assert chain.address(chain.enrol(text, "x"), 0, 0).startswith(f"{params(chain).hrp}1p")
    else:
        with pytest.raises(Malformed):
            chain.enrol(text, "x")


@pytest.mark.parametrize("chain", FAMILY, ids=title)
def test_signatures_of_multisig_are_ecdsa(chain: Chain) -> None:
    account = chain.enrol(keys_of(chain).descriptor, "x")
    group = keys_of(chain)
    assert chain.address(account, 0, 0)
    spot_coin = coin(group, "c", 10**6, 0, 0)
    made = book([spot_coin], [back(group, 990_000, 1, 0)])
    if params(chain).digest is Digest.FORKID:
        made.ins[0][b"\x03"] = le(0x41)
    tasks = chain.read(made.to_bytes(), ()).tasks(account, frozenset({group.cosigners[0].fingerprint}))
    assert [task.algorithm for task in tasks] == [Algorithm.ECDSA]


FORKED = [chain for chain in FAMILY if params(chain).digest is Digest.FORKID]
PLAIN = [chain for chain in FAMILY if params(chain).digest is not Digest.FORKID]


@pytest.mark.parametrize("forked", FORKED, ids=title)
@pytest.mark.parametrize("plain", PLAIN, ids=title)
def test_bitcoin_and_bitcoin_cash_never_sign_for_each_other(forked: Chain, plain: Chain) -> None:
    """A PSBT says no coin: even read as the wrong one, against an account of that one with the same keys."""
    for read, written in ((forked, plain), (plain, forked)):
        main = read.network.name == "mainnet"
        group = Group(tuple(Cosigner(n, main=main) for n in (1, 2, 3)), kind="sh")
        account = read.enrol(group.descriptor, "treasury")
        draft = read.read(payload(written), ())
        stops = {f.code for f in draft.inspect(account).findings if f.severity is Severity.STOP}
        assert stops == {Code.SIGHASH_OTHER_COIN}


# --- the device, with an account of every coin under the same keys ----------------------------------------------------

KINDS = {"bitcoin": "wsh", "litecoin": "wsh", "monacoin": "wsh", "dash": "sh", "bitcoincash": "sh"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for name, kind in KINDS.items():
        path = folder / f"{name}.txt"
        path.write_text(Group(kind=kind).descriptor, "utf-8")
        arguments = ["account", "add", str(path), "--name", name, "--chain", f"{name}:regtest"]
        assert run(["--home", str(folder / "signer"), *arguments], assemble, screen) == 0
    return folder / "signer"


def review(home: Path, data: bytes, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, set[str]]:
    file = home.parent / "asked"
    file.write_bytes(data)
    capsys.readouterr()
    status = run(["--home", str(home), "review", str(file), "--json", *more], assemble, screen)
    shown = capsys.readouterr()
    told = json.loads(shown.out or shown.err)
    return status, {finding["code"] for finding in told.get("findings", [])}


def test_a_bare_psbt_that_fits_several_coins_is_refused_until_one_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = FIELDS["litecoin"].book().to_bytes()
    assert review(home, data, capsys) == (3, {"coin-ambiguous"})
    status, found = review(home, data, capsys, "--account", "monacoin")
    assert status == 0
    assert "coin-ambiguous" not in found


def test_a_bare_psbt_with_a_fork_id_fits_bitcoin_cash_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review(home, FIELDS["bitcoincash"].book().to_bytes(), capsys)[0] == 0
    assert review(home, FIELDS["dash"].book().to_bytes(), capsys)[0] == 0
    status, found = review(home, FIELDS["dash"].book().to_bytes(), capsys, "--account", "bitcoincash")
    assert status == 3
    assert "sighash-other-coin" in found


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(KINDS, 2)))
def test_an_envelope_relabelled_is_refused(
    one: str, other: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A builder in an attacker's hands signs the request of one coin's account as one of another."""
    chain = find_chain(one, "regtest")
    account = chain.enrol(Group(kind=KINDS[one]).descriptor, one)
    request = SpendRequest(
        chain=find_chain(other, "regtest").network.chain,
        account_id=account.id,
        payload=payload(chain, KINDS[one]),
        proofs=(),
        request_id=bytes(16),
        sequence=1,
        created=1_800_000_000,
        expires=1_800_086_400,
        purpose="",
        preparer="",
        checkpoints=(),
    )
    key = open_key(home.parent / "key")
    status, found = review(home, seal(request.to_bytes(), key.public, key.sign), capsys)
    assert status == 3
    assert "network-wrong" in found
