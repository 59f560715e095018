"""Where a lake lies: a directory, or a prefix of object storage (``s3://bucket/prefix``).

Code says ``root / "ledger"`` of both. Here is what object storage does otherwise: there are no
folders, an object appears whole by one PUT, and each request takes a while, so many go at once.
Credentials and endpoint are those of the environment (``AWS_*``), for us as for Polars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from features.storage.objects import bucket_path, fs_of, is_remote, key_of, reaching


def location(given: Path | str) -> Path:
    """Give the path that a text stands for.

    Returns
    -------
    Path
        Of ``s3://…`` a `UPath`, which answers to the same names.

    Raises
    ------
    KloutError
        If it is another URL, or s3fs is not installed.
    """
    if not isinstance(given, str):
        return given
    return bucket_path(given) if "://" in given else Path(given)


def exists(folder: Path) -> bool:
    """Whether there is a folder, or any object under its name."""
    if not is_remote(folder):
        return folder.is_dir()
    bucket, _, key = key_of(folder).partition("/")
    with reaching(folder):
        found = fs_of(folder).call_s3("list_objects_v2", Bucket=bucket, Prefix=f"{key}/", MaxKeys=1)
    return bool(found["KeyCount"])


def found(folder: Path, pattern: str, *, deep: bool = False) -> list[Path]:
    """List the files of a folder by name, ascending; with ``deep`` also those of its folders."""
    if not is_remote(folder):
        return sorted(folder.rglob(pattern) if deep else folder.glob(pattern))
    names = sorted(_listed(folder, deep=deep))
    return [folder / name for name in names if fnmatch(name.rpartition("/")[2], pattern)]


def bytes_of(root: Path, names: Iterable[str]) -> dict[str, int]:
    """Give the bytes of the files that are there, by their names below the root.

    Those of object storage are told by few listings.
    """
    if not is_remote(root):
        return _sizes(root, names)
    wanted = set(names)
    there: dict[str, int] = {}
    for top in sorted({name.partition("/")[0] for name in wanted}):
        listed = _listed(root / top, deep=True)
        there |= {f"{top}/{name}": int(info["size"]) for name, info in listed.items()}
    return {name: size for name, size in there.items() if name in wanted}


def read_all(files: list[Path]) -> list[bytes]:
    """Read small files, those of object storage many at once."""
    if not files or not is_remote(files[0]):
        return [file.read_bytes() for file in files]
    keys = [key_of(file) for file in files]
    with reaching(files[0]):
        # To read one in several parts at once s3fs would first ask for its size.
        ask = {"on_error": "raise", "max_concurrency": 1}
        data: list[bytes] = fs_of(files[0]).cat_ranges(keys, None, None, **ask)
    return data


def move(drafts: Mapping[Path, Path]) -> None:
    """Move local files to where they stay; each appears there whole, in a folder that is made."""
    if not any(is_remote(final) for final in drafts.values()):
        for draft, final in drafts.items():
            final.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(final)
        return
    finals = list(drafts.values())
    with reaching(finals[0]):
        fs_of(finals[0]).put([str(draft) for draft in drafts], [key_of(final) for final in finals])
    for draft in drafts:
        draft.unlink()


def remove(files: list[Path]) -> None:
    """Delete files; those that are not there are not missed."""
    if files and is_remote(files[0]):
        with reaching(files[0]):
            fs_of(files[0]).rm([key_of(file) for file in files])
        return
    for file in files:
        file.unlink(missing_ok=True)


def _sizes(root: Path, names: Iterable[str]) -> dict[str, int]:
    there: dict[str, int] = {}
    for name in names:
        with suppress(FileNotFoundError):
            there[name] = (root / name).stat().st_size
    return there


def _listed(folder: Path, *, deep: bool) -> dict[str, dict[str, Any]]:
    """Describe the objects under a name, by what follows it."""
    key = key_of(folder)
    with reaching(folder):
        infos = fs_of(folder).find(key, maxdepth=None if deep else 1, detail=True)
    return {name[len(key) + 1 :]: info for name, info in infos.items()}
