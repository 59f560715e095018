"""How the tests run: what costs time and says nothing about us is done once, or in memory.

Processes that a test starts inherit the environment set here.
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
import ssl
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

TOGETHER = {
    "the models of the invariants": ("tests/invariants/",),
    "the running server": tuple(
        f"tests/serving/http/{name}.py"
        for name in ("test_errors", "test_operation", "score/test_rows", "score/test_score")
    ),
}
"""What takes long to make, and the files and folders that share it, and so a worker."""
LONGEST = (
    "tests/features/incremental/test_exact.py",
    "the models of the invariants",
    "tests/features/signals/test_materialize.py",
    "the running server",
    "tests/training/promotion/test_promote.py",
    "tests/training/test_odd_input.py",
    "tests/serving/daily/test_withdrawing.py",
    "tests/serving/cli/test_places.py",
    "tests/features/people/test_forgetting.py",
    "tests/training/integrity/daily/test_neighbourhood.py",
    "tests/serving/http/test_hostile.py",
    "tests/serving/explain/test_signals.py",
    "tests/serving/daily/test_on_ray.py",
    "tests/serving/http/test_under_load.py",
    "tests/test_new_measure.py",
    "tests/training/tuning/test_tune_command.py",
    "tests/features/lake/test_both_kinds.py",
    "tests/training/registry/test_moved.py",
    "tests/serving/daily/test_crash.py",
    "tests/benchmarks/test_signals_sql.py",
    "tests/test_notebooks.py",
    "tests/serving/daily/test_rebuilding.py",
)
"""What takes longest: begun first, so that a run ends with many short files that fill all workers,
and not with a long one that the others wait for."""
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes that must be free there; a whole run keeps less than one GB."""


def pytest_configure() -> None:
    """Prepare before anything of ours, and with it Polars, is imported."""
    _one_thread_a_worker()
    _files_in_memory()
    _no_deadlines()


def pytest_collection_finish() -> None:
    """Build once what every call would build again, and keep the collector off what stays."""
    import typer.main
    import typer.testing

    tree = functools.cache(typer.main.get_command)
    typer.main.get_command = typer.testing._get_command = tree
    ssl.create_default_context = functools.cache(ssl.create_default_context)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # looking for cycles every 700 objects is a twentieth of a run


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Have one worker more than cores: a fifth of a run is waiting, for servers and for clocks."""
    return (yield) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file, or files that share something, to one worker; the longest first."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            shared = (name for name, files in TOGETHER.items() if file.startswith(files))
            return next(shared, file)

        def _assign_work_unit(self, node: Any) -> None:
            longest = next((name for name in LONGEST if name in self.workqueue), None)
            if longest is not None:
                self.workqueue.move_to_end(longest, last=False)
            super()._assign_work_unit(node)

    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def _one_thread_a_worker() -> None:
    """Have workers that fill the cores keep to one each; a single process may use them all."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")


def _files_in_memory() -> None:
    """Keep temporary files where waiting for the disk takes no time, if there is room."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _no_deadlines() -> None:
    """Let no example fail because the machine has other things to do."""
    slow = [HealthCheck.too_slow]
    settings.register_profile("patient", settings(), deadline=None, suppress_health_check=slow)
    settings.load_profile("patient")
