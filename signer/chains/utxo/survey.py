"""The inputs of a draft held against an enrolled account: which are its own, and every finding about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signer.chains.utxo import script as scripts
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.coins import Coin
from signer.chains.utxo.contents import Contents
from signer.chains.utxo.descriptor import BEFORE_SEGWIT, Shape
from signer.chains.utxo.digest import FORK_ID, SIGHASH_ALL, SIGHASH_DEFAULT, Digester, Era, Locked, locked
from signer.chains.utxo.fields import In
from signer.chains.utxo.psbt import Half
from signer.chains.utxo.script import Kind, kind_of
from signer.chains.utxo.signature import is_ecdsa, is_taproot
from signer.chains.utxo.wallet import Spot, Wallet
from signer.core.finding import Code, Finding, Severity

MAX_HASHED = 400_000_000  # bytes: inputs times size, which is what signing without segwit has to hash
MAX_INDEX = 1_000_000  # address number of an input; beyond it a warning

_PREVIOUS = frozenset({bytes([In.NON_WITNESS_UTXO])})
_PREVIOUS_AND_OUTPUT = _PREVIOUS | {bytes([In.WITNESS_UTXO])}


@dataclass(frozen=True, slots=True)
class Own:
    """An input that is the account's: where it stands, how it is locked, its digest, whose valid signatures it has."""

    index: int
    spot: Spot
    locked: Locked
    digest: bytes
    signed: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Survey:
    """An entry for each input. `own`: None for those that must not be signed; `spots`: None for those not ours."""

    own: tuple[Own | None, ...]
    spots: tuple[Spot | None, ...]
    findings: tuple[Finding, ...]


def survey(draft: Contents, wallet: Wallet) -> Survey:
    """Look at every input."""
    findings: list[Finding] = []
    tx = draft.psbt.tx
    if wallet.descriptor.shape in BEFORE_SEGWIT and len(tx.inputs) * len(tx.stripped()) > MAX_HASHED:
        nothing = (None,) * len(tx.inputs)
        return Survey(nothing, nothing, (Finding.of(Code.TRANSACTION_HUGE),))
    all_taproot = draft.commits_to_amounts
    own, spots = [], []
    for index, (coin, half) in enumerate(zip(draft.coins, draft.psbt.inputs, strict=True)):
        looked = _Input(index, half, coin, wallet, draft.digester, all_taproot)
        spot = looked.spot()
        found: list[Finding] = []
        if spot is None or not looked.is_exactly(spot):
            found, spot = looked.codes(spot)
        if spot is not None and spot.index > MAX_INDEX:
            found.append(Finding.of(Code.INDEX_TOO_FAR, what="input", index=index, number=spot.index))
        findings += found
        spots.append(spot)
        own.append(looked.own(spot) if spot is not None and not (found and _stopped(found)) else None)
        if own[-1] is not None:
            wrong = _bad_signatures(own[-1], half, draft.digester.sighash)
            findings += wrong
            if wrong:
                own[-1] = None
    return Survey(tuple(own), tuple(spots), tuple(dict.fromkeys(findings)))


def _stopped(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.STOP for finding in findings)


@dataclass(frozen=True, slots=True)
class _Input:
    """One input being looked at."""

    index: int
    half: Half
    coin: Coin
    wallet: Wallet
    digester: Digester
    all_taproot: bool

    def spot(self) -> Spot | None:
        """The address of the account that it claims to spend."""
        for claim in self._claims().values():
            place = self.wallet.locate(claim)
            if place is not None:
                return self.wallet.at(*place)
        return None

    def is_exactly(self, spot: Spot) -> bool:
        """Whether it is to the byte what this account would make of a proved coin: then nothing is left to find."""
        coin = self.coin
        if coin.problems or not coin.proved or coin.output is None or coin.output.script != spot.script:
            return False
        apart = _PREVIOUS if self.wallet.descriptor.shape in BEFORE_SEGWIT else _PREVIOUS_AND_OUTPUT
        return {key: value for key, value in self.half.pairs.items() if key not in apart} == spot.fields

    def codes(self, spot: Spot | None) -> tuple[list[Finding], Spot | None]:
        """Every finding about it (signatures apart), and the address of the account that it spends, if it does."""
        findings = [Finding.of(code, input=self.index) for code in self._previous()]
        claims = self.half.tap_derivations or self.half.derivations
        findings += self._final()
        findings += self._sighash()
        if spot is None:
            return findings + self._foreign(bool(claims)), None
        codes = self._claims_differ(spot)
        codes += self._script_differs(spot)
        if self._taproot_differs(spot):
            codes.append(Code.KEYS_MISMATCH)
        if self.wallet.descriptor.shape in BEFORE_SEGWIT and self.half.get(In.WITNESS_UTXO) is not None:
            codes.append(Code.WITNESS_CLAIMED)
        if self.coin.output is None:
            codes.append(Code.INPUT_UNKNOWN_AMOUNT)
        elif self.coin.output.script != spot.script:
            codes.append(Code.INPUT_FOREIGN)
            findings += self._odd()
        findings += [Finding.of(code, input=self.index) for code in codes]
        is_ours = self.coin.output is not None and self.coin.output.script == spot.script
        return findings, spot if is_ours else None

    def own(self, spot: Spot) -> Own | None:
        """The input ready to be signed."""
        output = self.coin.output
        how: Locked | None
        if spot.witness is not None:
            # The coin's script is the spot's own, so the two need not be hashed together again.
            how = Locked(Era.SEGWIT, spot.witness)
        else:
            how = None if output is None else locked(output, self.half)
        if output is None or how is None:
            return None
        digest = self.digester.digest(self.index, how, output.units)
        if digest is None:
            return None
        signed = frozenset(self.half.partials)
        if self.half.get(In.TAP_SIG) is not None:
            signed = frozenset(spot.claims)
        return Own(self.index, spot, how, digest, signed)

    def _claims(self) -> Mapping[bytes, bytes]:
        return self.half.derivations or untapped(self.half.tap_derivations)

    def _previous(self) -> list[Code]:
        """A taproot signature commits to every amount itself, so there a missing proof is no hole."""
        if not self.coin.problems:
            return []
        excused = (Code.PREVIOUS_MISSING,) if self.all_taproot else ()
        return [code for code in self.coin.problems if code not in excused]

    def _foreign(self, claimed: bool) -> list[Finding]:
        findings = [Finding.of(Code.INPUT_FOREIGN, input=self.index), *self._odd()]
        if not claimed:
            findings.append(Finding.of(Code.DERIVATION_MISSING, input=self.index))
        if any(self.wallet.strays(claim) for claim in self._claims().values()):
            findings.append(Finding.of(Code.PATH_OUTSIDE, what="input", index=self.index))
        if self.coin.output is not None and _unhashed(self.half, self.coin.output.script):
            findings.append(Finding.of(Code.SCRIPT_MISMATCH, input=self.index))
        if self.coin.output is None and Code.PREVIOUS_MISSING not in self.coin.problems:
            findings.append(Finding.of(Code.INPUT_UNKNOWN_AMOUNT, input=self.index))
        return findings

    def _odd(self) -> list[Finding]:
        """A coin that is more than money, by name: tokens would be burned."""
        kind = None if self.coin.output is None else self.wallet.params.oddity(self.coin.output.script)
        return [] if kind is None else [Finding.of(Code.INPUT_REFUSED, input=self.index, kind=kind)]

    def _final(self) -> list[Finding]:
        if self.half.get(In.FINAL_SCRIPTSIG) is None and self.half.get(In.FINAL_WITNESS) is None:
            return []
        return [Finding.of(Code.ALREADY_FINAL, input=self.index)]

    def _sighash(self) -> list[Finding]:
        value = self.half.get(In.SIGHASH)
        if value is None and self.wallet.params.digest is Digest.LEGACY:
            return []
        # Where a fork id is asked for it must be said: a PSBT that is silent is one of Bitcoin, and stays that.
        number = SIGHASH_ALL if value is None else int.from_bytes(value, "little")
        output = self.coin.output
        taproot = output is not None and kind_of(output.script) is Kind.P2TR
        good = (SIGHASH_DEFAULT, SIGHASH_ALL) if taproot else (self.digester.sighash,)
        if number in good:
            return []
        found, said = [], "none" if value is None else f"0x{number:02x}"
        forked, coin = bool(number & FORK_ID), self.wallet.params.network.coin
        if forked is not (self.wallet.params.digest is Digest.FORKID):
            whose = "bitcoincash" if forked else "bitcoin"
            found.append(
                Finding.of(Code.SIGHASH_OTHER_COIN, input=self.index, sighash=said, whose=whose, coin=coin)
            )
        if number & ~FORK_ID != SIGHASH_ALL or not found:
            found.append(Finding.of(Code.SIGHASH, input=self.index, sighash=said))
        return found

    def _claims_differ(self, spot: Spot) -> list[Code]:
        claims = self._claims()
        return [] if claims == spot.claims else claim_codes(self.wallet, claims, spot)

    def _taproot_differs(self, spot: Spot) -> bool:
        """Taproot fields on a coin of another kind, or an internal key that is not the account's."""
        internal = self.half.get(In.TAP_INTERNAL)
        if self.wallet.descriptor.shape is not Shape.TR:
            return internal is not None or bool(self.half.tap_derivations)
        return internal not in (None, spot.keys[0][1:])

    def _script_differs(self, spot: Spot) -> list[Code]:
        redeem, witness = self.half.get(In.REDEEM_SCRIPT), self.half.get(In.WITNESS_SCRIPT)
        if redeem == spot.redeem and witness == spot.witness:
            return []
        codes: list[Code] = []
        for given, expected in ((redeem, spot.redeem), (witness, spot.witness)):
            if given is None and expected is not None:
                codes.append(Code.SCRIPT_MISSING)
            elif given is not None and given != expected:
                codes += script_codes(given, expected)
        if self.coin.output is not None and _unhashed(self.half, self.coin.output.script):
            codes.append(Code.SCRIPT_MISMATCH)
        return list(dict.fromkeys(codes))


def untapped(claims: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Taproot derivations of key-path keys in the form of the others: x-only key -> fingerprint and path."""
    return {key: value[1:] for key, value in claims.items() if value[0] == 0 and len(value) % 4 == 1}


def claim_codes(wallet: Wallet, claims: Mapping[bytes, bytes], spot: Spot) -> list[Code]:
    """What is wrong with derivations that are not exactly those of the spot. Fewer than all of them is no fault."""
    codes = []
    for key, claim in claims.items():
        expected = spot.claims.get(key)
        if expected == claim:
            continue
        if expected is not None or wallet.locate(claim) is not None:
            codes.append(Code.DERIVATION_MISMATCH)
        else:
            codes.append(Code.KEYS_MISMATCH)
    return list(dict.fromkeys(codes))


def script_codes(given: bytes, expected: bytes | None) -> list[Code]:
    """What is wrong with a script that is not the one the account has at this place."""
    said = scripts.read_multisig(given)
    meant = None if expected is None else scripts.read_multisig(expected)
    codes = []
    if said is not None and meant is not None:
        if said.threshold != meant.threshold:
            codes.append(Code.THRESHOLD_MISMATCH)
        if set(said.keys) != set(meant.keys):
            codes.append(Code.KEYS_MISMATCH)
    return codes or [Code.SCRIPT_MISMATCH]


def _unhashed(half: Half, script: bytes) -> bool:
    """Whether a script is there that the coin is not locked with."""
    redeem, witness = half.get(In.REDEEM_SCRIPT), half.get(In.WITNESS_SCRIPT)
    if redeem is not None and scripts.p2sh(redeem) != script:
        return True
    program = redeem if redeem is not None else script
    return witness is not None and scripts.p2wsh(witness) != program


def _bad_signatures(own: Own, half: Half, sighash: int) -> list[Finding]:
    """Signatures already there must be valid, cover everything, and be by keys of the account."""
    findings = []
    for key, signature in half.partials.items():
        if key not in own.spot.claims:
            findings.append(Finding.of(Code.SIGNATURE_STRANGER, input=own.index, key=key.hex()))
        elif not is_ecdsa(key, own.digest, signature, sighash):
            findings.append(Finding.of(Code.SIGNATURE_INVALID, input=own.index))
    tap = half.get(In.TAP_SIG)
    if tap is not None and not (
        own.locked.era is Era.TAPROOT and is_taproot(own.spot.script[2:], own.digest, tap, own.locked.sighash)
    ):
        findings.append(Finding.of(Code.SIGNATURE_INVALID, input=own.index))
    return findings
