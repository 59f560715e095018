"""What is odd about judgements: reported, and nothing of it dropped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from training.judgements.cycles import Cycles, cycles
from training.judgements.judge_reliability import by_judge, contrary, trials
from training.judgements.judgement_table import persons_of
from training.judgements.repeated_pairs import PAIR, agreements, verdicts


@dataclass(frozen=True)
class Judge:
    """One judge's record.

    Attributes
    ----------
    judge
        Its id.
    judgements
        How many it gave.
    compared, agreed
        Those about pairs on which most others take a side, and those that take it too.
    """

    judge: str
    judgements: int
    compared: int
    agreed: int


@dataclass(frozen=True)
class Report:
    """What `check` found.

    Attributes
    ----------
    judgements, persons, undecided
        How many; undecided are those of preference ½.
    judges
        One record each, ascending; empty where no judges are told apart.
    repeated_pairs
        Pairs judged more than once, in either order.
    agreement
        Share of couples of decided verdicts about a pair that agree; None without repeats.
    contradicted_pairs
        Pairs with verdicts both ways.
    self_contradicted_pairs
        Pairs with verdicts both ways by one judge.
    cycles
        See `training.judgements.cycles`.
    contrary
        Judges who agree with the others less often than chance.
    """

    judgements: int
    persons: int
    undecided: int
    judges: list[Judge]
    repeated_pairs: int
    agreement: float | None
    contradicted_pairs: int
    self_contradicted_pairs: int
    cycles: Cycles
    contrary: list[Judge]

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return asdict(self)


def check(judgements: pl.DataFrame) -> Report:
    """Report repeats, contradictions, cycles and judges, leaving out nothing.

    Parameters
    ----------
    judgements
        From `read_judgements`.
    """
    said = verdicts(judgements)
    repeats = agreements(said, other_judges=False)
    couples, agreeing = int(repeats["couples"].sum()), int(repeats["agreeing"].sum())
    records = by_judge(trials(judgements))
    judges = [Judge(**row) for row in records.to_dicts()]
    return Report(
        judgements=len(judgements),
        persons=len(persons_of(judgements)),
        undecided=int((said["over"] == 0).sum()),
        judges=judges,
        repeated_pairs=int(said.group_by(PAIR).len().select((pl.col("len") > 1).sum()).item()),
        agreement=agreeing / couples if couples else None,
        contradicted_pairs=_both_ways(said, PAIR),
        self_contradicted_pairs=_both_ways(said.drop_nulls("judge"), [*PAIR, "judge"]),
        cycles=cycles(said),
        contrary=[judge for judge, bad in zip(judges, contrary(records), strict=True) if bad],
    )


def _both_ways(said: pl.DataFrame, by: list[str]) -> int:
    """Count pairs with a group, by these columns, that holds verdicts both ways."""
    groups = said.group_by(by).agg(pl.col("over").min().alias("low"), pl.col("over").max())
    both = groups.filter((pl.col("low") < 0) & (pl.col("over") > 0))
    return both.select(PAIR).n_unique()
