"""What the parent and the signing child say to each other, as CBOR lists (frames: `frames`)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, IntEnum

from signer.core.account import KeyOrigin
from signer.core.codec import encode
from signer.core.errors import Bad, Broken, KinkoError, Lock, Malformed, Tampered, VaultError
from signer.core.fields import Fields
from signer.core.task import Algorithm, Task

MAX_BATCH = 1024
MAX_BATCH_BYTES = 2 * 1024 * 1024
_WHAT = "child"


class Op(IntEnum):
    """The first item of every request, and the raw frames that follow it.

    OPEN vault file; two frames: seal key, officer factor key of the device. UNLOCK officer; passphrase, factor secret.
    PUBLIC slot, paths, form. SIGN tasks. The others are the forge's alone: APPOINT credential draft; passphrase,
    factor secret. CREATE slot header, origin, number of sources, backup plan; secret, one frame a source of entropy.
    RESEAL slot, new header. DRILL fingerprint, origin; secret.
    The last ones go to a child of one question. TOKEN_ (tokenchild): where, and what to unwrap; the PIN. FIDO_ (fido):
    HID device, officer, credential id, salt, other officers' credential ids; the PIN.
    """

    OPEN = 1
    UNLOCK = 2
    PUBLIC = 3
    SIGN = 4
    APPOINT = 5
    CREATE = 6
    RESEAL = 7
    DRILL = 8
    TOKEN_KEY = 9
    TOKEN_SECRET = 10
    TOKEN_READ = 11
    TOKEN_DROP = 12
    FIDO_ENROL = 13
    FIDO_ANSWER = 14


class Status(IntEnum):
    """The first item of every answer."""

    DONE = 0
    VAULT_ERROR = 1
    TAMPERED = 2


def task_row(task: Task) -> list[object]:
    origin = [task.origin.fingerprint, list(task.origin.path)]
    return [task.index, origin, task.public_key, task.algorithm.value, task.message, task.tweak]


def read_task(row: object) -> Task:
    fields = row_of(row, 6)
    origin = row_of(fields.items[1], 2)
    return Task(
        fields.integer(0),
        KeyOrigin(origin.octets(0, 4, 4), read_path(origin.items[1])),
        fields.octets(2, 33, 32),
        Algorithm(fields.text(3, 32)),
        fields.octets(4, MAX_BATCH_BYTES),
        fields.octets(5, 32),
    )


def read_path(value: object) -> tuple[int, ...]:
    steps = Fields(_WHAT, {0: value}).items_of(0, 16)
    fields = Fields(_WHAT, dict(enumerate(steps)))
    return tuple(fields.integer(index, 0, 2**32 - 1) for index in range(len(steps)))


def batches(tasks: Sequence[Task]) -> list[list[Task]]:
    """Cut tasks into messages that fit a frame, in order."""
    cut: list[list[Task]] = [[]]
    size = 0
    for task in tasks:
        size += len(task.message) + 256
        if len(cut[-1]) == MAX_BATCH or (cut[-1] and size > MAX_BATCH_BYTES):
            cut.append([])
            size = len(task.message) + 256
        cut[-1].append(task)
    return cut


def row_of(value: object, length: int) -> Fields:
    """A list of exactly this length. Raises Malformed."""
    if not isinstance(value, list) or len(value) != length:
        raise Malformed(Bad.FIELD, what=_WHAT)
    return Fields(_WHAT, dict(enumerate(value)))


def error_answer(error: VaultError | Tampered) -> bytes:
    status = Status.TAMPERED if isinstance(error, Tampered) else Status.VAULT_ERROR
    details = [[name, value] for name, value in error.details.items()]
    return encode([status, error.code.value, details])


def read_error(status: int, code: object, details: object) -> KinkoError:
    """The error a child answered with; anything that is none is VaultError(CHILD)."""
    kinds: dict[int, type[Enum]] = {Status.VAULT_ERROR: Lock, Status.TAMPERED: Broken}
    try:
        found = kinds[status](code)
        named = dict(details) if isinstance(details, list) else {}
    except (KeyError, ValueError, TypeError):
        return VaultError(Lock.CHILD)
    match found:
        case Lock():
            return VaultError(found, **named)
        case Broken():
            return Tampered(found, **named)
    return VaultError(Lock.CHILD)
