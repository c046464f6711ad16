"""A camera screen that takes a file as well, where the composition root allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from signer.ceremony.reception import Read
from signer.tui.screens.camera import CameraScreen
from signer.tui.screens.file import OpenFile
from signer.tui.widgets.frame import Hint


class DocumentScreen(CameraScreen):
    """What is read comes by codes, or from a file that O asks for."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "file", show=False)]

    def hints(self) -> Sequence[Hint]:
        file = (("O", self.labels.keys.file, not self.reading),) if self.setting.read_file else ()
        return (*file, *super().hints())

    def action_file(self) -> None:
        if self.setting.read_file is not None and not self.reading:
            self.app.push_screen(OpenFile(self.setting), self._opened)

    def _opened(self, read: Read | None) -> None:
        if read is not None and not self.reading:
            self.take(read)
