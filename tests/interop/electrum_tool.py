"""Run by the system's Python, where Debian's Electrum is: a real 2-of-3 Electrum wallet finishes what others signed.

Usage: electrum_tool.py KIND OUT KEY1 KEY2 KEY3 PSBT...  with KIND wsh, sh-wsh or sh, keys as `fingerprint/path/tpub`,
and base64 PSBT files. Prints the wallet's receive address 3 and how many inputs it calls complete; writes the
transaction.
"""

import sys
import tempfile
from pathlib import Path

from electrum import SimpleConfig, bitcoin, constants, keystore, util
from electrum.transaction import PartialTransaction
from electrum.wallet import Multisig_Wallet
from electrum.wallet_db import WalletDB

HEADERS = {
    "wsh": bytes.fromhex("02575483"),
    "sh-wsh": bytes.fromhex("024289ef"),
    "sh": bytes.fromhex("043587cf"),
}

kind, out, keys, files = sys.argv[1], sys.argv[2], sys.argv[3:6], sys.argv[6:]
constants.set_regtest()
loop, stop, thread = util.create_and_start_event_loop()
db = WalletDB("", manual_upgrades=False)
db.put("wallet_type", "2of3")
for number, key in enumerate(keys, 1):
    fingerprint, *path, tpub = key.split("/")
    xpub = bitcoin.EncodeBase58Check(HEADERS[kind] + bitcoin.DecodeBase58Check(tpub)[4:])
    store = keystore.from_master_key(xpub)
    store.add_key_origin(root_fingerprint=fingerprint, derivation_prefix="m/" + "/".join(path))
    db.put(f"x{number}/", store.dump())
wallet = Multisig_Wallet(db, None, config=SimpleConfig({"electrum_path": tempfile.mkdtemp()}))
wallet.synchronize()
first, *others = (PartialTransaction.from_raw_psbt(Path(name).read_text()) for name in files)
for other in others:
    first.combine_with_other_psbt(other)
first.add_info_from_wallet(wallet)
first.finalize_psbt()
print(wallet.get_receiving_addresses()[3], sum(source.is_complete() for source in first.inputs()))
Path(out).write_text(first.serialize())
loop.call_soon_threadsafe(stop.set_result, 1)
