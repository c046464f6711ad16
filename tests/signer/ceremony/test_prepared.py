"""Prepared scripts: what a device says of one before it is played, and which its policy lets it play."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signer.ceremony.custody import ScriptDesk
from signer.ceremony.genesis import Appointing
from signer.ceremony.script import ANNOUNCED, Rehearsal, read_script
from signer.ceremony.table import Table
from signer.core.checkpoint import Signer, key_hash
from signer.core.errors import Malformed, Refused
from signer.core.event import Event, EventKind
from signer.core.finding import Code
from signer.core.policy import BUILT_IN, Policy, script_rules
from signer.core.policyfile import write_policy
from signer.core.prepared import Prepared, read_prepared
from signer.core.standing import Scripts
from signer.core.transcript import Transcript
from signer.vault.devices import verify_ed25519
from tests.signer.ceremony.test_register import Device, devices, made  # noqa: F401
from tests.signer.core.test_prepared import HANA, JUN, KEY, OTHER

CHECK = "# The yearly check\ncheck main aiko ben\n"
SIGNED = Prepared(CHECK).sign(HANA, KEY.sign)


@pytest.fixture
def device(devices: list[Device]) -> Device:  # noqa: F811
    """One whose policies in force are asked, as the composition root does it."""
    one = devices[0]
    rules = ScriptDesk(lambda: script_rules(one.records.in_force(one.hall.clock.now())), verify_ed25519)
    return replace(one, hall=replace(one.hall, scripts=rules))


def ruled(version: int, *rules: Scripts, delay: int = 0) -> bytes:
    clause = replace(BUILT_IN.clauses[0], applies_to="bitcoin:none", rules=rules)
    return write_policy(Policy(version, (*BUILT_IN.clauses, clause), delay))


def play(device: Device, script: Prepared) -> tuple[Transcript, ...]:
    hall, table = replace(device.hall, script=script), Table(device._read, device._compare, device._carry)
    ask = lambda name: bytearray(f"the {name}".encode())  # noqa: E731
    rehearsal = Rehearsal(hall, ask, lambda title, text: None, device.office, table)
    return rehearsal.play((ANNOUNCED, *read_script(script.text)))


def ceremonies(device: Device) -> list[Event]:
    events = [record.event for record in device.journal.records()]
    return [event for event in events if event.kind is EventKind.CEREMONY]


def test_what_is_played_is_compared_said_and_journaled(device: Device) -> None:
    """Also where no rule asks for it, as before the first key."""
    (done,) = play(device, SIGNED)
    (facts,) = device.compared
    assert facts[0] == f"words: {' '.join(SIGNED.words)}"
    assert "FLAG: signed by nobody this device's policy names; it says: hana@kinko" in facts
    assert facts[-2:] == ("# The yearly check", "check main aiko ben")
    unknown = "signed by nobody this device's policy names"
    assert done.lines[0] == f"script: SHA-256 {SIGNED.digest.hex()}, {unknown}"
    begun, concluded = ceremonies(device)
    assert (begun.subject, dict(begun.details)["ceremony"]) == (SIGNED.digest, "script")
    assert dict(concluded.details)["script"] == SIGNED.digest.hex()


def test_a_rule_lets_only_signed_and_unaltered_scripts_through(device: Device) -> None:
    device.play("policy\nagree aiko ben", ruled(1, Scripts((HANA,))))
    (done,) = play(device, read_prepared(SIGNED.to_bytes()))
    assert done.lines[0] == f"script: SHA-256 {SIGNED.digest.hex()}, signed by hana@kinko"
    assert dict(ceremonies(device)[-1].details)["signed-by"] == "hana@kinko"
    altered = read_prepared(SIGNED.to_bytes().replace(b"aiko ben", b"aiko chie"))
    count = len(device.hall.custody.slots())
    for bad in (altered, Prepared(CHECK), Prepared(CHECK).sign(JUN, OTHER.sign)):
        with pytest.raises(Refused) as caught:
            play(device, bad)
        assert caught.value.findings[0].code is Code.CEREMONY_UNSIGNED
        *_, begun, failed = ceremonies(device)
        assert (begun.subject, dict(begun.details)["state"]) == (bad.digest, "begun")
        assert dict(failed.details)["reason"] == Code.CEREMONY_UNSIGNED.label
    for typed in ("check main aiko ben", "genesis", "revoke chie aiko ben", "key main 48h/1h/0h/2h aiko ben"):
        with pytest.raises(Refused):
            device.play(typed)
    assert len(device.hall.custody.slots()) == count


def test_what_a_preparer_s_key_signed_for_another_purpose_is_no_script(device: Device) -> None:
    """A note of any other kind that says, line by line, what steps say."""
    device.play("policy\nagree aiko ben", ruled(1, Scripts((HANA,))))
    line = Signer(HANA.name, key_hash(HANA.name, HANA.public_key), KEY.sign(b"check main aiko ben\n"))
    note = Prepared("check main aiko ben\n", (line,))
    assert note.signed_by(HANA, verify_ed25519)
    with pytest.raises(Refused):
        play(device, note)


def test_a_quorum_can_take_the_rule_away_and_nothing_stops_a_wipe(device: Device) -> None:
    """Or a preparer who is gone would lock the device for ever."""
    device.play("policy\nagree aiko ben", ruled(1, Scripts((HANA,))))
    device.play("policy\nagree aiko ben", ruled(2))
    device.play("check main aiko ben")
    device.play("policy\nagree aiko ben", ruled(3, Scripts((HANA,))))
    device.play("wipe hana card-1 aiko ben")


def test_while_a_change_has_its_delay_both_policies_are_asked(device: Device) -> None:
    device.play("policy\nagree aiko ben", ruled(1, Scripts((HANA,)), delay=3600))
    device.play("policy\nagree aiko ben", ruled(2, Scripts((JUN,))))
    for one in (SIGNED, Prepared(CHECK).sign(JUN, OTHER.sign)):
        with pytest.raises(Refused):
            play(device, one)
    (done,) = play(device, SIGNED.sign(JUN, OTHER.sign))
    assert done.lines[0].endswith("signed by jun@kinko, hana@kinko")


def test_a_script_line_ends_where_every_program_ends_it(device: Device) -> None:
    """A line separator inside a comment would show a comment and play a step."""
    for hidden in ("\u2028", "\x0b", "\x1c", "\x85"):
        with pytest.raises(Malformed):
            read_script(f"# harmless {hidden}wipe hana card-1\n")
    assert [step.verb for step in read_script("witness a\r\ndrill main words\r\n")] == ["witness", "drill"]


def test_only_a_document_can_be_announced(device: Device, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        device.play("script")


IMAGE = bytes(range(32))
MAKING = f"# A further key\n\nimage {IMAGE.hex()}\ngenesis aiko ben\n"


def begun(device: Device, text: str, **hall: object) -> Rehearsal:
    """As far as the first step of the ceremony itself."""
    script = Prepared(text).sign(HANA, KEY.sign)
    table = Table(device._read, device._compare, device._carry)
    ask = lambda name: bytearray(f"the {name}".encode())  # noqa: E731
    hold = replace(device.hall, script=script, **hall)  # type: ignore[arg-type]
    rehearsal = Rehearsal(hold, ask, lambda title, text: None, device.office, table)
    for step in read_script(text):
        rehearsal.take(step)
    return rehearsal


def test_a_key_is_made_only_on_the_image_that_the_signed_script_names(device: Device) -> None:
    device.play("policy\nagree aiko ben", ruled(1, Scripts((HANA,))))
    rehearsal = begun(device, MAKING, image=IMAGE)
    stage = rehearsal.stage
    assert isinstance(stage, Appointing)
    assert stage.transcript.lines[1] == f"image: root hash {IMAGE.hex()}, as the script says"
    rehearsal.leave()
    for other in (bytes(32), b""):
        with pytest.raises(Refused) as caught:
            begun(device, MAKING, image=other)
        assert caught.value.findings[0].code is Code.PREMISE
    for making in ("genesis aiko ben", "restore second 2 c18fb5d8 words aiko ben chie"):
        with pytest.raises(Refused) as caught:
            begun(device, f"# No image\n{making}\n", image=IMAGE)
        assert caught.value.findings[0].code is Code.IMAGE_UNNAMED
    begun(device, CHECK, image=IMAGE)  # no key is made


def test_an_image_that_is_named_is_compared_without_a_rule_as_well(device: Device) -> None:
    """As at the first genesis. A rehearsal on a machine that verifies none goes on, and says so."""
    with pytest.raises(Refused):
        begun(device, MAKING, image=bytes(32))
    rehearsal = begun(device, MAKING, development=True)
    assert isinstance(rehearsal.stage, Appointing)
    assert "image: none to compare" in rehearsal.stage.transcript.lines
    rehearsal.leave()
    for wrong in ("image", "image xyz", f"image {IMAGE.hex()} more"):
        with pytest.raises(Malformed):
            begun(device, f"# a\n{wrong}\n", image=IMAGE)
