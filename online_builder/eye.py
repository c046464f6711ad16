"""The builder's own camera: pictures, videos and devices to the texts of QR codes. It holds no key worth stealing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp

from signer.core.errors import Bad, Malformed

_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp"})
_MAX_PICTURE: Final = 32 * 1024 * 1024
_MAX_PIXELS: Final = 64_000_000


def texts(source: str) -> Iterator[tuple[bytes, ...]]:
    """The codes of each frame. `source` is a folder of pictures (by name, each once), a picture, a video, a device.

    Ends with the source; a device goes on until the caller stops. Raises Malformed(UNREADABLE).
    """
    path = Path(source)
    if path.is_dir():
        for picture in sorted(path.iterdir()):
            if picture.suffix.lower() in _PICTURES:
                yield _codes(_picture(picture))
    elif path.suffix.lower() in _PICTURES:
        yield _codes(_picture(path))
    else:
        yield from _video(source)


def _picture(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    """None for a file that is no picture: a folder may hold other things."""
    try:
        if path.stat().st_size > _MAX_PICTURE:
            return None
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise Malformed(Bad.UNREADABLE, what="picture") from error
    try:
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if image is None or image.size > _MAX_PIXELS else np.asarray(image, np.uint8)


def _video(source: str) -> Iterator[tuple[bytes, ...]]:
    name = int(source.removeprefix("/dev/video")) if source.removeprefix("/dev/video").isdigit() else source
    capture = cv2.VideoCapture(name)
    try:
        if not capture.isOpened():
            raise Malformed(Bad.UNREADABLE, what="camera")
        while True:
            there, frame = capture.read()
            if not there:
                return
            yield _codes(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8))
    finally:
        capture.release()


def _codes(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None) -> tuple[bytes, ...]:
    if image is None:
        return ()
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return tuple(bytes(code.bytes) for code in found)
