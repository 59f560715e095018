"""The machine's facts: a figure without them says nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

LIBRARIES = ("polars", "duckdb", "numpy", "scipy")


def facts(libraries: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """CPU, cores, memory, system, Python and library versions, in words."""
    return {
        "CPU": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{library: version(library) for library in libraries},
    }


def in_a_line(libraries: tuple[str, ...] = LIBRARIES) -> str:
    """Join the facts to one line of Markdown."""
    return "; ".join(f"{name} {value}" for name, value in facts(libraries).items())


def _cpu() -> str:
    """Model as Linux names it; what Python knows elsewhere."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    for name, value in facts().items():
        print(f"{name}: {value}")
