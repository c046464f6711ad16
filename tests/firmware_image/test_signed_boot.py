"""`boot.sig`, as the boards' boot loader reads it, judged by another library than the one that signs."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.firmware_image.test_image import script

RAMDISK = bytes(range(256)) * 400


def key_file(place: Path, bits: int = 2048) -> rsa.RSAPrivateKey:
    key = rsa.generate_private_key(65537, bits)
    (place / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    return key


def test_three_lines_that_another_library_verifies(tmp_path: Path) -> None:
    key, sign = key_file(tmp_path), script("sign-boot")
    text = sign.signature_file(RAMDISK, tmp_path / "key.pem")
    # the form of the vendor's example: secure-boot-example/boot.sig of raspberrypi/usbboot
    found = re.fullmatch(r"([0-9a-f]{64})\nts: (\d+)\nrsa2048: ([0-9a-f]{512})\n", text)
    assert found is not None
    assert found[1] == hashlib.sha256(RAMDISK).hexdigest()
    signature = bytes.fromhex(found[3])
    key.public_key().verify(signature, RAMDISK, padding.PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, RAMDISK[:-1], padding.PKCS1v15(), SHA256())
    assert sign.signature_file(RAMDISK, tmp_path / "key.pem") == text  # the same bytes each time


@pytest.mark.parametrize("bits", [1024, 3072])
def test_a_key_that_the_boot_loader_does_not_know_is_refused(bits: int, tmp_path: Path) -> None:
    sign = script("sign-boot")
    subprocess.run(
        ["openssl", "genrsa", "-out", tmp_path / "key.pem", str(bits)], check=True, capture_output=True
    )
    with pytest.raises(Exception, match="2048") as caught:
        sign.signature_file(RAMDISK, tmp_path / "key.pem")
    assert type(caught.value).__name__ == "ImageError"


def test_only_the_parts_of_the_release_are_signed(tmp_path: Path) -> None:
    """People compare the hash of the release; what is signed comes from its parts, which a later build may replace."""
    image, sign = script("image"), script("sign-boot")
    boot, root = tmp_path / "boot.fat", tmp_path / "root.squashfs"
    boot.write_bytes(b"B" * image.BOOT_BYTES)
    root.write_bytes(b"R" * image.MIB)
    image.join(tmp_path / "kinko-release.img", boot, root)
    sign.same_parts(tmp_path / "kinko-release.img", boot, root)
    boot.write_bytes(b"B" * (image.BOOT_BYTES - 1) + b"b")
    with pytest.raises(Exception, match="make image") as caught:
        sign.same_parts(tmp_path / "kinko-release.img", boot, root)
    assert type(caught.value).__name__ == "ImageError"


@pytest.mark.parametrize("content", [b"", b"not a key"])
def test_what_is_no_key_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    with pytest.raises(Exception, match="openssl"):
        script("sign-boot").signature_file(RAMDISK, tmp_path / "key.pem")
