"""Whether judgements are about people of whom there are signals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from features.errors import KloutError
from training.judgements.judgement_table import persons_of

WITHOUT_SIGNALS = 0.1
"""Share of the judged people who may be without signals unless more is asked for. A few drew
nothing; many are mostly ids of another kind, and a model of them says that nobody differs."""


def check_known(
    judgements: pl.DataFrame,
    persons: pl.Series,
    file: Path | str,
    most: float = WITHOUT_SIGNALS,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Check that judgements say something, and of people with signals.

    Who has none counts as having drawn nothing.

    Parameters
    ----------
    judgements, file
        From `read_judgements`, and the file they were in.
    persons
        Who has signals.
    most
        Share of the judged people, 0 to 1, who may be without.
    say
        Is told one line if any are.

    Raises
    ------
    KloutError
        If more are, or all; or no judgement prefers one of its persons.
    """
    if (judgements["preference"] == 0.5).all():
        raise KloutError(f"{file}: all {len(judgements):,} judgements have the preference 0.5")
    judged = persons_of(judgements)
    unknown = judged.filter(~judged.is_in(persons.implode()))
    if unknown.is_empty():
        return
    share = len(unknown) / len(judged)
    if share == 1:
        raise KloutError(f"{file}: no signals of anybody judged, as of {unknown[0]!r}")
    what = f"{len(unknown):,} of {len(judged):,} judged people ({share:.1%}) have no signals"
    if share > most:
        raise KloutError(
            f"{file}: {what}, as {unknown[0]!r}; at most {most:.0%} may be without, "
            "or as many as --without-signals says"
        )
    say(f"{file}: {what}; they count as people who drew nothing")
