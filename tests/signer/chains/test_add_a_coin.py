"""docs/how-to/add-a-coin.md, done with Dogecoin in a copy of the house: one folder, one line, the whole way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.rules import ROOT

pytestmark = pytest.mark.slow

#: From Dogecoin Core 1.14 (chainparams, policy, dogecoin-fees): no segwit, a hard dust limit of 0.01, 0.01 a kilobyte.
FOLDER = '''"""Dogecoin: mainnet and regtest. Only parameters live here; the work is done in `chains.utxo`."""

from __future__ import annotations

from typing import Final

from signer.chains.draft import Chain, Network
from signer.chains.utxo.coin import TPUB, XPUB, Params
from signer.chains.utxo.family import family
from signer.core.amount import Asset

DOGECOIN: Final = Asset("DOGE", 8, "koinu")
TEST_DOGECOIN: Final = Asset("tDOGE", 8, "koinu")


def _params(name: str, genesis: str, asset: Asset, p2pkh: bytes, p2sh: bytes) -> Params:
    return Params(
        network=Network(f"bip122:{genesis}", "dogecoin", name, asset),
        p2pkh=p2pkh,
        p2sh=p2sh,
        hrp=None,
        key_version=XPUB if asset is DOGECOIN else TPUB,
        coin_type=3 if asset is DOGECOIN else 1,
        dust_rate=5_600_000,
        min_fee_rate=100_000,
        max_units=10_000_000_000 * 10**8,
        taproot=False,
        usual_fee_rate=1_000_000,
    )


NETWORKS: Final = (
    _params("mainnet", "1a91e3dace36e2be3bf030a65679fe82", DOGECOIN, b"\\x1e", b"\\x16"),
    _params("regtest", "3d2160a3b5dc4a9d62e7e66a295f7031", TEST_DOGECOIN, b"\\x6f", b"\\xc4"),
)

CHAINS: Final[tuple[Chain, ...]] = family(NETWORKS)
'''

#: What is done with it, in the copy: addresses, a payment through the builder, m of n, judged by Core's verification.
SCRIPT = """
import tempfile
from pathlib import Path
from signer.chains.registry import find_chain
from tests.online_builder.test_coins import ACCOUNTS, open_room
main = find_chain("dogecoin", "mainnet")
assert main.spell(main.lock("DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L")) == "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"
with tempfile.TemporaryDirectory() as folder, open_room(Path(folder), "dogecoin") as room:
    room.fund(1)
    request = room.desk.propose("hot", room.wish(25 * 10**8, rate=None))
    room.sign(request, *ACCOUNTS[0].cosigners[:2])
    sent = room.desk.broadcast(request.id)
    room.source.mine(1, b"\\x51")
    print(room.source.confirmations(sent.request.txid), room.desk.holdings("hot").confirmed)
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house in which somebody follows the page."""
    copy = tmp_path_factory.mktemp("house")
    for name in ("signer", "online_builder", "tests/online_builder", "tests/vectors"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "attacks"))
    (copy / "signer" / "chains" / "dogecoin").mkdir()
    (copy / "signer" / "chains" / "dogecoin" / "__init__.py").write_text(FOLDER)
    registry = copy / "signer" / "chains" / "registry.py"
    text = registry.read_text()
    assert text.count("from signer.chains import bitcoin, ") == 1
    text = text.replace(
        "from signer.chains import bitcoin, ", "from signer.chains import bitcoin, dogecoin, "
    )
    assert text.count("            *dash.CHAINS,\n") == 1
    registry.write_text(
        text.replace(
            "            *dash.CHAINS,\n", "            *dash.CHAINS,\n            *dogecoin.CHAINS,\n"
        )
    )
    return copy


def test_a_folder_and_a_line_make_a_coin(house: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=house, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    confirmations, amount, ticker = done.stdout.split()
    assert (confirmations, ticker) == ("1", "tDOGE")
    assert 24.9 < float(amount) < 25


def test_the_command_line_knows_it(house: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "signer", "--home", str(tmp_path), "account", "add", "-"]
    done = subprocess.run(
        [*command, "--chain", "dogecoin:regtest"],
        cwd=house,
        input="x",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4  # it looked for an account of Dogecoin, and "x" is none
    done = subprocess.run(
        [*command, "--chain", "dogecoin:nowhere"],
        cwd=house,
        input="x",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "dogecoin:nowhere" in done.stderr
