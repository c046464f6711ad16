"""The fields a PSBT may have (BIP 174, 370, 371): an allow-list with the sizes each must keep to.

No library tells unknown, duplicate or misplaced fields from good ones, and any of them can make another signer read
something else than this one did. What is not listed here is reported by inspection, never skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

MAX_SCRIPT = 10_000  # bytes of a script: more is never spendable
MAX_WITNESS = 100_000  # bytes of a finished input's witness
MAX_TRANSACTION = 4_000_000  # bytes of a transaction: what a block holds
PROPRIETARY: Final = 0xFC
VERSION_KEY: Final = b"\xfb"

Map: TypeAlias = dict[bytes, bytes]


class Rule(NamedTuple):
    """Sizes in bytes: of the key after its type byte, and of the value, each from its low on in steps.

    `versions`: PSBT versions that know the field. `used`: whether this device understands it; one that is only
    known is held to its sizes, then reported.
    """

    key_low: int
    key_high: int
    low: int
    high: int
    versions: tuple[int, ...] = (0, 2)
    used: bool = True
    key_step: int = 1
    step: int = 1


_V2 = (2,)
_PATH = 4 + 4 * 32
_SCRIPT = Rule(0, 0, 1, MAX_SCRIPT)


class Global:
    """Key types of the global map."""

    UNSIGNED_TX: Final = 0x00
    XPUB: Final = 0x01
    TX_VERSION: Final = 0x02
    FALLBACK_LOCKTIME: Final = 0x03
    INPUT_COUNT: Final = 0x04
    OUTPUT_COUNT: Final = 0x05
    MODIFIABLE: Final = 0x06
    VERSION: Final = 0xFB


class In:
    """Key types of an input map."""

    NON_WITNESS_UTXO: Final = 0x00
    WITNESS_UTXO: Final = 0x01
    PARTIAL_SIG: Final = 0x02
    SIGHASH: Final = 0x03
    REDEEM_SCRIPT: Final = 0x04
    WITNESS_SCRIPT: Final = 0x05
    DERIVATION: Final = 0x06
    FINAL_SCRIPTSIG: Final = 0x07
    FINAL_WITNESS: Final = 0x08
    TXID: Final = 0x0E
    VOUT: Final = 0x0F
    SEQUENCE: Final = 0x10
    LOCK_TIME: Final = 0x11
    LOCK_HEIGHT: Final = 0x12
    TAP_SIG: Final = 0x13
    TAP_DERIVATION: Final = 0x16
    TAP_INTERNAL: Final = 0x17
    TAP_SCRIPT_SIG: Final = 0x14
    TAP_LEAF: Final = 0x15
    TAP_ROOT: Final = 0x18


class Out:
    """Key types of an output map."""

    REDEEM_SCRIPT: Final = 0x00
    WITNESS_SCRIPT: Final = 0x01
    DERIVATION: Final = 0x02
    AMOUNT: Final = 0x03
    SCRIPT: Final = 0x04
    TAP_INTERNAL: Final = 0x05
    TAP_TREE: Final = 0x06
    TAP_DERIVATION: Final = 0x07


GLOBAL_RULES: Final[Mapping[int, Rule]] = MappingProxyType(
    {
        Global.UNSIGNED_TX: Rule(0, 0, 10, MAX_TRANSACTION, (0,)),
        Global.XPUB: Rule(78, 78, 4, _PATH, step=4),
        Global.TX_VERSION: Rule(0, 0, 4, 4, _V2),
        Global.FALLBACK_LOCKTIME: Rule(0, 0, 4, 4, _V2),
        Global.INPUT_COUNT: Rule(0, 0, 1, 9, _V2),
        Global.OUTPUT_COUNT: Rule(0, 0, 1, 9, _V2),
        Global.MODIFIABLE: Rule(0, 0, 1, 1, _V2),
        Global.VERSION: Rule(0, 0, 4, 4),
    }
)

INPUT_RULES: Final[Mapping[int, Rule]] = MappingProxyType(
    {
        In.NON_WITNESS_UTXO: Rule(0, 0, 10, MAX_TRANSACTION),
        In.WITNESS_UTXO: Rule(0, 0, 9, 9 + MAX_SCRIPT),
        In.PARTIAL_SIG: Rule(33, 65, 9, 73, key_step=32),
        In.SIGHASH: Rule(0, 0, 4, 4),
        In.REDEEM_SCRIPT: _SCRIPT,
        In.WITNESS_SCRIPT: _SCRIPT,
        In.DERIVATION: Rule(33, 65, 4, _PATH, key_step=32, step=4),
        In.FINAL_SCRIPTSIG: Rule(0, 0, 0, MAX_SCRIPT),
        In.FINAL_WITNESS: Rule(0, 0, 1, MAX_WITNESS),
        In.TXID: Rule(0, 0, 32, 32, _V2),
        In.VOUT: Rule(0, 0, 4, 4, _V2),
        In.SEQUENCE: Rule(0, 0, 4, 4, _V2),
        In.LOCK_TIME: Rule(0, 0, 4, 4, _V2),
        In.LOCK_HEIGHT: Rule(0, 0, 4, 4, _V2),
        In.TAP_SIG: Rule(0, 0, 64, 65),
        In.TAP_DERIVATION: Rule(32, 32, 5, _PATH + 1 + 32 * 128),
        In.TAP_INTERNAL: Rule(0, 0, 32, 32),
        In.TAP_SCRIPT_SIG: Rule(64, 64, 64, 65, used=False),
        In.TAP_LEAF: Rule(33, 33 + 32 * 128, 1, MAX_WITNESS, used=False, key_step=32),
        In.TAP_ROOT: Rule(0, 0, 32, 32, used=False),
    }
)

OUTPUT_RULES: Final[Mapping[int, Rule]] = MappingProxyType(
    {
        Out.REDEEM_SCRIPT: _SCRIPT,
        Out.WITNESS_SCRIPT: _SCRIPT,
        Out.DERIVATION: Rule(33, 65, 4, _PATH, key_step=32, step=4),
        Out.AMOUNT: Rule(0, 0, 8, 8, _V2),
        Out.SCRIPT: Rule(0, 0, 0, MAX_SCRIPT, _V2),
        Out.TAP_INTERNAL: Rule(0, 0, 32, 32),
        Out.TAP_TREE: Rule(0, 0, 1, MAX_WITNESS, used=False),
        Out.TAP_DERIVATION: Rule(32, 32, 5, _PATH + 1 + 32 * 128),
    }
)
