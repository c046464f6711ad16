"""Floor 1: QR transport, sans-IO. Texts of codes in, payloads out, and back."""

from __future__ import annotations

from signer.wire.dialects import detect_file, encode, open
from signer.wire.values import Decoder, Dialect, Format, Frames, Kind, Payload, Progress

__all__ = [
    "Decoder",
    "Dialect",
    "Format",
    "Frames",
    "Kind",
    "Payload",
    "Progress",
    "detect_file",
    "encode",
    "open",
]
