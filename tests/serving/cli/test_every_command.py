"""A walk over the whole command tree with what goes wrong: one line, the right code, no loss.

Each command is met by itself: a new one is in all of these tests once `tests.support.command_scene`
says what its parameters are told.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command_scene import Command, Ended, build, commands, contents, run, words_of

pytestmark = pytest.mark.slow
"""Some hundred commands are run: minutes."""

COMMANDS = commands()
NAMES = [pytest.param(name, id=" ".join(name)) for name in COMMANDS]

WITHDRAW, WITHDRAWN = ("withdraw",), "2014-09-30"
"""A command that takes files away, and the day whose files they are."""

CHANGING = ("ledger", ".lock", ".daily.lock", "store.db", "cache", "mlflow")
"""Parts of paths that a command may change in place: a lake's commits are counted instead."""

WRITTEN = {
    # Parameters that name what a command writes.
    "out",
    "report",
    "card",
    "train",
    "signals_out",
    "study",
}
HARMLESS_ALONE = {
    # Words whose value is no path.
    "as_of",
    "format_name",
    "horizon",
}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scene") / "root"
    build(root)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the scene, in which the command runs."""
    copy = tmp_path / "root"
    shutil.copytree(built, copy)
    monkeypatch.chdir(copy)
    return copy


def assert_said_in_one_line(ended: Ended) -> None:
    """Whatever went wrong, it is one line of ours, or the usage."""
    assert ended.code in (1, 2)
    assert "Traceback" not in ended.err
    assert "a fault of klout itself" not in ended.err
    if ended.code == 1:
        said = [line for line in ended.err.splitlines() if line.startswith("klout: ")]
        assert len(said) == 1, ended.err
        assert ended.err.splitlines()[-1] == said[0]


def assert_nothing_lost(before: dict[str, str], after: dict[str, str]) -> None:
    """Every file that was there is there, and holds what it held."""
    assert {name: after.get(name) for name in before if _stays(name)} == {
        name: digest for name, digest in before.items() if _stays(name)
    }


def assert_no_draft_is_left(root: Path) -> None:
    """A run that failed has removed what it had begun, also where nobody looks."""
    assert not [file for file in (root / "out").rglob("*") if "draft" in file.name]


def assert_nothing_half_written(root: Path) -> None:
    """No draft is left where people look."""
    left = [file.relative_to(root / "out") for file in (root / "out").rglob("*")]
    shown = [file for file in left if not any(part.startswith(".") for part in file.parts)]
    assert not [file for file in shown if "draft" in file.name]


def _stays(name: str) -> bool:
    return not any(part in name for part in CHANGING)


def paths_of(name: Command) -> list[str]:
    """List the parameters of a command whose value is a path, from the value alone."""
    told = words_of(name, COMMANDS[name], Path("/scene"))
    return [parameter for parameter, words in told.items() if words[-1].startswith("/scene")]


EACH_PATH = [
    pytest.param(name, parameter, id=f"{' '.join(name)} {parameter}")
    for name in COMMANDS
    for parameter in paths_of(name)
]


@pytest.mark.parametrize(("name", "parameter"), EACH_PATH)
def test_a_path_that_is_not_there_is_named(name: Command, parameter: str, root: Path) -> None:
    told, before = words_of(name, COMMANDS[name], root), contents(root)
    if parameter in WRITTEN or told[parameter][-1].startswith(f"{root}/out"):
        pytest.skip("is made where it is not there")
    told[parameter][-1] = f"{root}/nowhere/at-all"
    ended = run(name, told)
    if (name, parameter) in UNASKED:
        assert_said_in_one_line(ended)
        return
    if parameter in MADE.get(name, ()):
        assert ended.code == 0, ended.err
        return
    assert_said_in_one_line(ended)
    assert "at-all" in ended.err.replace("\n", "")
    made = {file for file in contents(root) if not file.startswith(("mlflow/", "out/"))}
    assert made == {file for file in before if not file.startswith("out/")}


UNASKED = ((("rollback",), "champion"), (("serve",), "lake"))
"""Paths that a command does not come to, since something else is refused before."""

MADE: dict[Command, tuple[str, ...]] = {
    # Commands that make what is not there.
    ("ingest",): ("lake",),
    ("promote",): ("champion",),
}


@pytest.mark.parametrize(("name", "parameter"), EACH_PATH)
def test_a_folder_of_somebody_else_stays_as_it_is(
    name: Command, parameter: str, root: Path
) -> None:
    told = words_of(name, COMMANDS[name], root)
    foreign = root / "foreign"
    (foreign / "chapters").mkdir(parents=True)
    (foreign / "thesis.txt").write_text("years of work")
    (foreign / "chapters" / "manifest.json").write_text("{}")
    before = contents(root)
    told[parameter][-1] = str(foreign)
    ended = run(name, told)
    assert_said_in_one_line(ended)
    assert contents(foreign) == {
        name.removeprefix("foreign/"): digest
        for name, digest in before.items()
        if name.startswith("foreign/")
    }
    assert_nothing_lost(before, contents(root))


@pytest.mark.parametrize("name", [each for each in NAMES if "lake" in paths_of(each.values[0])])
def test_a_lake_without_rows_is_said(name: Command, root: Path) -> None:
    told, empty = words_of(name, COMMANDS[name], root), root / "empty"
    (empty / "ledger").mkdir(parents=True)
    told["lake"][-1] = str(empty)
    ended = run(name, told)
    if ended.code:
        assert_said_in_one_line(ended)
    assert "a fault of klout" not in ended.err


@pytest.mark.parametrize(
    "name",
    [each for each in NAMES if any(p.name == "networks" for p in COMMANDS[each.values[0]].params)],
)
def test_networks_that_are_not_there_are_named(name: Command, root: Path) -> None:
    told, before = words_of(name, COMMANDS[name], root), contents(root)
    told["networks"] = ["--networks", f"{root}/nowhere"]
    ended = run(name, told)
    assert_said_in_one_line(ended)
    assert "nowhere" in ended.err.replace("\n", "")
    assert contents(root) == before


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount what only root may."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        os.chdir("/")
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_said_and_nothing_is_lost(
    name: Command, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64m", "tmpfs"):
        root = disk / "root"
        shutil.copytree(built, root)
        monkeypatch.chdir(root)
        _fill(disk / "ballast")
        before = contents(root)
        ended = run(name, words_of(name, COMMANDS[name], root))
        if ended.code:
            assert_said_in_one_line(ended)
        assert "a fault of klout" not in ended.err
        assert_nothing_lost(before, contents(root))
        assert_no_draft_is_left(root)


def _fill(file: Path) -> None:
    """Leave no byte on the disk."""
    with file.open("wb", buffering=0) as ballast:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
@pytest.mark.parametrize("name", NAMES)
def test_a_read_only_folder_is_said(
    name: Command, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64m", "tmpfs"):
        root = disk / "root"
        shutil.copytree(built, root)
        before = contents(root)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        monkeypatch.chdir(root)
        ended = run(name, words_of(name, COMMANDS[name], root))
        if ended.code:
            assert_said_in_one_line(ended)
        assert "a fault of klout" not in ended.err
        assert contents(root) == before


@pytest.fixture
def alarm() -> Iterator[Callable[[float], None]]:
    """Press Ctrl-C after so many seconds."""
    former = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, former)


# Python itself passes over an interrupt that falls into a finalizer, as of LightGBM's booster.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seconds", [0.02, 0.1])
@pytest.mark.parametrize("name", NAMES)
def test_ctrl_c_ends_it_with_130_and_nothing_is_lost(
    name: Command, seconds: float, root: Path, alarm: Callable[[float], None]
) -> None:
    told, before = words_of(name, COMMANDS[name], root), contents(root)
    try:
        alarm(seconds)
        ended = run(name, told)
        alarm(0)
    except KeyboardInterrupt:
        pytest.skip("it had ended before")
    assert ended.code in (0, 1, 130), ended.err
    assert "Traceback" not in ended.err
    if ended.code == 130:
        assert ended.err.splitlines()[-1] == "klout: interrupted"
        if name == WITHDRAW:  # ended midway, the same command finishes it
            before = {file: digest for file, digest in before.items() if WITHDRAWN not in file}
            assert run(name, told).code == 0
        assert_nothing_lost(before, contents(root))
        assert_nothing_half_written(root)
