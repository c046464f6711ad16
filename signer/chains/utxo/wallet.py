"""An enrolled account opened for use: which scripts and keys stand at (branch, index), and back from a claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import wallycore

from signer.chains.utxo import script as scripts
from signer.chains.utxo.coin import TPUB, Digest, Params
from signer.chains.utxo.descriptor import MULTISIG, Descriptor, Shape, read_descriptor
from signer.chains.utxo.fields import In
from signer.chains.utxo.keys import Branch, Fixed, raw_path, unhardened
from signer.core.account import Account
from signer.core.errors import Bad, Malformed

_MAX_REMEMBERED = 20_000
_DERIVATION, _REDEEM, _WITNESS, _SIGHASH = (
    bytes([kind]) for kind in (In.DERIVATION, In.REDEEM_SCRIPT, In.WITNESS_SCRIPT, In.SIGHASH)
)
#: How deep in a descriptor wallycore finds the redeem script and the witness script.
_DEPTHS: Final = {
    Shape.PKH: (None, None),
    Shape.WPKH: (None, None),
    Shape.TR: (None, None),
    Shape.SH_WPKH: (1, None),
    Shape.WSH_MINISCRIPT: (None, 1),
    Shape.SH_WSH_MINISCRIPT: (1, 2),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One address of an account. `keys` are in the order of the account's keys.

    `claims`: public key (x-only for taproot) -> derivation as a PSBT must state it.
    `redeem`, `witness`: the scripts behind `script`.
    `fields`: what the map of an input that spends it holds, its previous output apart.
    """

    branch: int
    index: int
    script: bytes
    redeem: bytes | None
    witness: bytes | None
    keys: tuple[bytes, ...]
    claims: Mapping[bytes, bytes]
    fields: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Wallet:
    """Use `open_wallet`. What was derived is remembered: the same branch and index always give the same spot.

    `branches`: each key's two branches. `stems`: for each branch, what a claim of each key says before the index.
    """

    params: Params
    descriptor: Descriptor
    branches: tuple[tuple[Branch | Fixed, ...], ...]
    stems: tuple[tuple[bytes, ...], ...]
    prefixes: Mapping[bytes, tuple[tuple[int, int], ...]]
    native: object
    _spots: dict[tuple[int, int], Spot] = field(default_factory=dict, repr=False, compare=False)

    def at(self, branch: int, index: int) -> Spot:
        """The address at a branch (0 receive, 1 change) and index, derived by this device."""
        spot = self._spots.get((branch, index))
        if spot is None:
            if len(self._spots) >= _MAX_REMEMBERED:
                self._spots.clear()
            spot = self._spots[branch, index] = self._derive(branch, index)
        return spot

    def locate(self, claim: bytes) -> tuple[int, int] | None:
        """(branch, index) that a derivation claims, None if its path is not one of this account's."""
        steps = self.prefixes.get(claim[:-8])
        if steps is None:
            return None
        step, index = int.from_bytes(claim[-8:-4], "little"), int.from_bytes(claim[-4:], "little")
        if not unhardened(index):
            return None
        for pair in steps:
            if step in pair:
                return pair.index(step), index
        return None

    def strays(self, claim: bytes) -> bool:
        """Whether a claim names a master of this account on a path that the account does not have."""
        return self.locate(claim) is None and any(claim[:4] == prefix[:4] for prefix in self.prefixes)

    def _derive(self, branch: int, index: int) -> Spot:
        """By coincurve and our own multisig scripts; what only wallycore understands, by wallycore."""
        keys = tuple([pair[branch].key(index) for pair in self.branches])
        tail = index.to_bytes(4, "little")
        shape = self.descriptor.shape
        named = (keys[0][1:],) if shape is Shape.TR else keys
        stems = zip(named, self.stems[branch], self.descriptor.uses, strict=True)
        claims = {key: stem + tail if used.steps else stem for key, stem, used in stems}
        if shape in MULTISIG:
            ordered = tuple(sorted(keys)) if self.descriptor.sorted else keys
            script, redeem, witness = _locked(shape, scripts.multisig(self.descriptor.threshold, ordered))
        else:
            script = self._native(0, branch, index)
            depths = _DEPTHS[shape]
            redeem, witness = (
                None if depth is None else self._native(depth, branch, index) for depth in depths
            )
        fields = {} if shape is Shape.TR else {_DERIVATION + key: claim for key, claim in claims.items()}
        if redeem is not None:
            fields[_REDEEM] = redeem
        if witness is not None:
            fields[_WITNESS] = witness
        if self.params.digest is Digest.FORKID:
            fields[_SIGHASH] = Digest.FORKID.sighash.to_bytes(4, "little")
        return Spot(branch, index, script, redeem, witness, keys, claims, fields)

    def _native(self, depth: int, branch: int, index: int) -> bytes:
        return bytes(wallycore.descriptor_to_script(self.native, depth, 0, 0, branch, index, 0))


def _locked(shape: Shape, inner: bytes) -> tuple[bytes, bytes | None, bytes | None]:
    """(output script, redeem script, witness script) of a multisig script."""
    if shape is Shape.SH_MULTI:
        return scripts.p2sh(inner), inner, None
    program = scripts.p2wsh(inner)
    if shape is Shape.SH_WSH_MULTI:
        return scripts.p2sh(program), program, inner
    return program, None, inner


@lru_cache(maxsize=8)
def open_terms(params: Params, terms: str) -> Wallet:
    """Open canonical terms. Raises Malformed; two libraries must agree on the first addresses of both branches."""
    descriptor = read_descriptor(params, terms)
    if descriptor.text != terms:
        raise Malformed(Bad.DESCRIPTOR, what="not-canonical")
    branches = tuple(
        tuple(Branch.of(used.key.node.child(step)) for step in used.steps)
        or (Fixed(used.key.node.public_key),) * 2
        for used in descriptor.uses
    )
    stems = tuple(
        tuple(used.key.prefix + raw_path(used.steps[branch : branch + 1]) for used in descriptor.uses)
        for branch in (0, 1)
    )
    prefixes: dict[bytes, tuple[tuple[int, int], ...]] = {}
    for used in descriptor.uses:
        if used.steps:
            prefixes[used.key.prefix] = (*prefixes.get(used.key.prefix, ()), used.steps)
    network = wallycore.WALLY_NETWORK_BITCOIN_TESTNET
    if params.key_version != TPUB:
        network = wallycore.WALLY_NETWORK_BITCOIN_MAINNET
    try:
        native = wallycore.descriptor_parse(terms, None, network, 0)
        wallet = Wallet(params, descriptor, branches, stems, prefixes, native)
        for branch in (0, 1):
            if wallet.at(branch, 0).script != bytes(
                wallycore.descriptor_to_script(native, 0, 0, 0, branch, 0, 0)
            ):
                raise Malformed(Bad.DESCRIPTOR, what="libraries-disagree")
    except ValueError as error:
        raise Malformed(Bad.DESCRIPTOR, what="not-understood") from error
    return wallet


def open_wallet(params: Params, account: Account) -> Wallet:
    """Open an enrolled account of this network. Raises Malformed."""
    return open_terms(params, account.terms)
