"""What people decide about themselves, as `klout connect`, `disconnect`, `optout` and `forget` do.

Who opts out or is forgotten leaves the store before the answer is given. What rewrites the lake
takes minutes in a large one: it is a job.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel, Field

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.suppression import Suppressions
from features.people import accounts
from features.people.forgetting import forget as forget_in_lake
from features.people.hidden_topics import DISPUTED, HIDDEN
from features.people.hidden_topics import hide as hide_in_lake
from features.people.hidden_topics import unhide as unhide_in_lake
from features.people.optouts import opt_in as opt_in_lake
from features.people.optouts import opt_out as opt_out_lake
from features.storage.waiting import BusyError, patience
from serving.http.api import questions
from serving.http.api.context import Context
from serving.http.api.refusals import Refused, nobody, started_with, unavailable
from serving.store.from_lake import hide_topics, purge
from serving.store.jobs import DONE, FAILED, QUEUED, RUNNING
from serving.store.published_rows import StoredJob

FORGET = "forget"
PATIENCE_S = 15
"""How long a request waits for another run that is writing to the lake: its client waits too."""


class Done(BaseModel):
    """What was done."""

    person: str
    done: str = Field(description="connected, disconnected, opted out, hidden TOPIC, …")
    counts_from: date = Field(description="The first day whose scores are computed by it.")
    former: str | None = Field(None, description="Who has lost the account by it.")


class State(StrEnum):
    """Of a job."""

    queued = QUEUED
    running = RUNNING
    done = DONE
    failed = FAILED


class Job(BaseModel):
    """Something that takes longer than a request may. It goes on whether it is asked for or not."""

    job: str = Field(description="Its id.")
    what: str = Field(description="forget")
    state: State
    reason: str | None = Field(description="Why it waits or has failed, or what there was to do.")
    url: str = Field(description="Where it can be asked for, for 30 days after it has ended.")


@patience(PATIENCE_S)
def connect(context: Context, person: str, body: questions.Connection) -> Done:
    """Give an account to a person, with all that it received before."""
    lake, catalogue, now = _place(context, body.network)
    account = (body.network, body.account)
    try:
        former = accounts.connect(lake, person, account, body.kind, now, catalogue)
    except KloutError as error:
        raise _conflict(error) from None
    return _done(person, "connected", now, former)


@patience(PATIENCE_S)
def disconnect(context: Context, person: str, network: str, account: str) -> Done:
    """Take an account from a person; its data stay."""
    lake, catalogue, now = _place(context, network)
    try:
        accounts.disconnect(lake, person, (network, account), now, catalogue)
    except KloutError as error:
        raise _conflict(error) from None
    return _done(person, "disconnected", now)


@patience(PATIENCE_S)
def opt_out(context: Context, person: str) -> Done:
    """Publish no score of a person from now on; its data stay."""
    lake, catalogue, now = _place(context)
    _known(lake, person)
    try:
        opt_out_lake(lake, person, now, catalogue)
    except KloutError as error:
        raise _conflict(error) from None
    _leave_store(context, lake, person)
    return _done(person, "opted out", now)


@patience(PATIENCE_S)
def opt_in(context: Context, person: str) -> Done:
    """Publish the score of a person again who had opted out."""
    lake, catalogue, now = _place(context)
    try:
        opt_in_lake(lake, person, now, catalogue)
    except KloutError as error:
        raise _conflict(error) from None
    return _done(person, "opted in", now)


@patience(PATIENCE_S)
def hide(context: Context, person: str, topic: str) -> Done:
    """Show a topic of a person no more, nor the person among its experts."""
    return _hide(context, person, topic, HIDDEN)


@patience(PATIENCE_S)
def dispute(context: Context, person: str, topic: str) -> Done:
    """Record that a person says a topic is not its own, and show it no more."""
    return _hide(context, person, topic, DISPUTED)


@patience(PATIENCE_S)
def unhide(context: Context, person: str, topic: str) -> Done:
    """Show a topic of a person again that was hidden or disputed, from the next run on."""
    lake, catalogue, now = _place(context)
    try:
        unhide_in_lake(lake, person, topic, now, catalogue)
    except KloutError as error:
        raise _conflict(error) from None
    return _done(person, f"shown again with {topic}", now)


def _hide(context: Context, person: str, topic: str, kind: str) -> Done:
    lake, catalogue, now = _place(context)
    _known(lake, person)
    try:
        hide_in_lake(lake, person, topic, now, catalogue, kind)
    except KloutError as error:
        raise _conflict(error) from None
    if context.store is not None:
        hide_topics(context.store, lake)
    return _done(person, f"{kind} {topic}", now)


def forget(context: Context, person: str) -> Job:
    """Remove a person's data for good, and take none of it again. There is no way back.

    The person leaves the store at once. The lake is rewritten by a job, which can be asked for;
    who asks for the same meanwhile is told of the same job.
    """
    lake = started_with(context.lake, "--lake")
    store = started_with(context.store, "a store")
    if not Suppressions.of(Lake(lake)).has_person(person):
        _known(lake, person)
    job = store.ask_job(FORGET, person)
    work_off(context)
    return _told(job)


def job(context: Context, job: str) -> Job:
    """Say how far a job is."""
    found = started_with(context.store, "a store").job(job)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no such job, or it ended long ago", "job")
    if found.state in (QUEUED, RUNNING):
        work_off(context)  # who ran it may be no more
    return _told(found)


def work_off(context: Context) -> None:
    """Have this process look for jobs, also for those that another has left."""
    if context.store is not None and context.lake is not None:
        context.runner.wake(context.store, {FORGET: partial(_forget, context)})


def _forget(context: Context, person: str) -> str | None:
    lake = started_with(context.lake, "--lake")
    with patience(PATIENCE_S):
        done = forget_in_lake(lake, person)
    _leave_store(context, lake, person)
    return (
        "was forgotten before; what was left of it, if anything, is gone" if done.already else None
    )


def _told(found: StoredJob) -> Job:
    return Job(
        job=found.id,
        what=found.what,
        state=State(found.state),
        reason=found.reason,
        url=f"/v3/jobs/{found.id}",
    )


def _place(context: Context, network: str | None = None) -> tuple[Path, Catalogue, datetime]:
    lake = started_with(context.lake, "--lake")
    catalogue = Lake(lake).catalogue
    names = [each.name for each in catalogue.networks]
    if network is not None and network not in names:
        reason = f"no network {network[:80]!r}; there are {names}"
        raise Refused(HTTPStatus.BAD_REQUEST, reason, "network")
    return lake, catalogue, datetime.now(UTC)


def _known(lake: Path, person: str) -> None:
    """Tell whom nothing names from whom something is wrong with."""
    source = Lake(lake)
    try:
        is_known = accounts.is_there(source, person, accounts.accounts_of(source, person))
    except KloutError as error:
        raise _conflict(error) from None
    if not is_known:
        raise nobody("person")


def _leave_store(context: Context, lake: Path, person: str) -> None:
    if context.store is not None:
        context.store.remove(person)
        purge(context.store, lake)  # also those whom only its accounts name


def _conflict(error: KloutError) -> Refused:
    if isinstance(error, BusyError):
        return unavailable("another run is writing to the lake")
    return Refused(HTTPStatus.CONFLICT, str(error))


def _done(person: str, done: str, now: datetime, former: str | None = None) -> Done:
    counts_from = now.date() + timedelta(days=1)
    return Done(person=person, done=done, counts_from=counts_from, former=former)
