"""Builder and appliances as separate processes, with only files and pictures between them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from embit.psbt import PSBT

from online_builder.plan.payees import parse_csv, parse_payees
from signer.chains.registry import find_chain
from signer.core.errors import Malformed
from signer.core.fingerprint import spoken
from tests.online_builder.conftest import MINER, Office, payee

CHAIN = find_chain("bitcoin", "regtest")


@pytest.mark.parametrize("form", ["kinko", "ur", "bbqr"])
def test_over_pixels_there_and_back(office: Office, tmp_path: Path, form: str) -> None:
    request = tmp_path / "request"
    made = office.propose(request, "--purpose", "Rent")
    shown = office.builder("show", request, "--frames", tmp_path / "there", "--format", form)
    assert shown["frames"] >= shown["parts"] >= 1
    seen = office.signer("aiko", "scan", "--camera", tmp_path / "there", "--out", tmp_path / "seen")
    assert (seen["complete"], seen["format"]) == (True, form)
    assert (tmp_path / "seen").read_bytes() == request.read_bytes()
    report = office.signer("aiko", "review", tmp_path / "seen")
    assert report["words"] == made["words"]
    assert report["verdict"]["allowed"]
    answers = []
    for name in ("aiko", "chie"):
        answer = tmp_path / f"{name}.answer"
        office.sign(name, tmp_path / "seen", answer)
        office.signer(name, "show", answer, "--frames", tmp_path / f"back-{name}", "--format", form)
        answers.append(tmp_path / f"{name}.back")
        office.builder("scan", "--camera", tmp_path / f"back-{name}", "--out", answers[-1])
        assert answers[-1].read_bytes() == answer.read_bytes()
    half = office.builder("collect", answers[0], expect=7)["requests"][0]
    assert len(half["signed"]) == 1
    assert "missing" in office.builder("broadcast", made["id"], expect=7)["sentence"]
    whole = office.builder("collect", *answers)["requests"][0]
    assert whole["complete"]
    sent = office.builder("broadcast", made["id"])
    assert office.builder("broadcast", made["id"])["txid"] == sent["txid"]
    office.builder("mine", 1, "--to", MINER)
    status = next(r for r in office.builder("status")["requests"] if r["id"] == made["id"])
    assert (status["state"], status["confirmations"]) == ("confirmed", 1)
    again = office.signer("aiko", "review", request, expect=3)
    assert [f["code"] for f in again["findings"] if f["severity"] == "STOP"] == ["request-replayed"]
    assert office.signer("aiko", "journal", "verify")["sound"]


def test_a_bare_psbt_is_answered_as_a_psbt_that_others_combine(office: Office, tmp_path: Path) -> None:
    psbt = tmp_path / "payment.psbt"
    made = office.propose(psbt, "--format", "psbt")
    report = office.signer("ben", "review", psbt)
    assert "request-unsigned" in [f["code"] for f in report["findings"]]
    office.sign("ben", psbt, tmp_path / "ben.psbt")
    signed = PSBT.parse((tmp_path / "ben.psbt").read_bytes())
    assert [len(source.partial_sigs) for source in signed.inputs] == [1] * len(signed.inputs)
    (tmp_path / "base64.txt").write_text(signed.to_string())
    office.builder("collect", tmp_path / "base64.txt", expect=7)
    office.sign("aiko", tmp_path / "ben.psbt", tmp_path / "both.psbt")
    office.builder("collect", tmp_path / "both.psbt")
    assert office.builder("broadcast", made["id"])["state"] == "broadcast"
    office.builder("mine", 1, "--to", MINER)


def test_coins_are_reserved_until_a_request_is_given_up(office: Office, tmp_path: Path) -> None:
    before = office.builder("balance")
    made = office.propose(tmp_path / "one")
    assert office.builder("balance")["reserved"] > before["reserved"]
    assert office.builder("cancel", made["id"])["state"] == "cancelled"
    assert office.builder("balance")["reserved"] == before["reserved"]


def test_several_payees_from_a_file_and_everything_to_one(office: Office, tmp_path: Path) -> None:
    table = tmp_path / "payees.csv"
    table.write_text(f"address,amount,label\n{payee(2)},0.5,Rent\n{payee(3)},0.00001,Tea\n")
    made = office.builder(
        "propose", "treasury", "--csv", table, "--fee-rate", "2.5", "--out", tmp_path / "request"
    )
    paid = {o["address"]: o["amount"] for o in made["outputs"] if o["role"] == "payee"}
    assert paid == {payee(2): 50_000_000, payee(3): 1_000}
    report = office.signer("ben", "review", tmp_path / "request")
    assert 2500 <= report["spend"]["fee_rate"] < 2600
    office.builder("cancel", made["id"])
    swept = office.builder("propose", "treasury", "--all-to", payee(4), "--out", tmp_path / "sweep")
    assert [o["address"] for o in swept["outputs"]] == [payee(4)]
    office.builder("cancel", swept["id"])


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--to", "nobody"), 4),
        (("--to", f"{payee(1)}:0"), 4),
        (("--to", f"{payee(1)}:-1"), 4),
        (("--to", f"{payee(1)}:1e3"), 4),
        (("--to", f"{payee(1)}:0.00000001"), 3),
        (("--to", f"{payee(1)}:20000000"), 3),
        (("--to", f"{payee(1)}:1", "--to", f"{payee(1)}:2"), 4),
        (("--to", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq:1"), 4),
        (("--to", f"{payee(1)}:1", "--fee-rate", "x"), 4),
        (("--csv", "/nonexistent"), 4),
    ],
)
def test_what_cannot_be_built_says_so_and_writes_nothing(office, tmp_path, arguments, status):
    out = tmp_path / "request"
    answer = office.builder("propose", "treasury", *arguments, "--out", out, expect=status)
    assert answer["sentence"]
    assert not out.exists()


def test_an_input_spent_meanwhile_is_told(office: Office, tmp_path: Path) -> None:
    """A request for everything is given up, signed all the same, and overtaken by a smaller one."""
    everything = office.builder("propose", "treasury", "--all-to", payee(4), "--out", tmp_path / "all")
    office.builder("cancel", everything["id"])
    small = office.propose(tmp_path / "small")
    for file in ("all", "small"):
        for name in ("aiko", "ben"):
            office.sign(name, tmp_path / file, tmp_path / f"{file}.{name}")
        office.builder("collect", tmp_path / f"{file}.aiko", tmp_path / f"{file}.ben")
    office.builder("broadcast", small["id"])
    office.builder("mine", 1, "--to", MINER)
    refused = office.builder("broadcast", everything["id"], expect=3)
    assert "missing-input" in refused["sentence"]


def test_rubbish_is_refused_with_words_and_nothing_is_written(office: Office, tmp_path: Path) -> None:
    request = tmp_path / "request"
    made = office.propose(request)
    good = request.read_bytes()
    bad = {
        "empty": b"",
        "cut": good[: len(good) // 2],
        "flipped": good[:-70] + bytes([good[-70] ^ 1]) + good[-69:],
        "random": np.random.default_rng(1).bytes(5000),
        "text": b"hello",
        "huge": bytes(9 * 1024 * 1024),
        "half-psbt": b"psbt\xff\x01\x00",
    }
    for name, data in bad.items():
        file = tmp_path / name
        file.write_bytes(data)
        for program, arguments in (
            (office.signer, ("aiko", "review", file)),
            (office.builder, ("collect", file)),
        ):
            answer = program(*arguments, expect=4)
            assert answer["sentence"], name
        office.sign("aiko", file, tmp_path / "never", expect=4)
    assert not (tmp_path / "never").exists()
    office.builder("cancel", made["id"])


def test_foreign_and_missing_frames(office: Office, tmp_path: Path) -> None:
    made = office.propose(tmp_path / "request")
    frames = tmp_path / "frames"
    office.builder("show", tmp_path / "request", "--frames", frames, "--format", "bbqr", "--version", "10")
    pictures = sorted(frames.iterdir())
    assert len(pictures) > 3
    (frames / "a-foreign.png").write_bytes(pictures[1].read_bytes())
    (frames / "b-notes.txt").write_text("not a picture")
    (frames / "c-broken.png").write_bytes(pictures[0].read_bytes()[:200])
    cv2.imwrite(str(frames / "d-noise.png"), np.random.default_rng(2).integers(0, 256, (400, 400), np.uint8))
    office.signer("ben", "scan", "--camera", frames, "--out", tmp_path / "seen")
    pictures[-1].unlink()
    pictures[-2].unlink()
    missing = office.signer("ben", "scan", "--camera", frames, "--out", tmp_path / "partly", expect=7)
    assert len(missing["missing"]) == 2
    assert not (tmp_path / "partly").exists()
    told = office.builder("scan", "--camera", frames, "--out", tmp_path / "partly", expect=7)
    assert told.keys() == missing.keys()
    assert {key: told[key] for key in ("missing", "have", "need", "frames")} == {
        key: missing[key] for key in ("missing", "have", "need", "frames")
    }
    assert told["decoded"] - 1 == told["used"] == told["have"] > 0  # one picture is there twice
    assert told["decoder"].startswith("zxing")
    office.signer(
        "ben", "scan", "--camera", tmp_path / "nowhere", "--out", tmp_path / "x", "--timeout", "2", expect=4
    )
    office.builder("cancel", made["id"])


def test_wrong_passphrase_wrong_officer_and_wrong_network(office: Office, tmp_path: Path) -> None:
    made = office.propose(tmp_path / "request")
    out = ("--out", tmp_path / "never")
    office.signer("chie", "sign", tmp_path / "request", "--officer", "ben", *out, secret=True, expect=3)
    wrong = office.say(
        "chie", "sign", tmp_path / "request", "--officer", "chie", *out, "--secret-fd", "0", expect=5
    )
    assert "Traceback" not in wrong.errors
    assert not (tmp_path / "never").exists()
    main = office.folder / "main.txt"
    main.write_text((office.folder / "treasury.txt").read_text())
    office.signer("chie", "account", "add", main, "--chain", "litecoin:regtest", "--name", "other-coin")
    report = office.signer("chie", "review", tmp_path / "request", "--account", "other-coin", expect=3)
    assert {"network-wrong", "account-unknown"} <= {f["code"] for f in report["findings"]}
    office.builder("cancel", made["id"])


def test_an_animation_is_read_like_frames(office: Office, tmp_path: Path) -> None:
    made = office.propose(tmp_path / "request")
    film = tmp_path / "request.gif"
    shown = office.builder(
        "show", tmp_path / "request", "--gif", film, "--format", "ur", "--version", "12", "--fps", "5"
    )
    assert shown["parts"] > 1
    office.builder("scan", "--camera", film, "--out", tmp_path / "seen")
    assert (tmp_path / "seen").read_bytes() == (tmp_path / "request").read_bytes()
    office.builder("cancel", made["id"])


def test_words_are_the_requests_own(office: Office, tmp_path: Path) -> None:
    made = office.propose(tmp_path / "request")
    assert tuple(made["words"]) == spoken(bytes.fromhex(made["digest"]))
    office.builder("cancel", made["id"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"address;amount\n",
        b"address,amount\n",
        b"address,amount\nx\n",
        b"\xff\xfe",
        b'address,amount\n"x',
    ],
)
def test_a_table_that_is_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_csv(data, CHAIN)


def test_payees_are_bounded() -> None:
    with pytest.raises(Malformed):
        parse_payees([f"{payee(1)}:1"] * 2001, CHAIN)
    assert (
        json.dumps([str(p.amount) for p in parse_payees([f"{payee(1)}:0.1"], CHAIN)]) == '["0.10000000 tBTC"]'
    )
