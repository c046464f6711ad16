"""A ceremony script that somebody prepared and signed is read from codes; then it is played."""

from __future__ import annotations

from signer.ceremony.reception import Read, Receiver
from signer.ceremony.script import ANNOUNCED, read_script
from signer.core.errors import Malformed
from signer.core.prepared import read_prepared
from signer.tui.screens.document import DocumentScreen
from signer.tui.stages import Ceremonies, Playing, Preparing, Setting


class PreparedScreen(DocumentScreen):
    """Draws Preparing."""

    def __init__(self, setting: Setting, stage: Preparing) -> None:
        title = setting.labels.ceremony.script_title
        super().__init__(setting, stage.bench, Receiver(None), title, Ceremonies(stage.bench))
        self._stage = stage

    @property
    def place(self) -> str:
        return self.labels.home.ceremonies

    def received(self, read: Read) -> None:
        try:
            prepared = read_prepared(read.payload.data)
            steps = (ANNOUNCED, *read_script(prepared.text))
        except Malformed as error:
            self.failed(error)
        else:
            self.go(Playing(self._stage.bench, steps, prepared))
