"""The image's parts that need no long build: locks, kernel configuration, USB, clock, data partition, verify tool."""

from __future__ import annotations

import hashlib
import io
import os
import re
import resource
import signal
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from signer.vault.clock import FileClock
from signer.vault.hardware import read_hardware

HOUSE = Path(__file__).resolve().parents[2]
IMAGE = HOUSE / "firmware_image"
OVERLAY = IMAGE / "overlay"


def script(name: str) -> ModuleType:
    """A script without a suffix, as a module."""
    loader = SourceFileLoader(f"image_{name.replace('/', '_')}", str(IMAGE / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def overlay(name: str) -> ModuleType:
    return script(f"overlay/usr/lib/kinko/supervisor/{name}.py")


class TestLocks:
    def test_every_wheel_is_one_of_the_signers_requirements(self) -> None:
        hashes = set(re.findall(r"sha256:([0-9a-f]{64})", (HOUSE / "requirements/signer.txt").read_text()))
        locked = script("fetching.py").read_lock(IMAGE / "wheels.lock")
        assert locked
        assert [item.name for item in locked if item.sha256 not in hashes] == []

    def test_nothing_left_out_is_locked(self) -> None:
        fetching = script("fetching.py")
        left_out = set(fetching.words(IMAGE / "left-out.txt"))
        locked = {item.name.split("_")[0] for item in fetching.read_lock(IMAGE / "debs.lock")}
        assert left_out & locked == set()
        assert set(fetching.words(IMAGE / "seeds.txt")) - left_out <= locked
        test = {item.name.split("_")[0] for item in fetching.read_lock(IMAGE / "debs-test.lock")}
        assert set(fetching.words(IMAGE / "seeds-test.txt")) <= test
        assert test & (left_out | locked) == set()

    def test_a_changed_file_is_refused(self, tmp_path: Path) -> None:
        fetching = script("fetching.py")
        (tmp_path / "a.deb").write_bytes(b"good")
        item = fetching.Locked("a.deb", 4, hashlib.sha256(b"good").hexdigest())
        fetching.check(tmp_path, (item,))
        (tmp_path / "a.deb").write_bytes(b"evil")
        with pytest.raises(fetching.ImageError):
            fetching.check(tmp_path, (item,))


class TestKernel:
    def test_fragments_and_the_forbidden_list_do_not_meet(self) -> None:
        lint = script("kernel/lint")
        wanted = lint.settings((IMAGE / "kernel/kinko.config").read_text())
        assert set(wanted) & set(lint.forbidden()) == set()

    def test_each_is_explained_to_the_reader(self) -> None:
        told = (IMAGE / "README.md").read_text()
        assert [
            name for name in script("kernel/lint").forbidden() if not re.search(rf"\b{name}\b", told)
        ] == []

    @pytest.mark.parametrize(
        "symbol", ["INET", "PACKET", "MODULES", "WIRELESS", "DEVMEM", "COREDUMP", "SWAP"]
    )
    def test_a_forbidden_symbol_is_found(self, symbol: str) -> None:
        assert script("kernel/lint").faults(f"CONFIG_{symbol}=y\n", []) == [f"forbidden {symbol}=y"]

    def test_a_wish_that_was_not_granted_is_found(self) -> None:
        assert script("kernel/lint").faults("", ["CONFIG_DM_VERITY=y\n"]) == [
            "wanted DM_VERITY=y, got nothing"
        ]


class TestUsb:
    @pytest.mark.parametrize(
        ("interfaces", "started", "expected"),
        [
            (((3, 1, 1),), False, True),  # a keyboard before the start
            (((3, 1, 1),), True, False),  # one that comes later may type by itself
            (((14, 1, 0), (14, 2, 0)), True, True),  # a camera
            (((11, 0, 0),), True, True),  # a smart-card reader
            (((8, 6, 80),), False, False),  # a disk
            (((14, 1, 0), (8, 6, 80)), False, False),  # a camera that is also a disk
            (((2, 6, 0),), False, False),  # a network card
            (((3, 0, 0),), True, True),  # perhaps a FIDO token: its report descriptor will tell
            (((3, 1, 1), (3, 0, 0)), True, False),  # a token that types too
            (((3, 1, 2),), False, False),  # a mouse
            ((), False, False),
        ],
    )
    def test_rules(self, interfaces: tuple[tuple[int, int, int], ...], started: bool, expected: bool) -> None:
        usb = overlay("usb")
        assert usb.allowed(usb.Device(1, 2, interfaces), started=started) is expected

    def test_a_vendor_class_passes_only_for_a_known_token(self) -> None:
        usb = overlay("usb")
        assert usb.allowed(usb.Device(0x1050, 0x0030, ((255, 0, 0),)), started=True)
        assert not usb.allowed(usb.Device(0x1050, 0x0031, ((255, 0, 0),)), started=True)

    @pytest.mark.parametrize("other", [(3, 1, 2), (3, 0, 1), (8, 6, 80), (2, 6, 0)])
    def test_a_known_token_s_name_lets_nothing_else_in(self, other: tuple[int, int, int]) -> None:
        usb = overlay("usb")
        assert not usb.allowed(usb.Device(0x1050, 0x0030, ((255, 0, 0), other)), started=True)


class TestStart:
    def test_the_clock_never_goes_back(self) -> None:
        clock = overlay("clock")
        made = clock.IMAGE_MADE
        assert clock.start_time(None, 0) == made
        assert clock.start_time(made + 5, made + 9) == made + 9
        assert clock.start_time(made + 9, made + 5) == made + 9
        assert clock.start_time(1 << 40, made + 5) == made + 5

    def test_without_a_battery_it_goes_on_where_the_signer_was(self, tmp_path: Path) -> None:
        clock = overlay("clock")
        signers = FileClock(tmp_path / "clock", bytearray(32), lambda: 0, lambda: clock.IMAGE_MADE + 86_400.0)
        signers.now()
        assert clock.last_seen(tmp_path / "clock") == clock.IMAGE_MADE + 86_400
        for rubbish in (b"", b"1" * 32 + b"x", b"1" * 32 + b"-5", b"1" * 32 + b"9" * 13):
            (tmp_path / "clock").write_bytes(rubbish)
            assert clock.last_seen(tmp_path / "clock") == 0
        assert clock.last_seen(tmp_path / "none") == 0

    def test_whatever_the_clock_s_file_is_the_start_goes_on(self, tmp_path: Path) -> None:
        """The folder is the signer's user's: what lies there must not stop process 1, which reads it as root."""
        (tmp_path / "elsewhere").write_bytes(b"1" * 32 + b"1800000000")
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / "folder").mkdir()
        with (tmp_path / "giant").open("wb") as stream:
            stream.truncate(1 << 42)
        (tmp_path / "endless").symlink_to("/dev/zero")
        program = (
            "import sys; from pathlib import Path; from supervisor.clock import last_seen\n"
            "print([last_seen(Path(name)) for name in sys.argv[1:]])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *("link", "fifo", "folder", "giant", "endless")],
            cwd=tmp_path,
            env={"PYTHONPATH": str(OVERLAY / "usr/lib/kinko")},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
            timeout=60,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == "[0, 0, 0, 0, 0]\n"

    @pytest.mark.skipif(os.getuid() != 0, reason="the supervisor is root")
    def test_a_home_that_leads_elsewhere_gives_nothing_away(self, tmp_path: Path) -> None:
        data = overlay("data")
        (tmp_path / "system").mkdir()
        (tmp_path / "home").symlink_to(tmp_path / "system")
        with pytest.raises(data.DataError):
            data.make_home(tmp_path / "home", b"")
        assert (tmp_path / "system").stat().st_uid == 0

    def test_a_console_that_takes_nothing_stops_nothing(self) -> None:
        program = "from supervisor.main import say; say('USB device refused', '1-1'); print('goes on')"
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-c", program],
                env={"PYTHONPATH": f"{OVERLAY / 'usr/lib/kinko'}:{HOUSE}"},
                stdout=subprocess.PIPE,
                stderr=full,
                check=False,
            )
        assert done.stdout == b"goes on\n"

    def test_another_board_has_another_key(self, tmp_path: Path) -> None:
        data = overlay("data")
        (tmp_path / "serial-number").write_bytes(b"10000000aaaaaaaa\0")
        one = data.device_key(tmp_path)
        (tmp_path / "serial-number").write_bytes(b"10000000aaaaaaab\0")
        assert len(one) == 32
        assert data.device_key(tmp_path) != one
        (tmp_path / "serial-number").write_bytes(b"0000000000000000\0")
        with pytest.raises(data.DataError):
            data.device_key(tmp_path)

    def test_a_damaged_partition_is_not_made_anew(self, tmp_path: Path) -> None:
        data = overlay("data")
        disk = tmp_path / "disk"
        disk.write_bytes(b"\0" * 9000 + b"x")
        with pytest.raises(data.DataError):
            data.open_data(disk, b"k" * 32)

    def test_only_a_blank_partition_or_a_wish_may_be_made(self) -> None:
        data = overlay("data")
        mark = data.WISH_MARK
        assert data.wish(bytes(4096)) == b""
        assert data.wish(mark + b'[device]\nsecret = "tpm"\n' + bytes(100)) == b'[device]\nsecret = "tpm"\n'
        for used in (b"LUKS\xba\xbe", b"x", mark + b"a\0b", mark + b"a" * 4097, bytes(9) + mark):
            assert data.wish(used + bytes(100)) is None

    def test_hardware_toml_goes_from_a_fresh_card_into_the_home(self, tmp_path: Path) -> None:
        hardware, data = script("hardware"), overlay("data")
        text = b'[tokens]\nlibrary = "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so"\n'
        card = card_of(b"R" * 8192, b"\0" * (2 << 20))
        (tmp_path / "card").write_bytes(card)
        before = script("verify").partitions(io.BytesIO(card))
        hardware.write(tmp_path / "card", b'[device]\nsecret = "file"\n')
        hardware.write(tmp_path / "card", text)  # once more, before it starts
        written = (tmp_path / "card").read_bytes()
        start = before[2].start
        assert written[:start] == card[:start]
        assert data.wish(written[start : start + (1 << 20)]) == text
        if os.getuid() == 0:
            data.make_home(tmp_path / "home", text)
            assert read_hardware(tmp_path / "home").library.endswith("opensc-pkcs11.so")
            assert (tmp_path / "home/hardware.toml").stat().st_uid == 1000

    @pytest.mark.parametrize(
        "text", [b"", b"\xff", b"[network]\n", b"device", b"#" * 5000, b"#\0", b"a=" + b"[" * 4000]
    )
    def test_what_is_no_hardware_toml_is_not_written(self, text: bytes, tmp_path: Path) -> None:
        hardware = script("hardware")
        (tmp_path / "card").write_bytes(card_of(b"R" * 8192, b"\0" * (2 << 20)))
        before = (tmp_path / "card").read_bytes()
        with pytest.raises(hardware.NotWritten):
            hardware.write(tmp_path / "card", text)
        assert (tmp_path / "card").read_bytes() == before

    def test_a_used_card_and_another_disk_are_left_alone(self, tmp_path: Path) -> None:
        hardware = script("hardware")
        used = card_of(b"R" * 8192, b"LUKS\xba\xbe" + b"\0" * (2 << 20))
        other = bytearray(used)
        other[440:444] = b"\0\0\0\0"
        for content in (bytes(used), bytes(other), b"", bytes(512)):
            (tmp_path / "card").write_bytes(content)
            with pytest.raises(hardware.NotWritten):
                hardware.write(
                    tmp_path / "card", b'[device]\nsecret = "tpm"\n[tpm]\ntcti = "device:/dev/tpmrm0"\n'
                )
            assert (tmp_path / "card").read_bytes() == content

    def test_no_service_of_ours_is_root(self) -> None:
        services = overlay("services")
        assert all(item.user for test in (True, False) for item in services.plan(test=test))


class TestKeeper:
    """A service that cannot stay gives way; one that ran for a while is only started again."""

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a service another user")
    def test_what_crashes_comes_again_with_its_user_and_no_more_rights(self, tmp_path: Path) -> None:
        services = overlay("services")
        keeper = services.Keeper(services.Service("sleeper", ("/bin/sleep", "600"), 64_123, (44,)))
        seen: list[int] = []
        end = time.monotonic() + 60
        while len(seen) < 2 and time.monotonic() < end:
            keeper.look()
            if keeper.pid and keeper.pid not in seen:
                seen.append(keeper.pid)
                told = dict(
                    line.split(":", 1) for line in Path(f"/proc/{keeper.pid}/status").read_text().splitlines()
                )
                limits = Path(f"/proc/{keeper.pid}/limits").read_text()
                os.kill(keeper.pid, signal.SIGSEGV)
                assert told["Uid"].split() == ["64123"] * 4
                assert told["Groups"].split() == ["44"]
                assert int(told["CapEff"], 16) == int(told["CapPrm"], 16) == 0
                assert told["NoNewPrivs"].strip() == "1"
                assert re.search(r"core file size +0 +0", limits)
            time.sleep(0.05)
        assert len(seen) == 2
        assert keeper.pid == seen[1]
        keeper.again()

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a service another user")
    def test_a_service_without_a_terminal_holds_none(self) -> None:
        """The supervisor's own console is read and written: through it one reads keys and paints over the signer."""
        services = overlay("services")
        running = services.start(services.Service("sleeper", ("/bin/sleep", "600"), 64_123))
        try:
            held = {entry.name: os.readlink(entry) for entry in Path(f"/proc/{running.pid}/fd").iterdir()}
        finally:
            running.kill()
            running.wait()
        assert held == dict.fromkeys("012", "/dev/null")

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a service another user")
    def test_a_terminal_that_is_not_to_be_had_is_tried_again(self) -> None:
        """Whoever left the service may hold its terminal: that is no reason for process 1 to end."""
        services = overlay("services")
        assert (
            services.start(services.Service("sleeper", ("/bin/sleep", "600"), 64_123, (), "/dev/null"))
            is None
        )

    @pytest.mark.parametrize(("lasted", "expected"), [(1.0, "other"), (60.0, "first")])
    def test_what_cannot_stay_gives_way(
        self, lasted: float, expected: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services = overlay("services")
        now, started = [100.0], []

        class Ended:
            pid = 1

            def poll(self) -> int:
                return 0

        def start(service: object) -> Ended:
            started.append(service.name)  # type: ignore[attr-defined]
            return Ended()

        monkeypatch.setattr(services.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(services, "start", start)
        keeper = services.Keeper(
            services.Service("first", (), 1000, instead=services.Service("other", (), 1000))
        )
        for _ in range(4):
            keeper.look()
            now[0] += lasted
            keeper.look()
            now[0] += services.RESTART_SECONDS
        keeper.look()
        assert started[:3] == ["first"] * 3
        assert started[-1] == expected


def card_of(root: bytes, data: bytes) -> bytes:
    """A card with these partitions and our mark in its table."""
    head = bytearray(8192)
    head[440:444], head[510:512] = b"KNKO", b"\x55\xaa"
    for at, start, length in (
        (446, 8, 8),
        (462, 16, len(root) // 512),
        (478, 16 + len(root) // 512, len(data) // 512),
    ):
        head[at + 8 : at + 16] = start.to_bytes(4, "little") + length.to_bytes(4, "little")
    return bytes(head) + root + data


def card(root: bytes, told: str, blocks: int) -> bytearray:
    """A small image whose command line tells this root hash."""
    image, verify = script("image"), script("verify")
    salt = bytes.fromhex(image.SALT)
    pieces = (root[at : at + verify.BLOCK] for at in range(0, blocks * verify.BLOCK, verify.BLOCK))
    line = image.verity_table(told or verify.root_hash(pieces, salt), blocks, "/dev/vda").encode()
    disk = bytearray(4096 + 4096 + len(root) + 4096)
    for at, start, length in ((446, 8, 8), (462, 16, len(root) // 512), (478, 16 + len(root) // 512, 8)):
        disk[at + 8 : at + 16] = start.to_bytes(4, "little") + length.to_bytes(4, "little")
    disk[510:512] = b"\x55\xaa"
    disk[4096 : 4096 + len(line)] = line
    disk[8192 : 8192 + len(root)] = root
    return disk


class TestVerify:
    ROOT = bytes(range(256)) * 16 * 200  # 200 blocks: two levels

    def test_the_root_hash_is_the_kernels(self) -> None:
        # veritysetup 2.7.5 format, 200 blocks of ROOT, salt = the image's, sha256, 4096/4096, no superblock
        whole, computed, told = script("verify").measure(io.BytesIO(card(self.ROOT, "", 200)))
        assert computed == told == "b7f5b091531b09b589697bf14475c571b767806d719b317d2c69a00563ac9077"
        assert len(whole) == 64

    def test_any_flipped_byte_shows(self) -> None:
        verify = script("verify")
        good = card(self.ROOT, "", 200)
        before = verify.measure(io.BytesIO(good))
        for at in (0, 8192, 8192 + 100_000, 8192 + len(self.ROOT) - 1):
            bad = bytearray(good)
            bad[at] ^= 1
            assert verify.measure(io.BytesIO(bad))[0] != before[0]
            if at >= 8192:
                assert verify.measure(io.BytesIO(bad))[1] != before[2]

    def test_the_data_partition_does_not_count(self) -> None:
        verify = script("verify")
        used = card(self.ROOT, "", 200)
        before = verify.measure(io.BytesIO(used))
        used[-1] = 7
        assert verify.measure(io.BytesIO(used)) == before

    @pytest.mark.parametrize("rubbish", [b"", b"x" * 511, b"\0" * 5000, b"\0" * 510 + b"\x55\xaa"])
    def test_rubbish_is_not_an_image(self, rubbish: bytes, tmp_path: Path) -> None:
        (tmp_path / "disk").write_bytes(rubbish)
        done = subprocess.run(
            [sys.executable, "-IB", IMAGE / "verify", tmp_path / "disk"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("not an image: ")
        assert "Traceback" not in done.stderr

    def test_an_empty_hash_is_not_the_published_one(self, tmp_path: Path) -> None:
        (tmp_path / "disk").write_bytes(card(self.ROOT, "", 200))
        done = subprocess.run(
            [sys.executable, "-IB", IMAGE / "verify", tmp_path / "disk", "--hash", ""],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "NOT EQUAL" in done.stdout


class TestPublished:
    """What a build ends with, and what it must leave alone."""

    def test_what_is_told_is_what_the_card_holds(self, tmp_path: Path) -> None:
        (tmp_path / "kinko-release.img").write_bytes(card(TestVerify.ROOT, "", 200))
        for name in ("kinko.cdx.json", "tools.versions"):
            (tmp_path / name).write_text(name)
        told = "\n".join(script("told").lines(tmp_path, "release"))
        whole, root, _ = script("verify").measure(io.BytesIO((tmp_path / "kinko-release.img").read_bytes()))
        assert f"SHA-256    {whole}" in told
        assert f"root hash  {root}" in told
        assert "words      seabird visitor ruffled miracle" in told
        assert hashlib.sha256(b"kinko.cdx.json").hexdigest() in told

    def test_a_root_that_is_not_the_told_one_is_not_published(self, tmp_path: Path) -> None:
        (tmp_path / "kinko-release.img").write_bytes(card(TestVerify.ROOT, "00" * 32, 200))
        with pytest.raises(ValueError, match="not the one"):
            script("told").lines(tmp_path, "release")

    def test_a_tools_tree_that_this_script_made_stays(self, tmp_path: Path) -> None:
        recipe = hashlib.sha256((IMAGE / "tools").read_bytes()).hexdigest()
        (tmp_path / ".tools").write_text(recipe + "\n")
        compiled = tmp_path / "tools/k/release/Image"
        compiled.parent.mkdir(parents=True)
        compiled.write_bytes(b"minutes of work")
        subprocess.run([IMAGE / "tools", tmp_path], check=True, env={"PATH": "/usr/bin:/bin"})
        assert compiled.read_bytes() == b"minutes of work"
