"""What pages show of everybody, of places, of differences and of changes by network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest

from features.people.scrubbing import PUBLISHED
from serving.http.api.context import Context
from serving.http.web.addresses import leaderboard_url, person_url, population_url
from serving.store import Day, Store
from tests.serving.http.web.test_pages import text_of
from tests.support.explain_scenes import model, scene
from tests.support.store_people import scores_of
from tests.support.web_people import HUNDRED, NOTHING, ONE_DAY, PEOPLE
from tests.support.web_site import serving
from tests.support.worlds import AS_OF

MINUS = "\N{MINUS SIGN}"


def numbers(words: str) -> list[float]:
    return [float(each.replace(MINUS, "-")) for each in re.findall(rf"[+{MINUS}]?\d+\.\d\d", words)]


@contextmanager
def site_of(
    folder: Path, days: dict[int, pl.DataFrame], models: dict[int, str] | None = None
) -> Iterator[httpx.Client]:
    """Serve scores of days by their age, with the lake's files of each."""
    lake = scene(folder / "lake")
    (lake.root / PUBLISHED).mkdir(parents=True)
    published = []
    for age, scores in sorted(days.items(), reverse=True):
        day = AS_OF - timedelta(age)
        scores.write_parquet(Path(str(lake.root)) / PUBLISHED / f"{day}.parquet")
        version = (models or {}).get(age, model().version)
        published.append(Day(day, version, None, scores.lazy()))
    with Store.open(f"sqlite:///{folder / 'store.db'}", write=True) as store:
        *earlier, last = published
        store.publish(last, earlier=earlier)
        with (
            serving(Context(store, Path(str(lake.root)), model)) as address,
            httpx.Client(base_url=address, timeout=60) as client,
        ):
            yield client


def scored(score: float, **parts: float) -> pl.DataFrame:
    """Ann, of this score and parts; influence is their sum."""
    row = {"person": "ann", "influence": sum(parts.values()), "score": score, "percentile": 50.0}
    row |= {"confidence": 0.5, "low": score - 2, "high": score + 2}
    every = {"twitter": 0.0, "googleplus": 0.0} | parts
    return pl.DataFrame([row | {f"part.{name}": part for name, part in every.items()}])


def test_the_population_tells_each_percentile_and_its_score_and_back(pages):
    told = text_of(pages.get("/population"))
    ordered = sorted(PEOPLE.values())
    middle = ordered[-(-len(ordered) // 2) - 1]
    assert f"Half of 132 people are at {middle:.1f} or below" in told
    for percent in (50, 90, 99):
        score = ordered[-(-percent * len(ordered) // 100) - 1]
        assert f"{percent}% {score:.1f}" in told
    below = sum(each <= 40 for each in ordered)
    assert f"40 {100 * below / len(ordered):.1f}%" in told


def test_a_person_is_marked_among_everybody(pages):
    page = pages.get(population_url("ann"))
    below = 100 * sum(each <= PEOPLE["ann"] for each in PEOPLE.values()) / len(PEOPLE)
    assert f"ann has 44.4, at or above {below:.1f}% of them" in text_of(page)
    assert "44.4: here" in page.text
    nobody = pages.get(population_url("nobody at all"))
    assert nobody.status_code == 200
    assert "No score for “ nobody at all ”" in text_of(nobody)


def test_the_population_tells_how_all_moved(pages):
    page = pages.get("/population")
    told = text_of(page)
    shares = r"(\d+)% fell, (\d+)% moved less than half a point, (\d+)% rose"
    fell, still, rose = map(int, re.search(shares, told).groups())
    assert fell + still + rose == pytest.approx(100, abs=1)
    assert "How all moved in 90 days" in told
    assert "of 131 people with a score on both days" in told  # not of the newcomer
    assert "Another model began on 20 Jan 2014" in told
    assert f"{fell}% fell" in re.search(r'aria-label="(How far[^"]*)"', page.text)[1]


def test_of_one_day_no_moves_are_told(tmp_path):
    with site_of(tmp_path, {0: scores_of({"ann": 40.0, "bob": 20.0})}) as client:
        assert "moves begin with the second" in text_of(client.get("/population"))
        assert "not known ann" in text_of(client.get("/leaderboard"))
        assert client.get("/people/ann").status_code == 200


def test_changes_by_network_add_up_to_the_change_of_the_score(tmp_path):
    days = {7: scored(40.0, twitter=4.0, googleplus=2.0), 0: scored(46.0, twitter=7.0)}
    with site_of(tmp_path, days) as client:
        told = text_of(client.get("/people/ann"))
        change = re.search(r"7 days (\S+)", told)[1]
        assert change == "+6.00"
        where = told.partition("Where it comes from")[2].partition("Moments")[0]
        assert numbers(where) == [pytest.approx(18.0)]  # Google+ is gone from it
        assert "twitter 100% +18.00" in where


def test_a_network_s_change_is_not_told_between_two_models(tmp_path):
    days = {7: scored(40.0, twitter=4.0), 0: scored(46.0, twitter=7.0)}
    with site_of(tmp_path, days, {7: "another"}) as client:
        told = text_of(client.get("/people/ann"))
        assert "moved the score in 7 days" not in told
        assert "another model began to score" in told


def test_the_days_that_moved_a_score_most_are_marked_with_what_moved_them(tmp_path):
    days = {
        4: scored(40.0, twitter=4.0, googleplus=4.0),
        3: scored(45.0, twitter=9.0, googleplus=4.0),
        2: scored(45.1, twitter=9.1, googleplus=4.0),
        1: scored(41.0, twitter=9.1, googleplus=0.5),
        0: scored(44.0, twitter=9.1, googleplus=3.5),
    }
    with site_of(tmp_path, days, {4: "m0", 3: "m0", 2: "m0", 1: "m0"}) as client:
        page = client.get("/people/ann")
        told = [
            text_of_part(each)
            for each in re.findall(r'<li><a href="[^"]*\?day=.*?</li>', page.text, re.DOTALL)
        ]
        day = [(AS_OF - timedelta(age)).strftime("%-d %b") for age in range(4)]
        assert told == [
            f"1 {day[3]} +5.00 twitter",
            f"2 {day[1]} {MINUS}4.10 googleplus",
            f"3 {day[0]} +3.00 another model",
        ]


def text_of_part(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_marked_day_leads_to_why_it_moved_on_that_day(pages):
    day = AS_OF - timedelta(1)
    told = text_of(pages.get(person_url("ann", "moved", day=day.isoformat())))
    before = day - timedelta(1)
    assert f"{before.day} {before:%b %Y}" in told
    assert f"{day.day} {day:%b %Y}" in told
    week = pages.get("/people/ann/moved?days=7").text
    for odd in ("2014-99-99", "1901-01-01", "9999-12-31", "<script>"):
        assert pages.get(f"/people/ann/moved?day={odd}").text == week


def test_a_board_tells_places_won_and_lost(tmp_path):
    before = scores_of({"ann": 40.0, "bob": 50.0, "carol": 60.0})
    after = scores_of({"ann": 70.0, "bob": 50.0, "carol": 60.0, "dan": 10.0})
    with site_of(tmp_path, {7: before, 0: after}) as client:
        told = text_of(client.get("/leaderboard"))
        assert re.search(r"1 ▲ 2 up . not known ann .* 70.0", told)
        assert re.search(r"2 ▼ 1 down . not known carol", told)
        assert re.search(r"3 ▼ 1 down . not known bob", told)
        assert re.search(r"4 . not known . not known dan", told)


def test_a_board_shows_ten_above_and_ten_below_a_person(pages):
    ordered = sorted(PEOPLE, key=lambda name: -PEOPLE[name])
    name = ordered[60]
    page = pages.get(leaderboard_url(around=name)).text
    shown = [int(each) for each in re.findall(r' place">(\d+)', page)]
    assert shown == list(range(51, 72))
    assert re.search(rf'aria-current="true"><td[^>]*>61<.*?{name}</bdi>', page, re.DOTALL)
    first = pages.get(leaderboard_url(around=ordered[0])).text
    assert [int(each) for each in re.findall(r' place">(\d+)', first)] == list(range(1, 12))
    assert pages.get(leaderboard_url(around="nobody at all")).status_code == 404


def test_a_board_of_a_network_is_found_around_a_person_too(pages):
    page = pages.get(leaderboard_url("twitter", around="ann"))
    assert re.search(r'aria-current="true".*?<bdi>ann</bdi>', page.text, re.DOTALL)
    of_none = pages.get(leaderboard_url("wikipedia", around="ann"))
    assert of_none.status_code == 404
    assert "“ann” has no part of" in of_none.text


def test_a_lead_is_explained_by_networks_that_add_up_to_it(pages):
    told = text_of(pages.get("/compare?person=ann&person=bob"))
    lead = PEOPLE["bob"] - PEOPLE["ann"]
    assert f"bob leads ann by {lead:.1f}" in told
    by = told.partition(f"by {lead:.1f}")[2].partition("The last 90 days")[0]
    assert sum(numbers(by)) == pytest.approx(lead, abs=0.02)
    assert "twitter" in by


def test_each_is_compared_with_the_highest_whatever_their_networks(pages):
    told = text_of(pages.get(f"/compare?person=ann&person={HUNDRED}&person={NOTHING}"))
    assert f"{HUNDRED} leads ann by {PEOPLE[HUNDRED] - PEOPLE['ann']:.1f}" in told
    assert f"{HUNDRED} leads {NOTHING} by" in told
    assert "all others" in told
    assert "leads" not in text_of(pages.get(f"/compare?person={ONE_DAY}"))
