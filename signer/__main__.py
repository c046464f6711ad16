"""The composition root: the only file that names every adapter and wires it to the ceremonies' ports."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from signer.camera.process import CameraProcess, gather_noise, open_camera
from signer.ceremony.custody import Hall, Premise, ScriptDesk
from signer.ceremony.examine import Desk
from signer.ceremony.signing import Bench
from signer.chains.registry import READERS
from signer.cli.appliance import Appliance, Check
from signer.cli.files import read_input
from signer.cli.pins import Pins
from signer.cli.run import run
from signer.core.errors import KinkoError
from signer.core.event import Event, EventKind
from signer.core.fingerprint import spoken
from signer.core.pin import AskPin, nobody_to_ask
from signer.core.policy import script_rules
from signer.core.space import MIB, judge
from signer.journal.journal import FileJournal
from signer.journal.records import Records
from signer.storage.files import free_bytes
from signer.tui.app import KinkoApp
from signer.tui.stages import Image, Rooms
from signer.vault.answers import known_answers
from signer.vault.calibration import calibrate
from signer.vault.clock import FileClock
from signer.vault.devices import verify_ed25519
from signer.vault.image import for_tests, root_hash
from signer.vault.premises import hardware_secret, image_verified, network_cut
from signer.vault.secret import DeviceSecret
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature

_PREVIEW = (96, 54)
DEVICE_SECRET = "device secret"
_FIRST_CAMERA = "0"
#: On the appliance, where to ask for the pixel child, so that it has a user of its own (docs/explanation/isolation.md).
_DOOR = os.environ.get("KINKO_DECODER", "")
_NOISE = partial(gather_noise, door=_DOOR)


def home_folder(given: Path | None) -> Path:
    """`--home`, else KINKO_HOME, else a folder of the user's."""
    return given or Path(os.environ.get("KINKO_HOME") or Path.home() / ".kinko-signer")


def assemble(given: Path | None, ask_pin: AskPin = nobody_to_ask) -> Appliance:
    """The appliance in a home folder; an empty folder becomes a new one, without keys. Raises Tampered, VaultError."""
    home = home_folder(given)
    vault = replace(FileVault.at(home, lambda: clock.now(), ask_pin), kdf=calibrate)
    device = vault.device
    journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
    clock = FileClock(home / "clock", device.key(b"clock seal"), journal.latest)
    records = Records(home / "enrolled", device.key(b"enrolled seal"), journal, vault.policy)
    desk = Desk(clock, records, records, READERS, verify_ed25519, vault.slots)
    bench = Bench(desk, vault, journal, verify_signature)
    scripts = ScriptDesk(lambda: script_rules(records.in_force(clock.now())), verify_ed25519)
    hall = Hall(
        vault,
        journal,
        clock,
        verify_signature,
        lambda: survey(device),
        noise=_NOISE,
        scripts=scripts,
        adjust=clock.adjust,
        image=root_hash(),
    )
    return Appliance(
        bench,
        vault,
        journal,
        records,
        records,
        camera,
        lambda: selfcheck(vault, journal, home),
        lambda development: replace(hall, development=development, any_quorum=development),
    )


def survey(device: DeviceSecret) -> tuple[Premise, ...]:
    """What must be so before a ceremony for real keys is held on this machine."""
    return (
        Premise("network", *network_cut()),
        Premise("image", *image_verified()),
        Premise(DEVICE_SECRET, *hardware_secret(device)),
    )


def camera(source: str) -> CameraProcess:
    """The camera's child process, with figures and a small picture."""
    return open_camera(source, preview=_PREVIEW, stats=True, door=_DOOR)


def selfcheck(vault: FileVault, journal: FileJournal, home: Path) -> tuple[Check, ...]:
    """What the device can say of itself: every primitive answers as it must, vault and journal open and add up."""
    return (
        *(Check(name, passed) for name, passed in known_answers()),
        *_image_checks(root_hash()),
        _check("vault", lambda: f"{len(vault.slots())} keys"),
        _check("journal", lambda: f"{journal.verify()} records"),
        _check("room", lambda: _room(free_bytes(home))),
    )


def _room(free: int) -> str:
    """A device without room is not broken: it is said, and what would be written is refused."""
    return f"{judge(free).value}, {free // MIB} MiB free"


def _image_checks(root: bytes) -> tuple[Check, ...]:
    """On an appliance: whether the kernel checks the root, and under which words. Elsewhere there is no image."""
    return (Check("image", image_verified()[0], f"{' '.join(spoken(root))} {root.hex()}"),) if root else ()


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except KinkoError as error:
        return Check(name, False, str(error))


def main() -> None:
    """`kinko-signer`."""
    sys.exit(run(sys.argv[1:], assemble, screen))


def screen(appliance: Appliance, args: Namespace, pins: Pins) -> None:
    """The terminal UI. Every screen says so where this is no device for real keys."""
    name = home_folder(args.home).name
    rehearsal = args.development or rehearsing(appliance)
    app = KinkoApp(
        appliance.bench,
        appliance.open_camera,
        args.device or _FIRST_CAMERA,
        language=args.language,
        device_name=name,
        development=rehearsal,
        read_file=read_input if rehearsal else None,
        rooms=rooms(appliance, home_folder(args.home), development=rehearsal, any_quorum=args.development),
        image=started(appliance, root_hash(), for_tests()),
    )
    pins.elsewhere = app.ask_pin
    app.run(mouse=False)


def started(appliance: Appliance, root: bytes, test: bool) -> Image:
    """What the machine was started from; a verified root is written to the journal at every start."""
    if not root:
        return Image(for_tests=test)
    words = spoken(root)
    with suppress(KinkoError):  # the screens will say what is wrong with the journal, or with the room left
        now = appliance.bench.desk.clock.now()
        appliance.bench.journal.append(Event(EventKind.STARTED, now, (), root, (("image", " ".join(words)),)))
    return Image(words, test)


def rehearsing(appliance: Appliance) -> bool:
    """Whether this can be no device for real keys: its secret is in a file, or a key has no quorum."""
    secret = [premise for premise in appliance.hall(False).survey() if premise.name == DEVICE_SECRET]
    try:
        return not all(premise.holds for premise in secret) or not all(
            slot.sound for slot in appliance.bench.vault.slots()
        )
    except KinkoError:
        return False  # the screens will say what is wrong with it


def rooms(appliance: Appliance, home: Path, *, development: bool, any_quorum: bool = False) -> Rooms:
    """What the screens offer beside signing."""
    hall = replace(appliance.hall(development), any_quorum=any_quorum)
    archive = appliance.books if isinstance(appliance.books, FileJournal) else None
    return Rooms(
        archive=archive,
        selfcheck=lambda: [
            Premise(check.name, check.passed, check.detail) for check in appliance.selfcheck()
        ],
        hall=hall,
        office=replace(appliance.office(development), hall=hall),
        free=lambda: free_bytes(home),
    )


if __name__ == "__main__":
    main()
