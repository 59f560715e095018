"""A bento has what serving imports, in the versions it was tested with."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions, version

from packaging.utils import canonicalize_name

from serving.image import NEEDED, pinned

LIST = "import serving.service, sys; print(*{name.partition('.')[0] for name in sys.modules})"


def test_everything_that_serving_imports_is_pinned() -> None:
    environment = os.environ | {"PYTHONPATH": "."}
    command = [sys.executable, "-c", LIST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    owners = packages_distributions()
    imported = {
        canonicalize_name(one) for name in done.stdout.split() for one in owners.get(name, [])
    }
    names = {pin.partition("==")[0] for pin in pinned(NEEDED)}
    assert imported - names <= {"klout-score"}
    assert not names & {"mlflow", "dvc", "pytest"}


def test_pins_are_what_is_installed() -> None:
    pins = dict(pin.split("==") for pin in pinned(("polars",)))
    assert pins["polars"] == version("polars")
