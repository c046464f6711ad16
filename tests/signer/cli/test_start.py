"""What the signer loads before its first screen: on a small board each library costs a good part of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Only the pixel child, an HSM or a FIDO token needs them, each when it is opened.
LATER = ("cv2", "numpy", "pyzbar", "pkcs11", "fido2")


@pytest.mark.parametrize("library", LATER)
def test_it_starts_without(library: str) -> None:
    told = f"import sys; import signer.__main__; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
