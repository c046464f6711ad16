"""Where the officers are: the stages of signing, and the few places the screens add around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from signer.ceremony.custody import Hall, Premise
from signer.ceremony.ports import Archive, Camera, SigningSession
from signer.ceremony.reception import Read, Receiver
from signer.ceremony.register import Office
from signer.ceremony.script import Step
from signer.ceremony.signing import Approved, Bench, Declined, Review, Scanning, Signed
from signer.core.account import Account
from signer.core.errors import KinkoError
from signer.core.prepared import Prepared
from signer.core.transcript import Transcript
from signer.core.words import Language
from signer.tui.forms import CeremonyKind
from signer.tui.words import Labels, labels


@dataclass(frozen=True, slots=True)
class Home:
    """Nothing has begun."""

    bench: Bench


@dataclass(frozen=True, slots=True)
class Approving:
    """The review was read to its end; officers approve, also beyond what is needed. `thanked` has just done so."""

    stage: Review | Approved
    thanked: str = ""

    @property
    def review(self) -> Review:
        return self.stage.review if isinstance(self.stage, Approved) else self.stage


@dataclass(frozen=True, slots=True)
class Stopped:
    """A ceremony ended with an error."""

    bench: Bench
    error: KinkoError


@dataclass(frozen=True, slots=True)
class Accounts:
    """What this device signs for."""

    bench: Bench


@dataclass(frozen=True, slots=True)
class Address:
    """One address of an account. `answer` is what a scanned address turned out to be."""

    bench: Bench
    account: Account
    branch: int = 0
    index: int = 0
    answer: str = ""
    good: bool = False


@dataclass(frozen=True, slots=True)
class Checking:
    """An address is about to be scanned, to see whether it is the account's."""

    address: Address


@dataclass(frozen=True, slots=True)
class Carried:
    """Something that may leave as codes, under a title; `back` comes after it."""

    bench: Bench
    title: str
    read: Read
    back: Stage


@dataclass(frozen=True, slots=True)
class Records:
    """The journal."""

    bench: Bench


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What the device can say of itself."""

    bench: Bench


@dataclass(frozen=True, slots=True)
class Ceremonies:
    """Which ceremony is to be held."""

    bench: Bench


@dataclass(frozen=True, slots=True)
class Filling:
    """What has to be known before a ceremony: names, numbers, nothing secret."""

    bench: Bench
    kind: CeremonyKind


@dataclass(frozen=True, slots=True)
class Preparing:
    """A script that somebody prepared is about to be read."""

    bench: Bench


@dataclass(frozen=True, slots=True)
class Playing:
    """A ceremony is held, step by step. `script` is the document it came in, None for one typed here."""

    bench: Bench
    steps: tuple[Step, ...]
    script: Prepared | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """A ceremony is over: its transcripts, to be signed by everybody."""

    bench: Bench
    transcripts: tuple[Transcript, ...]


#: What there is beside signing.
Held: TypeAlias = Ceremonies | Filling | Preparing | Playing | Minutes
Beside: TypeAlias = Accounts | Address | Checking | Carried | Records | SelfCheck | Held

Stage: TypeAlias = Home | Scanning | Review | Approving | Approved | Signed | Declined | Stopped | Beside


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a device offers beside signing."""

    archive: Archive | None = None
    selfcheck: Callable[[], Sequence[Premise]] | None = None
    hall: Hall | None = None
    office: Office | None = None
    free: Callable[[], int] | None = None  # bytes for records


def session_of(stage: Stage) -> SigningSession | None:
    """The child process a stage keeps alive, if any: it must not outlive the stage."""
    match stage:
        case Review(session=session):
            return session
        case Approving() as approving:
            return approving.review.session
        case Approved(review=review):
            return review.session
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Image:
    """What the machine was started from: the words of its root hash, none where no kernel checks one."""

    words: tuple[str, ...] = ()
    for_tests: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What every screen needs besides its stage."""

    language: Language
    device_name: str
    development: bool
    open_camera: Callable[[str], Camera]
    camera_source: str
    read_file: Callable[[str], bytes] | None
    dwell: float
    rooms: Rooms
    image: Image = Image()
    #: Of payments: a scan that is left and begun again goes on where it was.
    receiver: Receiver = field(default_factory=Receiver)

    @property
    def labels(self) -> Labels:
        return labels(self.language)
