"""FAMILIES: how the accounts of each chain are planned for, by the namespace of its CAIP-2 id. A family is one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.family import Family
from online_builder.plan.nem import NEM
from online_builder.plan.utxo import COINS

FAMILIES: Final[Mapping[str, Family]] = MappingProxyType({"bip122": COINS, "bch": COINS, "nem": NEM})


def family_of(chain: str) -> Family:
    """By CAIP-2 id. Raises CANNOT_BUILD."""
    family = FAMILIES.get(chain.partition(":")[0])
    if family is None:
        raise BuilderError(Trouble.CANNOT_BUILD, why=f"nobody here plans for {chain}")
    return family
