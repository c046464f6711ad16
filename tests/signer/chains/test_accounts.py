"""Accounts in every spelling: one account, one id; and what is refused."""

from __future__ import annotations

import json

import pytest
import wallycore
from embit.descriptor import Descriptor
from embit.networks import NETWORKS

from signer.chains.bitcoin import NETWORKS as BITCOIN
from signer.chains.registry import doubts, find_chain, networks_of
from signer.chains.utxo.account import export_bsms
from signer.core.errors import Bad, Malformed
from signer.core.finding import Code
from tests.vectors.workshop import Cosigner, Group

CHAIN = find_chain("bitcoin", "regtest")
REGTEST = next(params for params in BITCOIN if params.network.name == "regtest")
GROUP = Group()
TEXT = GROUP.descriptor
ACCOUNT = CHAIN.enrol(TEXT, "treasury")
KEYS = [cosigner.expression for cosigner in GROUP.cosigners]


def policy(template: str = "wsh(sortedmulti(2,@0/**,@1/**,@2/**))") -> str:
    return json.dumps({"name": "Treasury", "description_template": template, "keys_info": KEYS})


def setup_file() -> str:
    rows = [f"{c.fingerprint.hex().upper()}: {c.xpub}" for c in GROUP.cosigners]
    head = [
        "# exported by a wallet",
        "Name: treasury",
        "Policy: 2 of 3",
        "Derivation: m/48'/1'/0'/2'",
        "Format: P2WSH",
    ]
    return "\n".join([*head, "", *rows])


def slip132(text: str) -> str:
    raw = bytes(wallycore.base58check_to_bytes(text))
    return str(wallycore.base58check_from_bytes(bytes.fromhex("02575483") + raw[4:]))


def in_vpub() -> str:
    text = TEXT
    for cosigner in GROUP.cosigners:
        text = text.replace(cosigner.xpub, slip132(cosigner.xpub))
    return text


def caravan(**changed: object) -> str:
    keys = [
        {"name": "k", "bip32Path": "m/48'/1'/0'/2'", "xpub": c.xpub, "xfp": c.fingerprint.hex()}
        for c in GROUP.cosigners
    ]
    quorum = {"requiredSigners": 2, "totalSigners": 3}
    value = {
        "name": "t",
        "addressType": "P2WSH",
        "network": "testnet",
        "quorum": quorum,
        "extendedPublicKeys": keys,
    }
    return json.dumps(value | changed)


def electrum(**changed: object) -> str:
    keys = {
        f"x{number}/": {
            "type": "bip32",
            "xpub": slip132(c.xpub),
            "xprv": None,
            "derivation": "m/48h/1h/0h/2h",
            "root_fingerprint": c.fingerprint.hex(),
        }
        for number, c in enumerate(GROUP.cosigners, 1)
    }
    return json.dumps({"wallet_type": "2of3", "seed_version": 59} | keys | changed)


SPELLINGS = {
    "apostrophes": TEXT.replace("48h/1h/0h/2h", "48'/1'/0'/2'"),
    "capital-h": TEXT.replace("48h/1h/0h/2h", "48H/1H/0H/2H"),
    "double-star": TEXT.replace("/<0;1>/*", "/**"),
    "receive-only": TEXT.replace("/<0;1>/*", "/0/*"),
    "two-lines": TEXT.replace("/<0;1>/*", "/0/*") + "\n" + TEXT.replace("/<0;1>/*", "/1/*"),
    "two-lines-swapped": TEXT.replace("/<0;1>/*", "/1/*") + "\n" + TEXT.replace("/<0;1>/*", "/0/*"),
    "spaces": "  " + TEXT.replace(",", ", ") + "\n",
    "comment": "# our account\n" + TEXT,
    "checksum": CHAIN.export(ACCOUNT),
    "other-order": Group(cosigners=GROUP.cosigners[::-1]).descriptor,
    "upper-fingerprint": TEXT.replace(
        GROUP.cosigners[0].fingerprint.hex(), GROUP.cosigners[0].fingerprint.hex().upper()
    ),
    "vpub": in_vpub(),
    "bsms": export_bsms(REGTEST, ACCOUNT),
    "bip388": policy(),
    "bip388-multipath": policy("wsh(sortedmulti(2,@0/<0;1>/*,@1/<0;1>/*,@2/<0;1>/*))"),
    "json": json.dumps({"label": "x", "descriptor": TEXT}),
    "core": json.dumps(
        {"descriptors": [{"desc": TEXT.replace("<0;1>", str(n)), "active": True} for n in (0, 1)]}
    ),
    "setup-file": setup_file(),
    "caravan": caravan(),
    "electrum": electrum(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_account_one_id(spelling: str) -> None:
    assert CHAIN.enrol(SPELLINGS[spelling], "other name").id == ACCOUNT.id


@pytest.mark.parametrize("form", ["bsms", "policy"])
@pytest.mark.parametrize(
    "text", [TEXT, Group(kind="sh-wsh").descriptor, f"wpkh({KEYS[0]}/<0;1>/*)", f"wpkh({KEYS[0]}/<4;5>/*)"]
)
def test_what_goes_out_comes_in_again(text: str, form: str) -> None:
    account = CHAIN.enrol(text, "treasury")
    assert CHAIN.enrol(dict(CHAIN.exports)[form](account), "again").id == account.id


def test_a_policy_names_each_key_once() -> None:
    text = f"wsh(or_d(pk({KEYS[0]}/<0;1>/*),and_v(v:pkh({KEYS[0]}/<2;3>/*),older(10))))"
    policy = dict(CHAIN.exports)["policy"](CHAIN.enrol(text, "t"))
    assert json.loads(policy)["keys_info"] == KEYS[:1]
    assert CHAIN.enrol(policy, "u").id == CHAIN.enrol(text, "t").id


def test_unsorted_keys_keep_their_order() -> None:
    one, two = (
        Group(cosigners=c, is_sorted=False).descriptor for c in (GROUP.cosigners, GROUP.cosigners[::-1])
    )
    assert CHAIN.enrol(one, "a").id != CHAIN.enrol(two, "a").id


@pytest.mark.parametrize("kind", ["wsh", "sh-wsh", "sh"])
@pytest.mark.parametrize("is_sorted", [True, False])
def test_addresses_agree_with_another_library(kind: str, is_sorted: bool) -> None:
    account = CHAIN.enrol(Group(kind=kind, is_sorted=is_sorted).descriptor, "treasury")
    other = Descriptor.from_string(CHAIN.export(account))
    for branch in (0, 1):
        for index in (0, 1, 19, 1_000_000):
            theirs = other.derive(index, branch_index=branch).address(NETWORKS["regtest"])
            assert CHAIN.address(account, branch, index) == theirs
            assert CHAIN.lock(theirs) == other.derive(index, branch_index=branch).script_pubkey().data


def test_branches_may_differ_from_key_to_key() -> None:
    text = TEXT.replace(f"{KEYS[1]}/<0;1>/*", f"{KEYS[1]}/<7;9>/*")
    account = CHAIN.enrol(text, "odd")
    assert account.id != ACCOUNT.id
    other = Descriptor.from_string(CHAIN.export(account))
    for branch in (0, 1):
        assert CHAIN.address(account, branch, 3) == other.derive(3, branch_index=branch).address(
            NETWORKS["regtest"]
        )


SINGLE = {"wpkh": "wpkh(%s)", "sh-wpkh": "sh(wpkh(%s))", "pkh": "pkh(%s)", "tr": "tr(%s)"}


@pytest.mark.parametrize("kind", SINGLE)
def test_single_keys_agree_with_another_library(kind: str) -> None:
    account = CHAIN.enrol(SINGLE[kind] % f"{KEYS[0]}/<0;1>/*", "one")
    other = Descriptor.from_string(CHAIN.export(account))
    assert CHAIN.address(account, 1, 7) == other.derive(7, branch_index=1).address(NETWORKS["regtest"])


LITECOIN = find_chain("litecoin", "regtest")


def test_litecoin_writes_its_own_addresses() -> None:
    account = LITECOIN.enrol(TEXT, "ltc")
    assert LITECOIN.address(account, 0, 0).startswith("rltc1q")
    assert account.id != ACCOUNT.id
    wrapped = LITECOIN.enrol(Group(kind="sh-wsh").descriptor, "ltc")
    assert LITECOIN.address(wrapped, 0, 0).startswith("Q")
    for text in (LITECOIN.address(account, 0, 0), LITECOIN.address(wrapped, 0, 0)):
        with pytest.raises(Malformed):
            CHAIN.lock(text)
    old = CHAIN.address(CHAIN.enrol(Group(kind="sh").descriptor, "b"), 0, 0)
    assert LITECOIN.lock(old) == CHAIN.lock(old)
    assert [finding.code for finding in doubts(LITECOIN, old)] == [Code.ADDRESS_OLD]


MAIN_KEYS = tuple(Cosigner(number, main=True) for number in (1, 2, 3))

REFUSED = {
    "empty": ("", Bad.EMPTY),
    "noise": ("hello", Bad.DESCRIPTOR),
    "wrong-checksum": (TEXT + "#qqqqqqqq", Bad.CHECKSUM),
    "other-network": (Group(cosigners=MAIN_KEYS).descriptor, Bad.NETWORK),
    "mixed-networks": (Group(cosigners=(MAIN_KEYS[0], *GROUP.cosigners[1:])).descriptor, Bad.NETWORK),
    "same-key-twice": (
        Group(cosigners=(GROUP.cosigners[0], *GROUP.cosigners[:2])).descriptor,
        Bad.DESCRIPTOR,
    ),
    "one-cosigner-twice": (
        TEXT.replace(f"{KEYS[1]}/<0;1>/*", f"{KEYS[0]}/<2;3>/*"),
        Bad.DESCRIPTOR,
    ),
    "threshold-too-high": (TEXT.replace("(2,", "(4,"), Bad.DESCRIPTOR),
    "threshold-zero": (TEXT.replace("(2,", "(0,"), Bad.DESCRIPTOR),
    "typo-in-key": (
        TEXT.replace(GROUP.cosigners[0].xpub, GROUP.cosigners[0].xpub[:-1] + "1"),
        Bad.DESCRIPTOR,
    ),
    "hardened-child": (TEXT.replace("/<0;1>/*", "/<0;1>/*h"), Bad.DESCRIPTOR),
    "not-ranged": (TEXT.replace("/<0;1>/*", ""), Bad.DESCRIPTOR),
    "deep-path": (TEXT.replace("/<0;1>/*", "/9/<0;1>/*"), Bad.DESCRIPTOR),
    "same-branches": (TEXT.replace("/<0;1>/*", "/<1;1>/*"), Bad.DESCRIPTOR),
    "two-accounts": (TEXT + "\n" + Group(kind="sh").descriptor, Bad.DESCRIPTOR),
    "bracket-missing": (TEXT[:-1], Bad.DESCRIPTOR),
    "bracket-surplus": (TEXT + ")", Bad.DESCRIPTOR),
    "raw": ("raw(51)", Bad.DESCRIPTOR),
    "address": ("addr(bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202)", Bad.DESCRIPTOR),
    "unknown-script": (TEXT.replace("sortedmulti", "sortedmultu"), Bad.DESCRIPTOR),
    "origin-wrong-depth": (TEXT.replace("/48h/1h/0h/2h", "/48h/1h/0h"), Bad.DESCRIPTOR),
    "origin-of-another-master": (
        f"wpkh([00000000]{wallycore.bip32_key_to_base58(Cosigner(1).master, wallycore.BIP32_FLAG_KEY_PUBLIC)}/<0;1>/*)",
        Bad.DESCRIPTOR,
    ),
    "origin-wrong-step": (TEXT.replace("/48h/1h/0h/2h", "/48h/1h/0h/1h"), Bad.DESCRIPTOR),
    "policy-key-unused": (policy("wsh(sortedmulti(2,@0/**,@1/**))"), Bad.DESCRIPTOR),
    "policy-key-beyond": (policy("wsh(sortedmulti(2,@0/**,@1/**,@9/**))"), Bad.DESCRIPTOR),
    "json-list": ("[]", Bad.DESCRIPTOR),
    "json-deep": ("{" + '"a":[' * 3000, Bad.ENCODING),
    "json-empty": ("{}", Bad.UNKNOWN_FORMAT),
    "bsms-old": ("BSMS 0.9\n" + TEXT + "\nNo path restrictions\nx", Bad.UNSUPPORTED),
    "huge": ("wsh(" * 30_000, Bad.TOO_LARGE),
    "caravan-count": (caravan(quorum={"requiredSigners": 2, "totalSigners": 4}), Bad.INCONSISTENT),
    "caravan-kind": (caravan(addressType="P2TR"), Bad.UNKNOWN_FORMAT),
    "caravan-threshold": (caravan(quorum={"requiredSigners": "2", "totalSigners": 3}), Bad.DESCRIPTOR),
    "electrum-single": (electrum(wallet_type="standard"), Bad.UNKNOWN_FORMAT),
    "electrum-short": (electrum(wallet_type="2of4"), Bad.INCONSISTENT),
    "electrum-private": (electrum(**{"x2/": {"xpub": "Vpub", "xprv": "vprv"}}), Bad.DESCRIPTOR),
    "setup-file-short": ("Policy: 2 of 3\nFormat: P2WSH", Bad.UNKNOWN_FORMAT),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_no_account(fault: str) -> None:
    text, code = REFUSED[fault]
    with pytest.raises(Malformed) as caught:
        CHAIN.enrol(text, "bad")
    assert caught.value.code is code


def test_a_private_key_is_refused_and_not_repeated() -> None:
    private = wallycore.bip32_key_to_base58(Cosigner(1).master, wallycore.BIP32_FLAG_KEY_PRIVATE)
    with pytest.raises(Malformed) as caught:
        CHAIN.enrol(f"wpkh({private}/<0;1>/*)", "bad")
    assert caught.value.details == {"what": "private-key"}


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "two\nlines", "bidi\u202etext"])
def test_names_are_fit_to_be_shown(name: str) -> None:
    with pytest.raises(Malformed):
        CHAIN.enrol(TEXT, name)


def test_networks_of_a_text() -> None:
    assert {(n.coin, n.name) for n in networks_of(TEXT)} >= {("bitcoin", "regtest"), ("litecoin", "testnet")}
    mains = networks_of(Group(cosigners=MAIN_KEYS).descriptor)
    assert {n.name for n in mains} == {"mainnet"}
    assert networks_of("nothing") == ()
