"""The gate for USB devices and the rule for HID ones, over folders laid out as the kernel's sysfs is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware_image.test_image import overlay

# CTAP 2.1, 11.2.8.2: a FIDO token's report descriptor
FIDO = bytes.fromhex("06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")
# HID 1.11, appendix B.1: a boot keyboard's
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503910195067508"
    "150025650507190029658100c0"
)


def device(
    bus: Path, name: str, *interfaces: tuple[int, int, int], number: int = 2, report: bytes = b""
) -> Path:
    """A device that waits to be let in; `report` is what its first HID interface will say."""
    folder = bus / name
    folder.mkdir()
    (folder / "authorized").write_text("0\n")
    (folder / "busnum").write_text("1\n")
    (folder / "devnum").write_text(f"{number}\n")
    parts = b"".join(bytes([9, 4, index, 0, 0, *numbers, 0]) for index, numbers in enumerate(interfaces))
    (folder / "descriptors").write_bytes(bytes([18, 1]) + bytes(16) + parts)
    if report:
        made = folder / f"{name}:1.0" / "0003:1050:0120.0001"
        made.mkdir(parents=True)
        (made / "report_descriptor").write_bytes(report)
    return folder


def state(folder: Path) -> str:
    return (folder / "authorized").read_text().strip()


class TestReportDescriptors:
    def test_a_token_is_one_and_a_keyboard_is_none(self) -> None:
        hid = overlay("hid")
        assert hid.is_fido(FIDO)
        assert not hid.is_fido(KEYBOARD)

    @pytest.mark.parametrize(
        "bad",
        [
            b"",
            FIDO + KEYBOARD,  # both in one
            KEYBOARD + FIDO,
            FIDO[:-3] + bytes.fromhex("0507") + FIDO[-3:],  # one item on the page of keys
            FIDO[:3] + bytes.fromhex("0b04000700") + FIDO[3:],  # a usage that carries its own page: key A
            bytes.fromhex("0901a101") + FIDO,  # a collection before any page is named
            FIDO[:4],
            FIDO[:3] + b"\xfe\x02\x00\x00\x00" + FIDO[3:],  # a long item
            FIDO * 200,
            FIDO[:3],  # a page and nothing on it
        ],
    )
    def test_what_is_not_wholly_a_token(self, bad: bytes) -> None:
        assert not overlay("hid").is_fido(bad)

    def test_any_cut_of_a_token_is_read_without_an_error(self) -> None:
        hid = overlay("hid")
        assert [hid.is_fido(FIDO[:cut]) for cut in range(5)] == [False] * 5
        assert all(isinstance(hid.is_fido(FIDO[:cut]), bool) for cut in range(len(FIDO)))


class TestGate:
    def test_it_authorises_and_names_the_refused(self, tmp_path: Path) -> None:
        camera, disk = device(tmp_path, "1-1", (14, 1, 0)), device(tmp_path, "1-2", (8, 6, 80))
        broken = device(tmp_path, "1-3")
        (broken / "descriptors").write_bytes(bytes([18, 1]) + bytes(16) + bytes([200, 4, 0]))
        assert overlay("usb").Gate(tmp_path).sweep(started=True) == ["1-2", "1-3"]
        assert (state(camera), state(disk), state(broken)) == ("1", "0", "0")

    def test_a_token_after_the_start_stays(self, tmp_path: Path) -> None:
        token = device(tmp_path, "1-1", (3, 0, 0), report=FIDO)
        assert overlay("usb").Gate(tmp_path).sweep(started=True) == []
        assert state(token) == "1"

    @pytest.mark.parametrize("started", [False, True])
    def test_what_was_no_token_is_out_again_and_stays_out(self, tmp_path: Path, started: bool) -> None:
        gate = overlay("usb").Gate(tmp_path)
        liar = device(tmp_path, "1-1", (3, 0, 0), report=KEYBOARD)
        assert gate.sweep(started=started) == ["1-1"]
        assert state(liar) == "0"
        (liar / "authorized").chmod(0o444)
        (liar / "1-1:1.0/0003:1050:0120.0001/report_descriptor").write_bytes(FIDO)  # it learns
        assert gate.sweep(started=started) == ["1-1"]
        assert state(liar) == "0"

    def test_after_three_lies_no_token_comes_in_and_a_camera_does(self, tmp_path: Path) -> None:
        gate = overlay("usb").Gate(tmp_path)
        for number in range(3):
            device(tmp_path, f"1-{number}", (3, 0, 0), number=number, report=KEYBOARD)
        assert len(gate.sweep(started=True)) == 3
        token = device(tmp_path, "2-1", (3, 0, 0), number=9, report=FIDO)
        camera = device(tmp_path, "2-2", (14, 1, 0), number=10)
        assert "2-1" in gate.sweep(started=True)
        assert (state(token), state(camera)) == ("0", "1")

    def test_a_keyboard_of_the_start_may_have_keys_beside(self, tmp_path: Path) -> None:
        keyboard = device(tmp_path, "1-1", (3, 1, 1), (3, 0, 0), report=KEYBOARD)
        gate = overlay("usb").Gate(tmp_path)
        assert gate.sweep(started=False) == []
        assert state(keyboard) == "1"
        late = device(tmp_path, "1-2", (3, 1, 1), (3, 0, 0), number=3, report=KEYBOARD)
        assert gate.sweep(started=True) == ["1-2"]
        assert state(late) == "0"

    def test_readers_are_those_let_in(self, tmp_path: Path) -> None:
        gate = overlay("usb").Gate(tmp_path)
        device(tmp_path, "1-1", (11, 0, 0), number=7)
        assert gate.readers() == []
        gate.sweep(started=True)
        device(tmp_path, "1-2", (14, 1, 0), number=8)
        gate.sweep(started=True)
        assert gate.readers() == [Path("/dev/bus/usb/001/007")]
