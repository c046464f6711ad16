"""Which device secret a home has: decided when it is made, and read back from beside it ever after."""

from __future__ import annotations

from pathlib import Path

from signer.core.errors import Broken, Tampered
from signer.storage.files import make_folder, read_file, write_file
from signer.vault.secret import DeviceSecret, FileDevice
from signer.vault.tpm import TpmDevice, TpmTools

_KIND = "kind"
_TPM = b"tpm "
_MAX_TCTI = 200


def create_device(folder: Path, tcti: str = "") -> DeviceSecret:
    """A new device secret: in the TPM that `tcti` names (as tpm2-tools understand it), else in files.

    Raises VaultError: EXISTS, DEVICE.
    """
    if not tcti:
        return FileDevice.create(folder)
    make_folder(folder)
    device = TpmDevice.create(TpmTools(tcti))
    write_file(folder / _KIND, _TPM + tcti.encode())
    return device


def open_device(folder: Path) -> DeviceSecret | None:
    """The device secret that was made here, None where none was. Raises Tampered(VAULT) for a kind nobody knows."""
    kind = read_file(folder / _KIND)
    if kind is None:
        device = FileDevice(folder)
        return device if device.exists() else None
    tcti = kind.removeprefix(_TPM).decode("ascii", "replace")
    if not kind.startswith(_TPM) or len(tcti) > _MAX_TCTI or not tcti.isprintable():
        raise Tampered(Broken.VAULT, what=_KIND)
    return TpmDevice(TpmTools(tcti))
