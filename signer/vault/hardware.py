"""What hardware a home has: `hardware.toml` says it (docs/reference/hardware.md), and nothing in it is secret.

Where the device secret was put is decided when a home is made and remembered beside it; a file that says otherwise
later is refused. Libraries are loaded from the system's own folders only: there the image is verified.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from signer.core.codec import decode, encode
from signer.core.errors import Bad, Broken, Lock, Malformed, Tampered, VaultError
from signer.core.officer import Factor, Holding
from signer.core.pin import AskPin, PinOf
from signer.storage.files import locked, make_folder, read_file, write_file
from signer.vault.factors import hints_of, joined
from signer.vault.fidokey import FidoReader
from signer.vault.hsm import DEVICE_LABEL, CardReader, HsmDevice, TokenDesk
from signer.vault.protocol import row_of
from signer.vault.seal import wipe
from signer.vault.sealed import Credential, SecondFactor
from signer.vault.secret import DeviceSecret, FileDevice
from signer.vault.tokenkey import TokenPlace, TokenSecret
from signer.vault.tpm import TpmDevice, TpmTools

FILE_NAME = "hardware.toml"
TOKEN_LOCK = "token"
_KIND = "kind"
_PATIENCE = 10.0
_TPM, _TOKEN = b"tpm ", b"token "
_TCTI = re.compile(r"device:/dev/tpm[a-z0-9]{1,20}|(?:swtpm|mssim):[a-z0-9=.,:/_-]{0,180}")
_LIBRARY = re.compile(r"/usr/(?:[A-Za-z0-9_+-][A-Za-z0-9._+-]*/)*[A-Za-z0-9_+-][A-Za-z0-9._+-]*\.so[.0-9]*")
_LABEL = re.compile(r"[ -~]{1,32}")
_PATH = re.compile(r"/[ -~]{1,100}")
_PCRS = re.compile(r"sha(?:1|256|384|512):[0-9]{1,2}(?:,[0-9]{1,2}){0,23}")


class Keeper(StrEnum):
    """Where a device secret can be."""

    FILE = "file"
    TPM = "tpm"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Hardware:
    """`keeper` None: not said. `tcti` names a TPM as tpm2-tools do, `pcrs` what it must have measured (empty: nothing).

    `library` is a PKCS#11 library, `token` the label of the token behind the device; `fido2` the HID device of
    officers' FIDO2 tokens, empty: whichever is plugged in.
    """

    keeper: Keeper | None = None
    tcti: str = ""
    library: str = ""
    token: str = ""
    fido2: str = ""
    pcrs: str = ""

    def __post_init__(self) -> None:
        """Raises Malformed for a TPM or a library that is named in a way that could run something else."""
        for name, value, shape in (
            ("tcti", self.tcti, _TCTI),
            ("library", self.library, _LIBRARY),
            ("token", self.token, _LABEL),
            ("fido2", self.fido2, _PATH),
            ("pcrs", self.pcrs, _PCRS),
        ):
            if value and not shape.fullmatch(value):
                raise Malformed(Bad.VALUE, what=f"{FILE_NAME}: {name}")
        needs = {Keeper.TPM: (self.tcti,), Keeper.TOKEN: (self.library, self.token)}
        if self.keeper is not None and not all(needs.get(self.keeper, ())):
            raise Malformed(Bad.FIELD, what=f"{FILE_NAME}: {self.keeper}")
        if self.keeper is None and (self.tcti or self.pcrs or self.token):
            raise Malformed(Bad.FIELD, what=f"{FILE_NAME}: device.secret")


_KEEPER = ("device", "secret")
_FIELDS: Final = MappingProxyType(
    {
        ("device", "token"): "token",
        ("tpm", "tcti"): "tcti",
        ("tpm", "pcrs"): "pcrs",
        ("tokens", "library"): "library",
        ("fido2", "device"): "fido2",
    }
)


def read_hardware(home: Path) -> Hardware:
    """What the home's file says; nothing where there is none. Raises Malformed for anything it should not say."""
    data = read_file(home / FILE_NAME)
    if data is None:
        return Hardware()
    try:
        tables = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed(Bad.ENCODING, what=FILE_NAME) from error
    said = _texts(tables)
    keeper = said.pop(_KEEPER, None)
    if keeper is not None and keeper not in list(Keeper):
        raise Malformed(Bad.VALUE, what=f"{FILE_NAME}: secret")
    return Hardware(
        Keeper(keeper) if keeper else None, **{_FIELDS[name]: text for name, text in said.items()}
    )


def _texts(tables: Mapping[str, object]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for table, entries in tables.items():
        for name, value in entries.items() if isinstance(entries, dict) else ((table, None),):
            if ((table, name) not in _FIELDS and (table, name) != _KEEPER) or not isinstance(value, str):
                raise Malformed(Bad.FIELD, what=f"{FILE_NAME}: {table}.{name}"[:80])
            found[table, name] = value
    return found


def device_of(home: Path, hardware: Hardware, ask_pin: AskPin) -> DeviceSecret:
    """The device secret of a home, made on first use, by one process however many are the first.

    Raises VaultError: DEVICE where the file now says another keeper than when the home was made; Tampered(VAULT) for
    a keeper nobody knows.
    """
    folder = home / "device"
    make_folder(folder)
    with locked(folder / "lock", _PATIENCE):
        made = _remembered(folder)
        if made is None:
            return _create(folder, hardware, ask_pin)
    if hardware.keeper not in (None, made.keeper):
        raise VaultError(Lock.DEVICE, what=f"{FILE_NAME}: {hardware.keeper}, made with: {made.keeper}")
    return _open(folder, made, ask_pin)


def _remembered(folder: Path) -> Hardware | None:
    kind = read_file(folder / _KIND)
    try:
        if kind is None:
            return Hardware(Keeper.FILE) if FileDevice(folder).exists() else None
        if kind.startswith(_TPM):
            tcti, _, pcrs = kind.removeprefix(_TPM).decode().partition(" ")
            return Hardware(Keeper.TPM, tcti, pcrs=pcrs)
        if kind.startswith(_TOKEN):
            fields = row_of(decode(kind.removeprefix(_TOKEN)), 4)
            tcti, pcrs, library, token = (fields.text(index, 200) for index in range(4))
            return Hardware(Keeper.TOKEN, tcti, library, token, pcrs=pcrs)
    except (Malformed, UnicodeDecodeError) as error:
        raise Tampered(Broken.VAULT, what=_KIND) from error
    raise Tampered(Broken.VAULT, what=_KIND)


def _create(folder: Path, hardware: Hardware, ask_pin: AskPin) -> DeviceSecret:
    if hardware.keeper is Keeper.TPM:
        device = TpmDevice.create(TpmTools(hardware.tcti), hardware.pcrs)
        write_file(folder / _KIND, _TPM + f"{hardware.tcti} {hardware.pcrs}".rstrip().encode())
        return device
    if hardware.keeper is Keeper.TOKEN:
        if hardware.tcti:
            TpmDevice.create(TpmTools(hardware.tcti), hardware.pcrs)
        behind = _behind_token(folder, hardware, ask_pin)
        behind.create()
        write_file(
            folder / _KIND, _TOKEN + encode([hardware.tcti, hardware.pcrs, hardware.library, hardware.token])
        )
        return behind
    return FileDevice.create(folder)


def _open(folder: Path, made: Hardware, ask_pin: AskPin) -> DeviceSecret:
    match made.keeper:
        case Keeper.TPM:
            return TpmDevice(TpmTools(made.tcti), made.pcrs)
        case Keeper.TOKEN:
            return _behind_token(folder, made, ask_pin)
        case _:
            return FileDevice(folder)


def _behind_token(folder: Path, hardware: Hardware, ask_pin: AskPin) -> HsmDevice:
    """Its counters are the TPM's where there is one: PKCS#11 has none that cannot be wound back."""
    desk = TokenDesk(hardware.library, hardware.token, _lock(folder.parent))
    beside = TpmDevice(TpmTools(hardware.tcti), hardware.pcrs) if hardware.tcti else None
    return HsmDevice(folder, desk, DEVICE_LABEL, lambda: ask_pin(PinOf.DEVICE, hardware.token), beside)


def _lock(home: Path) -> Path:
    return home / "vault" / TOKEN_LOCK


@dataclass(frozen=True, slots=True)
class Readers:
    """The vault's Equipment: PKCS#11 cards and tokens of one library, FIDO2 tokens, PINs from whoever is asked."""

    hardware: Hardware
    lock: Path
    ask_pin: AskPin

    @classmethod
    def at(cls, home: Path, hardware: Hardware, ask_pin: AskPin) -> Readers:
        return cls(hardware, _lock(home), ask_pin)

    def answer(self, credential: Credential) -> bytearray:
        name = credential.officer.name
        return joined([self._answer(name, factor, hint) for factor, hint in credential.hints])

    def _answer(self, officer: str, factor: Factor, hint: bytes) -> bytearray:
        if factor is Factor.CARD:
            return CardReader(self.lock, self.ask_pin).answer(officer, hint)
        return self._fido().answer(officer, hint)

    def enrol(
        self, officer: str, holdings: Sequence[Holding], others: Sequence[Credential]
    ) -> tuple[SecondFactor, ...]:
        return tuple(self._enrol(officer, holding, others) for holding in holdings)

    def _enrol(self, officer: str, holding: Holding, others: Sequence[Credential]) -> SecondFactor:
        taken = hints_of(others, holding.kind)
        if holding.kind is Factor.FIDO2:
            return self._fido().enrol(officer, taken)
        reader = CardReader(self.lock, self.ask_pin)
        return reader.enrol(officer, self._library(), holding.card, taken)

    def make_key(self, token: str, label: str) -> tuple[bytes, bytearray]:
        place, pin = TokenPlace(self._library(), token, label), self.ask_pin(PinOf.KEY, token)
        try:
            public = TokenDesk(place.library, token, self.lock).make_key(label, pin)
            return public, bytearray(TokenSecret(place, pin.decode("utf-8", "replace"), public).to_bytes())
        finally:
            wipe(pin)

    def _fido(self) -> FidoReader:
        return FidoReader(self.hardware.fido2, self.lock, self.ask_pin)

    def _library(self) -> str:
        if not self.hardware.library:
            raise VaultError(Lock.TOKEN, what=f"{FILE_NAME}: tokens.library")
        return self.hardware.library
