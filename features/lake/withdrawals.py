"""Days that were taken back, as the ledger tells: `klout withdraw`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from features.lake.lake import Lake
from features.lake.ledger import Entry

WITHDRAWAL = "klout withdraw"
"""Format of the entries that take days back."""


@dataclass(frozen=True)
class Withdrawal:
    """Days that were taken back.

    Attributes
    ----------
    since
        The first of them; all later ones are meant.
    at
        When, UTC: what is published of these days afterwards is not meant.
    why
        The reason, as it was given.
    """

    since: date
    at: datetime
    why: str


def withdrawal_of(since: date | str) -> str:
    """Say how the ledger names a withdrawal."""
    return f"scores of {since} and later"


_SOURCE = re.compile(withdrawal_of(r"(\d{4}-\d\d-\d\d)"))


def read_withdrawal(entry: Entry) -> Withdrawal | None:
    """Read what an entry takes back; None if it is of another kind."""
    if entry.format != WITHDRAWAL or not (found := _SOURCE.fullmatch(entry.source)):
        return None
    return Withdrawal(date.fromisoformat(found[1]), datetime.fromisoformat(entry.at), entry.why)


def withdrawals(lake: Lake) -> list[Withdrawal]:
    """List what was taken back, oldest first."""
    return [found for entry in lake.entries if (found := read_withdrawal(entry)) is not None]


def again(lake: Lake, day: date) -> str:
    """Tell apart what is computed of a day before and after it was taken back; empty if never.

    It belongs into the digest of what is computed: the ledger knows the one before, whose files are
    gone, and files are named by the digest.
    """
    times = sum(each.since <= day for each in withdrawals(lake))
    return f" again {times}" if times else ""
