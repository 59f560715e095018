"""The pages in a browser, as people use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from serving.http.web.addresses import person_url, topic_url
from tests.support.web_people import HUNDRED, LONG, NOTHING, ONE_DAY, SCRIPT

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MOST_BYTES = 100_000
expect.set_options(timeout=30_000)  # an explanation takes seconds, more on a busy machine
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}

EVERY = {
    "start": "/",
    "found": "/?q=a",
    "nobody found": "/?q=zzz",
    "person": "/people/ann",
    "one day": person_url(ONE_DAY),
    "nothing": person_url(NOTHING),
    "a hundred networks": person_url(HUNDRED),
    "a long name": person_url(LONG),
    "script": person_url(SCRIPT),
    "five": f"/compare?person=ann&person=bob&person={HUNDRED}&person={LONG}&person={ONE_DAY}",
    "none to compare": "/compare",
    "leaderboard": "/leaderboard?network=twitter",
    "around": "/leaderboard?around=ann",
    "population": "/population?person=ann",
    "about": "/about",
    "integrity": "/people/ann/integrity",
    "why": "/people/ann/why",
    "moved": "/people/ann/moved",
    "moments": "/people/ann/moments",
    "ties": "/people/ann/ties",
    "raise": "/people/ann/raise",
    "not there": "/people/nobody",
    "topics": "/topics",
    "topics found": "/topics?q=t",
    "topic": "/topics/music",
    "a long topic": topic_url(LONG),
    "a topic that is a script": topic_url(SCRIPT),
}
LIKE_OTHERS = {"nobody found", "one day", "a long name", "script", "none to compare", "raise"} | {
    "topics found",
    "a long topic",
    "a topic that is a script",
}
"""Made of what the other pages are made of: only looked at for their width."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def reader(browser: Browser, site: str) -> Iterator[Page]:
    """Somebody at a desk. No script may fail, and nothing may come from elsewhere."""
    with browser.new_context(viewport=DESK, base_url=site) as context:
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(site) or wrong.append(asked.url))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        yield page
        assert wrong == []


def test_a_person_is_found_opened_compared_and_left_again(reader: Page):
    reader.goto("/")
    reader.get_by_label("Find a person").fill("an")
    reader.get_by_role("button", name="Find").click()
    reader.get_by_role("link", name="ann").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("ann")
    expect(reader.locator(".score")).to_contain_text("44.4")
    reader.get_by_label("Compare with").fill("bob")
    reader.get_by_role("button", name="Compare").click()
    expect(reader.get_by_role("columnheader")).to_have_count(2)
    expect(reader.get_by_role("heading", name="bob leads ann by 16.8")).to_be_visible()
    reader.get_by_role("link", name="Remove ann").click()
    expect(reader.get_by_role("columnheader")).to_have_count(1)
    reader.go_back()
    reader.go_back()
    expect(reader.get_by_role("heading", level=1)).to_have_text("ann")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_a_person_to_its_topics_and_their_other_experts(
    browser: Browser, site: str, size: ViewportSize
):
    """With a mouse and without JavaScript."""
    with browser.new_context(viewport=size, base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/people/ann")
        about = page.get_by_role("region", name="About what")
        expect(about.get_by_role("listitem")).to_have_count(3)
        expect(about).to_contain_text("Place 2 of 2; 20 people reacted to 4 posts")
        about.get_by_role("link", name="Jazz Music").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Jazz Music")
        experts = page.get_by_role("table").get_by_role("link")
        assert experts.all_text_contents() == ["bob", "ann"]
        page.get_by_role("list", name="Within").get_by_role("link", name="Music").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Music")
        page.get_by_role("link", name="Lower places").click()
        expect(page.get_by_role("table").get_by_role("row")).to_have_count(51)
        page.get_by_role("link", name="All topics").click()
        page.get_by_label("Find a topic").fill("jaz")
        page.get_by_role("search", name="Topics").get_by_role("button").click()
        expect(page.get_by_role("table").get_by_role("link")).to_have_text(["Jazz Music"])
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_explanations_come_by_themselves_and_other_periods_by_a_click(reader: Page):
    reader.goto("/people/ann")
    for name in ("why", "moved", "raise", "moments"):
        reader.locator(f"#{name}").scroll_into_view_if_needed()
    expect(reader.locator("[data-load]", has_text="Everybody")).to_be_visible()
    reader.get_by_text("New reactions").click()
    expect(reader.get_by_text("9 accounts reacted 9 times")).to_be_visible()
    expect(reader.locator("[data-load]", has_text="people reacted 5 times")).to_be_visible()
    reader.get_by_role("link", name="30 days").click()
    expect(reader.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")
    expect(reader.get_by_role("link", name="30 days")).to_be_focused()
    assert reader.url.endswith("/people/ann")


def test_an_explanation_that_fails_leaves_its_link(reader: Page):
    reader.route("**/why?part=1", lambda route: route.fulfill(status=503, body="busy"))
    reader.goto("/people/ann")
    reader.locator("#why").scroll_into_view_if_needed()
    expect(reader.get_by_text("could not be loaded just now")).to_be_visible()
    reader.get_by_role("link", name="Network by network").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Why this score")


def test_everything_can_be_done_with_the_keyboard(reader: Page):
    reader.goto("/")
    reader.keyboard.press("Tab")
    expect(reader.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(reader.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    reader.keyboard.press("Enter")
    reader.keyboard.press("Tab")
    expect(reader.get_by_label("Find a person")).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert reader.evaluate(outline) == "solid"
    reader.keyboard.type("ann")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", name="Found")).to_be_visible()
    for _ in range(20):
        reader.keyboard.press("Tab")
        if reader.evaluate("document.activeElement.textContent") == "ann":
            break
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", level=1)).to_have_text("ann")


def test_without_javascript_explanations_are_links(browser: Browser, site: str):
    with browser.new_context(java_script_enabled=False, base_url=site) as context:
        page = context.new_page()
        page.goto("/people/ann")
        expect(page.get_by_role("img", name="ann: ")).to_be_visible()
        page.get_by_role("link", name="Network by network").click()
        expect(page.get_by_text("Everybody", exact=True).last).to_be_visible()


def test_an_id_that_is_a_script_is_only_read(reader: Page):
    reader.goto("/?q=%3Cscript")
    reader.get_by_role("link", name=SCRIPT).click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(SCRIPT)


@pytest.mark.parametrize(
    "address",
    ["/", "/people/ann", person_url(HUNDRED), "/leaderboard", "/population", "/topics/music"],
)
def test_a_first_view_is_under_100_kb(browser: Browser, site: str, address: str):
    with browser.new_context(viewport=DESK, base_url=site) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        sizes: list[float] = []
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        page.goto(address, wait_until="networkidle")
    assert len(sizes) >= 2
    assert 3_000 < sum(sizes) < MOST_BYTES


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifts.push(each.value);
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_nothing_moves_when_the_parts_of_a_page_arrive(
    browser: Browser, site: str, viewport: ViewportSize
):
    with browser.new_context(viewport=viewport, base_url=site) as context:
        page = context.new_page()
        page.add_init_script(SHIFTS)
        page.goto("/people/ann")
        tops = "[...document.querySelectorAll('section')].map((each) => each.offsetTop)"
        before = page.evaluate(tops)
        for section in page.locator("[data-load]").all():
            section.scroll_into_view_if_needed()
        for words in ("Everybody", "more person who", "Influences"):
            expect(page.locator("[data-load]", has_text=words).first).to_be_visible()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        assert page.evaluate(tops) == before
        assert page.evaluate("window.shifts") == []


def test_a_person_s_page_is_two_screens_high_until_something_is_opened(reader: Page):
    reader.goto("/people/ann")
    for section in reader.locator("[data-load]").all():
        section.scroll_into_view_if_needed()
    expect(reader.get_by_text("Influences")).to_be_visible()
    assert reader.evaluate("document.documentElement.scrollHeight") <= 2 * DESK["height"]


def test_what_is_seen_first_is_how_high_how_sure_and_how_it_moved(reader: Page):
    reader.goto("/people/ann")
    for name in ("44.4", "36 to 52, nine times in ten", "6 of 132", "7 days", "twitter"):
        expect(reader.locator("main").get_by_text(name).first).to_be_in_viewport()
    expect(reader.get_by_role("img", name="ann: ")).to_be_in_viewport()


def test_a_network_is_opened_with_the_keyboard(reader: Page):
    reader.goto("/people/ann/why")
    row = reader.locator("summary", has_text="twitter")
    row.focus()
    expect(reader.get_by_text("people reacted to them").first).not_to_be_visible()
    reader.keyboard.press("Enter")
    expect(reader.get_by_text("people reacted to them").first).to_be_visible()


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(browser: Browser, site: str):
    found: dict[str, list[str]] = {}
    with browser.new_context(viewport=PHONE, base_url=site, color_scheme="light") as context:
        page = context.new_page()
        for name, address in EVERY.items():
            page.emulate_media(color_scheme="light")
            page.goto(address)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[f"{name}, too wide"] = [address]
            if name in LIKE_OTHERS:
                continue
            found[f"{name}, light"] = violations(page)
            page.emulate_media(color_scheme="dark")
            found[f"{name}, dark"] = violations(page, "color-contrast")  # all that may differ
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def violations(page: Page, *rules: str) -> list[str]:
    options = {"resultTypes": ["violations"]} | ({"runOnly": [*rules]} if rules else {})
    broken = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in broken]
