"""`klout forget` and `klout optout`, which the store obeys at once.

What they do is of `features.people`, which knows no store: here they are wrapped.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Any

from typer.models import CommandInfo

from serving.cli.store_options import StoreOption

REMOVING = ("forget", "optout")
"""Commands after which somebody must not be seen any more."""


def with_store(command: CommandInfo) -> CommandInfo:
    """Give a command whose effect also reaches the store, if it is one of `REMOVING`."""
    made = copy(command)
    if command.name in REMOVING and command.callback is not None:
        made.callback = _also_in_store(command.callback)
    return made


def _also_in_store(in_lake: Callable[..., None]) -> Callable[..., None]:
    @wraps(in_lake)
    def both(*, lake: Path, store: str | None, **options: Any) -> None:
        from serving.store.from_lake import existing, purge

        # Opened first: a store that can't be reached must not be found out about afterwards.
        opened = existing(store, lake)
        in_lake(lake=lake, **options)
        if opened is not None:
            purge(opened, lake)
            opened.close()

    parameters = inspect.signature(in_lake, eval_str=True).parameters
    option = inspect.Parameter(
        "store", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=StoreOption
    )
    signature = inspect.Signature([*parameters.values(), option])
    both.__signature__ = signature  # type: ignore[attr-defined]
    both.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()}
    return both
