"""The coin table: what differs between the coins, from their parameters, and what each can do here.

Every answer names a test that shows it; `tests/house/test_coins.py` fails where there is no such test.
"""

from __future__ import annotations

from collections.abc import Iterator

from docs import nem
from docs.page import NOTE, Answer, table
from signer.chains.registry import READERS
from signer.chains.utxo.coin import Params
from signer.chains.utxo.outputs import dust
from signer.chains.utxo.script import p2sh
from signer.chains.utxo.transaction import Output

CHAINS, ORACLES, BUILDER = "tests/signer/chains", "tests/oracles", "tests/online_builder"
COINS = ("BTC", "BCH", "LTC", "MONA", "DASH")


_EMBIT = f"{ORACLES}/test_bitcoin.py::test_good_ones_pass_and_every_library_agrees"
_CORE = (
    f"{ORACLES}/test_coins.py::test_core_accepts_what_was_signed_on_a_coin_with_its_rules_and_nothing_bent"
)
_LIBAUTH = f"{ORACLES}/test_coins.py::test_libauth_accepts_what_was_signed_on_bitcoin_cash_and_nothing_bent"
_DASHCORE = f"{ORACLES}/test_coins.py::test_dashcore_and_core_accept_what_was_signed_on_dash_and_nothing_bent"
_NO_SEGWIT = f"{CHAINS}/test_coins_apart.py::test_no_segwit_account_where_the_coin_has_none"
_TAPROOT = f"{CHAINS}/test_coins_apart.py::test_taproot_where_the_coin_has_it"
_ECDSA = f"{CHAINS}/test_coins_apart.py::test_signatures_of_multisig_are_ecdsa"
_APART = f"{CHAINS}/test_coins_apart.py::test_a_request_is_of_the_coin_it_names"
_FORMS = f"{CHAINS}/test_addresses.py::test_each_coin_writes_its_own_form"
_CASHADDR = f"{CHAINS}/test_addresses.py::test_cashaddr_and_base58_name_one_script"
_OLD_FORMS = f"{CHAINS}/test_addresses.py::test_no_coin_reads_the_money_of_another_without_a_word"
_BITCOIN_ATTACKS = f"{CHAINS}/test_attacks.py::test_each_file_is_seen_for_what_it_is"
_ATTACKS = f"{CHAINS}/test_coin_attacks.py::test_each_file_is_seen_for_what_it_is"
_TOKENS = f"{ORACLES}/test_tokens.py::test_libauth_accepts_what_moves_tokens_and_so_does_the_judge"
_PIXELS = f"{BUILDER}/test_journey.py::test_over_pixels_there_and_back"
_PAYMENT = f"{BUILDER}/test_coins.py::test_a_payment_goes_the_whole_way"
_BITCOIN_SWEEP = f"{BUILDER}/test_desk.py::test_sweep_moves_everything_in_lots_largest_first"
_SWEEP = f"{BUILDER}/test_coins.py::test_everything_is_swept_in_as_many_requests_as_it_takes"
_NODE = f"{BUILDER}/backends/test_core.py::test_a_transaction_is_tried_sent_once_and_harmless_twice"
_ESPLORA = f"{BUILDER}/backends/test_esplora.py::test_coins_payment_and_confirmation"
_WHICH_NODE = f"{BUILDER}/backends/test_core.py::test_which_block_a_node_must_have"
_STAND_IN = f"{BUILDER}/test_coins.py::test_the_stand_in_takes_nothing_that_the_judge_refuses"

#: What one may ask, and the answers: every coin is in exactly one answer to a question.
ABILITIES: tuple[tuple[str, tuple[Answer, ...]], ...] = (
    (
        "m of n in a script hash (P2SH)",
        (
            Answer("BTC", "yes", _EMBIT),
            Answer("LTC MONA", "yes", _CORE),
            Answer("BCH", "yes", _LIBAUTH),
            Answer("DASH", "yes", _DASHCORE),
        ),
    ),
    (
        "m of n in segwit (P2WSH, P2SH-P2WSH)",
        (
            Answer("BTC", "yes", _EMBIT),
            Answer("LTC MONA", "yes", _CORE),
            Answer("BCH DASH", "no: the coin has none", _NO_SEGWIT),
        ),
    ),
    (
        "taproot, one key",
        (
            Answer("BTC LTC", "yes", _TAPROOT),
            Answer("MONA BCH DASH", "no: the coin has none", _TAPROOT),
        ),
    ),
    (
        "Schnorr multisig",
        (
            Answer("BCH", "no: no library at hand signs it in constant time", _ECDSA),
            Answer("BTC LTC MONA DASH", "no: the coin has none", _ECDSA),
        ),
    ),
    (
        "own address forms, both ways",
        (Answer("BTC BCH LTC MONA DASH", "yes", _FORMS),),
    ),
    (
        "older address forms",
        (
            Answer("BCH", "read, with a warning", _CASHADDR),
            Answer("LTC MONA", "read, with a warning", _OLD_FORMS),
            Answer("BTC DASH", "there are none", _OLD_FORMS),
        ),
    ),
    (
        "every amount proved by its previous transaction",
        (
            Answer("BTC", "yes", _BITCOIN_ATTACKS),
            Answer("BCH LTC MONA DASH", "yes", _ATTACKS),
        ),
    ),
    (
        "a request of another coin or network",
        (Answer("BTC BCH LTC MONA DASH", "refused", _APART),),
    ),
    (
        "what only this coin has",
        (
            Answer("BCH", "tokens: moved whole where the policy names them, else refused by name", _TOKENS),
            Answer("LTC", "extension block (MWEB): refused by name", _ATTACKS),
            Answer("DASH", "special transactions: refused by name", _ATTACKS),
            Answer("BTC MONA", "-", _ATTACKS),
        ),
    ),
    (
        "balance, propose, collect, broadcast",
        (
            Answer("BTC", "yes", _PIXELS),
            Answer("BCH LTC MONA DASH", "yes", _PAYMENT),
        ),
    ),
    (
        "sweep to another account of ours",
        (
            Answer("BTC", "yes", _BITCOIN_SWEEP),
            Answer("BCH LTC MONA DASH", "yes", _SWEEP),
        ),
    ),
    (
        "a real node as source",
        (
            Answer("LTC", "yes: Litecoin Core", _NODE),
            Answer("BTC", "the same code; not tried against one, Esplora against a server of ours", _ESPLORA),
            Answer("BCH MONA DASH", "the same code; not tried against one", _WHICH_NODE),
        ),
    ),
    (
        "the chain of tests and demos",
        (
            Answer("BTC LTC MONA DASH", "Bitcoin Core's engine, on Bitcoin's regtest rules", _PAYMENT),
            Answer("BCH", "a stand-in for blocks; scripts by Core's engine, as a witness", _STAND_IN),
        ),
    ),
    (
        "judged by somebody else's code",
        (
            Answer("BTC LTC MONA", "Bitcoin Core's script verification", _CORE),
            Answer("BCH", "libauth's virtual machine", _LIBAUTH),
            Answer("DASH", "dashcore-lib's interpreter, Bitcoin Core's", _DASHCORE),
        ),
    ),
)


def coins() -> str:
    """The page."""
    parts = [
        "# Coins",
        NOTE,
        "What differs between the coins, from the parameters that the code itself uses, and what each can and cannot "
        "do here. A further coin is [a folder and a line](../how-to/add-a-coin.md).",
        "## Names",
        table(
            ("coin", "network", "ticker", "decimals", "smallest unit", "CAIP-2 id", "BIP 44 type"),
            [*map(_names, _params()), *nem.names()],
        ),
        "## Addresses",
        "Version bytes in hex. What is in brackets is read, with the warning `address-old`, and never written.",
        table(
            ("coin", "network", "P2PKH", "P2SH", "segwit or CashAddr", "extended keys"),
            map(_addresses, _params()),
        ),
        "NEM's addresses are not of this kind: 40 characters of base 32, of a version byte, a hash of the key and a "
        "checksum.",
        table(("coin", "network", "version", "first letter", "keys"), nem.addresses()),
        "## Signatures and money",
        "Rates are in the smallest unit a thousand vbytes. *Dust* is the least that nodes pass on to a script hash. "
        "The fee has a ceiling in the [policy](policy.md), which the officers set for each chain; *usual* is what the "
        "builder proposes where the source does not say.",
        table(
            (
                "coin",
                "digest without segwit",
                "versions",
                "dust",
                "least fee rate",
                "usual",
                "replaceable",
                "most",
            ),
            [_money(p) for p in _params() if p.network.name == "mainnet"],
        ),
        "NEM signs whole transactions (Ed25519 with Keccak-512), and its fees are fixed; a node refuses less.",
        table(("nem", ""), nem.money()),
        "## What is refused by name",
        table(("coin", "what", "finding"), [*_refused(), *nem.refused()]),
        "Tokens of Bitcoin Cash are refused like that unless the policy's `assets` names their category; then they "
        "move, whole and unchanged, or not at all: `token-burned`, `token-excess`, `token-genesis`, `token-minted`, "
        "`token-changed`, `token-capability`. [Why](../adr/0018-tokens-when-asked.md).",
        "## What each can and cannot do",
        "Each answer is that of a test, named below.",
        table(("", *COINS), _abilities()),
        "### The tests",
        table(("question", "coins", "test"), _tests()),
        "## What NEM can and cannot do",
        table(("", "NEM", "test"), nem.abilities()),
    ]
    return "\n\n".join(parts)


def _params() -> list[Params]:
    return [chain.params for chain in READERS.values() if isinstance(chain.params, Params)]


def _names(p: Params) -> tuple[str, ...]:
    network = p.network
    asset = (p.asset.ticker, str(p.asset.decimals), p.asset.unit)
    return network.coin, network.name, *asset, f"`{p.chain}`", str(p.coin_type)


def _addresses(p: Params) -> tuple[str, ...]:
    key, script = p.p2pkh.hex(), p.p2sh.hex() + ("" if p.old_p2sh is None else f" ({p.old_p2sh.hex()})")
    if p.cash is not None:
        key, script = f"({key})", f"({script})"
    prefix = "none"
    if p.cash is not None or p.hrp is not None:
        prefix = f"`{p.hrp}1`" if p.cash is None else f"`{p.cash}:`"
    return p.network.coin, p.network.name, key, script, prefix, p.key_version.hex()


def _money(p: Params) -> tuple[str, ...]:
    least = dust(p, Output(0, p2sh(b"")))
    versions = ", ".join(map(str, p.versions))
    rates = (str(least), f"{p.min_fee_rate:,}", f"{p.usual_fee_rate:,}")
    most = f"{p.max_units // 10**p.asset.decimals:,} {p.asset.ticker}"
    return p.network.coin, p.digest.value, versions, *rates, "yes" if p.replaceable else "no", most


def _refused() -> Iterator[tuple[str, ...]]:
    for p in _params():
        if p.network.name == "mainnet":
            for _, name in p.oddities:
                yield p.network.coin, name, "`output-refused`, `input-refused`"
            for name in p.types[1:]:
                yield p.network.coin, name, "`type-refused`"


def _abilities() -> Iterator[tuple[str, ...]]:
    for question, answers in ABILITIES:
        said = {coin: answer.says for answer in answers for coin in answer.coins.split()}
        yield question, *(said[coin] for coin in COINS)


def _tests() -> Iterator[tuple[str, ...]]:
    for question, answers in ABILITIES:
        for answer in answers:
            yield question, answer.coins.replace(" ", ", "), f"`{answer.test}`"
