"""A bento has what serving imports, in the versions it was tested with."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions, version

from packaging.utils import canonicalize_name

from serving.image import NEEDED, pinned

SERVE_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))  # None: importing it fails
import serving.service
"""


def test_serving_starts_with_nothing_but_what_is_pinned() -> None:
    names = {pin.partition("==")[0] for pin in pinned(NEEDED)}
    assert not names & {"mlflow", "dvc", "pytest"}
    absent = [
        module
        for module, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & {*names, "klout-score"}
    ]
    assert "mlflow" in absent
    command = [sys.executable, "-c", SERVE_WITHOUT, *absent]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": "."}, check=True)


def test_pins_are_what_is_installed() -> None:
    assert pinned(("polars",))[0] == f"polars=={version('polars')}"
