"""Running the service in the foreground."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

from features.errors import KloutError
from features.objects import is_remote
from serving.in_force import MODEL_ENV
from serving.store.address import ENVIRONMENT as STORE_ENV
from serving.store.address import url_of
from serving.store.store import Store
from training.model import Model


def serve(
    model: Path,
    host: str,
    port: int,
    workers: int,
    *,
    lake: Path | None = None,
    store: str | None = None,
    keys: bool | None = None,
) -> None:
    """Serve a model until SIGINT or SIGTERM.

    Parameters
    ----------
    model
        The model's folder.
    host, port
        Where to listen; ``host`` is an IP address.
    workers
        Processes that answer.
    lake
        That explanations are computed from; None: there are none.
    store
        URL of the store; None: that in the lake, or none without a lake.
    keys
        Whether requests need a key; None: unless only this machine can ask.

    Raises
    ------
    KloutError
        If there is no model or store, or one is damaged, or nobody could have a key: nothing is
        started then.
    """
    Model.load(model)
    lake = lake if lake is None or is_remote(lake) else lake.resolve()
    url = url_of(store, lake) if store or lake else None
    needed = not is_loopback(host) if keys is None else keys
    if url is not None:
        Store.open(url, write=True).close()
    elif needed:
        raise KloutError(
            f"requests to {host} need a key, and keys are in the store: give --store or --lake, "
            "or let everybody in with --no-keys"
        )
    _tell_workers(model, workers, lake, url, needed=needed)
    import bentoml  # reads the environment when it is imported

    from serving.service import KloutScore

    bentoml.serve(KloutScore, host=host, port=port, blocking=True)


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tell_workers(
    model: Path, workers: int, lake: Path | None, url: str | None, *, needed: bool
) -> None:
    """Put into the environment what the workers, which are processes of their own, must know."""
    said = {
        MODEL_ENV: str(model.resolve()),
        "KLOUT_WORKERS": str(workers),
        "KLOUT_KEYS": "on" if needed else "off",
        STORE_ENV: url or "",
        "KLOUT_LAKE": "" if lake is None else str(lake),
    }
    os.environ.update(said)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # nothing leaves the machine
