"""What docstrings, comments and pages name is there: modules, what is in them, and files."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = "features|training|serving|tests|benchmarks|evaluations"
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
ROOTS = {*PACKAGES.split("|"), *PARAMS, "gate"}
"""Of longer names, of parameters, and of MLflow's tags."""
DOTTED = re.compile(rf"`((?:{PACKAGES})(?:\.[A-Za-z_]\w*)+)(?:\(\))?`")
SHORT = re.compile(r"`([A-Za-z_]\w*)\.([A-Za-z_]\w*)(?:\(\))?`")
FILES = re.compile(rf"(?<![\w./-])(?:{PACKAGES}|docs)(?:/[a-z_\d-]+)+\.(?:py|md|toml|yaml)")
ENDINGS = {"csv", "json", "lock", "md", "parquet", "toml", "txt", "yaml"}


def texts() -> list[Path]:
    """Every file that people read, but for what was said of the past."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    kept = (name for name in listed if name.endswith((".py", ".md", ".toml", ".yaml", "Makefile")))
    return [ROOT / name for name in kept if name != "CHANGELOG.md" and (ROOT / name).exists()]


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


@cache
def names_in(module: Path) -> dict[str, ast.AST]:
    """What a module's floor binds, by name."""
    found: dict[str, ast.AST] = {}
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name: node for alias in node.names}
    found |= bound(parsed(module))
    return found


def bound(body: ast.Module | ast.ClassDef) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in body.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
        elif isinstance(node, ast.Assign):
            names = (each for target in node.targets for each in ast.walk(target))
            found |= {each.id: node for each in names if isinstance(each, ast.Name)}
    return found


def is_there(name: str) -> bool:
    """Whether a dotted name leads to a module, or to something of one, or of a class in it."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:end])
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if end == len(parts) and (file.exists() or place.is_dir()):
            return True
        if file.exists():
            return holds(names_in(file), parts[end:])
    return False


def holds(names: dict[str, ast.AST], parts: list[str]) -> bool:
    node = names.get(parts[0])
    if node is None or len(parts) == 1:
        return node is not None
    return not isinstance(node, ast.ClassDef) or bool(node.bases) or parts[1] in bound(node)


@cache
def places() -> dict[str, list[dict[str, ast.AST]]]:
    """By the names of modules and classes of ours, what is in each."""
    found: dict[str, list[dict[str, ast.AST]]] = {}
    for file in texts():
        if file.suffix == ".py":
            found.setdefault(file.stem, []).append(names_in(file))
            for name, node in bound(parsed(file)).items():
                if isinstance(node, ast.ClassDef):
                    found.setdefault(name, []).append(bound(node))
    return found


def is_meant(first: str, second: str, file: Path) -> bool:
    """Whether a short name, as `Model.score`, is of a module or class of ours, if there is one."""
    known = [*places().get(first, ()), {}]
    is_other = first in ROOTS or second in ENDINGS or first in names_in(file)
    return is_other or known == [{}] or any(second in names for names in known)


def leading_nowhere(file: Path) -> list[str]:
    text = file.read_text()
    gone = [name for name in DOTTED.findall(text) if not is_there(name)]
    if file.suffix == ".py":
        gone += [".".join(name) for name in SHORT.findall(text) if not is_meant(*name, file)]
    if file.name != "promises.md":  # whose paths are below tests/
        gone += [name for name in FILES.findall(text) if not (ROOT / name).exists()]
    return gone


def test_what_a_text_names_is_there() -> None:
    gone = {str(file.relative_to(ROOT)): leading_nowhere(file) for file in texts()}
    assert len(gone) > 500
    assert {file: names for file, names in gone.items() if names} == {}


def test_a_name_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    file, no = tmp_path / "one.py", "gone"
    gone = [f"features.lake.{no}", f"Lake.{no}", f"features/{no}.py"]
    file.write_text(f'"""As `{gone[0]}`, `{gone[1]}`, `Lake.scan` and {gone[2]}."""\n')
    assert leading_nowhere(file) == gone
