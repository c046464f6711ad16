"""Addresses of every coin of Bitcoin's family, against published vectors and against each other."""

from __future__ import annotations

import pytest

from signer.chains.registry import READERS, doubts, find_chain
from signer.chains.utxo.cashaddr import decode, encode
from signer.chains.utxo.coin import Params
from signer.core.errors import Malformed
from signer.core.finding import Code
from tests.vectors.workshop import Group

FAMILY = [chain for chain in READERS.values() if isinstance(chain.params, Params)]
KINDS = ("wsh", "sh-wsh", "sh")

#: CashAddr specification (bitcoincash/cashaddr), "Examples of Address Translation": base58 and CashAddr of one hash.
TRANSLATED = (
    ("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
    ("1KXrWXciRDZUpQwQmuM1DbwsKDLYAYsVLR", "bitcoincash:qr95sy3j9xwd2ap32xkykttr4cvcu7as4y0qverfuy"),
    ("16w1D5WRVKJuZUsSRzdLp9w3YGcgoxDXb", "bitcoincash:qqq3728yw0y47sqn6l2na30mcw6zm78dzqre909m2r"),
    ("3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"),
    ("3LDsS579y7sruadqu11beEJoTjdFiFCdX4", "bitcoincash:pr95sy3j9xwd2ap32xkykttr4cvcu7as4yc93ky28e"),
    ("31nwvkZwyPdgzjBJZXfDmSWsC4ZLKpYyUw", "bitcoincash:pqq3728yw0y47sqn6l2na30mcw6zm78dzq5ucqzc37"),
)
#: The same, "Larger Test Vectors": version byte, text, payload.
_24 = "7ADBF6C17084BC86C1706827B41A56F5CA32865925E946EA"
LARGER = (
    (0x00, "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2", "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9"),
    (0x08, "bchtest:pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t", "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9"),
    (0x08, "pref:pr6m7j9njldwwzlg9v7v53unlr4jkmx6ey65nvtks5", "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9"),
    (0x78, "prefix:0r6m7j9njldwwzlg9v7v53unlr4jkmx6ey3qnjwsrf", "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9"),
    (0x01, "bitcoincash:q9adhakpwzztepkpwp5z0dq62m6u5v5xtyj7j3h2ws4mr9g0", _24),
    (0x79, "prefix:09adhakpwzztepkpwp5z0dq62m6u5v5xtyj7j3h2p29kc2lp", _24),
)  # fmt: skip
CASH = find_chain("bitcoincash", "mainnet")


@pytest.mark.parametrize(("version", "text", "payload"), LARGER)
def test_cashaddr_of_the_specification(version: int, text: str, payload: str) -> None:
    prefix = text.partition(":")[0]
    assert encode(prefix, bytes([version]) + bytes.fromhex(payload)) == text
    assert decode(prefix, text) == bytes([version]) + bytes.fromhex(payload)


@pytest.mark.parametrize(("old", "new"), TRANSLATED)
def test_cashaddr_and_base58_name_one_script(old: str, new: str) -> None:
    script = CASH.lock(new)
    assert CASH.lock(old) == CASH.lock(new.partition(":")[2]) == CASH.lock(new.upper()) == script
    assert script == find_chain("bitcoin", "mainnet").lock(old)
    assert CASH.spell is not None
    assert CASH.spell(script) == new
    assert not doubts(CASH, new)
    assert not doubts(CASH, new.partition(":")[2])
    told, shared = doubts(CASH, old)
    assert (told.code, dict(told.details)) == (Code.ADDRESS_OLD, {"address": old, "own": new})
    assert (shared.code, dict(shared.details)) == (
        Code.ADDRESS_AMBIGUOUS,
        {"address": old, "coins": "bitcoin"},
    )


def test_an_address_for_tokens_names_the_same_script() -> None:
    """CashTokens (CHIP-2022-02), version bytes 0x10 and 0x18: whoever gives such an address can keep tokens too."""
    payload = decode("bitcoincash", TRANSLATED[3][1])
    assert payload is not None
    assert CASH.lock(encode("bitcoincash", b"\x18" + payload[1:])) == CASH.lock(TRANSLATED[3][1])


GOOD = TRANSLATED[0][1]


@pytest.mark.parametrize(
    "text",
    [
        GOOD[:-1] + "q",  # one letter changed
        GOOD[:-1],
        GOOD + "q",
        GOOD.replace("bitcoincash", "bchtest"),
        GOOD.replace("qpm", "qpM"),  # mixed case
        ":" + GOOD.partition(":")[2],
        "bitcoincash:",
        "bitcoincash:qqqqqqqq",
        encode("bitcoincash", b"\x0b" + bytes(32)),  # a hash of 32 bytes: no script this device makes
        encode("bitcoincash", b"\x80" + bytes(20)),  # the reserved bit
        encode("bitcoincash", b"\x00" + bytes(21)),
        encode("bchreg", b"\x00" + bytes(20)),
    ],
)
def test_what_is_no_cashaddr_of_this_network(text: str) -> None:
    with pytest.raises(Malformed):
        CASH.lock(text)


#: From Monacoin Core's, Litecoin Core's and Dash Core's chainparams: what an address of each kind begins with.
BEGINNINGS = {
    ("monacoin", "mainnet"): {"wsh": "mona1q", "sh": "P"},
    ("monacoin", "testnet"): {"wsh": "tmona1q", "sh": "p"},
    ("monacoin", "regtest"): {"wsh": "rmona1q", "sh": "p"},
    ("litecoin", "mainnet"): {"wsh": "ltc1q", "sh": "M"},
    ("litecoin", "testnet"): {"wsh": "tltc1q", "sh": "Q"},
    ("dash", "mainnet"): {"sh": "7"},
    ("dash", "testnet"): {"sh": ("8", "9")},
    ("bitcoincash", "mainnet"): {"sh": "bitcoincash:p"},
    ("bitcoincash", "testnet"): {"sh": "bchtest:p"},
    ("bitcoincash", "regtest"): {"sh": "bchreg:p"},
    ("bitcoin", "mainnet"): {"wsh": "bc1q", "sh": "3"},
}


@pytest.mark.parametrize(("coin", "network"), BEGINNINGS)
def test_each_coin_writes_its_own_form(coin: str, network: str) -> None:
    chain = find_chain(coin, network)
    spot = {kind: Group(kind=kind).spot(0, 0) for kind in KINDS}
    for kind, start in BEGINNINGS[coin, network].items():
        assert chain.spell is not None
        text = chain.spell(spot[kind].script)
        assert text is not None
        assert text.startswith(start)
        assert chain.lock(text) == spot[kind].script


def test_published_addresses() -> None:
    """Monacoin Core's and Dash Core's own tests and sources name these: spork and example addresses."""
    dash = find_chain("dash", "testnet")
    assert dash.lock("yjPtiKh2uwk3bDutTEA2q9mCtXyiZRWn55")[:3] == b"\x76\xa9\x14"
    with pytest.raises(Malformed):
        find_chain("dash", "mainnet").lock("yjPtiKh2uwk3bDutTEA2q9mCtXyiZRWn55")


def test_an_address_that_two_coins_write_alike_is_told() -> None:
    """Version byte 0x32 is a key hash for Monacoin and a script hash for Litecoin: both begin with M."""
    mona, ltc = find_chain("monacoin", "mainnet"), find_chain("litecoin", "mainnet")
    assert mona.spell is not None
    text = mona.spell(b"\x76\xa9\x14" + b"\x11" * 20 + b"\x88\xac")
    assert text is not None
    assert text.startswith("M")
    assert ltc.lock(text) == b"\xa9\x14" + b"\x11" * 20 + b"\x87"
    for chain, other in ((mona, "litecoin"), (ltc, "monacoin")):
        (finding,) = doubts(chain, text)
        assert dict(finding.details)["coins"] == other


def test_no_coin_reads_the_money_of_another_without_a_word() -> None:
    """For every pair of networks: what one writes, the other refuses, or warns about, or both are test networks."""
    scripts = [Group(kind=kind).spot(0, 0).script for kind in KINDS]
    scripts += [b"\x76\xa9\x14" + b"\x11" * 20 + b"\x88\xac", b"\x00\x14" + b"\x11" * 20]
    read = 0
    for one in FAMILY:
        for other in FAMILY:
            same = one.network.coin == other.network.coin
            if one is other or (one.network.name != "mainnet" and other.network.name != "mainnet"):
                continue
            for text in filter(None, map(one.spell, scripts) if one.spell else ()):
                try:
                    other.lock(text)
                except Malformed:
                    continue
                read += 1
                assert not same, (one.network, other.network, text)
                assert doubts(other, text), (one.network, other.network, text)
    assert read >= 4
