"""The child that makes keys and credentials and seals them anew. The child that signs can do none of this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from signer.core.errors import Lock, VaultError
from signer.core.slot import BackupPlan, Origin
from signer.vault.backup import checked_seed, from_shares, from_words, make_shares, seed_and_wipe
from signer.vault.child import Child, read_secret, run
from signer.vault.entropy import mix, words
from signer.vault.keys import KeyTree
from signer.vault.protocol import Op, row_of
from signer.vault.seal import make_credential, open_secret, seal_secret, wipe
from signer.vault.sealed import Credential, Mode, SlotHeader

_MAX_SOURCES = 8


class Forge(Child):
    """A Child with the verbs of genesis, restore, appointment and drill."""

    def verbs(self) -> Mapping[int, Callable[[list[object]], object]]:
        return {
            Op.UNLOCK: self.unlock,
            Op.PUBLIC: self.public,
            Op.APPOINT: self.appoint,
            Op.CREATE: self.create,
            Op.RESEAL: self.reseal,
            Op.DRILL: self.drill,
        }

    def appoint(self, message: list[object]) -> object:
        passphrase, factor = read_secret(), read_secret()
        draft = Credential.read(row_of(message, 2).items[1])
        return make_credential(self.contents.vault_id, draft, passphrase, factor, self.device).row()

    def create(self, message: list[object]) -> object:
        """Make or take a seed and seal it: the slot's row, the words to write down, the shares.

        The header's fingerprint is what the seed must have; four zero bytes stand for one that is not known yet.
        """
        fields = row_of(message, 5)
        header = SlotHeader.read(self.contents.vault_id, fields.items[1])
        origin, plan = Origin(fields.integer(2)), _read_plan(fields.items[4])
        secret, sources = read_secret(), [read_secret() for _ in range(fields.integer(3, 0, _MAX_SOURCES))]
        if header.mode is Mode.TOKEN:
            return [seal_secret(header, secret).row(), "", []]
        entropy = mix(sources) if origin is Origin.FRESH else _entropy(origin, secret)
        phrase, shares = (words(entropy), make_shares(entropy, plan)) if entropy else ("", [])
        seed = seed_and_wipe(entropy) if entropy else checked_seed(secret)
        sealed = seal_secret(_fitting(header, seed), seed)
        wipe(seed, secret)
        return [sealed.row(), phrase if origin is Origin.FRESH else "", shares]

    def reseal(self, message: list[object]) -> object:
        """The same secret under a new header and new shares; enough of the old holders have unlocked."""
        fields = row_of(message, 3)
        old = self.slot(fields.text(1, 32))
        header = SlotHeader.read(self.contents.vault_id, fields.items[2])
        kept = (old.header.name, old.header.mode, old.header.fingerprint)
        if (header.name, header.mode, header.fingerprint) != kept:
            raise VaultError(Lock.NO_SLOT)
        secret = open_secret(old, self.officers)
        sealed = seal_secret(header, secret)
        wipe(secret)
        return sealed.row()

    def drill(self, message: list[object]) -> object:
        """Whether a backup gives the key of this fingerprint. Nothing else comes out, and nothing is kept."""
        fields = row_of(message, 3)
        fingerprint, origin, secret = fields.octets(1, 4, 4), Origin(fields.integer(2)), read_secret()
        entropy = _entropy(origin, secret)
        seed = seed_and_wipe(entropy) if entropy else checked_seed(bytearray(secret))
        wipe(secret)
        if KeyTree.from_seed(seed).fingerprint != fingerprint:
            raise VaultError(Lock.BACKUP, what=fingerprint.hex())
        return None


def _entropy(origin: Origin, secret: bytearray) -> bytearray:
    """The 32 bytes behind words or shares; empty for a seed, which has none."""
    match origin:
        case Origin.WORDS:
            return from_words(secret.decode("utf-8", "replace"))
        case Origin.SHARES:
            return from_shares(secret.decode("utf-8", "replace").splitlines())
        case _:
            return bytearray()


def _fitting(header: SlotHeader, seed: bytearray) -> SlotHeader:
    """The header with the seed's fingerprint. Raises VaultError(BACKUP) if it says another one."""
    fingerprint = KeyTree.from_seed(bytearray(seed)).fingerprint
    if any(header.fingerprint) and header.fingerprint != fingerprint:
        raise VaultError(Lock.BACKUP, what=header.name)
    return replace(header, fingerprint=fingerprint)


def _read_plan(row: object) -> BackupPlan:
    fields = row_of(row, 2)
    groups = [row_of(group, 2) for group in fields.items_of(1, 16)]
    return BackupPlan(
        fields.integer(0, 0, 16), tuple((g.integer(0, 1, 16), g.integer(1, 1, 16)) for g in groups)
    )


def main() -> int:
    """The child that makes keys."""
    return run(Forge)
