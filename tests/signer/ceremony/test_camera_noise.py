"""Genesis with the noise of a camera, pulled through the process that looks at pixels; a frozen one makes no key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from signer.camera.process import gather_noise
from signer.ceremony.script import Rehearsal, read_script
from signer.core.errors import Lock, VaultError
from signer.wire.reader import Gray
from tests.signer.ceremony.test_scripts import Papers, hall_at, play

GENESIS = """
witness hana
genesis
officer aiko
officer ben
officer chie
gather
noise {source}
make main 2
write-down
prove words
conclude
"""


def film(folder: Path, frames: Iterator[Gray]) -> Path:
    folder.mkdir()
    for number, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{number:03d}.png"), frame)
    return folder


def dark(seed: int) -> Iterator[Gray]:
    rng = np.random.default_rng(seed)
    return (np.clip(rng.normal(16, 2, (480, 640)), 0, 255).astype(np.uint8) for _ in range(40))


def test_a_key_from_the_noise_of_a_camera(tmp_path: Path) -> None:
    hall, papers = replace(hall_at(tmp_path / "home"), noise=gather_noise), Papers()
    source = film(tmp_path / "film", dark(1))
    (done,) = play(hall, papers, GENESIS.format(source=source))
    assert "bytes of camera noise, repetition count and adaptive proportion passed" in done.text
    assert "mixed from the kernel's generator and 1 more" in done.text
    assert "noise" not in papers.asked
    assert str(source) not in done.text


def test_a_frozen_camera_makes_no_key(tmp_path: Path) -> None:
    hall, papers = replace(hall_at(tmp_path / "home"), noise=gather_noise), Papers()
    picture = next(dark(1))
    source = film(tmp_path / "film", (picture for _ in range(40)))
    with pytest.raises(VaultError) as caught:
        Rehearsal(hall, papers.ask, papers.show).play(read_script(GENESIS.format(source=source)))
    assert (caught.value.code, caught.value.details["what"]) == (Lock.ENTROPY, "repetition count")
    assert not hall.custody.slots()


def test_where_there_is_no_camera(tmp_path: Path) -> None:
    papers = Papers()
    with pytest.raises(VaultError, match="no camera"):
        Rehearsal(hall_at(tmp_path / "home"), papers.ask, papers.show).play(
            read_script(GENESIS.format(source="0"))
        )
