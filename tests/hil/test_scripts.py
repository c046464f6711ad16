"""Text scripts, the same for the simulated appliance and for a real one (docs/how-to/hil-rig.md)."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from signer.wire import Dialect, Format, Kind, Payload
from tests.hil.devices import Device, Show

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))
PAYLOAD = re.compile(r"payload psbt (\d+)")
SHOW = re.compile(r"show (\w+)(?::([\w-]+))? version (\d+) fps (\d+)")
EXPECT = re.compile(r"expect echo within (\d+)")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, device: Device) -> None:
    payload: Payload | None = None
    show: Show | None = None
    for line in script.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if found := PAYLOAD.fullmatch(line):
            payload = Payload(Kind.PSBT, b"psbt\xff" + random.Random(line).randbytes(int(found[1]) - 5))
        elif (found := SHOW.fullmatch(line)) and payload:
            show = Show(payload, Dialect(Format(found[1]), found[2] or ""), int(found[3]), float(found[4]))
        elif (found := EXPECT.fullmatch(line)) and show:
            assert device.echo(show, float(found[1])) == payload, f"{script.name}: {line}"
        else:
            pytest.fail(f"{script.name}: cannot run: {line}")
