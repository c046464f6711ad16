"""zbar through its C interface, in binary mode: pyzbar's own `decode` mangles bytes above 0x7f."""

from __future__ import annotations

import ctypes
from typing import Any, Final

from signer.core.sight import Corner
from signer.wire.reader import MAX_CODES, Code, Gray

try:
    from pyzbar import wrapper
except ImportError:  # the system library is not installed: one fallback less
    wrapper = None

_BINARY: Final = 4  # ZBAR_CFG_BINARY, since 0.23.1
_Y800: Final = int.from_bytes(b"Y800", "little")
_MAX_BYTES: Final = 7_089


def read(frame: Gray) -> list[Code]:
    """The QR codes in a gray frame, with the corners of their upright boxes; nothing without the library."""
    if wrapper is None:
        return []
    height, width = frame.shape
    data = (ctypes.c_char * frame.size).from_buffer_copy(frame.tobytes())
    scanner = wrapper.zbar_image_scanner_create()
    image = wrapper.zbar_image_create()
    try:
        wrapper.zbar_image_scanner_set_config(scanner, 0, wrapper.ZBarConfig.CFG_ENABLE, 0)
        wrapper.zbar_image_scanner_set_config(
            scanner, wrapper.ZBarSymbol.QRCODE, wrapper.ZBarConfig.CFG_ENABLE, 1
        )
        wrapper.zbar_image_scanner_set_config(scanner, wrapper.ZBarSymbol.QRCODE, _BINARY, 1)
        wrapper.zbar_image_set_format(image, _Y800)
        wrapper.zbar_image_set_size(image, width, height)
        wrapper.zbar_image_set_data(image, ctypes.cast(data, ctypes.c_void_p), frame.size, None)
        if wrapper.zbar_scan_image(scanner, image) < 1:
            return []
        return [Code(text, corners, 0.0, "zbar") for text, corners in _symbols(image)[:MAX_CODES]]
    finally:
        wrapper.zbar_image_destroy(image)
        wrapper.zbar_image_scanner_destroy(scanner)


def _symbols(image: Any) -> list[tuple[bytes, tuple[Corner, Corner, Corner, Corner]]]:
    found = []
    symbol = wrapper.zbar_image_first_symbol(image)
    while symbol:
        if symbol.contents.type == wrapper.ZBarSymbol.QRCODE:
            length = wrapper.zbar_symbol_get_data_length(symbol)
            if 0 < length <= _MAX_BYTES:
                found.append(
                    (ctypes.string_at(wrapper.zbar_symbol_get_data(symbol), length), _corners(symbol))
                )
        symbol = wrapper.zbar_symbol_next(symbol)
    return found


def _corners(symbol: Any) -> tuple[Corner, Corner, Corner, Corner]:
    count = wrapper.zbar_symbol_get_loc_size(symbol)
    xs = [wrapper.zbar_symbol_get_loc_x(symbol, i) for i in range(count)] or [0]
    ys = [wrapper.zbar_symbol_get_loc_y(symbol, i) for i in range(count)] or [0]
    return (min(xs), min(ys)), (max(xs), min(ys)), (max(xs), max(ys)), (min(xs), max(ys))
