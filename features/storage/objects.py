"""Object storage: reaching it, and writing an object only if nobody else did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast

from features.errors import KloutError

_PATTERNS = set("*?[]")
"""What s3fs and Polars would take for a pattern."""

_REFUSED = ("PreconditionFailed", "ConditionalRequestConflict")
"""What S3 says to a conditional request whose condition does not hold."""


@dataclass(frozen=True)
class Stamp:
    """What tells one state of an object from another.

    Attributes
    ----------
    tag
        Its ETag, another after each change.
    age
        Seconds since it was written, both times by the clock of the storage.
    """

    tag: str
    age: float


def bucket_path(url: str) -> Path:
    """Give the path of ``s3://bucket/prefix``.

    Raises
    ------
    KloutError
        If it is another URL, or s3fs is not installed.
    """
    scheme, _, place = url.partition("://")
    if scheme != "s3" or not place.strip("/") or set(place) & _PATTERNS:
        raise KloutError(f"{url}: expected a directory or s3://bucket/prefix, without * ? [ ]")
    try:
        import s3fs  # type: ignore[import-untyped]  # noqa: F401 (upath would say it in three lines)
        from upath import UPath
    except ImportError:
        needed = "needs s3fs: install klout-score[cluster]"
        raise KloutError(f"{url}: a lake on object storage {needed}") from None
    # botocore reads all of AWS_* but this one, which Polars reads.
    region = os.environ.get("AWS_REGION")
    options: dict[str, Any] = {"client_kwargs": {"region_name": region}} if region else {}
    # A listing that is kept would hide what others commit.
    return cast(Path, UPath(f"s3://{place.strip('/')}", use_listings_cache=False, **options))


def is_remote(path: Path) -> bool:
    """Whether a path is one of object storage."""
    return not isinstance(path, Path)


@contextmanager
def reaching(path: Path) -> Iterator[None]:
    """Say in one line what object storage refuses; of a local path nothing is said otherwise.

    Raises
    ------
    KloutError
        If there is no such bucket, nobody answers, or we may not.
    """
    if not is_remote(path):
        yield
        return
    try:
        yield
    except _refusals() as error:
        is_missing = isinstance(error, FileNotFoundError) and _code(error) != "NoSuchBucket"
        if is_missing or isinstance(error, FileExistsError):
            raise
        said = str(error).partition("\n")[0] or type(error).__name__
        raise KloutError(f"{path}: object storage can't be used: {said}") from error


def create(file: Path, data: bytes) -> str | None:
    """Write an object if there is none of the name; returns its tag, None if there is another."""
    with reaching(file):
        try:
            return _put(file, data, IfNoneMatch="*")
        except OSError as error:
            if _code(error) not in _REFUSED:
                raise
            return _own(file, data)


def swap(file: Path, data: bytes, tag: str) -> str | None:
    """Write over an object if nobody changed it; returns its new tag, None if somebody did."""
    with reaching(file):
        try:
            return _put(file, data, IfMatch=tag)
        except OSError as error:
            if _code(error) not in (*_REFUSED, "NoSuchKey"):
                raise
            return None


def delete(file: Path, tag: str) -> None:
    """Delete an object if nobody changed it."""
    bucket, key = _parts(file)
    with reaching(file):
        try:
            fs_of(file).call_s3("delete_object", Bucket=bucket, Key=key, IfMatch=tag)
        except OSError as error:
            if _code(error) not in (*_REFUSED, "NoSuchKey"):
                raise


def stamp(file: Path) -> Stamp | None:
    """Tell an object's state; None if there is none."""
    bucket, key = _parts(file)
    with reaching(file), suppress(FileNotFoundError):
        said = fs_of(file).call_s3("head_object", Bucket=bucket, Key=key)
        now = parsedate_to_datetime(said["ResponseMetadata"]["HTTPHeaders"]["date"])
        return Stamp(said["ETag"], (now - said["LastModified"]).total_seconds())
    return None


def fs_of(path: Path) -> Any:
    """Give the s3fs file system of a path."""
    return cast(Any, path).fs


def key_of(path: Path) -> str:
    """Give bucket and key, as s3fs names an object."""
    return str(cast(Any, path).path).rstrip("/")


def _parts(path: Path) -> tuple[str, str]:
    bucket, _, key = key_of(path).partition("/")
    return bucket, key


def _put(file: Path, data: bytes, **condition: str) -> str:
    bucket, key = _parts(file)
    said = fs_of(file).call_s3("put_object", Bucket=bucket, Key=key, Body=data, **condition)
    return str(said["ETag"])


def _own(file: Path, data: bytes) -> str | None:
    """Give the tag of what we wrote ourselves, where only the answer was lost on the way."""
    now = stamp(file)
    with suppress(FileNotFoundError):
        if now is not None and fs_of(file).cat_file(key_of(file)) == data:
            return now.tag
    return None


def _refusals() -> tuple[type[Exception], ...]:
    # Named only once something is refused: a local lake never imports it.
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    return OSError, BotoCoreError


def _code(error: BaseException) -> str:
    """Name S3's own code behind an error of s3fs."""
    response = getattr(error.__cause__, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
