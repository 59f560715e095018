"""Draw what `docs/architecture.md` shows of the code: arrows, stages, folders. `make docs` runs it.

Between ``<!-- drawn: NAME -->`` and ``<!-- end -->`` the page is this file's; the rest is prose.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("features", "training", "serving")
BLOCK = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Arrows = dict[str, set[str]]


def folder_of(module: str) -> str | None:
    """Return the room of a module, as `features.lake`; None for what lies on a floor."""
    room = ".".join(module.split(".")[:2])
    return room if "." in room and (ROOT / room.replace(".", "/")).is_dir() else None


def arrows() -> Arrows:
    """Return which folders each folder imports from, types alone apart."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    found: Arrows = {}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            here, there = folder_of(module), folder_of(imported)
            if here and there and here != there:
                found.setdefault(here, set()).add(there)
    return found


def reachable(graph: Arrows, start: str) -> set[str]:
    """Return all that is imported from a folder on, by however many arrows."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def reduced(graph: Arrows) -> Arrows:
    """Drop the arrows that others imply: of a→b, b→c and a→c the last."""
    return {
        here: {
            there
            for there in goals
            if not any(there in reachable(graph, other) for other in goals - {there})
        }
        for here, goals in graph.items()
    }


def draw_imports() -> str:
    """Draw the folders and who imports whom."""
    graph = reduced(arrows())
    rooms = sorted({*graph, *(room for goals in graph.values() for room in goals)})
    lines = ["```mermaid", "flowchart TD"]
    for package in PACKAGES:
        inside = [room for room in rooms if room.startswith(f"{package}.")]
        lines += [f"  subgraph {package}"]
        lines += [f"    {_id(room)}[{room.removeprefix(f'{package}.')}]" for room in inside]
        lines += ["  end"]
    for here in rooms:
        lines += [f"  {_id(here)} --> {_id(there)}" for there in sorted(graph.get(here, ()))]
    return "\n".join([*lines, "```", ""])


def _id(room: str) -> str:
    return room.replace(".", "_")


def draw_stages() -> str:
    """Draw both pipelines, but the stage that says which code the others use: all depend on it."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "dag", "--md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = re.sub(r"[\w/.]+dvc\.yaml:", "", done.stdout).strip().splitlines()
    code = next(line.split("[")[0].strip() for line in lines if line.endswith('["code"]'))
    return "\n".join([line for line in lines if not re.search(rf"\b{code}\b", line)]) + "\n"


def draw_folders() -> str:
    """List the folders, each by the first sentence of its `__init__`, with its files."""
    lines = ["| folder | what it is | files |", "|---|---|---|"]
    for init in sorted(
        each for package in PACKAGES for each in (ROOT / package).rglob("__init__.py")
    ):
        sentence = (ast.get_docstring(ast.parse(init.read_text())) or "").split("\n\n")[0]
        files = ", ".join(_stems(init.parent.glob("*.py")))
        name = init.parent.relative_to(ROOT).as_posix()
        lines.append(f"| `{name}/` | {' '.join(sentence.split())} | {files} |")
    return "\n".join([*lines, ""])


def _stems(files: Iterable[Path]) -> list[str]:
    return sorted(file.stem for file in files if not file.stem.startswith("__"))


DRAWN = {"imports": draw_imports, "stages": draw_stages, "folders": draw_folders}


def drawn(page: str) -> str:
    """Return the page with what is drawn as the code is now."""
    return BLOCK.sub(lambda block: f"{block[1]}{DRAWN[block[2]]()}{block[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
