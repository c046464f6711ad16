"""What commands print: sentences for people, or one JSON document with `--json`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from online_builder.desk import Progress
from online_builder.errors import BuilderError
from online_builder.store.values import State
from signer.core.errors import KinkoError, Refused, Tampered
from signer.core.fingerprint import spoken
from signer.core.words import error_sentence, finding_sentence


def say(text: str) -> None:
    """Print. A reader that has seen enough (`| head`) ends the printing and not the command."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how to print."""

    as_json: bool

    def tell(self, document: dict[str, object], lines: Sequence[str]) -> None:
        """Print the document, or the lines."""
        say(
            json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)
            if self.as_json
            else "\n".join(lines)
        )

    def error(self, error: KinkoError) -> None:
        """Print an error: to standard output as JSON, or to standard error in words."""
        sentence = _sentence(error)
        if not self.as_json:
            print(sentence, file=sys.stderr)
            return
        findings = error.findings if isinstance(error, Refused) else ()
        label = findings[0].code.label if findings else _label(error)
        rows = [{"code": f.code.label, "sentence": finding_sentence(f)} for f in findings]
        document = {"error": label, "family": type(error).__name__, "sentence": sentence, "findings": rows}
        say(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))


def _sentence(error: KinkoError) -> str:
    if isinstance(error, Tampered):
        what = str(error.details.get("what", error.code.value))
        return f"This does not add up: {what}. Nothing of it was taken. Keep the file and the device as they are."
    return str(error) if isinstance(error, BuilderError) else error_sentence(error)


def _label(error: KinkoError) -> str:
    return error.trouble.label if isinstance(error, BuilderError) else str(error.code.value)


def progress_document(progress: Progress) -> dict[str, object]:
    """A request's progress for `--json`."""
    request = progress.request
    return {
        "id": request.id,
        "account": request.account,
        "state": request.state.value,
        "words": list(spoken(request.digest)),
        "signed": [str(c.origin) for c in progress.signed],
        "missing": [str(c.origin) for c in progress.missing],
        "threshold": progress.threshold,
        "complete": progress.complete,
        "txid": request.txid,
        "confirmations": progress.confirmations,
        "purpose": request.purpose,
        "trouble": str(progress.trouble) if progress.trouble else None,
    }


def progress_lines(progress: Progress) -> list[str]:
    """A request's progress in words."""
    request = progress.request
    have = ", ".join(c.origin.fingerprint.hex() for c in progress.signed) or "nobody"
    need = ", ".join(c.origin.fingerprint.hex() for c in progress.missing) or "nobody"
    depth = _depth(progress)
    return [
        f"{request.id[:8]}  {request.account}: {request.state.value}{depth}  {request.purpose}".rstrip(),
        f"          signed {len(progress.signed)} of {progress.threshold}: {have}; not yet: {need}",
        f"          txid {request.txid}",
        f"          words {' '.join(spoken(request.digest))}",
        *([f"          {progress.trouble}"] if progress.trouble else []),
    ]


def _depth(progress: Progress) -> str:
    if progress.confirmations is not None:
        return f", {progress.confirmations} confirmations"
    lost = progress.request.state is State.BROADCAST and not progress.trouble
    return ", forgotten by the network: broadcast it again" if lost else ""
