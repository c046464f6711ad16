"""The vault's file: what is in it, what is not, and that only this device's newest copy opens."""

from __future__ import annotations

import hmac
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.codec import encode
from signer.core.errors import Broken, Lock, Malformed, Tampered, VaultError
from signer.core.officer import Duty, Factor, Officer
from signer.vault.factors import Bare
from signer.vault.sealed import FLOOR_KIB, Contents, Credential, Kdf, SlotHeader
from signer.vault.secret import FileDevice, derive_key
from signer.vault.vault import FileVault
from tests.signer.vault.conftest import SEED, secret


class Silent(Bare):
    """A reader that answers nothing for everybody."""

    def answer(self, credential: Credential) -> bytearray:
        return bytearray()


def test_before_genesis(tmp_path: Path) -> None:
    vault = FileVault.at(tmp_path / "new")
    assert vault.slots() == ()
    with pytest.raises(VaultError) as caught:
        vault.session()
    assert caught.value.code is Lock.NO_VAULT


def test_what_the_outside_sees(vault: FileVault) -> None:
    main, solo = vault.slots()
    assert (main.name, main.officers, main.threshold) == ("main", ("aiko", "ben", "chie"), 2)
    assert (solo.name, solo.officers, solo.threshold) == ("solo", ("ben",), 1)
    assert main.fingerprint.hex() == "bd16bee5"
    assert solo.fingerprint != main.fingerprint


def test_neither_seed_nor_passphrase_is_in_any_file(home: Path) -> None:
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        data = path.read_bytes()
        assert not any(SEED[i : i + 8] in data for i in range(0, 64, 8))
        assert b"passphrase of" not in data
        assert path.stat().st_mode & 0o077 == 0


def test_two_fresh_keys_are_never_the_same(vault: FileVault) -> None:
    made = [vault.create_slot(f"new {i}", ("aiko",), 1, entropy=[bytearray(b"same dice")]) for i in range(2)]
    assert made[0].fingerprint != made[1].fingerprint


def test_the_command_lines_way(tmp_path: Path) -> None:
    vault = FileVault.at(tmp_path / "new")
    given = [("aiko", secret("aiko")), ("ben", secret("ben"))]
    vault.create("first", given, 2)
    assert all(not any(passphrase) for _, passphrase in given)
    with pytest.raises(VaultError) as caught:
        vault.create("second", [("aiko", secret("ben"))], 1)
    assert caught.value.code is Lock.WRONG_FACTOR
    with pytest.raises(VaultError) as caught:
        vault.create("second", [("aiko", secret("aiko"))], 1)
    assert caught.value.code is Lock.TOO_FEW
    vault.create("second", [("aiko", secret("aiko")), ("ben", secret("ben"))], 1)
    assert [slot.name for slot in vault.slots()] == ["first", "second"]


@pytest.mark.parametrize(
    ("officers", "threshold", "name", "code"),
    [
        (("aiko",), 1, "main", Lock.EXISTS),
        (("aiko", "dai"), 1, "x", Lock.NO_OFFICER),
        (("aiko", "aiko"), 2, "x", Lock.TOO_FEW),
        (("aiko", "ben"), 3, "x", Lock.TOO_FEW),
        (("aiko", "ben"), 0, "x", Lock.TOO_FEW),
        ((), 1, "x", Lock.TOO_FEW),
    ],
)
def test_slots_that_cannot_be(
    vault: FileVault, officers: tuple[str, ...], threshold: int, name: str, code: Lock
) -> None:
    before = vault.slots()
    with pytest.raises(VaultError) as caught:
        vault.create_slot(name, officers, threshold)
    assert caught.value.code is code
    assert vault.slots() == before


def test_the_same_seed_twice_is_refused(vault: FileVault) -> None:
    with pytest.raises(VaultError) as caught:
        vault.create_slot("again", ("ben",), 1, bytearray(SEED))
    assert caught.value.code is Lock.EXISTS


@pytest.mark.parametrize("size", [16, 32, 63, 65])
def test_a_seed_has_64_bytes(vault: FileVault, size: int) -> None:
    with pytest.raises(VaultError) as caught:
        vault.create_slot("x", ("ben",), 1, bytearray(size))
    assert caught.value.code is Lock.ENTROPY


@pytest.mark.parametrize("given", ["", "1234567", "金庫金庫金庫金", "x" * 1025])
def test_a_passphrase_has_8_characters(vault: FileVault, given: str) -> None:
    with pytest.raises(VaultError) as caught:
        vault.appoint(Officer("dai"), bytearray(given.encode()))
    assert caught.value.code is Lock.WEAK_SECRET


@pytest.mark.parametrize("name", ["", "x" * 33, "a\nb", " dai", "dai\u202e", "か\u3099"])
def test_names_are_bounded_and_printable(vault: FileVault, name: str) -> None:
    with pytest.raises(Malformed):
        vault.appoint(Officer(name), bytearray(b"long enough"))


def test_an_officer_is_appointed_once(vault: FileVault) -> None:
    with pytest.raises(VaultError) as caught:
        vault.appoint(Officer("aiko"), bytearray(b"long enough"))
    assert caught.value.code is Lock.EXISTS


def test_what_is_said_of_an_officer_is_kept(vault: FileVault) -> None:
    officer = Officer("大輔", (Duty.OFFICER, Duty.WITNESS), "東京", "Kinko KK", 1_900_000_000)
    vault.appoint(officer, bytearray("金庫の番人です".encode() + b"!"))
    assert vault.officers()[-1] == officer
    assert officer.serves(1_900_000_000)
    assert not officer.serves(1_900_000_001)


# --- an older copy, another device, a changed byte -----------------------------------------------------------------


def test_an_older_copy_is_refused(vault: FileVault, home: Path) -> None:
    old = (home / "vault" / "vault").read_bytes()
    vault.create_slot("later", ("aiko",), 1)
    (home / "vault" / "vault").write_bytes(old)
    for ask in (vault.slots, vault.session):
        with pytest.raises(Tampered) as caught:
            ask()
        assert caught.value.code is Broken.COUNTER


def test_power_lost_between_file_and_counter(vault: FileVault, home: Path) -> None:
    """The file is one ahead: its seal shows it is this device's own, and the counter follows."""
    count = home / "device" / "vault"
    before = count.read_text()
    vault.create_slot("later", ("aiko",), 1)
    after = count.read_text()
    count.write_text(before)
    assert len(vault.slots()) == 3
    assert count.read_text() == after
    count.write_text(str(int(before) - 1))
    with pytest.raises(Tampered):
        vault.slots()


def test_a_vault_that_was_removed_is_missed(vault: FileVault, home: Path) -> None:
    (home / "vault" / "vault").unlink()
    with pytest.raises(Tampered) as caught:
        vault.slots()
    assert caught.value.code is Broken.VAULT


def test_a_count_of_tries_that_was_removed_is_missed(vault: FileVault, home: Path) -> None:
    for damage in (lambda path: path.write_bytes(bytes(40)), lambda path: path.unlink()):
        damage(home / "vault" / "tries")
        session = vault.session()
        with pytest.raises(Tampered):
            session.unlock("aiko", secret("aiko"))
        session.close()


def test_on_another_device_nothing_opens(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    FileDevice.create(other / "device")
    shutil.copytree(home / "vault", other / "vault")
    (other / "device" / "vault").write_text((home / "device" / "vault").read_text())
    with pytest.raises(Tampered) as caught:
        FileVault.at(other).slots()
    assert caught.value.code is Broken.VAULT


def test_the_sealed_key_itself_needs_the_device(home: Path, vault: FileVault) -> None:
    """Even where the file's own seal is made again: the officer's key is under the device's factor key too."""
    seal_key = FileDevice(home / "device").key(b"vault seal")
    data = (home / "vault" / "vault").read_bytes()
    (home / "device" / "secret").write_bytes(os.urandom(32))
    contents = Contents.from_bytes(data, seal_key)
    (home / "vault" / "vault").write_bytes(contents.to_bytes(vault.device.key(b"vault seal")))
    (home / "vault" / "tries").unlink()
    vault._tries().write({})
    session = vault.session()
    with pytest.raises(VaultError) as caught:
        session.unlock("aiko", secret("aiko"))
    session.close()
    assert caught.value.code is Lock.WRONG_FACTOR


def test_every_changed_byte_is_found(home: Path, vault: FileVault) -> None:
    path = home / "vault" / "vault"
    data = bytearray(path.read_bytes())
    for index in range(len(data)):
        data[index] ^= 1 << index % 8
        with pytest.raises(Tampered):
            Contents.from_bytes(bytes(data), vault._seal_key())
        data[index] ^= 1 << index % 8
    for length in range(len(data)):
        with pytest.raises(Tampered):
            Contents.from_bytes(bytes(data[:length]), vault._seal_key())


def _only_two(header: SlotHeader) -> SlotHeader:
    return replace(header, holders=header.holders[:2])


CHANGES = {
    "threshold": lambda slot: replace(slot, header=replace(slot.header, threshold=1)),
    "policy": lambda slot: replace(slot, header=replace(slot.header, policy=bytes(31) + b"\1")),
    "version": lambda slot: replace(slot, header=replace(slot.header, version=slot.header.version - 1)),
    "name": lambda slot: replace(slot, header=replace(slot.header, name="mine")),
    "fingerprint": lambda slot: replace(slot, header=replace(slot.header, fingerprint=b"abcd")),
    "holders": lambda slot: replace(slot, header=_only_two(slot.header), shares=slot.shares[:2]),
    "shares": lambda slot: replace(slot, shares=slot.shares[::-1]),
    "sealed": lambda slot: replace(slot, sealed=slot.sealed[:-1] + bytes([slot.sealed[-1] ^ 1])),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_header_is_bound_to_its_key_even_by_one_who_has_the_device(
    home: Path, vault: FileVault, what: str
) -> None:
    """The file's own seal is made again each time: what is left is what the officers' shares are bound to."""
    path = home / "vault" / "vault"
    contents = Contents.from_bytes(path.read_bytes(), vault._seal_key())
    changed = replace(contents, slots=(CHANGES[what](contents.slots[0]), *contents.slots[1:]))
    path.write_bytes(changed.to_bytes(vault._seal_key()))
    session = vault.session()
    for name in ("aiko", "ben"):
        session.unlock(name, secret(name))
    with pytest.raises(Tampered) as caught:
        session.public_keys(changed.slots[0].header.name, [(0,)])
    session.close()
    assert caught.value.code is Broken.VAULT


@pytest.mark.parametrize("what", ["name", "factors", "kdf", "salt"])
def test_a_credential_is_bound_to_what_is_said_of_it(home: Path, vault: FileVault, what: str) -> None:
    path = home / "vault" / "vault"
    contents = Contents.from_bytes(path.read_bytes(), vault._seal_key())
    old = contents.credentials[0]
    changed = {
        "name": replace(old, officer=replace(old.officer, name="dai")),
        "factors": replace(old, factors=(Factor.PASSPHRASE, Factor.CARD)),
        "kdf": replace(old, kdf=Kdf(FLOOR_KIB, 4, 4)),
        "salt": replace(old, salt=bytes(16)),
    }[what]
    path.write_bytes(
        replace(contents, credentials=(changed, *contents.credentials[1:])).to_bytes(vault._seal_key())
    )
    session = replace(vault, equipment=Silent()).session()
    with pytest.raises(VaultError) as caught:
        session.unlock(changed.officer.name, secret("aiko"))
    session.close()
    assert caught.value.code is Lock.WRONG_FACTOR


@pytest.mark.parametrize(
    "values", [(FLOOR_KIB - 1, 3, 4), (FLOOR_KIB, 2, 4), (2**23, 3, 4), (FLOOR_KIB, 3, 0)]
)
def test_the_floor_of_argon2id_holds_for_a_header_that_is_read(
    values: tuple[int, int, int], vault: FileVault
) -> None:
    with pytest.raises(Malformed):
        Kdf(*values)
    contents = Contents.from_bytes((vault.folder / "vault").read_bytes(), vault._seal_key())
    row = contents.credentials[0].row()
    row[1] = list(values)
    body = encode([1, contents.vault_id, 1, bytes(32), [row], []])
    forged = encode([body, _seal(vault, body)])
    with pytest.raises(Tampered):
        Contents.from_bytes(forged, vault._seal_key())
    row[1] = [FLOOR_KIB, 3, 4]
    body = encode([1, contents.vault_id, 1, bytes(32), [row], []])
    assert Contents.from_bytes(encode([body, _seal(vault, body)]), vault._seal_key())


def _seal(vault: FileVault, body: bytes) -> bytes:
    return hmac.digest(vault._seal_key(), b"kinko vault" + body, "sha256")


def test_keys_for_different_purposes_differ() -> None:
    secret_bytes = bytes(range(32))
    keys = {bytes(derive_key(secret_bytes, purpose)) for purpose in (b"a", b"b", b"")}
    assert len(keys) == 3
    with pytest.raises(Tampered):
        derive_key(b"short", b"a")


@given(st.binary(max_size=200))
def test_random_bytes_are_no_vault(data: bytes) -> None:
    with pytest.raises(Tampered):
        Contents.from_bytes(data, bytearray(32))
