"""The store on disk: what several processes, a kill and a foreign file do to it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from online_builder.errors import BuilderError, Trouble
from online_builder.key import open_key
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount, State, StoredRequest

ACCOUNT = KnownAccount("treasury", "bip122:0", "wsh(...)", "embedded:", 0, 0)


def request(number: int, *coins: str) -> StoredRequest:
    return StoredRequest(
        id=f"{number:032x}",
        account="treasury",
        sequence=number,
        digest=bytes([number]) * 32,
        sealed=b"sealed",
        draft=b"draft",
        proofs=(b"one", b"two"),
        coins=coins,
        txid="aa" * 32,
        state=State.OPEN,
        created=1,
        purpose="Rent",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "builder.sqlite"
    store = Store(path)
    store.add_account(ACCOUNT)
    store.close()
    return path


def trouble(call, *arguments) -> Trouble:
    with pytest.raises(BuilderError) as caught:
        call(*arguments)
    return caught.value.trouble


def test_what_was_kept_is_there_again(path: Path) -> None:
    first = Store(path)
    first.add_request(request(1, "a:0", "b:1"), 7)
    first.keep_checkpoint("device", b"head")
    first.close()
    again = Store(path)
    assert again.requests() == (request(1, "a:0", "b:1"),)
    assert again.by_digest(bytes([1]) * 32).id == again.request("000").id
    assert again.accounts() == (replace(ACCOUNT, change=7),)
    assert (again.checkpoints(), again.reserved()) == ((b"head",), {"a:0", "b:1"})
    assert again.next_sequence() == 2


def test_two_processes_never_reserve_one_coin(path: Path) -> None:
    one, two = Store(path), Store(path)
    one.add_request(request(1, "a:0"), 1)
    assert trouble(two.add_request, request(2, "b:0", "a:0"), 9) is Trouble.COIN_TAKEN
    assert len(two.requests()) == 1
    assert two.reserved() == {"a:0"}
    assert two.accounts()[0].change == 1
    one.move(request(1).id, State.CANCELLED, b"", "")
    two.add_request(request(2, "b:0", "a:0"), 9)
    assert one.reserved() == {"a:0", "b:0"}


def test_two_processes_never_lose_a_signature(path: Path) -> None:
    one, two = Store(path), Store(path)
    one.add_request(request(1), 1)
    assert one.keep(request(1).id, b"draft", b"draft + a")
    assert not two.keep(request(1).id, b"draft", b"draft + b")
    assert two.request(request(1).id).draft == b"draft + a"


def test_two_processes_never_hand_out_one_address(path: Path) -> None:
    one, two = Store(path), Store(path)
    assert [s.take_receive("treasury") for s in (one, two, one)] == [0, 1, 2]
    one.move_counters("treasury", 1, 0)
    assert two.take_receive("treasury") == 3
    assert trouble(one.take_receive, "nobody") is Trouble.NO_ACCOUNT


def test_a_process_killed_in_the_middle_leaves_nothing_half_done(path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from online_builder.store.sqlite import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "with store._change():\n"
        '    store._db.execute("UPDATE accounts SET receive = 99")\n'
        "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    assert done.returncode == 9
    assert Store(path).accounts() == (ACCOUNT,)


@pytest.mark.parametrize("beginning", ["", "0", "%", "_", "zz", "0" * 31 + "3", "’", "x" * 500])
def test_no_request_by_a_beginning_that_is_none_or_not_one(path: Path, beginning: str) -> None:
    store = Store(path)
    for number in (1, 2):
        store.add_request(request(number), 1)
    assert trouble(store.request, beginning) is Trouble.NO_REQUEST


def test_an_account_is_added_once(path: Path) -> None:
    store = Store(path)
    for again in (ACCOUNT, replace(ACCOUNT, name="other")):
        assert trouble(store.add_account, again) is Trouble.EXISTS


def test_a_file_of_another_kind_or_version_is_left_alone(path: Path, tmp_path: Path) -> None:
    store = Store(path)
    store._db.execute("PRAGMA user_version = 99")
    store.close()
    assert trouble(Store, path) is Trouble.STORE
    other = tmp_path / "letter.txt"
    other.write_bytes(b"Dear Sir, " * 200)
    assert trouble(Store, other) is Trouble.STORE
    assert other.read_bytes() == b"Dear Sir, " * 200


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"
    first = open_key(path)
    assert open_key(path).public == first.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]
    path.write_bytes(b"")
    assert trouble(open_key, path) is Trouble.STORE


def test_two_processes_never_get_one_number(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from online_builder.store.sqlite import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for _ in range(40): print(store.next_sequence())\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0].split() for process in running]
    assert sorted(int(number) for numbers in printed for number in numbers) == list(range(1, 81))


def test_a_file_of_the_first_version_is_brought_up_to_date(path: Path) -> None:
    store = Store(path)
    store.add_request(request(5, "a:0"), 1)
    for table in ("devices", "heads", "responses", "spends", "alarms", "tags", "days", "counters"):
        store._db.execute(f"DROP TABLE {table}")
    store._db.execute("PRAGMA user_version = 1")
    store.close()
    again = Store(path)
    assert again.requests() == (request(5, "a:0"),)
    assert (again.next_sequence(), again.oversight.alarms()) == (6, ())
    again.close()
    assert Store(path).next_sequence() == 7


def test_as_many_checkpoints_as_a_request_takes(path: Path) -> None:
    store = Store(path)
    for number in range(20):
        store.keep_checkpoint(f"device {number}", bytes([number + 1]))
    store.keep_checkpoint("device 0", b"again")
    assert len(store.checkpoints()) == 16
    assert b"again" in store.checkpoints()
