"""Workers share what was read before them, are replaced when they die, and end with the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.serving.conftest import running

ROOT = Path(__file__).parents[3]
CODE = """
import sys, time
from pathlib import Path
from serving.http.workers import run
shared = {"read": 1}
def work(number):
    Path(sys.argv[1], f"{number}-{__import__('os').getpid()}").write_text(str(shared["read"]))
    while True:
        time.sleep(0.05)
run(2, work)
"""


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", CODE, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def eventually(is_so) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end and not is_so():
        time.sleep(0.05)
    return bool(is_so())


def pids(folder: Path) -> dict[int, int]:
    """Each worker's process, the latest of its number."""
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    return {int(file.name.split("-")[0]): int(file.name.split("-")[1]) for file in files}


def test_a_worker_that_dies_is_replaced_and_all_end_when_told(tmp_path):
    with started(tmp_path) as server:
        assert eventually(lambda: len(pids(tmp_path)) == 2)
        before = pids(tmp_path)
        os.kill(before[1], signal.SIGKILL)
        assert eventually(lambda: pids(tmp_path)[1] != before[1])
        after = pids(tmp_path)
        assert after[2] == before[2]
        assert {file.read_text() for file in tmp_path.iterdir()} == {"1"}
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        assert not any(psutil.pid_exists(pid) for pid in after.values())


def test_workers_end_with_a_server_that_is_killed(tmp_path):
    with started(tmp_path) as server:
        assert eventually(lambda: len(pids(tmp_path)) == 2)
        server.kill()
        server.wait(30)
        assert eventually(lambda: not any(_is_there(pid) for pid in pids(tmp_path).values()))


def _is_there(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_two_workers_answer_and_share_most_of_what_they_hold(model_folder, tmp_path):
    with running(model_folder, tmp_path, workers=2) as client:
        for _ in range(20):
            assert client.get("/signals").status_code == httpx.codes.OK
        port = client.base_url.port
        server = next(
            process
            for process in psutil.Process().children(recursive=True)
            if any(str(port) in word for word in process.cmdline())
        )
        every = [server, *server.children(recursive=True)]
        assert len(every) == 3
        if not hasattr(server.memory_full_info(), "pss"):
            pytest.skip("this system does not tell shared memory")
        held = sum(process.memory_full_info().pss for process in every)
        alone = sum(process.memory_full_info().rss for process in every)
        assert held < 400e6
        assert held < 0.75 * alone
