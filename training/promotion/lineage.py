"""Where a model comes from: the data, the code and the packages, by their hashes and versions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.storage.atomic import standing

PACKAGES = ("lightgbm", "numpy", "polars", "pyarrow", "pandas", "scikit-learn", "scipy")
"""What a model needs to score, with the versions installed here; inferring them takes 16 s."""

DATA = "data.version"
"""Tag that is the same of runs on the same data."""
LOCK = Path("dvc.lock")
CODE = (":/features", ":/training", ":/params.yaml")
"""What a model comes of; `metrics.json` and `dvc.lock` are rewritten by the pipeline itself."""


@dataclass(frozen=True)
class Lineage:
    """Hashes and versions, all text.

    Attributes
    ----------
    signals, judgements, training
        MD5 of the files' content: what DVC names them by in `dvc.lock`. The judgements tested on
        and those trained on, or "unknown".
    catalogue
        Twelve hexadecimal digits of the catalogue's SHA-256.
    candidate
        Of the model's folder: what DVC names it by; "unknown" if it was not given.
    lock
        MD5 of the `dvc.lock` of the working directory, "none" if there is none.
    commit
        Of the code; "+dirty" if `CODE` was changed since, "unknown" outside of git.
    as_of
        Of the signals, or "unknown".
    """

    signals: str
    judgements: str
    training: str
    catalogue: str
    commit: str
    as_of: str
    candidate: str = "unknown"
    lock: str = "none"

    @staticmethod
    def of(
        files: dict[str, Path],
        catalogue: Catalogue,
        as_of: date | None,
        candidate: Path | None = None,
    ) -> Lineage:
        """Hash the files, by what they are, and the model's folder, and ask git."""
        hashes = {name: md5(file) for name, file in files.items()}
        return Lineage(
            signals=hashes["signals"],
            judgements=hashes.get("judgements", "unknown"),
            training=hashes.get("training", "unknown"),
            catalogue=catalogue_hash(catalogue),
            commit=commit(),
            as_of="unknown" if as_of is None else as_of.isoformat(),
            candidate="unknown" if candidate is None else md5_folder(candidate),
            lock=md5(LOCK) if LOCK.is_file() else "none",
        )

    def tags(self) -> dict[str, str]:
        """Name them as MLflow's tags."""
        named = {_TAGS.get(name, name): value for name, value in asdict(self).items()}
        experiment = os.environ.get("DVC_EXP_NAME")  # DVC tells it to its stages
        return named | {DATA: self.data} | ({"dvc.exp": experiment} if experiment else {})

    @property
    def data(self) -> str:
        """Name the data as a whole: runs that share it may be compared."""
        parts = (self.signals, self.judgements, self.training, self.as_of)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def md5(file: Path) -> str:
    """Hash a file's content as DVC does.

    Raises
    ------
    KloutError
        If it can't be read.
    """
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "md5").hexdigest()
    except OSError as error:
        raise KloutError(f"{file}: can't be read: {error.strerror}") from error


def md5_folder(folder: Path) -> str:
    """Hash a folder's files and their names as DVC does."""
    home = standing(folder)
    files = sorted(file.relative_to(home).as_posix() for file in home.rglob("*") if file.is_file())
    listed = [{"md5": md5(home / name), "relpath": name} for name in files]
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"


def catalogue_hash(catalogue: Catalogue) -> str:
    """Name a catalogue by its content."""
    content = json.dumps(catalogue.to_dict(), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def commit() -> str:
    """Ask git which commit this code is of."""
    head = _git("rev-parse", "HEAD")
    if head is None:
        return "unknown"
    return head + (
        "+dirty" if _git("status", "--porcelain", "--untracked-files=no", "--", *CODE) else ""
    )


def packages() -> dict[str, str]:
    """Look up the installed versions of `PACKAGES`."""
    return {name: version(name) for name in PACKAGES}


_TAGS = {
    "signals": "data.signals",
    "judgements": "data.judgements",
    "training": "data.training",
    "commit": "git_commit",
    "candidate": "dvc.candidate",
    "lock": "dvc.lock",
}


def _git(*words: str) -> str | None:
    folder = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
