"""Work in a process of its own, so that its memory and its start are its own."""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.errors import KloutError


@dataclass(frozen=True)
class Taken:
    """What some work took, and gave.

    Attributes
    ----------
    start_up
        Seconds from the start of the process until everything is imported.
    seconds
        Of the work by the clock.
    cpu
        Of the work, by the processor, over all threads.
    peak_gb
        Most memory that the process held.
    result
        What the work returned.
    """

    start_up: float
    seconds: float
    cpu: float
    peak_gb: float
    result: Any


def in_child(work: Callable[..., object], timeout: float | None = None, **arguments: Any) -> Taken:
    """Call a function of a module in a new process; arguments and result go as JSON.

    Raises
    ------
    KloutError
        If it fails or takes too long. What it said goes to stderr.
    """
    name = f"{_module_of(work)}:{work.__qualname__}"
    order = json.dumps({"work": name, "began": time.time(), "arguments": arguments})
    command = [sys.executable, "-m", "benchmarks.daily_child", order]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise KloutError(f"{name} is not done in {timeout:,.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise KloutError(f"{name} failed with exit code {error.returncode}") from None
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


def _module_of(work: Callable[..., object]) -> str:
    """Name the module that a function is imported from, also that of the command at work."""
    spec = getattr(sys.modules[work.__module__], "__spec__", None)
    return work.__module__ if spec is None else str(spec.name)


def _be_child(order: str) -> None:
    """Do what was ordered; the last line says what it took."""
    data = json.loads(order)
    module, _, function = data["work"].partition(":")
    work = getattr(importlib.import_module(module), function)
    start_up = time.time() - data["began"]
    began, busy = time.perf_counter(), time.process_time()
    result = work(**data["arguments"])
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    print(json.dumps(asdict(Taken(start_up, seconds, cpu, _peak_gb(), result))))


def _peak_gb() -> float:
    """Peak memory; not ``ru_maxrss`` on Linux, which counts in what the parent had at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024e-9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    _be_child(sys.argv[1])
