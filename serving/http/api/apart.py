"""Large requests, worked off by a process beside the server's.

To read ten thousand people's signals and check them takes seconds in which Python does nothing else
(the GIL), so in a thread of the server it would keep everybody waiting. Here it is done by a child
process, one request after the other, by turns of who asks, and with less of the machine than reads
get. The child is started by the first large request, follows the model as the server does, and ends
with the server: its requests come on standard input.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from serving.http.api.asker import ASKER
from serving.http.api.refusals import Refused, unavailable
from serving.http.api.turns import Busy, Turns

WAITING = 8
"""Requests that wait for the one at work: what they hold in memory is bounded elsewhere."""
PATIENCE_S = 20.0
"""Who waits for longer is told to come again."""
START_S = 20.0
"""The child has started by then, or the next request finds it so."""
WORK_S = 30.0
"""No request takes so long, unless the machine has other things to do."""
AGAIN_S = 10
SCARCE = "large requests"

HEAD = struct.Struct("!IQ")
"""Before each request, its path's number in `PATHS`; before each answer, its status; and a size."""
PATHS = ("/score", "/score_batch")
_PIECE = 2**18
_GONE = (OSError, asyncio.IncompleteReadError)
"""The child is no more."""


class Apart:
    """The child process of one event loop.

    Parameters
    ----------
    module
        What the child runs.
    """

    def __init__(self, module: str = "serving.http.api.apart_child") -> None:
        self._module = module
        self._turns = Turns(1, WAITING)
        self._starting: asyncio.Task[Process] | None = None

    async def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Answer a request for one of `PATHS`: the status, and JSON.

        Raises
        ------
        Refused
            503 if too many wait, or it takes too long.
        """
        try:
            with self._turns.place(ASKER.get()) as place:
                async with asyncio.timeout(PATIENCE_S):
                    await asyncio.wrap_future(self._turns.ask(place))
                return await self._worked(path, body)
        except (Busy, TimeoutError) as error:
            raise _too_many() from error

    async def _worked(self, path: str, body: bytes) -> tuple[int, bytes]:
        child = await self._ready()
        try:
            async with asyncio.timeout(WORK_S):
                return await _asked(child, path, body)
        except BaseException as error:
            # What comes from it next would be taken for the answer to the next request.
            self._starting = None
            if child.returncode is None:
                child.kill()
            if isinstance(error, _GONE):
                raise _too_many() from error
            raise

    async def _ready(self) -> Process:
        """Give the child; one that takes long to start goes on with it for the next request."""
        if self._starting is None:
            self._starting = asyncio.create_task(_started(self._module))
        try:
            async with asyncio.timeout(START_S):
                return await asyncio.shield(self._starting)
        except TimeoutError:  # an OSError too, but the child is there
            raise
        except _GONE as error:
            self._starting = None
            raise _too_many() from error


async def _started(module: str) -> Process:
    root = str(Path(__file__).parents[3])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", module]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, env=os.environ | {"PYTHONPATH": path}
    )
    assert child.stdout is not None
    await child.stdout.readexactly(HEAD.size)  # it is ready
    return child


async def _asked(child: Process, path: str, body: bytes) -> tuple[int, bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(HEAD.pack(PATHS.index(path), len(body)))
    for start in range(0, len(body), _PIECE):
        child.stdin.write(body[start : start + _PIECE])
        await child.stdin.drain()
    status, size = HEAD.unpack(await child.stdout.readexactly(HEAD.size))
    return status, await child.stdout.readexactly(size)


def _too_many() -> Refused:
    return unavailable("too many large requests; try again later", AGAIN_S, scarce=SCARCE)
