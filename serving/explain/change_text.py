"""What may move a score, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.lake.retractions import KEYED
from features.signals.correction import changed
from serving.explain.received import keys_of
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_path import ScenarioPath, is_connected, is_removed
from serving.explain.window_bands import OUTSIDE, with_bands

CAUSES = {
    "activity": "your audience's activity",
    "window": "what left the window",
    "posts": "what you published",
    "counters": "your counts, such as followers",
    "networks": "networks connected or removed",
    "integrity": "integrity corrections",
    "actors": "who those that react are",
    "retractions": "what was taken back",
    "model": "another model",
    "record": "the record of past days put right",
}
"""By name, what each is. The first eight are the switches of `serving.explain.scenario_inputs`."""


def words_of(name: str, paths: list[ScenarioPath], models: tuple[str, str]) -> str:
    """Say what a cause was, in a sentence without its full stop.

    Parameters
    ----------
    name
        One of `CAUSES`.
    paths
        From the first date to the second, by network.
    models
        Versions of the models of both dates.
    """
    if name == "model":
        return f"the model is {models[1]}, it was {models[0]}"
    if name == "record":
        return "what is known of these days changed after they were scored: late or removed data"
    lives = [path.life for path in paths if name in path.causes]
    return "; ".join(_WORDS[name](life) for life in lives)


def _activity(life: ScenarioInputs) -> str:
    rows = _received(life).filter(pl.col("now") < pl.col("then"))
    people = rows["actor"].n_unique()
    return f"{_many(people, 'account')} reacted {_times(len(rows))} on {_title(life)}"


def _window(life: ScenarioInputs) -> str:
    rows, posts = _received(life), life.contents[True, True]
    older, out = pl.col("now") > pl.col("then"), pl.col("now") == OUTSIDE
    counts = {
        f"left the {HORIZON} days": (rows.filter(older & out), posts.filter(older & out)),
        "left a shorter window": (rows.filter(older & ~out), posts.filter(older & ~out)),
    }
    told = [
        f"{_many(len(each), what)} {where}"
        for where, both in counts.items()
        for each, what in zip(both, ("reaction", "post"), strict=True)
        if len(each)
    ]
    return f"on {_title(life)}, {', '.join(told)}"


def _posts(life: ScenarioInputs) -> str:
    came = life.contents[True, True].filter(pl.col("now") < pl.col("then"))
    return f"you published {_many(len(came), 'post')} on {_title(life)}"


def _counters(life: ScenarioInputs) -> str:
    both = life.readings[1].join(life.readings[0], on=["account", "counter"], how="left")
    sums = both.group_by("counter").agg(pl.col("value", "value_right").sum()).sort("counter")
    moves = (
        f"{counter} {before:,.0f} → {after:,.0f}"
        for counter, after, before in sums.rows()
        if after != before
    )
    return f"{_title(life)}: {', '.join(moves) or 'reactions that are counted without names'}"


def _networks(life: ScenarioInputs) -> str:
    if is_removed(life):
        return f"network removed: {_title(life)}"
    if is_connected(life):
        return f"network connected: {_title(life)}"
    return f"other accounts are connected on {_title(life)}"


def _integrity(life: ScenarioInputs) -> str:
    actors = _received(life)["actor"].unique()
    others = changed(*life.records.believed).is_in(actors.implode()).sum()
    told = f"{_many(int(others), 'account')} that reacted on {_title(life)} believed otherwise"
    return (
        f"{told}, and what of your counts is plausible" if life.records.network.audiences else told
    )


def _actors(life: ScenarioInputs) -> str:
    return f"accounts that react on {_title(life)} belong to others now, or have another standing"


def _retractions(life: ScenarioInputs) -> str:
    r = life.records
    undone, received = r.undone_between, pl.col("target").is_in(keys_of([*r.accounts]).implode())
    rows = undone.taken_from(KEYED, r.interactions.lazy().filter(received)).collect()
    posts = undone.taken_from("contents", r.contents.lazy()).collect()
    both = f"{_many(len(rows), 'reaction')} and {_many(len(posts), 'post')}"
    return f"on {_title(life)}, {both} taken back or restored"


_WORDS: dict[str, Callable[[ScenarioInputs], str]] = {
    "activity": _activity,
    "window": _window,
    "posts": _posts,
    "counters": _counters,
    "networks": _networks,
    "integrity": _integrity,
    "actors": _actors,
    "retractions": _retractions,
}


def _received(life: ScenarioInputs) -> pl.DataFrame:
    """Interactions that the accounts received, with their bands; also their own reactions."""
    r = life.records
    own = keys_of([*r.accounts]).implode()
    mine = pl.col("target").is_in(own) & ~pl.col("actor").is_in(own)
    rows = r.interactions.filter(mine).select("actor", "day")
    return with_bands(rows, r.since, r.as_of)


def _title(life: ScenarioInputs) -> str:
    return life.records.network.title


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
