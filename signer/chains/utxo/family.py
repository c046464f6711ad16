"""From parameters to `Chain`: the functions of every network of a coin."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from signer.chains.draft import Chain
from signer.chains.utxo.account import address, enrol, export, export_bsms, export_policy
from signer.chains.utxo.address import to_address, to_script
from signer.chains.utxo.coin import Params
from signer.chains.utxo.read import read


def chain(params: Params) -> Chain:
    """One network of a coin, ready for the registry."""
    return Chain(
        network=params.network,
        read=partial(read, params),
        enrol=partial(enrol, params),
        export=partial(export, params),
        address=partial(address, params),
        lock=partial(to_script, params),
        spell=partial(to_address, params),
        spell_tokens=partial(to_address, params, tokens=True) if params.tokens else None,
        params=params,
        exports=(("bsms", partial(export_bsms, params)), ("policy", partial(export_policy, params))),
    )


def family(networks: Iterable[Params]) -> tuple[Chain, ...]:
    """Every network of a coin."""
    return tuple(chain(params) for params in networks)
