"""The policy document: one text a policy, and nothing in it that is not understood."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.errors import Malformed
from signer.core.finding import Code
from signer.core.policy import Clause, Policy, Tier
from signer.core.policyfile import policy_digest, read_policy, write_policy
from signer.core.rules import (
    Destinations,
    Entry,
    FeeCeiling,
    FreshCheckpoint,
    Hours,
    PerTransaction,
    Scope,
    ScriptTypes,
    SignedRequests,
    Window,
)
from signer.core.spend import AccountScript, PayeeScript
from signer.core.standing import Attended, Drilled, Exported, Forbidden, Places, Witnessed

FULL = Policy(
    3,
    (
        Clause(
            "*",
            (
                FeeCeiling(1000, 500, 50_000),
                Destinations(Scope.BOOK, (Entry("bc1payee", "取引所", 1_790_000_000),), 86_400),
                PerTransaction(10**8),
                Window(86_400, 10**9, 20),
                Window(3_600, 10**8, 5),
                Hours(frozenset({0, 1, 2, 3, 4}), 540, 1080, 540),
                SignedRequests(3_600),
                FreshCheckpoint(2),
                ScriptTypes(
                    frozenset({AccountScript.WSH_MULTISIG, AccountScript.TR}), frozenset({PayeeScript.P2TR})
                ),
                Witnessed(1, 100, 86_400),
                Exported(1_000),
                Drilled(15_811_200),
                Attended(86_400),
                Forbidden(Code.ACCOUNT_ONE_KEY),
                Forbidden(Code.ACCOUNT_UNREGISTERED),
                Places(2, 1),
            ),
            (Tier(0, 2), Tier(10**9, 3)),
        ),
    ),
    86_400,
)


def test_a_policy_reads_back_whole():
    assert read_policy(write_policy(FULL)) == FULL


def test_the_order_of_keys_and_blanks_do_not_matter_to_the_digest():
    loose = json.dumps(dict(reversed(json.loads(write_policy(FULL)).items())), indent=3).encode()
    assert policy_digest(read_policy(loose)) == policy_digest(FULL)


def edited(**changes):
    document = json.loads(write_policy(FULL))
    document["clauses"][0] |= changes
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"fees": []},
        {"fee": [{"units": 1.0, "hundredths": 1, "rate": 1}]},
        {"fee": [{"units": True, "hundredths": 1, "rate": 1}]},
        {"fee": [{"units": -1, "hundredths": 1, "rate": 1}]},
        {"fee": [{"units": 1, "hundredths": 1}]},
        {"fee": [{"units": 1, "hundredths": 1, "rate": 1, "note": ""}]},
        {"fee": {}},
        {"tiers": [{"units": 1, "approvals": 0}]},
        {"destinations": [{"scope": "everyone", "book": [], "cool_down": 0}]},
        {"hours": [{"weekdays": "7", "opens": 0, "closes": 1, "offset": 0}]},
        {"windows": [{"seconds": 1, "units": 1, "count": 1}] * 101},
        {"hours": [{"weekdays": "0", "opens": 1320, "closes": 360, "offset": 0}]},
        {"hours": [{"weekdays": "0", "opens": 360, "closes": 360, "offset": 0}]},
        {"applies_to": "*\u202e"},
        {"applies_to": "treasury"},
        {"applies_to": "AB" * 32},
        {"applies_to": "ab" * 31},
        {"applies_to": "bip122:"},
        {"applies_to": "**"},
        {"forbidden": [{"finding": "no-such-finding"}]},
        {"forbidden": [{"finding": "fee-rate"}]},
        {"witnessed": [{"witnesses": 0, "records": 1, "seconds": 1}]},
        {"drilled": [{"seconds": 0}]},
        {"attended": [{"seconds": 0}]},
        {"script_types": [{"accounts": ["wsh-multisig"], "payees": []}]},
        {"script_types": [{"accounts": ["wsh-multisig"]}]},
        {"script_types": [{"accounts": "tr", "payees": ["p2tr"]}]},
        {"script_types": [{"accounts": ["p2wsh"], "payees": ["p2tr"]}]},
        {"script_types": [{"accounts": ["tr", "tr"], "payees": ["p2tr"]}]},
        {"script_types": [{"accounts": ["tr", 1], "payees": ["p2tr"]}]},
    ],
)
def test_what_is_not_understood_is_refused(changes):
    with pytest.raises(Malformed):
        read_policy(edited(**changes))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"version":1}',
        b'{"version":1,"version":2,"clauses":[]}',
        b"[" * 100_000,
        b"\xff",
        b"NaN",
    ],
)
def test_what_is_no_policy_is_refused(data):
    with pytest.raises(Malformed):
        read_policy(data)


@given(st.binary(max_size=100))
def test_random_bytes_are_refused(data):
    with pytest.raises(Malformed):
        read_policy(data)


@pytest.mark.parametrize(
    "applies_to", ["*", "ab" * 32, "bip122:000000000019d6689c085ae165831e93", "nem:mainnet"]
)
def test_a_clause_is_for_all_or_an_account_or_a_chain(applies_to):
    assert read_policy(edited(applies_to=applies_to)).clauses[0].applies_to == applies_to
