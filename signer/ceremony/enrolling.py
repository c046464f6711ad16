"""The steps of a script that read or hand out documents: which document, which proposal, which facts to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from signer.ceremony.control import key_record, prove_control
from signer.ceremony.forming import propose_formed
from signer.ceremony.keeping import check_handed_over, wipe
from signer.ceremony.register import (
    KEY_BYTES,
    Office,
    Proposed,
    propose_account,
    propose_builder,
    propose_policy,
    propose_successor,
    propose_witness,
)
from signer.ceremony.table import Paper, Table
from signer.ceremony.witnessing import take_cosigned
from signer.chains.draft import Chain
from signer.core.errors import Bad, Malformed
from signer.core.transcript import Transcript
from signer.core.when import utc


def begin(
    office: Office,
    table: Table,
    ask: Callable[[str], bytearray],
    witnesses: tuple[str, ...],
    verb: str,
    words: Sequence[str],
) -> Proposed | Transcript | None:
    """Take the first step of such a ceremony: what it proposes, or its transcript; None for a step that is none."""
    proposed: Proposed | None = None
    match verb, words:
        case "account", (name, network):
            chain = chain_called(office, network)
            proposed = propose_account(office, chain, _text(table.read(Paper.ACCOUNT)), name)
        case "builder", (name,):
            proposed = propose_builder(office, _key(table.read(Paper.BUILDER)), name)
        case "witness-key", ():
            proposed = propose_witness(office, _text(table.read(Paper.WITNESS)))
        case "policy", ():
            proposed = propose_policy(office, table.read(Paper.POLICY))
        case "successor", (old, new):
            proposed = propose_successor(office, old, new)
        case "spare", (old, new):
            proposed = propose_successor(office, old, new, spare=True)
        case "form", (name, threshold, count, network):
            chain = chain_called(office, network)
            records = [_text(table.read(Paper.KEY)) for _ in range(_count(count))]
            proposed = propose_formed(office, chain, name, int(threshold), records)
        case _:
            return _hand_out(office, table, ask, witnesses, verb, words)
    proposed = replace(proposed, witnesses=witnesses)
    table.compare(proposed.title, proposed.facts)
    return proposed


def _hand_out(
    office: Office,
    table: Table,
    ask: Callable[[str], bytearray],
    witnesses: tuple[str, ...],
    verb: str,
    words: Sequence[str],
) -> Transcript | None:
    """The ceremonies of one step: something is taken in, or given out."""
    hall = office.hall
    match verb, words:
        case "cosigned", ():
            said = take_cosigned(office.desk, hall.journal, table.read(Paper.COSIGNED))
            transcript = hall.open("Witnessing of the journal", witnesses, always=True)
            for witness, size, at in said:
                transcript = transcript.say(f"{witness.name} has cosigned {size} records, at {utc(at)}")
            return hall.conclude("cosigned", transcript, ())
        case "decommission", (operator, medium, *officers):
            check_handed_over(hall, office.desk.policies.upkeep())  # before anybody types in vain
            return wipe(
                hall, witnesses, operator, medium, {name: ask(f"passphrase {name}") for name in officers}
            )
        case "key", (slot, path, *officers):
            present = {name: ask(f"passphrase {name}") for name in officers}
            transcript, record = key_record(hall, witnesses, slot, path, present)
            table.carry(Paper.KEY, record)
            return transcript
        case "control", (account, index, *officers):
            challenge = _text(table.read(Paper.CHALLENGE))
            present = {name: ask(f"passphrase {name}") for name in officers}
            transcript, proof = prove_control(office, witnesses, account, int(index), challenge, present)
            table.carry(Paper.PROOF, proof)
            return transcript
        case _:
            return None


def chain_called(office: Office, text: str) -> Chain:
    """The chain people call `bitcoin:regtest`, or by its CAIP-2 id. Raises Malformed(NETWORK)."""
    for identifier, chain in office.desk.readers.items():
        if text in (identifier, f"{chain.network.coin}:{chain.network.name}"):
            return chain
    raise Malformed(Bad.NETWORK, what=text[:80])


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 16:
        raise Malformed(Bad.VALUE, what="number of keys")
    return count


def _key(data: bytes) -> str:
    """A key in hexadecimal; a code that carries nothing else is read as the bytes it stands for."""
    return data.hex() if len(data) == KEY_BYTES else _text(data)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(Bad.ENCODING, what="document") from error
