"""What the pages say of topics, and what they keep to themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import httpx
import pytest

from serving.http.api.context import Context
from serving.http.web.addresses import person_url, topic_url
from tests.serving.http.web.test_pages import text_of
from tests.support.web_people import ABOUT, DOTS, HUNDRED, LONG, NOTHING, SCRIPT
from tests.support.web_site import serving


@pytest.mark.parametrize("name", [SCRIPT, DOTS, LONG, "c++"])
def test_whatever_a_topic_is_its_page_is_found_and_shows_it_as_text(
    pages: httpx.Client, name: str
) -> None:
    answer = pages.get(topic_url(name))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    found = re.search(r"<h1><bdi>(.*?)</bdi>", answer.text)
    assert found is not None
    assert unescape(found[1]) == name


def test_a_persons_page_shows_the_strongest_topics_and_counts_the_rest(
    pages: httpx.Client,
) -> None:
    assert "46 more topics" in text_of(pages.get(person_url(HUNDRED)))
    ann = pages.get("/people/ann").text
    assert ann.index("/topics/music") < ann.index("/topics/jazz") < ann.index("/topics/c%2B%2B")
    assert "About what" not in pages.get(person_url(NOTHING)).text


def test_sensitive_topics_are_on_no_page_unless_they_are_turned_on(
    pages: httpx.Client, context: Context
) -> None:
    for address in ("/people/ann", "/topics", "/topics?q=faith", "/topics/music"):
        assert "/topics/faith" not in pages.get(address).text
    assert pages.get("/topics/faith").status_code == 404
    assert context.store is not None
    on = replace(context, store=replace(context.store, sensitive=True))
    with serving(on) as address, httpx.Client(base_url=address) as turned_on:
        assert "/topics/faith" in turned_on.get("/people/ann").text
        assert "ann" in text_of(turned_on.get("/topics/faith"))


def test_all_topics_and_all_experts_are_reached_page_by_page(pages: httpx.Client) -> None:
    for first, wanted in (("/topics", 106), ("/topics/music", 121)):
        rows, address = 0, first
        while address:
            page = pages.get(address).text
            rows += page.count("<tr>") - 1
            following = re.search(r'rel="next" href="([^"]*)"', page)
            address = unescape(following[1]) if following else ""
        assert rows == wanted, first
    assert len({topic for _, topic in ABOUT}) == 107  # faith among them


def test_what_is_no_topic_and_no_place_is_said(pages: httpx.Client) -> None:
    assert pages.get("/topics/nowhere").status_code == 404
    assert pages.get("/topics/a%00b").status_code == 404
    assert "No topic" in text_of(pages.get("/topics?q=%00zzz"))
    assert pages.get("/topics/music?after=-1").status_code == 400
    assert "Nobody has a place here" in text_of(pages.get("/topics/music?after=999"))


@pytest.mark.parametrize("slug", ["jazz", "c++", "<script>", "&", "ü", "a/b", "-", "%2e", "\x01"])
def test_a_picture_is_drawn_of_any_name(pages: httpx.Client, slug: str) -> None:
    from xml.etree import ElementTree

    from serving.http.topic_picture import picture_address

    answer = pages.get(picture_address(slug))
    assert (answer.status_code, answer.headers["content-type"][:13]) == (200, "image/svg+xml")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ElementTree.fromstring(answer.text).tag.endswith("svg")
