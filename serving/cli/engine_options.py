"""Options that say on which machines the work is done."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import KloutError

if TYPE_CHECKING:
    from serving.daily.target import ExecutionTarget


class EngineName(StrEnum):
    """What can do the work."""

    LOCAL = "local"
    RAY = "ray"


EngineOption = Annotated[EngineName, typer.Option("--engine", help="What does the work.")]


AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address", help="Of the Ray cluster's head, HOST:PORT; else one on this machine."
    ),
]


ShardsOption = Annotated[
    int | None,
    typer.Option(
        "--shards",
        min=1,
        help="Parts that people are divided into; others than before are computed from the lake.",
        show_default="as before; at first 1, on Ray the cluster's cores",
    ),
]


CacheOption = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        help="What is kept from day to day, on a disk that all machines share.",
        show_default="in the lake",
    ),
]


def execution_target(
    name: EngineName, address: str | None, shards: int | None, cache: Path | None
) -> ExecutionTarget:
    """Make of a command's options where its work is done.

    Raises
    ------
    KloutError
        If an address is given that nothing asks for.
    """
    from features.incremental.executor import local
    from serving.daily.target import ExecutionTarget

    if name is EngineName.RAY:
        from features.incremental.executor_ray import on_ray

        return ExecutionTarget(on_ray(address), shards, cache)
    if address is not None:
        raise KloutError(f"--address {address} is of a Ray cluster; it needs --engine ray")
    return ExecutionTarget(local, shards, cache)
