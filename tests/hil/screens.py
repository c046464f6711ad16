"""What a screen shows: codes in a grid on a page, or half blocks in a terminal, as pixels."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from signer.wire import Frames
from signer.wire.symbol import Symbol, symbol
from tests.hil.optics import Gray

QUIET = 4
PIXELS = 4  # screen pixels a module on a page


def page(frames: Frames, version: int, columns: int = 1, rows: int = 1) -> Callable[[int], Gray]:
    """Picture `index` has the codes index * tiles and those after it."""

    @lru_cache(maxsize=64)
    def picture(index: int) -> Gray:
        tiles = columns * rows
        codes = [symbol(frames.text(index * tiles + tile), version=version) for tile in range(tiles)]
        lines = [
            np.hstack([_modules(code) for code in codes[row * columns : (row + 1) * columns]])
            for row in range(rows)
        ]
        modules = np.pad(np.vstack(lines), QUIET // 2)
        return np.kron(np.where(modules > 0, 0, 255).astype(np.uint8), np.ones((PIXELS, PIXELS), np.uint8))

    return picture


def terminal(frames: Frames, version: int, gap: int) -> Callable[[int], Gray]:
    """Half blocks in cells of 8x16 pixels; `gap` rows of background show between lines of text."""

    @lru_cache(maxsize=64)
    def picture(index: int) -> Gray:
        modules = np.pad(_modules(symbol(frames.text(index), version=version)), QUIET // 2)
        if modules.shape[0] % 2:
            modules = np.pad(modules, ((0, 1), (0, 0)))
        pixels = np.kron(np.where(modules > 0, 0, 255).astype(np.uint8), np.ones((8, 8), np.uint8))
        for line in range(gap):
            pixels[15 - line :: 16] = 20
        return pixels

    return picture


def _modules(code: Symbol) -> Gray:
    """The modules of a code with half of the quiet zone on each side: neighbours share theirs."""
    rows = np.frombuffer(b"".join(code.rows), np.uint8).reshape(code.size, code.size)
    return np.pad(rows, QUIET // 2)
