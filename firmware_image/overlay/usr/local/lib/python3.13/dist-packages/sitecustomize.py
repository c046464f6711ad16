"""Where shared libraries are, by a table: the usual search starts a compiler or ldconfig, and neither is here."""

from __future__ import annotations

import ctypes.util

_LIBRARIES = {"zbar": "libzbar.so.0", "c": "libc.so.6"}

ctypes.util.find_library = _LIBRARIES.get
