"""What the pages say, and what they never do."""

import re
from dataclasses import replace
from pathlib import Path

import httpx
import polars as pl
import pytest

from serving.http.api.context import Context
from serving.http.web.addresses import SUBPAGES, person_url
from serving.http.web.sentences import of_them
from serving.store import Day, Store
from tests.support.explain_scenes import ago, model, reaction, scene
from tests.support.store_people import day, scores_of
from tests.support.web_people import DOTS, HUNDRED, LONG, NOTHING, ONE_DAY, PEOPLE, SCRIPT, SLASHED
from tests.support.web_site import serving
from tests.support.worlds import AS_OF
from training.use import NOT_FOR

EVERY = [
    "/",
    "/?q=a",
    "/about",
    "/leaderboard",
    "/leaderboard?network=twitter",
    "/leaderboard?around=ann",
    "/population",
    "/population?person=ann",
    "/compare",
    "/compare?person=ann&person=bob",
    *(person_url("ann", page) for page in ("", *SUBPAGES)),
    "/people/nobody",
    "/topics",
    "/topics?q=mus",
    "/topics/music",
]


def text_of(answer: httpx.Response) -> str:
    """What a reader sees of the page's own part."""
    inside = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split())


@pytest.mark.parametrize("address", EVERY)
def test_pages_allow_nothing_but_our_own_files(pages, address):
    answer = pages.get(address)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", answer.text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)


@pytest.mark.parametrize("name", [SCRIPT, SLASHED, DOTS, LONG, "zoe 003"])
def test_whatever_an_id_is_its_page_is_found_and_shows_it_as_text(pages, name):
    answer = pages.get(person_url(name))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    shown = re.search(r"<h1><bdi>(.*?)</bdi>", answer.text)[1]
    assert (
        shown.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&amp;", "&")
        == name
    )
    assert pages.get(person_url(name, "integrity")).status_code == 200


@pytest.mark.parametrize("address", ["/?q={}", "/compare?person={}", "/leaderboard?network={}"])
def test_what_is_asked_is_shown_as_text(pages, address):
    answer = pages.get(address.format("<script>alert(2)</script>"))
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(2)" in answer.text


def test_pages_are_packed(pages):
    answer = pages.get(person_url(HUNDRED))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 4


def test_a_search_finds_by_the_beginning_of_a_name_and_says_if_there_is_none(pages):
    assert "ann 44.4" in text_of(pages.get("/?q=An"))
    assert "No name that has a score begins with “ zzz ”" in text_of(pages.get("/?q=zzz"))
    assert "And more." in text_of(pages.get("/?q=zoe"))
    assert "ann 44.4" in text_of(pages.get("/?q=twitter:a"))
    assert pages.get("/?q=%00").status_code == 200


def test_a_person_page_tells_score_changes_and_parts(pages):
    told = text_of(pages.get("/people/bob"))
    assert "Score 61.2 of 100" in told
    assert "90% of looks at as many other reactions find between 53 and 69." in told
    assert ">53 to 69, nine times in ten</span>" in pages.get("/people/bob").text
    assert "Place 3 of 132 ; at or above 73% of people ." in told
    assert "7 days +0.25" in told
    assert "twitter 71%" in told
    assert "another model began to score on 20 Jan 2014" in told


def test_people_of_little_or_much_look_right(pages):
    assert "One day so far" in text_of(pages.get(person_url(ONE_DAY)))
    assert "7 days not known" in text_of(pages.get(person_url(ONE_DAY)))
    assert "From no network: nothing that happened" in text_of(pages.get(person_url(NOTHING)))
    told = text_of(pages.get(person_url(HUNDRED)))
    assert "93 more networks" in told
    assert "100 accounts" in told


def test_an_account_leads_to_its_person(pages):
    answer = pages.get("/people/twitter:a/why")
    assert (answer.status_code, answer.headers["location"]) == (302, "/people/ann/why")


def test_explanations_are_pages_and_parts_of_one(pages):
    whole, part = (pages.get(person_url("ann", "why", **q)).text for q in ({}, {"part": 1}))
    assert "<html" in whole
    assert "<html" not in part
    assert part.strip() in whole
    assert "Everybody" in part


def test_what_is_told_of_a_network_adds_up_to_its_part(pages):
    opened = pages.get(person_url("ann", "why")).text.split("<details>")[1:]
    assert opened
    for part in (each.partition("</details>")[0] for each in opened):
        whole, *shares = [
            float(each.replace("\N{MINUS SIGN}", "-"))
            for each in re.findall(r'class="number">([^<]*)<', part)
        ]
        assert sum(shares) == pytest.approx(whole, abs=0.005 * (1 + len(shares)))


def test_why_it_moved_is_of_the_days_asked_for(pages):
    told = text_of(pages.get(person_url("ann", "moved", days=7)))
    assert "9 accounts reacted 9 times on twitter" in told
    odd = pages.get("/people/ann/moved?days=9%27;--").text
    assert odd == pages.get("/people/ann/moved?days=7").text
    assert "They published 4 posts" in text_of(pages.get("/people/ann/moved?days=30"))
    assert "They published" not in told


def test_moments_are_the_contents_that_drew_most_believed_people(pages):
    told = text_of(pages.get(person_url("ann", "moments")))
    # Of n0 to n8 on contents 0, 1, 2 in turn, n1 is not believed; f0 to f5 came earlier.
    assert "5 people reacted 5 times to the tweet 0 on twitter, 10 Jan 2014" in told
    assert "4 people reacted 4 times to the tweet 1 on twitter" in told


def test_no_page_says_that_nobody_reacted_where_another_tells_of_some(tmp_path):
    """Reactions may add nothing to a score, and who is not believed at all has reacted too."""
    fans = [reaction(f"fan{n}", n + 1, target="low", content="9") for n in range(2)]
    bots = [reaction("bot", 3, target="fooled", content="8")]
    doubt = {"network": "twitter", "account": "bot", "authenticity": 0.0, "reasons": None}
    doubts = [doubt | {"as_of": ago(1, 0)}]
    lake = scene(tmp_path / "lake", interactions=fans + bots, authenticity=doubts)
    scores = scores_of({"twitter:low": 1.2, "twitter:fooled": 1.1})
    none = scores.with_columns(pl.lit(0.0).alias(name) for name in scores.columns if "." in name)
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        store.publish(Day(AS_OF, model().version, None, none.lazy()))
        with (
            serving(Context(store, lake.root, model)) as address,
            httpx.Client(base_url=address) as client,
        ):
            for person in ("twitter:low", "twitter:fooled"):
                page = text_of(client.get(person_url(person)))
                assert "From no network: nothing that happened" in page
                assert "nobody reacted" not in page.lower()
            assert "2 people, none of them" in text_of(
                client.get(person_url("twitter:low", "ties"))
            )
            fooled = text_of(client.get(person_url("twitter:fooled", "integrity")))
            assert "1 not at all 1" in fooled
            ties = text_of(client.get(person_url("twitter:fooled", "ties")))
            assert "Nobody who is believed reacted to them in 90 days." in ties


def test_ties_are_the_people_with_a_score_and_how_many_more_there_are(tmp_path, lake):
    people = {"ann": 40.0, "twitter:f2": 30.0, "twitter:n3": 20.0, "twitter:n1": 10.0}
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        store.publish(replace(day(0, people), as_of=AS_OF))
        with (
            serving(Context(store, lake, model)) as address,
            httpx.Client(base_url=address) as client,
        ):
            told = text_of(client.get("/people/ann/ties"))
            # n1 is not believed.
            assert "Influences twitter:f2 30.0 twitter:n3 20.0 and 12 others" in told
            assert "They reacted to nobody in 90 days." in told
            fan = text_of(client.get(person_url("twitter:f2", "ties")))
            assert "Influenced by ann 40.0" in fan
            part = client.get(person_url("ann", "ties", part=1)).text
            assert "<html" not in part
            assert "twitter:n3" in part
            store.remove("twitter:n3")
            assert "twitter:n3" not in client.get("/people/ann/ties").text
            assert 'data-load="/people/ann/ties' in client.get("/people/ann").text


def test_integrity_tells_how_far_accounts_and_those_who_react_are_believed(pages):
    told = text_of(pages.get(person_url("ann", "integrity")))
    assert "twitter: a Believed wholly" in told
    assert "10% of the reactions of 90 days: of 15, 13.5 count." in told
    assert "13 wholly, 1 half, 1 not at all 10% 15 13.5" in told
    assert "How to appeal" in told


def test_who_the_lake_does_not_know_is_not_explained(pages):
    for page in ("why", "ties"):
        assert "are not here" in text_of(pages.get(person_url("bob", page)))


def test_a_comparison_is_of_up_to_five_and_says_whom_it_does_not_know(pages):
    told = text_of(pages.get("/compare?person=ann&person=Bo&person=ann&person=zz9"))
    assert "No score for “ zz9 ”" in told
    assert "Score 44.4 61.2" in told
    six = "&".join(f"person={name}" for name in ("ann", "bob", "carol", "dan", "eve", "newcomer"))
    told = text_of(pages.get(f"/compare?{six}"))
    assert "At most 5 at a time" in told
    assert "newcomer" not in told
    assert "Add a person" not in told


def test_a_leaderboard_is_turned_page_by_page_without_a_gap(pages):
    places, address = [], "/leaderboard"
    while address:
        page = pages.get(address).text
        places += [int(each) for each in re.findall(r' place">(\d+)', page)]
        following = re.search(r'rel="next" href="([^"]*)"', page)
        address = following and following[1].replace("&amp;", "&")
    assert places == list(range(1, len(PEOPLE) + 1))
    assert 'rel="prev" href="/leaderboard"' in pages.get("/leaderboard?after=50").text


def test_a_leaderboard_of_a_network_has_those_with_a_part_of_it(pages):
    page = pages.get("/leaderboard?network=network+07")
    assert re.findall(r"<bdi>(.*?)</bdi>", page.text) == [HUNDRED]
    assert re.search(r"1 everywhere .* 1% 93.2", text_of(page))


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/people/nobody", 404),
        ("/people/", 404),
        ("/people/ann/nothing", 404),
        ("/people/%00", 404),
        ("/people/%ff%fe", 404),
        ("/people?id=ann&page=nothing", 404),
        ("/leaderboard?network=nowhere", 404),
        ("/leaderboard?after=-1", 400),
        ("/leaderboard?after=99999999999999999999999", 400),
        ("/assets/app.py", 404),
        ("/nowhere", 404),
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(pages, address, status):
    answer = pages.get(address)
    assert answer.status_code == status
    assert "To the start" in text_of(answer)


def test_a_program_that_asks_for_what_is_not_there_gets_no_page(pages):
    for ask, path, status in (("GET", "/nowhere", 404), ("POST", "/about", 405)):
        answer = pages.request(ask, path, headers={"accept": "*/*"})
        assert answer.status_code == status
        assert "<html" not in answer.text


def test_while_nothing_is_published_pages_say_503_and_about_still_answers(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as empty:
        for store in (empty, None):
            with serving(Context(store, None, model)) as address:
                closed = httpx.get(f"{address}/")
                assert (closed.status_code, closed.headers["retry-after"]) == (503, "30")
                assert httpx.get(f"{address}/about").status_code == 200


def test_a_server_without_a_lake_offers_no_explanations(store):
    with serving(Context(store, None, model)) as address:
        assert "data-load" not in httpx.get(f"{address}/people/ann").text
        assert httpx.get(f"{address}/people/ann/why").status_code == 404


def test_who_is_removed_is_gone_from_every_page_at_once(tmp_path, lake):
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        store.publish(day(0, {"ann": 40.0, "bob": 50.0}))
        with (
            serving(Context(store, lake, model)) as address,
            httpx.Client(base_url=address) as client,
        ):
            assert client.get("/people/ann/why").status_code == 200
            store.remove("ann")
            for page in ("/people/ann", "/people/ann/why"):
                assert client.get(page).status_code == 404
            for page in ("/", "/?q=ann", "/leaderboard"):
                assert "<bdi>ann</bdi></a>" not in client.get(page).text


def test_about_tells_that_each_point_takes_more_influence(pages):
    times = [float(each) for each in re.findall(r"([\d.]+) times", pages.get("/about").text)]
    assert times[0] == 1.0
    assert times == sorted(times)
    assert times[-1] > 10


@pytest.mark.parametrize("address", EVERY)
def test_every_page_says_what_the_score_is_not_for(pages, address):
    assert 'Not for decisions about people: <a href="/about#use">' in pages.get(address).text
    about = pages.get("/about").text
    assert '<h2 id="use">' in about
    assert NOT_FOR in about


def test_explanations_say_them_where_they_are_told_to_others():
    assert of_them("you are on Twitter") == "they are on Twitter"
    assert of_them("people posted on your wall") == "people posted on their wall"
