"""BIP 322: the numbers of the specification, and what a stranger's verifier says: embit and Bitcoin Core's engine.

Numbers: BIP 322 at commit 06d39c35fa60fb165fd19d1eaffb0c52d2ea1661, "Test vectors" (CC0).
"""

from __future__ import annotations

import base64
import io

import pytest
from embit.hashes import tagged_hash
from embit.script import Script, Witness
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from signer.chains.registry import find_chain
from signer.chains.utxo.bip322 import Message, to_sign, to_spend
from signer.chains.utxo.digest import tagged
from signer.core.account import Account
from signer.core.errors import Malformed, Refused
from signer.core.task import Signature
from tests.oracles.test_bitcoin import agreed
from tests.vectors.workshop import Group, Single

CHAIN = find_chain("bitcoin", "regtest")
TEXT = "Kinko proof of control, not a transaction\naccount 00\naddress x\nchallenge of 26 November 2026: 証明"
#: The key's address is bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l.
SCRIPT = bytes.fromhex("00142b05d564e6a7a33c087f16e0f730d1440123799d")
TAG = "BIP0322-signed-message"
NUMBERS = {
    "": (
        "c90c269c4f8fcbe6880f72a721ddfbf1914268a794cbb21cfafee13770ae19f1",
        "c5680aa69bb8d860bf82d4e9cd3504b55dde018de765a91bb566283c545a99a7",
        "1e9654e951a5ba44c8604c4de6c67fd78a27e81dcadcfe1edf638ba3aaebaed6",
    ),
    "Hello World": (
        "f0eb03b1a75ac6d9847f55c624a99169b5dccba2a31f5b23bea77ba270de0a7a",
        "b79d196740ad5217771c1098fc4a4b51e0535c32236c71f1ea4d61a2d603352b",
        "88737ae86f2077145f93cc4b153ae9a1cb8d56afa511988c149c5c8c9d93bddf",
    ),
}
HELLO = (
    "AkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9a/sASECx/EgAxlk"
    "QpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI="
)


def verified(script: bytes, message: str, signature: str) -> bool:
    """As the specification tells a verifier, with nothing of ours."""
    claim = Script(b"\x00\x20" + tagged_hash(TAG, message.encode()))
    spent = Transaction(
        0, [TransactionInput(bytes(32), 0xFFFFFFFF, claim, 0)], [TransactionOutput(0, Script(script))], 0
    )
    data = base64.b64decode(signature)
    bare = Transaction(
        0, [TransactionInput(spent.txid(), 0, Script(b""), 0)], [TransactionOutput(0, Script(b"\x6a"))], 0
    )
    if data.startswith(bytes(4)):
        whole = Transaction.parse(data)
    else:
        whole, stream = bare, io.BytesIO(data)
        whole.vin[0].witness = Witness.read_from(stream)
        assert not stream.read()
    if [(vin.txid, vin.vout, vin.sequence) for vin in whole.vin] != [(spent.txid(), 0, 0)]:
        return False
    assert [(out.value, out.script_pubkey.data) for out in whole.vout] == [(0, b"\x6a")]
    return agreed(whole.serialize(), {spent.txid()[::-1] + bytes(4): (0, script)})


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_of_the_specification(text: str) -> None:
    digest, spend, sign = NUMBERS[text]
    assert tagged(TAG, text.encode()).hex() == digest
    assert to_spend(SCRIPT, text.encode()).txid[::-1].hex() == spend
    assert to_sign(SCRIPT, text.encode()).txid[::-1].hex() == sign


def test_the_verifier_here_takes_the_specifications_signature_and_no_other() -> None:
    assert verified(SCRIPT, "Hello World", HELLO)
    assert not verified(SCRIPT, "Hello World!", HELLO)


def signed(account: Account, group: Group | Single, index: int, *numbers: int) -> Message:
    """Each of these keys on a device of its own; their proofs put together elsewhere."""
    params = CHAIN.params
    whole = Message.of(params, account, index, TEXT)
    assert whole is not None
    for number in numbers:
        key = group.cosigners[number]
        part = Message.of(params, account, index, TEXT)
        assert part is not None
        tasks = part.tasks(frozenset({key.fingerprint}))
        made = [Signature(t.index, t.public_key, key.sign(t.origin.path, t.message)) for t in tasks]
        assert len(made) == 1
        whole = whole.with_proof(part.attach(made).proof)
    return whole


@pytest.mark.parametrize("kind", ["wsh", "sh-wsh", "sh"])
def test_two_of_three_sign_for_an_address(kind: str) -> None:
    group = Group(kind=kind)
    account = CHAIN.enrol(group.descriptor, "treasury")
    script = group.spot(0, 7).script
    for numbers in ((0, 1), (2, 0), (0, 1, 2)):
        signature = signed(account, group, 7, *numbers).signature()
        assert verified(script, TEXT, signature)
        assert not verified(script, TEXT + ".", signature)
        assert not verified(group.spot(0, 8).script, TEXT, signature)
    with pytest.raises(Refused):
        signed(account, group, 7, 1).signature()


@pytest.mark.parametrize("kind", ["wpkh", "sh-wpkh", "pkh"])
def test_one_key_signs_for_its_address(kind: str) -> None:
    single = Single(kind=kind)
    account = CHAIN.enrol(single.descriptor, "own")
    assert verified(single.spot(0, 0).script, TEXT, signed(account, single, 0, 0).signature())


def test_what_is_of_another_message_or_no_signature_is_not_put_together() -> None:
    group = Group()
    account = CHAIN.enrol(group.descriptor, "treasury")
    good = signed(account, group, 7, 0)
    other = signed(account, group, 8, 1)
    forged = bytearray(base64.b64decode(signed(account, group, 7, 1).proof))
    forged[forged.index(b"\x30\x44") + 10] ^= 1
    for bad in (other.proof, base64.b64encode(forged).decode(), "", "!", "cHNidP8=", "A" * 40_000):
        with pytest.raises(Malformed):
            good.with_proof(bad)
    with pytest.raises(Refused):
        good.signature()


def test_chains_that_know_no_such_messages() -> None:
    group = Group()
    account = CHAIN.enrol(group.descriptor, "treasury")
    assert Message.of(find_chain("bitcoincash", "regtest").params, account, 0, TEXT) is None
    assert Message.of(None, account, 0, TEXT) is None
    single = Single(kind="tr")
    assert Message.of(CHAIN.params, CHAIN.enrol(single.descriptor, "own"), 0, TEXT) is None
