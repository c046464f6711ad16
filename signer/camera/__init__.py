"""Floor 2: the camera. Pixels are looked at in a child process that holds no key."""

from __future__ import annotations

from signer.camera.process import CameraProcess, open_camera

__all__ = ["CameraProcess", "open_camera"]
