"""The rig and the assembly of the card, as far as no long build is needed: device trees, licences, test services."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from threading import Event

import pytest
from PIL import Image

from tests.firmware_image.test_image import HOUSE, IMAGE, overlay, script

BUILT = HOUSE / "build/image"

# As `dtc -O dts` prints a tree; the nodes are those of a Pi 3, 4 and 5, and things that only look like them.
TREE = """
/dts-v1/;
/ {
	compatible = "raspberrypi,4-model-b", "brcm,bcm2711";
	aliases {
		ethernet0 = "/scb/ethernet@7d580000";
	};
	scb {
		ethernet@7d580000 {
			compatible = "brcm,bcm2711-genet-v5";
			mdio@e14 {
				ethernet-phy@1 {
					reg = <0x01>;
				};
			};
		};
	};
	soc {
		serial@7e201000 {
			bt: bluetooth {
				compatible = "brcm,bcm43438-bt";
			};
		};
		mmcnr@7e300000 {
			wifi@1 {
				compatible = "brcm,bcm4329-fmac";
			};
		};
		usb@7e980000 {
			usb1@1 {
				compatible = "usb424,9514";
				chip@1 {
					compatible = "usb424,ec00";
				};
			};
		};
		rp1@1 {
			nic@100000 {
				compatible = "raspberrypi,rp1-gem", "cdns,macb";
			};
		};
	};
};
"""


def test_radios_and_network_ports_are_found_and_a_hub_is_not() -> None:
    assert script("devicetree.py").network_nodes(TREE) == [
        "/scb/ethernet@7d580000",
        "/soc/serial@7e201000/bluetooth",
        "/soc/mmcnr@7e300000/wifi@1",
        "/soc/usb@7e980000/usb1@1/chip@1",
        "/soc/rp1@1/nic@100000",
    ]


def test_a_tree_that_keeps_a_radio_stops_the_build(tmp_path: Path) -> None:
    devicetree = script("devicetree.py")
    asked = []

    def deaf(name: str, *arguments: object) -> str:
        """Tools that remove nothing."""
        asked.append(name)
        return TREE if name == "dtc" else ""

    with pytest.raises(Exception, match="still describes") as caught:
        devicetree.cut_network(deaf, tmp_path / "board.dtb")
    assert type(caught.value).__name__ == "ImageError"
    assert asked.count("fdtput") == 5


def test_a_clock_and_a_tpm_are_described_where_the_pins_are_the_chips_own(tmp_path: Path) -> None:
    devicetree = script("devicetree.py")
    put: list[tuple[object, ...]] = []

    def tools(name: str, *arguments: object) -> str:
        if name == "fdtput":
            put.append(arguments)
        return {"dtc": source, "fdtget": "42\n"}.get(name, "")

    source = "gpio@7e200000 {\nspi0-gpio7 {\n};\n};\nspi@7e204000 {\n};\ni2c@7e804000 {\n};\n"
    assert devicetree.add_parts(tools, tmp_path / "board.dtb")
    set_to = {arguments[4:6]: arguments[6:] for arguments in put}
    assert set_to[("/soc/i2c@7e804000/rtc@68", "compatible")] == ("maxim,ds3231",)
    assert set_to[("/soc/spi@7e204000/tpm@1", "compatible")] == ("infineon,slb9670", "tcg,tpm_tis-spi")
    assert set_to[("/soc/spi@7e204000", "pinctrl-0")] == ("42",)
    put.clear()
    source = source.replace("spi@7e204000", "spi@1f00050000")  # another chip's, as on a Pi 5
    assert not devicetree.add_parts(tools, tmp_path / "board.dtb")
    assert put == []


def test_a_boards_camera_port_is_named_with_its_own_switch(tmp_path: Path) -> None:
    devicetree = script("devicetree.py")
    put: dict[object, tuple[object, ...]] = {}

    def tools(name: str, *arguments: object) -> str:
        if name == "fdtput":
            put[arguments[4:6]] = arguments[6:]
        return {"dtc": "a {\nphandle = <0x2f>;\n};\n", "fdtget": "6\n"}.get(name, "")

    assert devicetree.name_camera_port(tools, tmp_path / "bcm2837-rpi-zero-2-w.dtb")
    assert put[("/regulator-cam1", "gpio")] == ("6", "28", "0")  # GPIO 40
    assert put[("/regulator-cam1", "phandle")] == ("30",)
    assert put[("/__symbols__", "cam1_reg")] == ("/regulator-cam1",)
    put.clear()
    assert not devicetree.name_camera_port(tools, tmp_path / "bcm2712-rpi-5-b.dtb")
    assert put == {}


@pytest.mark.skipif(
    not (BUILT / "kernel/release/bcm2711-rpi-4-b.dtb").exists(), reason="no kernel was built here"
)
@pytest.mark.parametrize(
    "board", ["2837-rpi-3-a-plus", "2837-rpi-3-b", "2837-rpi-3-b-plus", "2837-rpi-zero-2-w", "2711-rpi-4-b"]
)
@pytest.mark.parametrize(
    ("camera", "node", "power"), [("imx219", "sensor@10", "VANA"), ("ov5647", "camera@36", "avdd")]
)
def test_a_cameras_overlay_joins_the_kernels_tree(
    camera: str, node: str, power: str, board: str, tmp_path: Path
) -> None:
    devicetree, tools = script("devicetree.py"), script("toolstree.py").Tools(BUILT / "tools")
    tree, joined, part = tmp_path / f"bcm{board}.dtb", tmp_path / "joined.dtb", tmp_path / "camera.dtbo"
    shutil.copyfile(BUILT / "kernel/release" / tree.name, tree)
    assert devicetree.name_camera_port(tools, tree)
    devicetree.compile_camera(tools, IMAGE / f"cameras/{camera}.dts", part)
    tools("fdtoverlay", "-i", tree, "-o", joined, part)

    def told(path: str, name: str, at: Path = joined) -> str:
        return str(tools("fdtget", "-t", "x", at, path, name)).split()[0]

    receiver = "/soc/csi@7e801000"
    bus = "/soc/i2c@7e205000"
    sensor = f"{bus}/{node}"
    assert tools("fdtget", tree, receiver, "status").strip() == "disabled"  # no line in config.txt: no camera
    assert tools("fdtget", joined, receiver, "status").strip() == "okay"
    assert told(f"{sensor}/port/endpoint", "remote-endpoint") == told(f"{receiver}/port/endpoint", "phandle")
    assert told(f"{receiver}/port/endpoint", "remote-endpoint") == told(f"{sensor}/port/endpoint", "phandle")
    assert told(sensor, "clocks") == told("/camera-crystal", "phandle")
    assert told(sensor, f"{power}-supply") == told("/regulator-cam1", "phandle")
    assert told(bus, "pinctrl-0") == told("/soc/gpio@7e200000/i2c0-gpio44", "phandle")
    controller = "/soc/gpio@7e200000" if "zero" in board else "/firmware/rpi-firmware/gpio"
    assert told("/regulator-cam1", "gpio") == told(controller, "phandle", tree)


def test_the_line_for_a_camera_stands_at_the_end_of_config_txt() -> None:
    image = script("image")
    plain = image.boot_settings(None)
    assert not any(line.startswith("dtoverlay") for line in plain.splitlines())
    assert "overlay_prefix=camera-" in plain.splitlines()
    for camera in script("devicetree.py").CAMERAS:
        assert (IMAGE / f"cameras/{camera}.dts").exists()
        assert image.boot_settings(camera) == f"{plain}dtoverlay={camera}\n"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("Name: a\nLicense-Expression: MIT OR Apache-2.0\nLicense: other\n", ["MIT OR Apache-2.0"]),
        ("Name: a\nLicense: BSD\n", ["BSD"]),
        ("Name: a\nClassifier: License :: OSI Approved :: MIT License\n", ["MIT License"]),
        ("Name: a\n", []),
    ],
)
def test_a_wheels_licence_is_what_it_says(metadata: str, expected: list[str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("a-1.dist-info/METADATA", metadata)
    assert script("sbom").wheel_licences(tmp_path / "a.whl") == expected
    json.dumps(expected)


def test_every_test_service_is_in_the_rig_and_in_no_release() -> None:
    services = overlay("services")
    rig = IMAGE / "testrig/overlay"
    programs = [word for item in services.plan(test=True) for word in item.command if "kinko-test" in word]
    assert len(programs) == 3
    assert all((rig / program.lstrip("/")).is_file() for program in programs)
    release = [word for item in services.plan(test=False) for word in item.command]
    assert not any("kinko-test" in word for word in release)
    assert services.ON_SCREEN in services.plan(test=True, screen=True)
    assert services.ON_SERIAL not in services.plan(test=False, screen=True)


def test_the_cameras_layouts_are_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    # sizes of v4l2_dv_timings and v4l2_buffer on a 64-bit machine, and two request numbers: videodev2.h
    monkeypatch.syspath_prepend(str(IMAGE / "testrig/overlay/usr/lib/kinko-test"))
    camera = script("testrig/overlay/usr/lib/kinko-test/camera.py")
    assert len(camera._TIMINGS) == 132
    assert len(camera._buffer(0)) == 88
    assert camera._QBUF == 0xC058560F
    assert camera._S_FMT == 0xC0D05605


class TestBeside:
    """What a start does at one time, and what it must still wait for."""

    def test_it_is_waited_for(self) -> None:
        began, go_on = Event(), Event()

        def work() -> int:
            began.set()
            go_on.wait(30)
            return 7

        beside = overlay("beside").Beside(work)
        assert began.wait(30)
        go_on.set()
        assert beside.result() == 7

    @pytest.mark.parametrize("error", [OSError(5, "the card"), ZeroDivisionError()])
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_what_fails_beside_stops_the_start(self, error: Exception) -> None:
        def work() -> None:
            raise error

        with pytest.raises(OSError, match=r"card|without a word"):
            overlay("beside").Beside(work).result()


class TestTable:
    """Rows of several runs come together while the images are the same."""

    def add(self, build: Path, check: str, *, passed: bool, images: dict[str, str]) -> str:
        table = script("testrig/table.py")
        table.add(build, table.Row(check, passed, 12, 3.0, "a|b\nc"), images, ["one", "two", "three"])
        return (build / "check-table.md").read_text()

    def test_rows_add_up_in_their_order(self, tmp_path: Path) -> None:
        self.add(tmp_path, "two", passed=False, images={"kinko-test.img": "aa"})
        told = self.add(tmp_path, "one", passed=True, images={"kinko-test.img": "aa"})
        assert told.startswith("2 of 3 checks, 1 failed.")
        assert [line.split("|")[1].strip() for line in told.splitlines()[-2:]] == ["one", "two"]
        assert "| two | **FAIL** | 12 | 3 | a/b c |" in told

    def test_another_image_begins_another_table(self, tmp_path: Path) -> None:
        self.add(tmp_path, "two", passed=True, images={"kinko-test.img": "aa"})
        told = self.add(tmp_path, "one", passed=True, images={"kinko-test.img": "bb"})
        assert told.startswith("1 of 3 checks, 0 failed.")
        assert "`bb`" in told


@pytest.mark.parametrize(
    ("colour", "expected"), [((215, 175, 95), True), ((208, 172, 88), True), ((170, 170, 170), False)]
)
def test_the_signers_screen_is_known_by_its_gold(
    colour: tuple[int, int, int], expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(IMAGE / "testrig"))
    pi = script("testrig/pi.py")
    picture = Image.new("RGB", (640, 480))
    picture.paste(colour, (0, 0, 56, 40))
    picture.save(tmp_path / "screen.png")
    assert pi.drawn(tmp_path / "screen.png") is expected
    whole = (tmp_path / "screen.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    assert not pi.drawn(tmp_path / "half.png")
    assert not pi.drawn(tmp_path / "none.png")
