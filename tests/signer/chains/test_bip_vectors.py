"""The numbers the BIPs publish: PSBTs (174, 370, 371), BSMS (129), digests (143), addresses (67, 173, 350)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from signer.chains.bitcoin import NETWORKS
from signer.chains.registry import find_chain
from signer.chains.utxo.address import to_address
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.script import multisig, p2sh
from signer.chains.utxo.transaction import read_unsigned
from signer.core.errors import Bad, Malformed
from signer.core.finding import Code

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "bip_psbt.json").read_text("utf-8"))["cases"]
BITCOIN_MAIN = NETWORKS[0]
MAIN = find_chain("bitcoin", "mainnet")

#: BIP 129, mode NO_ENCRYPTION, 2 of 2.
BSMS = """BSMS 1.0
wsh(sortedmulti(2,[1cf0bf7e/48'/0'/0'/2']xpub6FL8FhxNNUVnG64YurPd16AfGyvFLhh7S2uSsDqR3Qfcm6o9jtcMYwh6DvmcBF9qozxNQmTCVvWtxLpKTnhVLN3Pgnu2D3pAoXYFgVyd8Yz/**,[4fc1dd4a/48'/0'/0'/2']xpub6EebMbEps7ZcV3FYEnddRsvrFWDrt2tiPmCeM7pPXQEmphvq9ZfJ1LWFUDjf3vxCeBuPrfyGrMazWUsYsetrnHatQZVLJH7LsgCjtMqdzgj/**))
/0/*,/1/*
bc1qrgc6p3kylfztu06ysl752gwwuekhvtfh9vr7zg43jvu60mutamcsv948ej
"""
ANY_ACCOUNT = MAIN.enrol(BSMS, "bsms")


def named(section: str) -> list[object]:
    rows = [case for case in CASES if case["section"].startswith(section)]
    return [pytest.param(row, id=f"{row['bip']}-{row['case'][:60]}") for row in rows]


@pytest.mark.parametrize("case", named("The following are invalid"))
def test_what_the_bips_call_invalid_is_malformed(case: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        MAIN.read(base64.b64decode(case["psbt"]), ())


@pytest.mark.parametrize("case", named("The following are valid"))
def test_what_the_bips_call_valid_is_read_and_written_back(case: dict[str, str]) -> None:
    raw = base64.b64decode(case["psbt"])
    assert MAIN.read(raw, ()).to_bytes() == raw


@pytest.mark.parametrize("case", named("Fails Signer checks"))
def test_what_a_signer_must_refuse(case: dict[str, str]) -> None:
    report = MAIN.read(base64.b64decode(case["psbt"]), ()).inspect(ANY_ACCOUNT)
    assert {f.code for f in report.findings} & {
        Code.PREVIOUS_MISSING,
        Code.PREVIOUS_WRONG_ID,
        Code.SCRIPT_MISMATCH,
    }


@pytest.mark.parametrize("case", named("The timelock for the following PSBTs should"))
def test_the_locktime_of_version_2(case: dict[str, str]) -> None:
    draft = MAIN.read(base64.b64decode(case["psbt"]), ())
    assert isinstance(draft, UtxoDraft)
    assert draft.psbt.tx.locktime == int(case["section"].rstrip(":").rsplit(" ", 1)[1])


@pytest.mark.parametrize("case", named("The timelock for the following PSBTs cannot"))
def test_a_locktime_that_cannot_be(case: dict[str, str]) -> None:
    with pytest.raises(Malformed) as caught:
        MAIN.read(base64.b64decode(case["psbt"]), ())
    assert caught.value.code is Bad.INCONSISTENT


def test_bsms() -> None:
    assert ANY_ACCOUNT.threshold == 2
    assert MAIN.address(ANY_ACCOUNT, 0, 0) == BSMS.split()[-1]
    with pytest.raises(Malformed) as caught:
        MAIN.enrol(BSMS.replace("948ej", "948ek"), "bsms")
    assert caught.value.code is Bad.INCONSISTENT


#: BIP 143, the P2SH-P2WPKH example.
BIP143_TX = (
    "0100000001db6b1b20aa0fd7b23880be2ecbd4a98130974cf4748fb66092ac4d3ceb1a54770100000000feffffff02b8b4eb0b00000000"
    "1976a914a457b684d7f0d539a46a45bbc043f35b59d0d96388ac0008af2f000000001976a914fd270b1ee6abcaea97fea7ad0402e8bd8a"
    "d6d77c88ac92040000"
)


def test_bip143_digest() -> None:
    tx = read_unsigned(bytes.fromhex(BIP143_TX))
    script = bytes.fromhex("76a91479091972186c449eb1ded22b78e40d009bdf008988ac")
    digest = Digester(tx, [None]).segwit(0, script, 1_000_000_000)
    assert Digester(tx, [None]).taproot(0) is None
    assert digest.hex() == "64f3b0f4dd2bb3aa1ce8566d220cc74dda9df97d8490cc81d89d735c92e59fb6"


#: BIP 173 and BIP 350: address, its output script.
ADDRESSES = (
    ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
    (
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
)
#: BIP 350, invalid: wrong checksum constant for the version, mixed case, bad lengths, another network.
NOT_ADDRESSES = (
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2",
    "bc1rw5uspcuh",
    "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
    "bc1gmk9yu",
    # Valid by BIP 350, of witness versions that nobody can check yet.
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "1111111111111111111114oLvT3",
    "",
)


@pytest.mark.parametrize(("address", "script"), ADDRESSES)
def test_an_address_is_its_script(address: str, script: str) -> None:
    assert MAIN.lock(address).hex() == script


@pytest.mark.parametrize("address", NOT_ADDRESSES)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(Malformed) as caught:
        MAIN.lock(address)
    assert caught.value.code in (Bad.ADDRESS, Bad.EMPTY)


#: BIP 67: keys as given, the address of 2 of n over them sorted.
BIP67 = (
    (
        (
            "02ff12471208c14bd580709cb2358d98975247d8765f92bc25eab3b2763ed605f8",
            "02fe6f0a5a297eb38c391581c4413e084773ea23954d93f7753db7dc0adc188b2f",
        ),
        "39bgKC7RFbpoCRbtD5KEdkYKtNyhpsNa3Z",
    ),
    (
        (
            "02632b12f4ac5b1d1b72b2a3b508c19172de44f6f46bcee50ba33f3f9291e47ed0",
            "027735a29bae7780a9755fae7a1c4374c656ac6a69ea9f3697fda61bb99a4f3e77",
            "02e2cc6bd5f45edd43bebe7cb9b675f0ce9ed3efe613b177588290ad188d11b404",
        ),
        "3CKHTjBKxCARLzwABMu9yD85kvtm7WnMfH",
    ),
)


@pytest.mark.parametrize(("keys", "address"), BIP67)
def test_bip67_order(keys: tuple[str, ...], address: str) -> None:
    script = multisig(2, tuple(sorted(bytes.fromhex(key) for key in keys)))
    assert to_address(BITCOIN_MAIN, p2sh(script)) == address
