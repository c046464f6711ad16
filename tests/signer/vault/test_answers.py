"""The self-check's known answers, and that each of them can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from signer.vault import answers, edges
from signer.vault.premises import hardware_secret, image_verified, network_cut
from signer.vault.secret import FileDevice


def test_every_primitive_answers_as_it_must() -> None:
    assert dict(answers.known_answers()) == dict.fromkeys(answers.ANSWERS, True)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("hashlib", "sha256"),
        ("wally", "ec_sig_from_bytes"),
        ("wally", "bip32_key_from_seed"),
    ],
)
def test_a_broken_library_is_seen(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    def broken(*_args: object, **_named: object) -> object:
        raise ValueError(name)

    real = getattr(answers, module)
    stand_in = type(
        "Broken", (), {"__getattr__": lambda _self, asked: broken if asked == name else getattr(real, asked)}
    )
    monkeypatch.setattr(answers, module, stand_in())
    assert not all(passed for _, passed in answers.known_answers())


def test_a_wrong_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "combine", lambda shares: bytearray(b"secret"))
    assert dict(answers.known_answers())["shares"] is False


def _takes_anything(*_given: object) -> bool:
    return True


def _takes_nothing(*_given: object) -> bool:
    return False


@pytest.mark.parametrize("verdict", [_takes_anything, _takes_nothing])
@pytest.mark.parametrize(
    ("verifier", "test"),
    [
        ("_by_wally", "ECDSA edges"),
        ("_by_coincurve", "ECDSA edges"),
        ("_by_openssl", "ECDSA edges"),
        ("_schnorr_by_wally", "Schnorr edges"),
        ("_schnorr_by_coincurve", "Schnorr edges"),
    ],
)
def test_a_verifier_that_is_wrong_is_seen(
    monkeypatch: pytest.MonkeyPatch, verifier: str, test: str, verdict: object
) -> None:
    monkeypatch.setattr(edges, verifier, verdict)
    assert dict(answers.known_answers())[test] is False


def test_a_parser_that_takes_what_is_no_point_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "_openssl_point", _takes_anything)
    assert dict(answers.known_answers())["points"] is False


def test_a_rule_that_only_some_keep_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL takes a high S: so it is not asked there, and would be found if it were."""
    monkeypatch.setattr(edges, "_HIGH_S", "")
    assert dict(answers.known_answers())["ECDSA edges"] is False


def test_the_premises_of_a_ceremony(tmp_path: Path) -> None:
    net = tmp_path / "class" / "net"
    net.mkdir(parents=True)
    (net / "lo").mkdir()
    assert network_cut(tmp_path) == (True, "")
    (net / "wlan0").mkdir()
    (net / "eth0").mkdir()
    assert network_cut(tmp_path) == (False, "eth0, wlan0")
    assert image_verified(tmp_path) == (False, "no dm-verity")
    dm = tmp_path / "block" / "dm-0" / "dm"
    dm.mkdir(parents=True)
    (dm / "uuid").write_text("CRYPT-VERITY-0123-root\n")
    assert image_verified(tmp_path) == (True, "")
    (dm / "uuid").write_text("CRYPT-LUKS2-0123-data\n")
    assert image_verified(tmp_path)[0] is False
    assert hardware_secret(FileDevice(tmp_path)) == (False, "a file")
