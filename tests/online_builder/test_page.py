"""The page in a real browser: what it says, and that its codes are read off its pixels."""

from __future__ import annotations

import random
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from online_builder.compose import open_desk
from online_builder.web.codes import first, picture, steps
from online_builder.web.server import Pages, make_server
from signer.wire.dialects import open as open_decoder
from signer.wire.pace import START
from signer.wire.reception import Receiver
from signer.wire.values import Kind
from tests.online_builder.conftest import Office

CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
CHROMIUM += [
    "--disable-background-networking",
    "--hide-scrollbars",
    "--window-size=1200,1400",
    "--virtual-time-budget=3000",
]


@pytest.fixture
def url(office: Office) -> Iterator[str]:
    server = make_server(Pages(lambda: open_desk(office.folder / "builder")), 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def photograph(url: str, folder: Path) -> Path:
    picture = folder / "page.png"
    command = [*CHROMIUM, f"--user-data-dir={folder / 'profile'}", f"--screenshot={picture}", url]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return picture


@pytest.mark.slow
def test_a_request_is_read_off_the_page(office: Office, url: str, tmp_path: Path) -> None:
    made = office.propose(tmp_path / "request", "--purpose", "<b>Rent & tea</b>")
    picture = photograph(f"{url}/request/{made['id']}", tmp_path)
    codes = zxingcpp.read_barcodes(cv2.imread(str(picture)), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(codes) == 1
    assert open_decoder(codes[0].bytes).receive(codes[0].bytes).need >= 1
    spot, modules = codes[0].position, 17 + 4 * int(codes[0].extra["Version"])
    pixels = (spot.top_right.x - spot.top_left.x) / modules
    assert pixels > 5
    assert pixels == pytest.approx(round(pixels), abs=0.02)  # all modules are of one size
    office.builder("cancel", made["id"])


def get(url: str, path: str, host: str = "") -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    body = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, body, dict(answer.headers)


def test_what_the_page_says_and_whom_it_answers(office: Office, url: str, tmp_path: Path) -> None:
    made = office.propose(tmp_path / "request", "--purpose", "<b>Rent & tea</b>")
    status, body, headers = get(url, "/")
    assert status == 200
    assert "&lt;b&gt;Rent &amp; tea" in body
    assert " ".join(made["words"]) in body
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert get(url, "/", "evil.example:80")[0] == 421
    for path in (
        "/nothing",
        "/request/zz",
        "/request/",
        f"/request/{made['id']}/frame/x/0",
        f"/request/{made['id']}/frame/0/x",
        f"/request/{made['id']}/frame/99/0",
        "/../../etc/passwd",
        "/" + "x" * 9000,
    ):
        assert get(url, path)[0] in (404, 414), path
    office.builder("cancel", made["id"])


@pytest.mark.parametrize("size", [40, 900, 30_000])
def test_every_step_of_the_page_carries_the_request(size: int) -> None:
    """From single codes that any camera reads to grids, each one whole."""
    sealed = random.Random(size).randbytes(size)
    found = steps(sealed)
    assert found[first(found)].place <= START or found[0].place > START
    assert any(step.name.startswith("3x2") for step in found) == (size > 10_000)
    step = found[-1]
    receiver, read = Receiver(frozenset({Kind.REQUEST})), None
    for number in range(step.pictures):
        image = cv2.imdecode(
            np.frombuffer(picture(sealed, step.place, number), np.uint8), cv2.IMREAD_GRAYSCALE
        )
        for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode):
            read = read or receiver.feed(code.bytes).read
        if read:
            break
    assert read is not None
    assert read.payload.data == sealed
