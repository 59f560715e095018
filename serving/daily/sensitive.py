"""Which topics are not shown of people unless an operator turns them on."""

from __future__ import annotations

from pathlib import Path

from features.errors import KloutError
from features.topics.sensitive import HIDDEN
from training.influence.params import section


def sensitive_topics(params: Path | None) -> tuple[str, ...]:
    """Read the list ``topics.hidden`` of a YAML file; without it, that of the code.

    Raises
    ------
    KloutError
        If it is no list of names.
    """
    listed = HIDDEN if params is None else section(params, "topics").get("hidden", HIDDEN)
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise KloutError(f"{params}: topics.hidden must be a list of names, is {listed!r}")
    return tuple(listed)
