"""Which source an account is watched through, by its URL: a line a kind."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from online_builder.backends.core import WALLET, Core
from online_builder.backends.embedded import REGTEST, Embedded
from online_builder.backends.esplora import NETWORKS, Esplora
from online_builder.backends.nis import LEDGERS, Nis
from online_builder.backends.rest import Rest
from online_builder.backends.rpc import Rpc
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Source
from signer.chains.nem.network import params_of
from signer.chains.registry import chain_of
from signer.chains.utxo.coin import Params


def open_backend(url: str, home: Path, chain: str) -> Source:
    """The source of an account. Raises BuilderError.

    `embedded:` is the chain in the builder's own folder, `embedded:PATH` one elsewhere; for a regtest only.
    `core:http://HOST:PORT?cookie=FILE` is a node of Bitcoin Core's family; `login=FILE` names a file with
    `user:password` instead. `esplora:URL` is an Esplora server's API. `nis:URL` is a NIS1 node of NEM.
    """
    kind, _, rest = url.partition(":")
    match kind:
        case "embedded" if (coin := _embeddable(chain)) is not None:
            own = home / ("embedded" if chain == REGTEST else f"embedded-{coin.network.coin}")
            return Embedded(Path(rest) if rest else own, chain, coin.digest)
        case "core":
            return _core(rest, chain)
        case "esplora" if chain in NETWORKS and rest.startswith(("http://", "https://")):
            return Esplora(_web(kind, rest), chain)
        case "nis" if chain in LEDGERS and rest.startswith(("http://", "https://")):
            return Nis(Rest(_web(kind, rest)), params_of(chain))
        case _:
            raise _settings(url, "this builder knows no such source for this chain")


def _embeddable(chain: str) -> Params | None:
    """The parameters of a regtest of Bitcoin's family."""
    found = chain_of(chain)
    return found.params if isinstance(found.params, Params) and found.network.name == "regtest" else None


def _web(kind: str, url: str) -> str:
    """The address of a REST interface, without a slash at its end. A password in it is not shown again."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _settings(f"{kind}:{url}", "the address is not one") from error
    if parts.username is not None or parts.password is not None:
        raise _settings(kind, "a user name or password in the address is not used")
    if not host or port == 0 or parts.query or parts.fragment:
        raise _settings(f"{kind}:{url}", f"expected {kind}:http://HOST:PORT")
    return url.rstrip("/")


def _core(url: str, chain: str) -> Core:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _settings(url, "the address is not one") from error
    files = parse_qs(parts.query)
    login = files.get("cookie") or files.get("login")
    if parts.scheme != "http" or not host or not port or not login or parts.username:
        raise _settings(url, "expected core:http://HOST:PORT?cookie=FILE")
    coin = chain_of(chain).params
    born = coin.born if isinstance(coin, Params) else 0
    return Core(Rpc(host, port, Path(login[0]), WALLET), chain, born)


def _settings(url: str, why: str) -> BuilderError:
    return BuilderError(Trouble.BACKEND_SETTINGS, source=url[:80], why=why)
