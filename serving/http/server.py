"""Running the service in the foreground."""

from __future__ import annotations

import errno
import os
import shlex
import socket
import sys
import tempfile
from functools import partial
from pathlib import Path

from features.errors import KloutError, printable
from features.storage.objects import is_remote
from serving.http.api.access import Needed
from serving.http.api.local import is_loopback
from serving.http.api.process import ON, SENSITIVE_ENV
from serving.http.own_key import own_key
from serving.http.score.model_holder import MODEL_ENV, NETWORKS_ENV, share
from serving.store.address import ENVIRONMENT as STORE_ENV
from serving.store.address import url_of
from serving.store.store import Store


def serve(
    model: Path,
    host: str,
    port: int,
    workers: int,
    *,
    lake: Path | None = None,
    store: str | None = None,
    keys: bool | None = None,
    networks: Path | None = None,
    sensitive_topics: bool = False,
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
        True: all requests need a key. False: only what changes something does. None: so do
        requests that do not come from this machine itself.
    networks
        A folder of declarations of networks that people are scored on beside the model's.
    sensitive_topics
        Whether people are shown with topics that speak of health, belief and the like.

    Raises
    ------
    KloutError
        If the port is in use, there is no model or store, or one is damaged, a declaration is
        wrong, or nobody could have a key: nothing is started then.
    """
    can_listen(host, port)
    share(model, networks)
    lake = lake if lake is None or is_remote(lake) else lake.resolve()
    url = url_of(store, lake) if store or lake else None
    needed = what_needs_a_key(host, keys)
    words = [f"klout: serving at http://{host}:{port}; Ctrl-C ends it"]
    if url is not None:
        with Store.open(url, write=True) as opened:
            words += _about_keys(needed, opened, f"http://{host}:{port}")
    elif needed is Needed.ALL:
        raise KloutError(
            f"requests to {host} need a key, and keys are in the store: give --store or --lake, "
            "or let everybody read with --no-keys"
        )
    sys.stderr.write("".join(f"{printable(each)}\n" for each in words))
    _tell_workers(model, networks, workers, lake, url, needed)
    os.environ[SENSITIVE_ENV] = ON if sensitive_topics else ""
    _work(host, port, workers)


def _work(host: str, port: int, workers: int) -> None:
    """Have workers answer: as `bentoml serve` does, but for what they share."""
    with tempfile.TemporaryDirectory(prefix="klout-metrics-") as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
        # Both read the environment when they are imported.
        from serving.http import worker
        from serving.http.workers import listening, run

        with listening(host, port) as on:
            run(workers, partial(worker.answer, on))


def can_listen(host: str, port: int) -> None:
    """Try to listen on an address, before anything is read or written for it.

    Raises
    ------
    KloutError
        If another program does, or the system does not let us.
    """
    try:
        [(family, kind, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as one:
            # As the server does: else connections that have just ended would be in the way.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
            one.listen()
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise KloutError(
                f"{host}:{port}: in use by another program; --port takes another"
            ) from None
        reason = getattr(error, "strerror", None) or error
        raise KloutError(f"{host}:{port}: cannot be listened on: {reason}") from None


def what_needs_a_key(host: str, keys: bool | None) -> Needed:
    """Say what needs a key on an address: everything, if others can reach it and nothing was said.

    >>> what_needs_a_key("127.0.0.1", None), what_needs_a_key("0.0.0.0", None)
    (<Needed.ELSEWHERE: 'local'>, <Needed.ALL: 'on'>)
    """
    if keys is None:
        return Needed.ELSEWHERE if is_loopback(host) else Needed.ALL
    return Needed.ALL if keys else Needed.CHANGES


def _about_keys(needed: Needed, store: Store, address: str) -> list[str]:
    """Say who needs a key, and where there is one. Its secret is for no terminal, and no log."""
    who = {
        Needed.ALL: "every request needs a key",
        Needed.ELSEWHERE: "on this machine pages and scores are read without a key",
        Needed.CHANGES: "everybody reads pages and scores without a key",
    }[needed]
    mine = own_key(store) if needed is Needed.ELSEWHERE else None
    if mine is None:
        made = "klout keys create NAME --scope read (or score, admin), with the same --lake or"
        return [f"klout: {who}; what changes something needs one for admin:", f"  {made} --store"]
    return [
        f"klout: {who}; what changes something (connect, opt out, forget) needs one.",
        f"  Yours is in {mine}:",
        f'  curl -H "Authorization: Bearer $(cat {shlex.quote(str(mine))})" -X POST '
        f"{address}/v3/persons/NAME/opt-out",
    ]


def _tell_workers(
    model: Path,
    networks: Path | None,
    workers: int,
    lake: Path | None,
    url: str | None,
    needed: Needed,
) -> None:
    """Put into the environment what the workers, which are processes of their own, must know."""
    said = {
        MODEL_ENV: str(model.resolve()),
        NETWORKS_ENV: "" if networks is None else str(networks.resolve()),
        "KLOUT_WORKERS": str(workers),
        "KLOUT_KEYS": needed,
        STORE_ENV: url or "",
        "KLOUT_LAKE": "" if lake is None else str(lake),
    }
    os.environ.update(said)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # nothing leaves the machine
