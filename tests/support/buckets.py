"""A server of object storage for tests, and what is asked of it."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Thread
from typing import Any

import pytest

from features.storage.objects import fs_of
from features.storage.paths import location

CHANGES = ("put_object", "delete_object", "delete_objects", "create_multipart_upload")


@contextmanager
def serving(bucket: str) -> Iterator[str]:
    """Serve a new bucket, with the environment pointing at it; give its URL."""
    pytest.importorskip("s3fs", reason="needs s3fs")
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patched.delenv(name)
        patched.setenv("AWS_ENDPOINT_URL", _endpoint())
        patched.setenv("AWS_ACCESS_KEY_ID", "key")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patched.setenv("AWS_REGION", "eu-west-1")
        patched.setenv("AWS_EC2_METADATA_DISABLED", "true")
        fs_of(location(f"s3://{bucket}/any")).mkdir(bucket, region_name="eu-west-1")
        yield f"s3://{bucket}"


@cache
def _endpoint() -> str:
    """Start a server on a free port, once: s3fs and Polars keep an endpoint while they live.

    Of S3 alone: moto's server of everything lists its own folder on each request.
    """
    moto = pytest.importorskip("moto.server", reason="needs moto[server]")
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, moto.create_backend_app("s3"), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request
    return f"http://127.0.0.1:{server.port}"


class GoneError(Exception):
    """The run is dead; nothing handles this."""


def changes(patched: pytest.MonkeyPatch, most: float = float("inf")) -> Counter[str]:
    """Count the requests that change anything; after so many every one fails."""
    from fsspec.asyn import sync_wrapper
    from s3fs import S3FileSystem

    done: Counter[str] = Counter()
    real = S3FileSystem._call_s3

    async def asked(self: Any, method: str, *args: Any, **options: Any) -> Any:
        if method in CHANGES:
            if done.total() >= most:
                raise GoneError(method)
            done[method] += 1
        return await real(self, method, *args, **options)

    patched.setattr(S3FileSystem, "_call_s3", asked)
    patched.setattr(S3FileSystem, "call_s3", sync_wrapper(asked))
    return done
