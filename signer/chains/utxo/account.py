"""Accounts in and out: enrolling from any known text, exporting, addresses."""

from __future__ import annotations

import re

from signer.chains.utxo.address import to_address
from signer.chains.utxo.coin import Params
from signer.chains.utxo.descriptor import checksum_of, read_descriptor
from signer.chains.utxo.formats import Offer, read_offer, write_bsms, write_policy
from signer.chains.utxo.wallet import Wallet, open_terms, open_wallet
from signer.core.account import HARDENED, Account, Cosigner
from signer.core.errors import Bad, Malformed

MAX_NAME = 64  # characters of an account's name


def enrol(params: Params, text: str, name: str) -> Account:
    """Read a descriptor, BSMS record, wallet policy, multisig file or exported JSON. Raises Malformed.

    Keys must be of this network. A first address that comes along (BSMS) must be the one this device derives.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Malformed(Bad.VALUE, what="account name")
    offer = read_offer(text)
    descriptor = read_descriptor(params, offer.descriptor)
    wallet = open_terms(params, descriptor.text)
    _check_first_address(wallet, offer)
    cosigners = tuple(Cosigner(key.origin, key.text) for key in descriptor.keys)
    return Account(name, params.chain, descriptor.text, descriptor.threshold, cosigners)


def export(params: Params, account: Account) -> str:
    """The descriptor with its checksum: every wallet of today reads it, `enrol` too."""
    open_wallet(params, account)
    return f"{account.terms}#{checksum_of(account.terms)}"


def export_bsms(params: Params, account: Account) -> str:
    """A BSMS 1.0 record (BIP 129) with the first address."""
    return write_bsms(account.terms, address(params, account, 0, 0))


def export_policy(params: Params, account: Account) -> str:
    """A wallet policy (BIP 388) as JSON, each key once. Raises Malformed for a fixed key, which it cannot say."""
    descriptor = open_wallet(params, account).descriptor
    if not all(used.steps for used in descriptor.uses):
        raise Malformed(Bad.UNSUPPORTED, what="wallet policy")
    keys = [f"[{key.origin}]{key.text}" for key in descriptor.keys]
    numbers = {key: f"@{number}" for number, key in enumerate(descriptor.keys)}

    def put(found: re.Match[str]) -> str:
        used = descriptor.uses[int(found[1])]
        receive, change = used.steps or (0, 1)
        branches = "/**" if (receive, change) == (0, 1) else f"/<{receive};{change}>/*"
        return numbers[used.key] + branches

    return write_policy(account.name, re.sub(r"@([0-9]+)", put, descriptor.template), tuple(keys))


def address(params: Params, account: Account, branch: int, index: int) -> str:
    """The address at a branch (0 receive, 1 change) and index. Raises Malformed."""
    if branch not in (0, 1) or not 0 <= index < HARDENED:
        raise Malformed(Bad.VALUE, what="address index")
    text = to_address(params, open_wallet(params, account).at(branch, index).script)
    if text is None:
        raise Malformed(Bad.DESCRIPTOR, what="no-address")
    return text


def _check_first_address(wallet: Wallet, offer: Offer) -> None:
    if offer.first_address is not None:
        derived = to_address(wallet.params, wallet.at(0, 0).script)
        if derived != offer.first_address:
            raise Malformed(Bad.INCONSISTENT, what="first address")
