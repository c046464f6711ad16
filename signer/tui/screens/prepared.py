"""A ceremony script that somebody prepared and signed is read from codes; then it is played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from signer.ceremony.reception import Read, Receiver
from signer.ceremony.script import ANNOUNCED, read_script
from signer.core.errors import Malformed
from signer.core.prepared import read_prepared
from signer.tui.screens.camera import CameraScreen
from signer.tui.screens.file import OpenFile
from signer.tui.stages import Ceremonies, Playing, Preparing, Setting
from signer.tui.widgets.frame import Hint


class PreparedScreen(CameraScreen):
    """Draws Preparing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "file", show=False)]

    def __init__(self, setting: Setting, stage: Preparing) -> None:
        title = setting.labels.ceremony.script_title
        super().__init__(setting, stage.bench, Receiver(None), title, Ceremonies(stage.bench))
        self._stage = stage

    @property
    def place(self) -> str:
        return self.labels.home.ceremonies

    def hints(self) -> Sequence[Hint]:
        file = (("O", self.labels.keys.file, not self.reading),) if self.setting.read_file else ()
        return (*file, *super().hints())

    def received(self, read: Read) -> None:
        try:
            prepared = read_prepared(read.payload.data)
            steps = (ANNOUNCED, *read_script(prepared.text))
        except Malformed as error:
            self.failed(error)
        else:
            self.go(Playing(self._stage.bench, steps, prepared))

    def action_file(self) -> None:
        if self.setting.read_file is not None and not self.reading:
            self.app.push_screen(OpenFile(self.setting), self._opened)

    def _opened(self, read: Read | None) -> None:
        if read is not None and not self.reading:
            self.take(read)
