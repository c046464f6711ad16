"""A screen with a camera: its picture, what was found in it, how far the transfer is, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Event
from time import monotonic
from typing import ClassVar, assert_never

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from signer.ceremony.ports import Camera
from signer.ceremony.reception import Heard, Read, Receiver, Said
from signer.ceremony.showing import as_code, largest_version
from signer.ceremony.signing import Bench
from signer.core.errors import Bad, KinkoError, Malformed
from signer.core.sight import CameraEvent, Ended, Hint, HintKind, Preview, Seen, Stats
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Setting, Stage, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.frame import Hint as KeyHint
from signer.tui.widgets.frame import Panel
from signer.tui.widgets.preview import PreviewView
from signer.tui.widgets.qr import QrView

_POLL = 0.2  # seconds a poll waits for something to see
_HINT_STAYS = 1.5  # seconds
_MISSING = 12  # part numbers shown at most
_TELL = 0.5  # seconds a feedback code stays at least
_NARROW = 24  # cells of the panel before it was laid out


class Sighted(Message):
    """What the camera saw since the last time; empty while it is starting."""

    def __init__(self, events: tuple[CameraEvent, ...]) -> None:
        super().__init__()
        self.events = events


class Failed(Message):
    """There is no camera, or it cannot be used."""

    def __init__(self, error: KinkoError) -> None:
        super().__init__()
        self.error = error


class CameraScreen(StageScreen):
    """Waits for a whole payload of a wanted kind, hands it to `received`; `back` is where Escape leads."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("v", "picture", show=False),
        Binding("r", "restart", show=False),
    ]

    def __init__(self, setting: Setting, bench: Bench, receiver: Receiver, title: str, back: Stage) -> None:
        super().__init__(setting)
        self._bench = bench
        self._receiver = receiver
        self._title = title
        self._back = back
        self._taken = Event()
        self._message: tuple[str, Tone] = (self.labels.scan.waiting, Tone.DIM)
        self._hint: tuple[HintKind | None, float] = (None, 0.0)
        self._module = 0.0
        self._stats: Stats | None = None
        self._format = ""
        self._began = 0.0
        self._had = 0  # parts of a scan that was left and is gone on with
        self._picture = True
        self._ended = False
        self._told = 0.0
        self.reading = False

    def received(self, read: Read) -> None:
        """Something wanted is whole; nothing more is read."""
        raise NotImplementedError

    def failed(self, error: KinkoError) -> None:
        """A camera that is not there is put right, and looked for again."""
        if isinstance(error, Malformed) and error.code is Bad.UNREADABLE:
            self.offer_again(self.labels.scan.no_camera)
        else:
            self.unusable(error)

    def unusable(self, error: KinkoError) -> None:
        """The camera is there and does not work."""
        self.go(Stopped(self._bench, error))

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield PreviewView(id="preview")
            with Vertical():
                yield Panel(id="progress")
                yield QrView(id="feedback")

    def hints(self) -> Sequence[KeyHint]:
        keys = self.labels.keys
        again = (("R", keys.again, True),) if self._ended else ()
        return (*again, ("V", keys.light, True), ("Esc", keys.back, not self.reading))

    def on_mount(self) -> None:
        super().on_mount()
        self._draw()
        self._watch()

    @work(thread=True, exclusive=True, group="camera")
    def _watch(self) -> None:
        """Poll the camera until the screen goes; the next poll waits until the last was drawn."""
        worker = get_current_worker()
        try:
            camera = self.setting.open_camera(self.setting.camera_source)
        except KinkoError as error:
            self.post_message(Failed(error))
            return
        try:
            self._poll(camera, lambda: worker.is_cancelled or self.reading)
        except KinkoError as error:
            self.post_message(Failed(error))
        finally:
            camera.close()

    def _poll(self, camera: Camera, over: Callable[[], bool]) -> None:
        while not over():
            events = camera.poll(_POLL)
            self._taken.clear()
            self.post_message(Sighted(events))
            self._taken.wait(1.0)
            if any(isinstance(event, Ended) for event in events):
                return

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.failed(message.error)

    @on(Sighted)
    def _sighted(self, message: Sighted) -> None:
        try:
            for event in message.events:
                if not self.reading:
                    self._take(event)
        finally:
            self._taken.set()
        if message.events or self._hint[0] is not None:
            self._draw()

    def _take(self, event: CameraEvent) -> None:
        match event:
            case Seen():
                self._module = event.pixels_per_module
                self._heard(self._receiver.feed(event.text))
            case Preview():
                self.query_one(PreviewView).show(event if self._picture else None)
            case Hint():
                self._hint = (event.kind, monotonic())
            case Stats():
                self._stats = event
            case Ended():
                self.offer_again(self.labels.scan.ended)
            case _:
                assert_never(event)

    def _heard(self, heard: Heard) -> None:
        words = self.labels.scan
        if heard.format is not None:
            self._format = heard.format.value
        if self._began == 0.0 and heard.progress is not None:
            self._began, self._had = monotonic(), heard.progress.have - 1
        match heard.said:
            case Said.NEW | Said.REPEAT:
                self._message = (words.good, Tone.GOOD)
            case Said.FOREIGN:
                self._message = (words.foreign, Tone.WARN)
            case Said.DAMAGED:
                self._began = 0.0
                self._message = (words.damaged, Tone.STOP)
            case Said.UNWANTED:
                self._began = 0.0
                what = heard.error.details.get("what", "?") if heard.error else "?"
                self._message = (words.unwanted.format(what=what), Tone.WARN)
            case Said.DONE:
                if heard.read is not None:
                    self.take(heard.read)
            case _:
                assert_never(heard.said)

    def offer_again(self, why: str) -> None:
        """Nothing more is seen until somebody starts the camera again."""
        self._ended = True
        self._message = (why, Tone.WARN)
        self.show_keys()
        self._draw()

    def take(self, read: Read) -> None:
        """Stop looking, say so to ear, eye and the sender's camera, and hand it on."""
        self.reading = True
        self.add_class("taken")
        self.app.bell()
        self._tell_sender()
        self._message = (self.labels.scan.reading, Tone.GOOD)
        self.show_keys()
        self.received(read)

    def _draw(self) -> None:
        panel = self.query_one("#progress", Panel)
        panel.show(self._progress(max(20, panel.size.width or _NARROW)))

        if monotonic() - self._told > _TELL:
            self._told = monotonic()
            self._tell_sender()

    def _tell_sender(self) -> None:
        """A small code for a sender with a camera, where the screen has room for one beside the picture."""
        view = self.query_one("#feedback", QrView)
        text = self._receiver.feedback(self._module)
        room = largest_version(view.size.width, view.size.height)
        code = as_code(text) if text is not None else None
        if code is not None and code.version <= room:
            view.show(code)
        else:
            view.clear()

    def _progress(self, width: int) -> list[Line]:
        """The panel beside the picture."""
        words, progress = self.labels.scan, self._receiver.progress
        lines: list[Line] = [((line, Tone.TITLE),) for line in wrap(self._title, width)]
        lines.append(BLANK)
        if progress is not None:
            have, need = progress.have, max(1, progress.need)
            lines += [_bar(have, need, width), ((words.progress.format(have=have, need=need), Tone.STRONG),)]
            lines += _prose(self._remaining(have, need), width, Tone.DIM)
            lines += [*_prose(self._missing(progress.missing), width, Tone.DIM), BLANK]
        elif self._stats and self._message[1] is Tone.DIM:
            self._message = (words.looking, Tone.DIM)
        lines += _prose(self._message[0], width, self._message[1])
        lines += [*_prose(self._advice(), width, Tone.WARN), BLANK]
        if self._format:
            lines += _prose(words.format.format(format=clean(self._format.upper())), width, Tone.DIM)
        if self._module:
            lines += _prose(words.module.format(pixels=f"{self._module:.1f}"), width, Tone.DIM)
        if self._stats:
            text = words.frames.format(seen=self._stats.frames_seen, decoded=self._stats.decoded)
            lines += _prose(text, width, Tone.DIM)
        return lines

    def _remaining(self, have: int, need: int) -> str:
        spent = monotonic() - self._began
        come = have - self._had
        if self._began == 0.0 or come < 3 or have >= need or spent <= 0:
            return ""
        return self.labels.scan.seconds.format(seconds=round(spent * (need - have) / come) + 1)

    def _missing(self, parts: tuple[int, ...]) -> str:
        if not parts:
            return ""
        words = self.labels.scan
        shown = ", ".join(str(part + 1) for part in parts[:_MISSING])
        return words.missing.format(
            parts=words.missing_more.format(parts=shown) if len(parts) > _MISSING else shown
        )

    def _advice(self) -> str:
        kind, since = self._hint
        if kind is None:
            return ""
        if monotonic() - since > _HINT_STAYS:
            self._hint = (None, 0.0)
            return ""
        words = self.labels.scan
        match kind:
            case HintKind.TOO_DARK:
                return words.dark
            case HintKind.TOO_BRIGHT:
                return words.bright
            case HintKind.TOO_CLOSE:
                return words.further
            case HintKind.CLOSER:
                return words.closer
            case HintKind.HOLD_STILL:
                return words.still
            case HintKind.NO_CAMERA:
                return words.lost
            case _:
                assert_never(kind)

    def action_back(self) -> None:
        if not self.reading:
            self.go(self._back)

    def action_picture(self) -> None:
        self._picture = not self._picture
        if not self._picture:
            self.query_one(PreviewView).show(None)

    def action_restart(self) -> None:
        if self._ended:
            self._ended = False
            self._message = (self.labels.scan.waiting, Tone.DIM)
            self.show_keys()
            self._watch()


def _bar(have: int, need: int, width: int) -> Line:
    full = width * min(have, need) // need
    return (("█" * full, Tone.GOOD), ("░" * (width - full), Tone.DIM))


def _prose(text: str, width: int, tone: Tone) -> list[Line]:
    return [((line, tone),) for line in wrap(text, width) if line]
