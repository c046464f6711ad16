"""Something leaves as codes: an animation of QR symbols, as large and as fast as the other side can read."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from signer.ceremony.reception import Read
from signer.ceremony.showing import GRIDS, SPEEDS, Follower, Room, Showing, show
from signer.core.errors import KinkoError, Malformed
from signer.core.sight import Ended, Seen
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Carried, Setting
from signer.tui.text import BLANK, Line, Tone, wrap
from signer.tui.widgets.frame import Panel
from signer.tui.widgets.qr import QrView

SIDE = 33  # cells beside the code
_SPEED = SPEEDS.index(5)
_POLL = 0.2  # seconds a poll waits for something to see


class Overheard(Message):
    """Codes that the camera read on the receiver's screen; None when there is no camera."""

    def __init__(self, texts: tuple[bytes, ...] | None) -> None:
        super().__init__()
        self.texts = texts


class CodeScreen(StageScreen):
    """It has no head and no last line: every row goes to the code."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", show=False),
        Binding("plus,equals_sign,up", "size(1)", show=False),
        Binding("minus,down", "size(-1)", show=False),
        Binding("right,greater_than_sign", "speed(1)", show=False),
        Binding("left,less_than_sign", "speed(-1)", show=False),
        Binding("space", "hold", show=False),
        Binding("f", "full", show=False),
        Binding("t", "form", show=False),
        Binding("g", "grid", show=False),
        Binding("c", "listen", show=False),
    ]

    def __init__(self, setting: Setting, read: Read) -> None:
        super().__init__(setting)
        self._read = read
        self._showing: Showing | None = None
        self._index = 0
        self._speed = _SPEED
        self._timer: Timer | None = None
        self._held = False
        self._full = False
        self._follower: Follower | None = None

    @property
    def showing(self) -> Showing | None:
        """What is being shown; None where nothing fits the console."""
        return self._showing

    def step_on(self) -> None:
        """The next code, also while held; a single one stays."""
        if self._showing is not None and self._showing.frames.count > 1:
            self._index += 1
            self._draw()

    def compose(self) -> Iterable[Widget]:
        yield Horizontal(QrView(), Panel(id="side"))

    def on_mount(self) -> None:
        self._pace()

    def on_resize(self, event: events.Resize) -> None:
        """A console of another size holds symbols of another size."""
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        room = Room.console(width if self._full else width - SIDE, height)
        try:
            if self._showing is None:
                self._showing = show(self._read.payload, self._read.dialect, room)
            else:
                self._showing = self._showing.resized(room)
        except Malformed:
            self._showing = None
        self._changed()

    def _pace(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(1 / SPEEDS[self._speed], self._next)

    def _next(self) -> None:
        follower = self._follower
        if follower is not None and follower.step(monotonic()):
            self._showing = follower.showing
            self._draw()
        if not self._held:
            self.step_on()

    def _changed(self) -> None:
        """By hand: who listens goes on from there."""
        if self._follower is not None and self._showing is not None:
            self._follower = Follower(self._showing, monotonic())
        self._draw()

    @work(thread=True, exclusive=True, group="ear")
    def _listen(self) -> None:
        """What the receiver's screen says, until the screen goes or the key is pressed again."""
        worker = get_current_worker()
        try:
            camera = self.setting.open_camera(self.setting.camera_source)
        except KinkoError:
            self.post_message(Overheard(None))
            return
        try:
            while not worker.is_cancelled:
                events = camera.poll(_POLL)
                self.post_message(Overheard(tuple(event.text for event in events if isinstance(event, Seen))))
                if any(isinstance(event, Ended) for event in events):
                    return
        except KinkoError:
            self.post_message(Overheard(None))
        finally:
            camera.close()

    @on(Overheard)
    def _overheard(self, message: Overheard) -> None:
        if message.texts is None:
            self._follower = None
            self._draw()
        for text in message.texts or ():
            if self._follower is not None:
                self._follower.take(text)

    def _draw(self) -> None:
        if self._showing is not None:
            self.query_one(QrView).show(self._showing.sheet(self._index))
        side = self.query_one("#side", Panel)
        side.display = not self._full
        side.show(self._side(SIDE - 2))

    def above(self, width: int) -> list[Line]:
        """What stands over the keys: where one is, what this is."""
        raise NotImplementedError

    def below(self, width: int) -> list[Line]:
        """What stands under the keys: what to do next."""
        raise NotImplementedError

    def _side(self, width: int) -> list[Line]:
        words, keys, showing = self.labels.show, self.labels.keys, self._showing
        lines = self.above(width)
        if showing is None:
            return [*lines, BLANK, *prose(words.too_small, width, Tone.STOP)]
        count = showing.pictures
        frame = words.frame.format(number=self._index % count + 1, count=count) if count > 1 else words.single
        speed = words.held if self._held else words.speed_unit.format(speed=SPEEDS[self._speed])
        lines += [
            ((frame, Tone.STRONG),),
            BLANK,
            _key("+ -", f"{words.density}: {self._standing(showing)}"),
            _key("← →", f"{words.speed}: {speed}"),
            _key("Space", keys.hold),
            _key("F", keys.full),
            _key("T", f"{words.form}: {showing.dialect.format.value.upper()}"),
            *([_key("G", words.grid)] if showing.place.version(GRIDS[1]) else []),
            _key("C", words.listen),
            _key("Enter", keys.done),
            *self._heard(width),
            BLANK,
        ]
        if showing.replaced:
            lines += prose(words.replaced, width, Tone.WARN)
        return lines + self.below(width)

    def _standing(self, showing: Showing) -> str:
        """The version and the largest one; a grid before it."""
        grid = f"{showing.grid.columns}x{showing.grid.rows} " if showing.grid.tiles > 1 else ""
        return f"{grid}{showing.version} / {showing.room}"

    def _heard(self, width: int) -> list[Line]:
        """What is known from the receiver's screen, if the camera looks at it."""
        words, follower = self.labels.show, self._follower
        if follower is None or self._showing is None:
            return []
        if not follower.hears:
            return prose(words.deaf, width, Tone.WARN)
        if follower.done:
            return prose(words.received, width, Tone.GOOD)
        heard = follower.heard
        if heard is None:
            return prose(words.listening, width, Tone.DIM)
        return prose(words.has.format(have=heard.have, need=heard.need), width, Tone.GOOD)

    def action_size(self, step: int) -> None:
        if self._showing is not None:
            self._showing = self._showing.denser() if step > 0 else self._showing.sparser()
            self._changed()

    def action_grid(self) -> None:
        """The next grid that fits the console."""
        if self._showing is None or self._showing.frames.count == 1:
            return
        here = GRIDS.index(self._showing.grid)
        for grid in (*GRIDS[here + 1 :], *GRIDS[:here]):
            try:
                self._showing = self._showing.gridded(grid)
            except Malformed:
                continue
            break
        self._changed()

    def action_listen(self) -> None:
        """Look at the receiver's screen, or no more."""
        if self._follower is not None:
            self._follower = None
            self.workers.cancel_group(self, "ear")
        elif self._showing is not None:
            self._follower = Follower(self._showing, monotonic())
            self._listen()
        self._draw()

    def action_speed(self, step: int) -> None:
        self._speed = max(0, min(len(SPEEDS) - 1, self._speed + step))
        self._pace()
        self._draw()

    def action_hold(self) -> None:
        self._held = not self._held
        self._draw()

    def action_full(self) -> None:
        self._full = not self._full
        self._fit(self.size.width, self.size.height)

    def action_form(self) -> None:
        """Another format, for a reader that does not know this one."""
        if self._showing is not None:
            self._showing, self._index = self._showing.reformed(), 0
            self._changed()

    def action_done(self) -> None:
        raise NotImplementedError


class CarriedScreen(CodeScreen):
    """Draws Carried: an address, an account, a checkpoint."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "done", show=False)]

    def __init__(self, setting: Setting, stage: Carried) -> None:
        super().__init__(setting, stage.read)
        self._stage = stage

    def above(self, width: int) -> list[Line]:
        return prose(self._stage.title, width, Tone.TITLE)

    def below(self, width: int) -> list[Line]:
        return []

    def action_done(self) -> None:
        self.go(self._stage.back)


def prose(text: str, width: int, tone: Tone) -> list[Line]:
    """A text in lines of one tone."""
    return [((line, tone),) for line in wrap(text, width) if line]


def _key(key: str, text: str) -> Line:
    return ((f" {key} ", Tone.KEY), (f" {text}", Tone.PLAIN))
