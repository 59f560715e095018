"""Write down which code each stage of the pipeline uses: the stage `code` of `dvc.yaml`.

A stage must run again when code that it uses changes, and only then. So it depends on a file,
``data/code/STAGE.txt``, with a line for each module that its command reaches by imports: the hash
of the code without comments and docstrings, and the path. Of the command line, which imports almost
everything, only the functions that the command uses stand there. What is read beside the code, as
the declarations of networks, is hashed as it is.

    python -m pipeline.used_code data/code
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import yaml
from typer.main import get_command

from features.storage.atomic import replacing
from serving.cli.app import app

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("features", "training", "serving", "evaluations")
PIPELINES = ("dvc.yaml", "pipeline/release/dvc.yaml")
TERMINAL = "serving.cli."
AROUND = (("serving.cli.console", "with_rereading"),)
"""What is put around every command and reads lakes."""
BESIDE = {
    "features.catalogue.declaration": "features/networks",
    "features.sources.reader": "features/sources/networks",
    "evaluations.real.logs": "evaluations/real/networks",
    "serving.store.upgrading": "serving/store/migrations",
    "training.promotion.mlflow_run": "training/registry/mlflow_model.py",
}
"""Files, or folders of them, that a module reads beside its own code."""

Used = dict[str, str]
"""Hash by what was hashed: a path, or a path, a colon and a name in it."""


def stages() -> dict[str, str]:
    """Read the commands of the stages that have code of ours, by name."""
    found = {}
    for file in PIPELINES:
        content = yaml.safe_load((ROOT / file).read_text())
        found |= {name: stage["cmd"] for name, stage in content["stages"].items()}
    return {name: command for name, command in found.items() if name != "code"}


def used_by(command: str) -> Used:
    """List what a command uses; of a stage, as ``${klout} train …`` or ``python -m MODULE …``."""
    words = command.split()
    if words[:2] == ["python", "-m"]:
        start = f"{words[2]}.__main__" if f"{words[2]}.__main__" in graph().modules else words[2]
        return hashed(reached({start}))
    function = command_function(words[1:])
    lines: Used = {}
    roots: set[str] = set()
    for module, name in (*AROUND, (function.__module__, function.__name__)):
        _follow(module, name, lines, roots)
    return lines | hashed(reached(roots))


def command_function(words: list[str]) -> Any:
    """Find the function of a command of `klout`, by the words after it."""
    found: Any = get_command(app)
    for word in words:
        if not hasattr(found, "commands"):
            break
        found = found.commands[word]
    return inspect.unwrap(found.callback)


def reached(modules: Iterable[str]) -> set[str]:
    """Give all modules that some import, by however many steps, with the packages around them."""
    seen: set[str] = set()
    waiting = [*modules]
    while waiting:
        module = waiting.pop()
        if module not in seen and (imported := _imported(module)) is not None:
            seen.add(module)
            waiting += imported
    return seen


@cache
def _imported(module: str) -> list[str] | None:
    """List what a module imports, and the package it is in; None if it is none of ours."""
    if module not in graph().modules:
        return None
    around = [module.rpartition(".")[0]] if "." in module else []
    return [*graph().find_modules_directly_imported_by(module), *around]


def hashed(modules: Iterable[str]) -> Used:
    """Hash modules without what changes nothing, and what they read beside them."""
    lines: Used = {}
    for module in modules:
        lines[file_of(module).relative_to(ROOT).as_posix()] = _hashed(module)
        for beside in _files(ROOT / BESIDE[module]) if module in BESIDE else ():
            lines[beside.relative_to(ROOT).as_posix()] = _hash(beside.read_text())
    return lines


@cache
def _hashed(module: str) -> str:
    return _hash(code_of(ast.parse(file_of(module).read_text())))


def file_of(module: str) -> Path:
    """Name the file of a module or of a package's `__init__`."""
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def code_of(node: ast.AST) -> str:
    r"""Write code in one form, without comments, docstrings and the help of options.

    >>> code_of(ast.parse('def f(a):\n    "What."\n    return  a'))
    'def f(a):\n    return a'
    """
    return ast.unparse(ast.fix_missing_locations(_Bare().visit(node)))


class _Bare(ast.NodeTransformer):
    """Drops what only people read."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg == "help" else self.generic_visit(node)


def _follow(module: str, name: str, lines: Used, roots: set[str]) -> None:
    """Hash a name of the command line and those it uses; ``roots`` gets what is imported."""
    where = f"{file_of(module).relative_to(ROOT).as_posix()}:{name}"
    defined, imported = names_of(module)
    if where in lines or name not in defined:
        return
    node = ast.parse(ast.unparse(defined[name]))
    inside = dict(_imports(node, module))
    lines[where] = _hash(code_of(node))
    for used in {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} | {*inside}:
        origin = inside.get(used) or imported.get(used)
        if used in defined:
            _follow(module, used, lines, roots)
        elif origin is not None and origin[0].startswith(TERMINAL):
            _follow(*origin, lines, roots)
        elif origin is not None:
            roots.update((origin[0], ".".join(origin)))


@cache
def names_of(module: str) -> tuple[dict[str, ast.AST], dict[str, tuple[str, str]]]:
    """List what a module defines at its top, and what it imports there, by name."""
    tree, defined = ast.parse(file_of(module).read_text()), {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {each.id: node for each in targets if isinstance(each, ast.Name)}
    top = ast.Module([each for each in tree.body if not isinstance(each, ast.If)], [])
    outside = [each for each in top.body if isinstance(each, ast.ImportFrom | ast.Import)]
    return defined, dict(_imports(ast.Module(outside, []), module))


def _imports(tree: ast.AST, module: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give each imported name with the module and the name there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{module}: relative imports are not used"
            for each in node.names:
                yield each.asname or each.name, (node.module, each.name)
        elif isinstance(node, ast.Import):
            for each in node.names:
                yield each.asname or each.name.split(".")[0], (each.name, "")


@cache
def graph() -> grimp.ImportGraph:
    """Build the graph of imports, types alone apart."""
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(each for each in path.rglob("*") if each.is_file() and each.suffix != ".pyc")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main(folder: Path) -> None:
    """Write a file for each stage; one that stays the same is the same to the byte."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in stages().items():
        lines = [f"{digest}  {what}\n" for what, digest in sorted(used_by(command).items())]
        with replacing(folder / f"{name}.txt") as draft:
            draft.write_text("".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
