"""The outputs of a draft held against an enrolled account: what is change, what leaves, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from signer.chains.utxo import script as scripts
from signer.chains.utxo.address import to_address
from signer.chains.utxo.carried import amounts
from signer.chains.utxo.coin import Params
from signer.chains.utxo.contents import Contents
from signer.chains.utxo.fields import Map, Out
from signer.chains.utxo.keys import unhardened
from signer.chains.utxo.psbt import Half
from signer.chains.utxo.script import Kind, kind_of
from signer.chains.utxo.survey import untapped
from signer.chains.utxo.tokens import Token, split
from signer.chains.utxo.transaction import Output
from signer.chains.utxo.wallet import Spot, Wallet
from signer.core.amount import Amount
from signer.core.finding import Code, Finding
from signer.core.spend import PayeeScript, Payment, Role

MAX_GAP = 10_000  # how far beyond the addresses in use change may lie; then a warning
MAX_NEAR = 20  # how near to those in use own addresses are known that nothing in the PSBT claims
_RECEIVE, _CHANGE = 0, 1


@dataclass(frozen=True, slots=True)
class Outputs:
    """Every output as a payment, in order, and the findings."""

    payments: tuple[Payment, ...]
    findings: tuple[Finding, ...]


class _Made(NamedTuple):
    """One output: `output` without the token that it carries, `dust` the least it must hold with it."""

    output: Output
    half: Half
    token: Token | None
    dust: int


def look(draft: Contents, wallet: Wallet | None, spots: tuple[Spot | None, ...]) -> Outputs:
    """Look at every output. Without a wallet (another network's account) nothing can be change.

    An output that carries tokens is several payments: its money, and each asset for itself.
    """
    params = draft.params
    findings: list[Finding] = []
    payments: list[Payment] = []
    highest = max((spot.index for spot in spots if spot is not None), default=0)
    made = [
        _made(params, output, half)
        for output, half in zip(draft.psbt.tx.outputs, draft.psbt.outputs, strict=True)
    ]
    near = _near(made, wallet, highest)
    for index, (output, half, token, least) in enumerate(made):
        spot, found = (None, []) if wallet is None else _place(index, output, half, wallet, near)
        role = _role(output, spot, claimed=bool(_claims(half)))
        found += _worth(params, index, output, least)
        if spot is not None and spot.index > highest + MAX_GAP:
            found.append(Finding.of(Code.INDEX_TOO_FAR, what="output", index=index, number=spot.index))
        if spot is not None and role is Role.OWN:
            found.append(Finding.of(Code.PAYEE_OWN, output=index))
        findings += found
        address = to_address(params, output.script, tokens=token is not None) or output.script.hex()
        path = None if spot is None else (spot.branch, spot.index)
        script = PayeeScript(kind_of(output.script).value)
        others = () if token is None else amounts(token, draft.assets)
        for amount in (Amount(output.units, params.asset), *others):
            payments.append(Payment(index, role, amount, address, path, script))
    findings += _repeated(made)
    return Outputs(tuple(payments), tuple(dict.fromkeys(findings)))


def _made(params: Params, output: Output, half: Half) -> _Made:
    token, script = split(params, output.script)
    bare = output if token is None else Output(output.units, script)
    return _Made(bare, half, token, dust(params, output))


def _near(made: Sequence[_Made], wallet: Wallet | None, highest: int) -> Mapping[bytes, Spot]:
    """Own addresses near those in use, by script: derived only if an output without claims could be one."""
    if wallet is None:
        return {}
    kind = kind_of(wallet.at(_RECEIVE, 0).script)
    if not any(kind_of(item.output.script) is kind and not _claims(item.half) for item in made):
        return {}
    numbers = {*range(MAX_NEAR), *range(max(0, highest - MAX_NEAR), highest + MAX_NEAR)}
    spots = [wallet.at(branch, number) for branch in (_RECEIVE, _CHANGE) for number in sorted(numbers)]
    return {spot.script: spot for spot in spots}


def _claims(half: Half) -> Map:
    return half.derivations or untapped(half.tap_derivations)


def _place(
    index: int, output: Output, half: Half, wallet: Wallet, near: Mapping[bytes, Spot]
) -> tuple[Spot | None, list[Finding]]:
    """The own address an output pays, if any. A claim that does not hold makes it a payee, and is said."""
    claims = _claims(half)
    if not claims:
        return near.get(output.script), _unplaced(index, output, half, claims, wallet)
    place = next((place for place in map(wallet.locate, claims.values()) if place is not None), None)
    if place is None:
        return None, _unplaced(index, output, half, claims, wallet)
    spot = wallet.at(*place)
    scripts_agree = half.get(Out.REDEEM_SCRIPT) in (None, spot.redeem) and half.get(Out.WITNESS_SCRIPT) in (
        None,
        spot.witness,
    )
    internal = half.get(Out.TAP_INTERNAL)
    claims_agree = internal in (None, spot.keys[0][1:]) and all(
        spot.claims.get(key) == claim for key, claim in claims.items()
    )
    if output.script == spot.script and scripts_agree and claims_agree:
        return spot, []
    return (spot if output.script == spot.script else None), [Finding.of(Code.CHANGE_FAKE, output=index)]


def _unplaced(index: int, output: Output, half: Half, claims: Map, wallet: Wallet) -> list[Finding]:
    """An output that is not ours: what its extra data says in vain."""
    findings = []
    for claim in claims.values():
        if claim[:-8] in wallet.prefixes and unhardened(int.from_bytes(claim[-4:], "little")):
            step = int.from_bytes(claim[-8:-4], "little")
            findings.append(Finding.of(Code.CHANGE_BRANCH, output=index, branch=step))
        elif wallet.strays(claim):
            findings.append(Finding.of(Code.PATH_OUTSIDE, what="output", index=index))
    if claims and not findings:
        findings.append(Finding.of(Code.OUTPUT_OTHER_KEYS, output=index))
    redeem, witness = half.get(Out.REDEEM_SCRIPT), half.get(Out.WITNESS_SCRIPT)
    program = output.script if redeem is None else redeem
    if (redeem is not None and scripts.p2sh(redeem) != output.script) or (
        witness is not None and scripts.p2wsh(witness) != program
    ):
        findings.append(Finding.of(Code.OUTPUT_SCRIPT_MISMATCH, output=index))
    return list(dict.fromkeys(findings))


def _role(output: Output, spot: Spot | None, *, claimed: bool) -> Role:
    """Change is what the PSBT says is change and this device derived itself; other own addresses are payees of ours."""
    if spot is not None:
        return Role.CHANGE if claimed and spot.branch == _CHANGE else Role.OWN
    kind = kind_of(output.script)
    if kind is Kind.DATA:
        return Role.BURN if output.units else Role.DATA
    if scripts.is_burn(output.script):
        return Role.BURN
    return Role.UNKNOWN if kind is Kind.UNKNOWN else Role.PAYEE


def _worth(params: Params, index: int, output: Output, least: int) -> list[Finding]:
    """Whether what is paid can be spent again."""
    amount = str(Amount(output.units, params.asset))
    kind = kind_of(output.script)
    if kind is Kind.DATA and not output.units:
        return [Finding.of(Code.OUTPUT_DATA, output=index)]
    findings = []
    if kind is Kind.DATA or scripts.is_burn(output.script):
        findings.append(Finding.of(Code.OUTPUT_BURN, output=index, amount=amount))
    elif (kind_by_name := params.oddity(output.script)) is not None:
        findings.append(Finding.of(Code.OUTPUT_REFUSED, output=index, kind=kind_by_name))
    elif to_address(params, output.script) is None:
        findings.append(Finding.of(Code.OUTPUT_UNKNOWN_SCRIPT, output=index))
    if not output.units:
        findings.append(Finding.of(Code.OUTPUT_ZERO, output=index))
    elif output.units < least:
        findings.append(Finding.of(Code.OUTPUT_DUST, output=index, amount=amount))
    return findings


def dust(params: Params, output: Output) -> int:
    """What spending it would cost at the coin's dust rate, as nodes reckon."""
    spending = 67 if scripts.is_witness(output.script) else 148
    return (len(output.to_bytes()) + spending) * params.dust_rate // 1000


def _repeated(made: Sequence[_Made]) -> list[Finding]:
    """Paying the same address twice is rarely meant, but for money and tokens apart."""
    first: dict[tuple[bytes, bytes], int] = {}
    findings = []
    for index, item in enumerate(made):
        category = b"" if item.token is None else item.token.category
        earlier = first.setdefault((item.output.script, category), index)
        if earlier != index:
            findings.append(Finding.of(Code.OUTPUT_REPEATED, output=index, first=earlier))
    return findings
