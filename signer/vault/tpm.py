"""The device secret in a TPM 2.0, and counters that its NV memory does not let go back. By Debian's tpm2-tools.

The secret and what the counters stood at when it was made are one sealed object, persistent in the TPM: nothing of it
is on the card, so erasing it there is final. It can be bound to PCRs, and then opens only where the same was measured.
The lockout hierarchy gets a password, kept inside that object: without it nobody clears the TPM. An NV counter that is
deleted and defined again starts above the highest value any counter of this TPM ever had (TPM 2.0 library, part 3,
TPM2_NV_Increment), so it cannot be wound back either.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.vault.secret import COUNTERS, KEY_BYTES, derive_key

DEFAULT_TCTI = "device:/dev/tpmrm0"
_SEALED = "0x81014b4b"
_INDEX = {"vault": "0x01504b01", "journal": "0x01504b02", "tries": "0x01504b03"}.get
_PATIENCE = 60
_FAR = 64
_LOCKOUT_BYTES = 32
_PAYLOAD_BYTES = KEY_BYTES + 8 * len(COUNTERS) + _LOCKOUT_BYTES


@dataclass(frozen=True, slots=True)
class TpmTools:
    """Runs one tool; secrets go through pipes only. `tcti` is how the tools find the TPM."""

    tcti: str = DEFAULT_TCTI

    def run(self, tool: str, *arguments: str, given: bytes = b"") -> bytes:
        """What the tool says on its standard output. Raises VaultError(DEVICE)."""
        try:
            done = subprocess.run(
                [f"tpm2_{tool}", *arguments],
                input=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"TPM2TOOLS_TCTI": self.tcti, "PATH": "/usr/bin:/bin", "TSS2_LOG": "all+none"},
                timeout=_PATIENCE,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise VaultError(Lock.DEVICE, what=f"tpm {tool}") from error
        return done.stdout

    def has(self, kind: str, handle: str) -> bool:
        """Whether the TPM holds a handle of this kind (`persistent`, `nv-index`)."""
        lines = self.run("getcap", f"handles-{kind}").decode("ascii", "replace").split()
        return int(handle, 16) in [int(word, 16) for word in lines if word.startswith("0x")]


@dataclass(frozen=True, slots=True)
class TpmCounter:
    """An NV counter. `base()` is what it stood at when the device secret was made."""

    tools: TpmTools
    index: str
    base: Callable[[], int]

    def count(self) -> int:
        count = self.raw() - self.base()
        if count < 0:
            raise Tampered(Broken.COUNTER, what="tpm")
        return count

    def advance(self, to: int) -> None:
        steps = to - self.count()
        if steps > _FAR:  # nobody is ever so far ahead of his own counter
            raise Tampered(Broken.COUNTER, what="tpm")
        for _ in range(steps):
            self.tools.run("nvincrement", "-C", "o", self.index)

    def define(self) -> None:
        """Make the counter and take its first step; before that it has no value."""
        self.tools.run("nvdefine", "-C", "o", "-s", "8", "-a", "nt=counter|ownerread|ownerwrite", self.index)
        self.tools.run("nvincrement", "-C", "o", self.index)

    def raw(self) -> int:
        value = self.tools.run("nvread", "-C", "o", "-s", "8", self.index)
        if len(value) != 8:
            raise VaultError(Lock.DEVICE, what="tpm nvread")
        return int.from_bytes(value, "big")


@dataclass(slots=True)
class TpmDevice:
    """The vault's DeviceSecret on a TPM. The sealed object is read once a process.

    `pcrs`: what must be measured as when the secret was made, as tpm2-tools write it (`sha256:0,7`); empty: nothing.
    """

    tools: TpmTools
    pcrs: str = ""
    _payload: bytearray = field(default_factory=bytearray, repr=False)

    @classmethod
    def create(cls, tools: TpmTools, pcrs: str = "") -> TpmDevice:
        """A new secret and new counters. Raises VaultError(EXISTS) if this TPM has a secret of ours already."""
        device = cls(tools, pcrs)
        if device.exists():
            raise VaultError(Lock.EXISTS, name="tpm")
        payload = bytearray(os.urandom(KEY_BYTES))
        for name in COUNTERS:
            counter = device.counter(name)
            if tools.has("nv-index", _index(name)):
                tools.run("nvundefine", "-C", "o", _index(name))
            counter.define()
            payload += counter.raw().to_bytes(8, "big")
        lockout = os.urandom(_LOCKOUT_BYTES // 2).hex().encode()
        free = not device._lockout_set()
        device._seal(bytes(payload) + (lockout if free else bytes(_LOCKOUT_BYTES)))
        if free:
            tools.run("changeauth", "-c", "lockout", "file:-", given=lockout)
        return device

    @property
    def protects(self) -> bool:
        return True

    def exists(self) -> bool:
        """Whether there is a sealed object of ours in the TPM."""
        return self.tools.has("persistent", _SEALED)

    def key(self, purpose: bytes) -> bytearray:
        return derive_key(self._read()[:KEY_BYTES], purpose)

    def counter(self, name: str) -> TpmCounter:
        return TpmCounter(self.tools, _index(name), lambda: self._base(name))

    def erase(self) -> None:
        """Give back the lockout hierarchy, evict the sealed object; no copy of it is anywhere else."""
        if self.exists():
            with suppress(VaultError):  # what cannot be read is evicted all the same
                lockout = bytes(self._read()[-_LOCKOUT_BYTES:])
                if any(lockout):
                    self.tools.run("changeauth", "-c", "lockout", "-p", "file:-", given=lockout)
            self.tools.run("evictcontrol", "-C", "o", "-c", _SEALED)
        self._payload[:] = bytes(len(self._payload))
        self._payload = bytearray()

    def _lockout_set(self) -> bool:
        lines = self.tools.run("getcap", "properties-variable").decode("ascii", "replace").splitlines()
        return any(line.split() == ["lockoutAuthSet:", "1"] for line in lines)

    def _base(self, name: str) -> int:
        start = KEY_BYTES + 8 * COUNTERS.index(name)
        return int.from_bytes(self._read()[start : start + 8], "big")

    def _read(self) -> bytearray:
        if not self._payload:
            measured = ("-p", f"pcr:{self.pcrs}") if self.pcrs else ()
            self._payload = bytearray(self.tools.run("unseal", "-c", _SEALED, *measured))
        if len(self._payload) != _PAYLOAD_BYTES:
            raise VaultError(Lock.DEVICE, what="tpm unseal")
        return self._payload

    def _seal(self, payload: bytes) -> None:
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        with TemporaryDirectory(dir=memory) as folder:
            primary, public, private, loaded = (f"{folder}/{name}" for name in ("p", "u", "r", "c"))
            self._alone("createprimary", "-C", "o", "-G", "ecc", "-c", primary)
            attributes = "fixedtpm|fixedparent|userwithauth|noda"
            policy: tuple[str, ...] = ()
            if self.pcrs:
                attributes, policy = "fixedtpm|fixedparent|noda", ("-L", self._policy(folder))
            sealing = ("-C", primary, "-i", "-", "-a", attributes, "-u", public, "-r", private, *policy)
            self._alone("create", *sealing, given=payload)
            self._alone("load", "-C", primary, "-u", public, "-r", private, "-c", loaded)
            self._alone("evictcontrol", "-C", "o", "-c", loaded, _SEALED)

    def _policy(self, folder: str) -> str:
        """The file of a policy that the PCRs are as they are now."""
        session, policy = f"{folder}/s", f"{folder}/policy"
        self.tools.run("startauthsession", "-S", session)
        self.tools.run("policypcr", "-S", session, "-l", self.pcrs, "-L", policy)
        self.tools.run("flushcontext", session)
        return policy

    def _alone(self, tool: str, *arguments: str, given: bytes = b"") -> None:
        """A TPM without a resource manager keeps three objects: drop what each step leaves behind."""
        self.tools.run(tool, *arguments, given=given)
        self.tools.run("flushcontext", "-t")


def _index(name: str) -> str:
    found = _INDEX(name)
    if found is None:
        raise VaultError(Lock.DEVICE, what=name)
    return found
