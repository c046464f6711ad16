"""A child of one question: a fresh process asks a token, answers, and is gone, one at a time under a lock.

Libraries of tokens crash in threads, refuse concurrent logins, and know a token that was pulled and put back only
after a restart; and what a token says is parsed where nothing else can be reached.
"""

from __future__ import annotations

import subprocess
import sys
from enum import Enum
from pathlib import Path

from signer.core.codec import decode, encode
from signer.core.errors import Lock, Malformed, VaultError
from signer.storage.files import locked, make_folder
from signer.vault.frames import PipeClosed, receive_frame, send_frame
from signer.vault.protocol import Status, read_error
from signer.vault.session import ROOT, child_environment

#: How long the token may be somebody else's, and how long it may take: FIDO2 tokens wait half a minute for a touch.
PATIENCE = 30.0
ANSWER_WITHIN = 60.0
_ASK = (
    f"import sys; sys.path.insert(0, {ROOT!r}); from signer.vault.{{}} import ask_main; sys.exit(ask_main())"
)


class Trade(Enum):
    """Who is asked, by the module that the child runs."""

    PKCS11 = "tokenchild"
    FIDO2 = "fido"


def ask_child(trade: Trade, message: list[object], pin: bytearray, lock: Path) -> object:
    """Raises VaultError: TOKEN with what it was about, BUSY, CHILD. The PIN stays as it is: it is the caller's."""
    make_folder(lock.parent)
    with locked(lock, PATIENCE):
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _ASK.format(trade.value)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            cwd="/",
            start_new_session=True,
        )
        try:
            if process.stdin is None or process.stdout is None:
                raise VaultError(Lock.CHILD)
            send_frame(process.stdin.fileno(), encode(message))
            send_frame(process.stdin.fileno(), pin)
            answer = decode(bytes(receive_frame(process.stdout.fileno(), timeout=ANSWER_WITHIN)))
        except (PipeClosed, Malformed) as error:
            raise VaultError(Lock.TOKEN, what="no answer") from error
        finally:
            process.kill()
            process.communicate()
    match answer:
        case [Status.DONE, payload]:
            return payload
        case [int() as status, code, details]:
            raise read_error(status, code, details)
    raise VaultError(Lock.CHILD)
