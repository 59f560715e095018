"""What is true of the world; only evaluation may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from features.simulator.chance import Flags, Floats, Ints
from features.simulator.frames import named
from features.simulator.kinds import OUTSIDER, THROWAWAY
from features.simulator.places import Place
from features.simulator.pods import RECRUIT, Pod
from features.simulator.policy import Policy
from features.simulator.population import People
from features.storage.atomic import replacing, sync_file, sync_folder

TRUTH = "truth.parquet"
LABELS = "labels.parquet"


def truth(folk: People, persons: pl.Series, world: list[Place], policy: Policy) -> pl.DataFrame:
    """Say of every person of the lake what is true.

    Returns
    -------
    DataFrame
        One row per person of the lake, who is who claimed an account, and each account that
        nobody claimed: ``person``; ``influence`` (f64, log scale; of an account that
        nobody claimed, what it exercises there); ``kind``; ``authentic``;
        ``customer`` (buys followers and reactions, and is honest otherwise); ``group`` (i64, the
        hobby group, farm, ring or pod, or null).
    """
    rows = np.flatnonzero(known(world, len(folk)))
    frames = [_of_people(folk, policy, rows, named(persons, rows), folk.influence[rows])]
    for place in world:
        one = place.accounts
        lone = np.flatnonzero(~one.claimed)
        ids = pl.select(
            pl.format("{}:{}", pl.lit(place.network.name), named(one.names, lone))
        ).to_series()
        exercised = place.strength[lone] - policy.base
        frames.append(_of_people(folk, policy, one.owner[lone], ids, exercised))
        frames.append(_of_outsiders(place))
    return pl.concat(frames)


def labels(
    folk: People, world: list[Place], policy: Policy, recruits: Mapping[str, Sequence[Pod]]
) -> pl.DataFrame:
    """Say of every account whether it acts for itself.

    Parameters
    ----------
    recruits
        Pods of people who were honest before, and circles of friends, by network.

    Returns
    -------
    DataFrame
        ``network``, ``account``, ``authentic``; ``kind`` of its person; ``group`` (i64, null:
        none), as in `truth`. Members of a ring or a pod meet on one network, so that only their
        accounts there are not authentic; all accounts of a bot are. An account that joined a pod,
        or a circle of friends, is of that kind.
    """
    return pl.concat(
        _joined(_labels(folk, place, policy), place, recruits[place.network.name])
        for place in world
    )


def _joined(frame: pl.DataFrame, place: Place, pods: Sequence[Pod]) -> pl.DataFrame:
    """Label the members of pods and circles of friends by these."""
    if not pods:
        return frame
    joined = pl.concat(
        pl.select(
            account=named(place.accounts.names, pod.members),
            pod=pl.lit(pod.number, pl.Int64),
            joined=pl.lit(pod.kind),
        )
        for pod in pods
    )
    known = frame.join(joined, on="account", how="left", maintain_order="left")
    return known.select(
        "network",
        "account",
        authentic=pl.col("authentic") & pl.col("joined").ne_missing(RECRUIT),
        kind=pl.coalesce("joined", "kind"),
        group=pl.coalesce("pod", "group"),
    )


def _labels(folk: People, place: Place, policy: Policy) -> pl.DataFrame:
    owner, others = place.accounts.owner, _kinds_of_outsiders(place)
    honest = np.array([each.authentic for each in policy.kinds])[folk.kind[owner]]
    acts = honest | ((place.group < 0) & ~place.bot[: len(owner)])
    names = named(pl.Series([each.name for each in policy.kinds]), folk.kind[owner])
    group = pl.Series(np.concatenate([folk.group[owner], np.full(len(others), -1)]))
    return pl.select(
        network=pl.lit(place.network.name),
        account=place.accounts.names,
        authentic=pl.concat([pl.Series(acts), others == OUTSIDER]),
        kind=pl.concat([names, others]),
        group=pl.when(pl.lit(group) >= 0).then(group),
    )


def known(world: list[Place], persons: int) -> Flags:
    """Say which persons claimed an account."""
    found = np.zeros(persons, np.bool_)
    for place in world:
        found[place.accounts.owner[place.accounts.claimed]] = True
    return found


def write_truth(out: Path, name: str, frame: pl.DataFrame) -> None:
    """Write what is true beside the lake's tables, whole or not at all."""
    with replacing(out / name) as draft:
        frame.write_parquet(draft)
        sync_file(draft)
    sync_folder(out)


def _of_people(
    folk: People, policy: Policy, rows: Ints, ids: pl.Series, influence: Floats
) -> pl.DataFrame:
    kind = folk.kind[rows]
    names = pl.Series([each.name for each in policy.kinds])
    authentic = np.array([each.authentic for each in policy.kinds])
    group = pl.Series(folk.group[rows])
    return pl.select(
        person=ids,
        influence=pl.Series(influence),
        kind=named(names, kind),
        authentic=pl.Series(authentic[kind]),
        customer=pl.Series(folk.customer[rows]),
        group=pl.when(pl.lit(group) >= 0).then(group),
    )


def _of_outsiders(place: Place) -> pl.DataFrame:
    owned = place.accounts.owned
    ids = place.accounts.names.tail(len(place.accounts.names) - owned)
    kind = _kinds_of_outsiders(place)
    return pl.select(
        person=pl.format("{}:{}", pl.lit(place.network.name), ids),
        influence=pl.Series(place.discernment[owned:]),
        kind=kind,
        authentic=kind == OUTSIDER,
        customer=pl.repeat(False, len(ids), dtype=pl.Boolean),
        group=pl.repeat(None, len(ids), dtype=pl.Int64),
    )


def _kinds_of_outsiders(place: Place) -> pl.Series:
    """Those who only react, and then the throw-away accounts."""
    honest = len(place.accounts.names) - place.accounts.owned - place.throwaways
    return pl.Series([OUTSIDER] * honest + [THROWAWAY] * place.throwaways, dtype=pl.String)
