"""A node of Bitcoin Core's family (Bitcoin Core, Litecoin Core) as a source, through a watch-only descriptor wallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from online_builder.backends.rpc import Rpc, RpcError
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Acceptance, Coin, Reason, Snapshot
from online_builder.plan.spends import Spending, spent_coins
from signer.chains.utxo.tokens import parted
from signer.chains.utxo.transaction import read_previous

WALLET: Final = "kinko-watch"
_UNITS: Final = 10**8
_ALREADY_LOADED: Final = frozenset({-35, -4})
_NOT_FOUND: Final = frozenset({-18, -4})
_UNKNOWN_TX: Final = -5
_RESCAN_SECONDS: Final = 6 * 3600.0
#: Addresses beyond the first ones are new: a fortnight of blocks is looked through for them, not the whole chain.
_FORTNIGHT: Final = 14 * 86_400

#: What the node's reject reasons begin with.
_REASONS: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "txn-already-in-mempool": Reason.ALREADY_KNOWN,
        "txn-already-known": Reason.ALREADY_KNOWN,
        "missing-inputs": Reason.MISSING_INPUT,
        "bad-txns-inputs-missingorspent": Reason.MISSING_INPUT,
        "txn-mempool-conflict": Reason.CONFLICT,
        "insufficient fee": Reason.FEE_TOO_LOW,
        "min relay fee not met": Reason.FEE_TOO_LOW,
        "mempool min fee not met": Reason.FEE_TOO_LOW,
        "max-fee-exceeded": Reason.FEE_TOO_HIGH,
        "absurdly-high-fee": Reason.FEE_TOO_HIGH,
        "dust": Reason.DUST,
        "bad-txns-premature-spend-of-coinbase": Reason.IMMATURE,
        "non-final": Reason.IMMATURE,
        "non-BIP68-final": Reason.IMMATURE,
        "mandatory-script-verify-flag-failed": Reason.SCRIPT,
        "non-mandatory-script-verify-flag": Reason.SCRIPT,
        "bad-witness": Reason.SCRIPT,
    }
)


@dataclass(slots=True)
class Core:
    """A Backend. `chain` is the CAIP-2 id: its block, at height `born` (0: the first one), the node must have."""

    rpc: Rpc
    chain: str
    born: int = 0
    _ready: bool = False

    def snapshot(self, scripts: Sequence[bytes]) -> Snapshot:
        """See Backend. Coins that the node's mempool spends are left out; immature coinbases are too."""
        self._watch(scripts)
        info = self._object(self.rpc.call("getblockchaininfo"))
        height, tip = _integer(info["blocks"]), str(info["bestblockhash"])
        rows = self._list(self.rpc.call("listunspent", 0, 9_999_999, [], True))
        wanted = {script.hex() for script in scripts}
        found = [self._object(row) for row in rows]
        # Coins that carry tokens (Bitcoin Cash) are among them: their own transactions tell them from money later.
        found = [row for row in found if row.get("scriptPubKey") in wanted]
        txids = sorted({str(row["txid"]) for row in found})
        wallet = {
            t: self._object(r) for t, r in zip(txids, self._batch("gettransaction", txids), strict=True)
        }
        coins = [_coin(row, wallet[str(row["txid"])], height) for row in found]
        coins.sort(key=lambda c: (height + 1 if c.height is None else c.height, c.txid, c.vout))
        transactions = {txid: bytes.fromhex(str(row["hex"])) for txid, row in wallet.items()}
        header = self._object(self.rpc.call("getblockheader", tip))
        return Snapshot(height, tip, _integer(header["time"]), tuple(coins), transactions)

    def used(self, scripts: Sequence[bytes]) -> frozenset[bytes]:
        """See Backend: each script is watched under its own hex as label, so labels that received tell."""
        self._watch(scripts)
        rows = self._list(self.rpc.call("listreceivedbylabel", 0, False, True))
        labels = {str(self._object(row).get("label")) for row in rows}
        return frozenset(script for script in scripts if script.hex() in labels)

    def spends(self, scripts: Sequence[bytes]) -> tuple[Spending, ...]:
        """See Historian. The wallet watches every account, so what is sent is held against these scripts' coins."""
        self._watch(scripts)
        since = self._object(self._call("listsinceblock", "", 1, True))
        rows = [self._object(row) for row in self._list(since["transactions"])]
        heights = {str(r["txid"]): (r.get("blockheight"), r.get("blocktime")) for r in rows}
        sent = sorted({str(row["txid"]) for row in rows if row.get("category") == "send"})
        raws = self._raw(sent)
        coins = {txid: spent_coins(raw) for txid, raw in raws.items()}
        parents = self._raw(
            sorted({c.partition(":")[0] for many in coins.values() for c in many} & set(heights))
        )
        wanted = frozenset(scripts)
        ours = {
            f"{txid}:{vout}"
            for txid, raw in parents.items()
            for vout, output in enumerate(read_previous(raw).outputs)
            if parted(output.script)[1] in wanted
        }
        return tuple(_spending(t, raws[t], *heights[t]) for t in sent if ours.intersection(coins[t]))

    def _raw(self, txids: Sequence[str]) -> dict[str, bytes]:
        rows = self._batch("gettransaction", txids)
        return {t: bytes.fromhex(str(self._object(row)["hex"])) for t, row in zip(txids, rows, strict=True)}

    def fee_rate(self, blocks: int) -> int | None:
        """See Backend. The node speaks of coins a kilobyte: units of that are thousandths a byte."""
        answer = self._object(self._call("estimatesmartfee", blocks))
        rate = answer.get("feerate")
        return _units(rate) if isinstance(rate, Decimal | int) else None

    def test_accept(self, tx: bytes) -> Acceptance:
        """See Backend."""
        try:
            rows = self._list(self._checked().call("testmempoolaccept", [tx.hex()]))
        except RpcError as error:
            return Acceptance(Reason.MALFORMED, error.message)
        row = self._object(rows[0])
        if row.get("allowed") is True:
            return Acceptance(Reason.OK)
        text = str(row.get("reject-reason", ""))[:200]
        found = (reason for start, reason in _REASONS.items() if text.startswith(start))
        return Acceptance(next(found, Reason.OTHER), text)

    def broadcast(self, tx: bytes) -> str:
        """See Backend."""
        acceptance = self.test_accept(tx)
        if not acceptance.accepted and acceptance.reason is not Reason.ALREADY_KNOWN:
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=acceptance.reason.value, text=acceptance.text)
        txid = str(self._object(self._call("decoderawtransaction", tx.hex()))["txid"])
        try:
            self.rpc.call("sendrawtransaction", tx.hex())
        except RpcError as error:
            if acceptance.reason is not Reason.ALREADY_KNOWN:
                raise BuilderError(Trouble.NOT_ACCEPTED, reason="other", text=error.message) from error
        return txid

    def confirmations(self, txid: str) -> int | None:
        """See Backend."""
        try:
            row = self._object(self._checked().call("gettransaction", txid))
        except RpcError as error:
            if error.code == _UNKNOWN_TX:
                return None
            raise self._failed(error) from error
        depth = _integer(row["confirmations"])
        return depth if depth >= 0 else None

    # --- the wallet ------------------------------------------------------------------------------------------------

    def _checked(self) -> Rpc:
        """The node, once it has shown its genesis block and loaded the wallet."""
        if not self._ready:
            block = self._call_plain("getblockhash", self.born)
            if self.chain != f"bip122:{str(block)[:32]}":
                raise BuilderError(Trouble.BACKEND_WRONG_CHAIN, source=self.rpc.name, chain=self.chain)
            self._open_wallet()
            self._ready = True
        return self.rpc

    def _open_wallet(self) -> None:
        try:
            self._node().call("loadwallet", WALLET)
        except RpcError as error:
            if error.code in _ALREADY_LOADED and "already loaded" in error.message:
                return
            if error.code not in _NOT_FOUND:
                raise self._failed(error) from error
        else:
            return
        self._create_wallet()

    def _create_wallet(self) -> None:
        """Watch-only and empty; of descriptors, or of the older kind where the node was built without them."""
        for descriptors in (True, False):
            try:
                self._node().call("createwallet", WALLET, True, True, "", False, descriptors)
            except RpcError as error:
                if not descriptors or "sqlite" not in error.message:
                    raise self._failed(error) from error
            else:
                return

    def _watch(self, scripts: Sequence[bytes]) -> None:
        """Import what is not watched yet; the first time the whole chain is looked through."""
        rpc = self._checked()
        known = set(self._list(self._call("listlabels")))
        missing = [script.hex() for script in dict.fromkeys(scripts) if script.hex() not in known]
        if not missing:
            return
        now = _integer(self._object(self._call("getblockchaininfo"))["mediantime"])
        since = max(0, now - _FORTNIGHT) if known else 0
        if self._object(self._call("getwalletinfo")).get("descriptors") is True:
            method, requests = "importdescriptors", self._descriptors(missing, since)
        else:
            method, requests = (
                "importmulti",
                [
                    {"scriptPubKey": script, "timestamp": since, "label": script, "watchonly": True}
                    for script in missing
                ],
            )
        try:
            rows = self._list(rpc.call(method, requests, timeout=_RESCAN_SECONDS))
        except RpcError as error:
            raise self._failed(error) from error
        if not all(self._object(row).get("success") is True for row in rows):
            raise BuilderError(
                Trouble.BACKEND_FAILED, source=self.rpc.name, why="it does not watch the scripts"
            )

    def _descriptors(self, scripts: Sequence[str], since: int) -> list[dict[str, object]]:
        """`raw(script)` each, with the checksum the node asks for."""
        infos = self._batch("getdescriptorinfo", [f"raw({script})" for script in scripts])
        return [
            {"desc": str(self._object(info)["descriptor"]), "timestamp": since, "label": script}
            for script, info in zip(scripts, infos, strict=True)
        ]

    # --- calls -----------------------------------------------------------------------------------------------------

    def _node(self) -> Rpc:
        return Rpc(self.rpc.host, self.rpc.port, self.rpc.login, "", self.rpc.timeout)

    def _call_plain(self, method: str, *arguments: object) -> object:
        try:
            return self._node().call(method, *arguments)
        except RpcError as error:
            raise self._failed(error) from error

    def _call(self, method: str, *arguments: object) -> object:
        try:
            return self._checked().call(method, *arguments)
        except RpcError as error:
            raise self._failed(error) from error

    def _batch(self, method: str, arguments: Sequence[object]) -> list[object]:
        try:
            return self._checked().batch(method, [[argument] for argument in arguments])
        except RpcError as error:
            raise self._failed(error) from error

    def _failed(self, error: RpcError) -> BuilderError:
        return BuilderError(Trouble.BACKEND_FAILED, source=self.rpc.name, why=error.message)

    def _object(self, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise BuilderError(Trouble.BACKEND_GARBLED, source=self.rpc.name, why="an object was expected")
        return value

    def _list(self, value: object) -> list[object]:
        if not isinstance(value, list):
            raise BuilderError(Trouble.BACKEND_GARBLED, source=self.rpc.name, why="a list was expected")
        return value


def _coin(row: Mapping[str, object], transaction: Mapping[str, object], height: int) -> Coin:
    depth = _integer(row["confirmations"])
    return Coin(
        txid=str(row["txid"]),
        vout=_integer(row["vout"]),
        units=_units(row["amount"]),
        script=bytes.fromhex(str(row["scriptPubKey"])),
        height=height - depth + 1 if depth > 0 else None,
        coinbase=transaction.get("generated") is True,
    )


def _spending(txid: str, raw: bytes, height: object, time: object) -> Spending:
    if height is None:
        return Spending(txid, raw, None, None)
    return Spending(txid, raw, _integer(height), _integer(time))


def _units(value: object) -> int:
    """Whole coins with up to eight decimals as units, exactly."""
    amount = Decimal(str(value)) * _UNITS
    if amount != amount.to_integral_value():
        raise BuilderError(Trouble.BACKEND_GARBLED, source="node", why="an amount with too many decimals")
    return int(amount)


def _integer(value: object) -> int:
    if type(value) is not int:
        raise BuilderError(Trouble.BACKEND_GARBLED, source="node", why="a whole number was expected")
    return value
