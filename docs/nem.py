"""The coin table's rows of NEM, a chain of another kind: names and fees from its parameters, and what it can here."""

from __future__ import annotations

from collections.abc import Iterator

from docs.page import Answer
from signer.chains.nem.models import Type
from signer.chains.nem.network import (
    FEE_UNIT,
    FIXED_FEE,
    MAX_COSIGNERS,
    MAX_FEE_STEPS,
    MAX_LIFE,
    MAX_MESSAGE,
    MAX_MOSAICS,
    MODIFICATION_FEE,
    NETWORKS,
    SUPPLY,
    Params,
)
from signer.core.amount import Amount

ROOM, ATTACKS = "tests/online_builder/test_nem.py", "tests/signer/chains/nem"
NODE, MOSAICS = "tests/online_builder/test_nem_node.py", "tests/online_builder/test_nem_assets.py"
_FILES = f"{ATTACKS}/test_attacks.py::test_each_file_is_seen_for_what_it_is"
_PAYMENT = f"{ROOM}::test_a_payment_all_the_way_and_announced_twice"
_FACTS = f"{ATTACKS}/test_journey.py::test_a_payment_is_computed_from_the_bytes"

#: What one may ask, and the answer.
ABILITIES: tuple[tuple[str, Answer], ...] = (
    (
        "m of n",
        Answer(
            "NEM",
            "yes: the account itself is converted, once every cosignatory has consented",
            f"{ROOM}::test_an_account_becomes_multisig_with_everybodys_consent",
        ),
    ),
    (
        "other cosignatories, another threshold",
        Answer("NEM", "yes", f"{ROOM}::test_cosignatories_and_threshold_change_later"),
    ),
    (
        "who signs what",
        Answer(
            "NEM",
            "the initiator the multisig transaction, everybody else a cosignature",
            f"{ATTACKS}/test_journey.py::test_two_of_three_sign_and_the_bytes_are_those_of_the_protocol",
        ),
    ),
    (
        "own address form",
        Answer(
            "NEM",
            "yes, with or without hyphens; there is no older one",
            f"{ATTACKS}/test_journey.py::test_an_address_with_hyphens_is_the_same_address",
        ),
    ),
    (
        "every amount proved",
        Answer("NEM", "needs none: amounts, fees and deadline are in the bytes that are signed", _FACTS),
    ),
    (
        "a request of another coin or network",
        Answer("NEM", "refused", f"{ATTACKS}/test_journey.py::test_networks_are_apart"),
    ),
    (
        "mosaics",
        Answer(
            "NEM",
            "those that the policy describes; others are shown and refused",
            f"{ROOM}::test_a_mosaic_all_the_way",
        ),
    ),
    (
        "a levy on a mosaic that the policy describes",
        Answer(
            "NEM",
            "shown as a payment of its own, with a warning",
            f"{ATTACKS}/test_mosaics.py::test_a_levy_is_a_payment_of_its_own",
        ),
    ),
    ("messages", Answer("NEM", "plain ones; encrypted ones are shown as such, with a warning", _FILES)),
    ("what only this coin has", Answer("NEM", "other types of transaction: refused by name", _FILES)),
    (
        "a request that is too late",
        Answer(
            "NEM",
            "not announced; its money is free again",
            f"{ROOM}::test_a_request_past_its_deadline_is_over",
        ),
    ),
    ("balance, propose, collect, broadcast", Answer("NEM", "yes", _PAYMENT)),
    (
        "sweep to another account of ours",
        Answer(
            "NEM",
            "yes: every mosaic and everything but the fees; what stays is said",
            f"{MOSAICS}::test_a_sweep_says_what_moves_and_what_stays",
        ),
    ),
    (
        "two requests for the same money",
        Answer(
            "NEM",
            "refused: open requests hold XEM and mosaics",
            f"{MOSAICS}::test_open_requests_share_one_mosaic",
        ),
    ),
    (
        "a real node as source",
        Answer(
            "NEM",
            "NIS1's REST as the node's own source has it: what it leaves unnamed and forgets; not tried against one",
            f"{NODE}::test_what_was_mined_before_the_node_forgot_its_hash",
        ),
    ),
    ("a node that lies, hangs or drips", Answer("NEM", "bounded, said", f"{ROOM}::test_a_hostile_node")),
    (
        "the chain of tests and demos",
        Answer("NEM", "a server of ours that judges signatures, deadlines, fees and cosignatories", _PAYMENT),
    ),
    (
        "judged by somebody else's code",
        Answer(
            "NEM",
            "nem-sdk: the same bytes, and signatures it verifies",
            "tests/oracles/test_nem_sdk.py::test_everything_that_is_announced",
        ),
    ),
)


def names() -> Iterator[tuple[str, ...]]:
    """In the columns of the other coins' names."""
    for params in NETWORKS:
        network = params.network
        asset = (network.asset.ticker, str(network.asset.decimals), f"micro-{network.asset.ticker}")
        yield network.coin, network.name, *asset, f"`{params.chain}`", str(params.coin_type)


def addresses() -> Iterator[tuple[str, ...]]:
    for params in NETWORKS:
        version = f"{params.byte:02x}"
        yield params.network.coin, params.network.name, version, f"`{_first(params)}`", "ed25519-keccak"


def money() -> Iterator[tuple[str, ...]]:
    """What the protocol fixes."""
    asset = NETWORKS[0].network.asset

    def xem(units: int) -> str:
        return str(Amount(units, asset))

    most = f"at least {xem(FEE_UNIT)}, at most {xem(FEE_UNIT * MAX_FEE_STEPS)}"
    yield "a transfer of XEM", f"{xem(FEE_UNIT)} for each whole 10,000 XEM, {most}"
    yield "a transfer of mosaics", "by the part of each one's supply that moves, as NIS computes it"
    yield (
        "a message",
        f"{xem(FEE_UNIT)} more, and again for each whole 32 bytes; at most {MAX_MESSAGE:,} bytes",
    )
    yield "the multisig transaction, each cosignature", xem(FIXED_FEE)
    yield "changed cosignatories or threshold", xem(MODIFICATION_FEE)
    yield "deadline", f"at most {MAX_LIFE // 3600} hours after the timestamp"
    yield "cosignatories", f"at most {MAX_COSIGNERS}"
    yield "mosaics in a transfer", f"at most {MAX_MOSAICS}"
    yield "most", f"{SUPPLY // 10**asset.decimals:,} {asset.ticker}"


def refused() -> Iterator[tuple[str, ...]]:
    """In the columns of what the other coins refuse."""
    for kind in Type:
        if kind not in (Type.TRANSFER, Type.COSIGNATORIES, Type.MULTISIG):
            yield "nem", kind.name.lower().replace("_", " "), "`type-refused`"
    yield "nem", "mosaic that the policy does not describe", "`mosaic-refused`"


def abilities() -> Iterator[tuple[str, ...]]:
    for question, answer in ABILITIES:
        yield question, answer.says, f"`{answer.test}`"


def _first(params: Params) -> str:
    """What every address of the network begins with: the high five bits of its first byte, in base 32."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[params.byte >> 3]
