"""Changing the vault: officers come and go, keys are sealed anew, backups are made and proved."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import wallycore as wally

from signer.core.errors import Lock, Malformed, Tampered, VaultError
from signer.core.officer import Officer
from signer.core.slot import BackupPlan, Origin
from signer.vault.assembly import Assembly
from signer.vault.tries import MAX_TRIES
from signer.vault.vault import FileVault
from tests.signer.vault.conftest import secret


@pytest.fixture
def gathered(vault: FileVault) -> Callable[..., Assembly]:
    def gather(*names: str) -> Assembly:
        assembly = vault.assembly()
        for name in names:
            assembly.unlock(name, secret(name))
        return assembly

    return gather


Gather = Callable[..., Assembly]


def opens(vault: FileVault, slot: str, *names: str) -> str:
    """The key's public half, opened by these officers."""
    with closing(vault.session()) as session:
        for name in names:
            session.unlock(name, secret(name))
        return session.public_keys(slot, [()])[0].key


def fails(vault: FileVault, slot: str, *names: str) -> Lock:
    with pytest.raises(VaultError) as caught:
        opens(vault, slot, *names)
    assert isinstance(caught.value.code, Lock)
    return caught.value.code


def test_an_officer_is_replaced_by_the_others(vault: FileVault, gathered: Gather, home: Path) -> None:
    """Two of three are enough: the one who leaves is not there, nor needs anybody else to seal his share anew."""
    before = opens(vault, "main", "aiko", "chie")
    old_file = (home / "vault" / "vault").read_bytes()
    with closing(gathered("aiko", "ben")) as assembly:
        assembly.appoint(Officer("dai"), secret("dai"))
        assembly.replace_officer("chie", "dai")
        assembly.commit()
    assert vault.slots()[0].officers == ("aiko", "ben", "dai")
    assert opens(vault, "main", "dai", "aiko") == before
    assert opens(vault, "main", "ben", "aiko") == before
    assert fails(vault, "main", "aiko", "chie") is Lock.NO_OFFICER
    (home / "vault" / "vault").write_bytes(old_file)  # the one who left, with the old card
    with pytest.raises(Tampered):
        opens(vault, "main", "aiko", "chie")


@pytest.mark.parametrize("name", ["Aiko", "AIKO", "\uff41iko", "aik0"])
def test_nobody_is_two_officers_by_writing_his_name_differently(gathered: Gather, name: str) -> None:
    with closing(gathered("aiko", "ben")) as assembly, pytest.raises(VaultError) as caught:
        assembly.appoint(Officer(name), secret("another"))
    assert caught.value.code is Lock.EXISTS


@pytest.mark.parametrize(
    "officer",
    [Officer("aik\u043e"), Officer("dai", site="t\u043ekyo"), Officer("dai", organisation="kink\u043e")],
)
def test_names_of_several_alphabets_are_not_taken(gathered: Gather, officer: Officer) -> None:
    with closing(gathered("aiko", "ben")) as assembly, pytest.raises(Malformed):
        assembly.appoint(officer, secret("another"))


def test_an_old_share_does_not_fit_the_new_seal(vault: FileVault, gathered: Gather) -> None:
    """Even grafted into the new file by one who has the device's own keys."""
    old = vault._contents()
    with closing(gathered("aiko", "ben")) as assembly:
        assembly.reseal("main", ("aiko", "ben", "chie"), 2)
        assembly.commit()
    new = vault._contents()
    grafted = replace(new.slots[0], shares=(old.slots[0].shares[0], *new.slots[0].shares[1:]))
    vault._write(replace(new, version=new.version + 1, slots=(grafted, *new.slots[1:])))
    with pytest.raises(Tampered):
        opens(vault, "main", "aiko", "ben")


def test_an_officer_is_revoked_and_a_lone_holder_cannot_be(vault: FileVault, gathered: Gather) -> None:
    with closing(gathered("aiko", "ben")) as assembly:
        with pytest.raises(VaultError) as caught:
            assembly.revoke("ben")  # the only one who holds "solo"
        assert caught.value.code is Lock.TOO_FEW
    with closing(gathered("aiko", "ben")) as assembly:
        assembly.revoke("chie")
        assembly.commit()
    assert vault.slots()[0].officers == ("aiko", "ben")
    assert [officer.name for officer in vault.officers()] == ["aiko", "ben"]
    assert opens(vault, "main", "aiko", "ben")


@pytest.mark.parametrize("present", [(), ("aiko",), ("chie",)])
def test_fewer_than_the_quorum_change_nothing(
    vault: FileVault, gathered: Gather, present: tuple[str, ...]
) -> None:
    slots = vault.slots()
    with closing(gathered(*present)) as assembly:
        for change in (
            lambda: assembly.revoke("chie"),
            lambda: assembly.reseal("main", ("aiko",), 1),
            lambda: assembly.bind_policy(bytes(range(32))),
        ):
            with pytest.raises(VaultError) as caught:
                change()
            assert caught.value.code is Lock.TOO_FEW
    assert vault.slots() == slots


def test_the_policy_is_bound_into_every_key(vault: FileVault, gathered: Gather) -> None:
    digest = bytes(range(32))
    before = opens(vault, "main", "aiko", "ben")
    with closing(gathered("aiko", "ben")) as assembly:
        assembly.bind_policy(digest)
        assembly.commit()
    contents = vault._contents()
    assert {slot.header.policy for slot in contents.slots} == {digest} == {contents.policy}
    assert opens(vault, "main", "aiko", "ben") == before


def test_what_is_not_committed_has_not_happened(vault: FileVault, gathered: Gather) -> None:
    with closing(gathered("aiko", "ben")) as assembly:
        assembly.revoke("chie")
    assert len(vault.officers()) == 3


def test_a_locked_out_officer_comes_back_by_the_quorum(vault: FileVault, gathered: Gather) -> None:
    for _ in range(MAX_TRIES):
        with closing(vault.session()) as session, pytest.raises(VaultError):
            session.unlock("chie", secret("ben"))
    assert fails(vault, "main", "aiko", "chie") is Lock.LOCKED_OUT
    with closing(gathered("aiko", "ben")) as assembly:
        assembly.revoke("chie")
        assembly.appoint(Officer("chie"), secret("chie"))
        assembly.reseal("main", ("aiko", "ben", "chie"), 2)
        assembly.commit()
    assert opens(vault, "main", "aiko", "chie")


def test_a_term_ends(home: Path) -> None:
    vault = FileVault.at(home)
    vault.appoint(Officer("dai", until=1000), secret("dai"))
    for now, code in ((1000, Lock.TOO_FEW), (1001, Lock.TERM)):
        later = replace(vault, now=lambda now=now: now)
        assert fails(later, "main", "dai") is code


# --- backups ---------------------------------------------------------------------------------------


def test_words_and_shares_give_the_key_back(vault: FileVault, gathered: Gather) -> None:
    with closing(gathered()) as assembly:
        made = assembly.create("new", ("aiko",), 1, plan=BackupPlan(2, ((1, 1), (2, 3))))
        assembly.commit()
    assert len(made.words.split()) == 24
    assert [len(group) for group in made.shares] == [1, 3]
    (alone,), others = made.shares
    public = opens(vault, "new", "aiko")
    seed = wally.bip39_mnemonic_to_seed512(made.words, None)
    root = wally.bip32_key_from_seed(seed, wally.BIP32_VER_MAIN_PRIVATE, 0)
    assert wally.bip32_key_to_base58(root, wally.BIP32_FLAG_KEY_PUBLIC) == public
    with closing(gathered()) as assembly:
        for pair in itertools.combinations(others, 2):
            assembly.drill(
                made.slot.fingerprint, Origin.SHARES, bytearray("\n".join((alone, *pair)).encode())
            )
        assembly.drill(made.slot.fingerprint, Origin.WORDS, bytearray(made.words.encode()))
        for given in (
            (alone, others[0]),
            (others[0], others[1]),
            (alone,),
            (alone, others[0], others[0]),
            ("junk",),
        ):
            with pytest.raises(VaultError) as caught:
                assembly.drill(made.slot.fingerprint, Origin.SHARES, bytearray("\n".join(given).encode()))
            assert caught.value.code is Lock.BACKUP
        for words in (made.words.replace(made.words.split()[3], "zoo"), "zoo " * 24, "", "\xff\xfe"):
            with pytest.raises(VaultError) as caught:
                assembly.drill(made.slot.fingerprint, Origin.WORDS, bytearray(words.encode("latin-1")))
            assert caught.value.code is Lock.BACKUP


def test_a_sound_backup_of_another_key_is_no_backup_of_this_one(gathered: Gather) -> None:
    with closing(gathered()) as assembly:
        one = assembly.create("one", ("aiko",), 1, plan=BackupPlan(1, ((2, 2),)))
        two = assembly.create("two", ("aiko",), 1, plan=BackupPlan(1, ((2, 2),)))
        for origin, text in ((Origin.WORDS, two.words), (Origin.SHARES, "\n".join(two.shares[0]))):
            assembly.drill(two.slot.fingerprint, origin, bytearray(text.encode()))
            with pytest.raises(VaultError) as caught:
                assembly.drill(one.slot.fingerprint, origin, bytearray(text.encode()))
            assert caught.value.code is Lock.BACKUP


def test_a_key_is_restored_on_another_device(gathered: Gather, tmp_path: Path) -> None:
    with closing(gathered()) as assembly:
        made = assembly.create("new", ("aiko",), 1, plan=BackupPlan(1, ((2, 3),)))
    shares = bytearray("\n".join(made.shares[0][1:]).encode())
    other = FileVault.at(tmp_path / "other")
    other.initialise()
    with closing(other.assembly()) as assembly:
        assembly.appoint(Officer("ben"), secret("ben"))
        with pytest.raises(VaultError) as caught:
            assembly.create("again", ("ben",), 1, Origin.SHARES, bytearray(shares), fingerprint=b"abcd")
        assert caught.value.code is Lock.BACKUP
        restored = assembly.create(
            "again", ("ben",), 1, Origin.SHARES, shares, fingerprint=made.slot.fingerprint
        )
        assembly.commit()
    assert restored.slot.fingerprint == made.slot.fingerprint == other.slots()[0].fingerprint
    assert restored.words == ""


@pytest.mark.parametrize(
    ("needed", "groups"),
    [(2, ((2, 3),)), (0, ((2, 3),)), (1, ((1, 3),)), (1, ((3, 2),)), (1, ((2, 17),)), (1, ((2, 3),) * 17)],
)
def test_plans_that_slip_39_does_not_know(needed: int, groups: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(VaultError) as caught:
        BackupPlan(needed, groups)
    assert caught.value.code is Lock.TOO_FEW


def test_the_signing_child_makes_nothing(vault: FileVault) -> None:
    """A verb of the forge ends the signing child: it does not know it."""
    with closing(vault.session()) as session:
        with pytest.raises(VaultError) as caught:
            session.child.call([7, "main", []])
        assert caught.value.code is Lock.CHILD
