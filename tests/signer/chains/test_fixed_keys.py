"""Keys that are the same at every address, as a token holds one: beside keys that are not."""

from __future__ import annotations

import coincurve
import pytest
from embit.descriptor import Descriptor
from embit.networks import NETWORKS

from signer.chains.bitcoin import NETWORKS as BITCOIN
from signer.chains.registry import find_chain
from signer.chains.utxo.account import export_policy
from signer.core.account import KeyOrigin
from signer.core.errors import Malformed
from tests.vectors.workshop import Group

CHAIN = find_chain("bitcoin", "regtest")
REGTEST = next(params for params in BITCOIN if params.network.name == "regtest")
RANGED = [f"{cosigner.expression}/<0;1>/*" for cosigner in Group().cosigners[:2]]
#: The private key 1: the generator itself, of HASH160 751e76e8...
POINT = coincurve.PublicKey.from_secret((1).to_bytes(32, "big")).format().hex()
FIXED = f"[751e76e8]{POINT}"


@pytest.mark.parametrize("form", ["wsh(%s)", "sh(wsh(%s))", "sh(%s)", "wsh(and_v(v:%s,older(10)))"])
@pytest.mark.parametrize("key", [FIXED, POINT, POINT.upper()])
def test_every_address_has_the_key(form: str, key: str) -> None:
    text = form % f"multi(2,{key},{RANGED[0]},{RANGED[1]})"
    account = CHAIN.enrol(text, "treasury")
    assert account.terms == text.replace(key, FIXED, 1)
    assert account.cosigners[0].origin == KeyOrigin(bytes.fromhex("751e76e8"), ())
    other = Descriptor.from_string(account.terms)
    for branch, index in ((0, 0), (0, 7), (1, 0), (1, 7)):
        expected = other.derive(index, branch_index=branch).address(NETWORKS["regtest"])
        assert CHAIN.address(account, branch, index) == expected
    assert CHAIN.enrol(CHAIN.export(account), "treasury") == account


def test_in_whatever_order_they_come() -> None:
    texts = [f"wsh(sortedmulti(2,{','.join(keys)}))" for keys in ((FIXED, *RANGED), (*RANGED[::-1], POINT))]
    first, second = (CHAIN.enrol(text, "treasury") for text in texts)
    assert first == second


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ((FIXED, POINT.replace("02", "03", 1)), "fixed-keys-only"),
        ((f"[751e76e9]{POINT}", RANGED[0]), "key-origin"),
        ((f"[751e76e8/0]{POINT}", RANGED[0]), "key-origin"),
        (("02" + "ff" * 32, RANGED[0]), "key-point"),
        ((FIXED, POINT, RANGED[0]), "repeated-key"),
        ((f"{POINT}/0/*", RANGED[0]), "key-path"),
        ((f"{POINT}00", RANGED[0]), "not-understood"),
    ],
)
def test_what_is_no_fixed_key(keys: tuple[str, ...], what: str) -> None:
    with pytest.raises(Malformed) as caught:
        CHAIN.enrol(f"wsh(multi(2,{','.join(keys)}))", "treasury")
    assert caught.value.details["what"] == what


def test_a_wallet_policy_cannot_say_it() -> None:
    account = CHAIN.enrol(f"wsh(multi(2,{FIXED},{RANGED[0]}))", "treasury")
    with pytest.raises(Malformed):
        export_policy(REGTEST, account)
