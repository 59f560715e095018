"""Topics: which there are, and who is influential about one."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.topic_picture import ENDING, picture
from serving.http.web.addresses import asked_topic, topic_url, topics_url
from serving.http.web.latest_day import PageDay, open_page_day
from serving.http.web.leaderboard import PLACES, place_given
from serving.http.web.no_page import Missing
from serving.http.web.rendering import page, svg
from serving.http.web.start import MOST_LETTERS
from serving.store.published_rows import Scored
from serving.store.topic_rows import PersonTopic

SHOWN = 8
"""Topics of a person shown at once; some others are behind a line to open."""
MOST = 50
_LEAST_WIDTH = 0.6
"""Of a bar, in percent: what is there is seen."""


@dataclass(frozen=True)
class TopicBar:
    """A topic of a person, for a bar."""

    about: PersonTopic
    width: float


def bars_of(now: PageDay, scored: Scored) -> list[TopicBar]:
    """List what a person is influential about, the strongest first."""
    found = now.snapshot.topics.of(scored.person, limit=MOST)
    most = max((each.influence for each in found), default=0.0) or 1.0
    return [TopicBar(each, max(_LEAST_WIDTH, 100 * each.influence / most)) for each in found]


def show(context: Context, request: Request) -> Response:
    """Answer ``/topics?q=NAME&after=PLACE``, and ``/topics/TOPIC?after=PLACE``."""
    after = place_given(request.query_params.get("after", "0"))
    topic = asked_topic(request)
    with open_page_day(context) as now:
        return _topic(now, topic, after) if topic else _list(now, request, after)


def draw(request: Request) -> Response:
    """Answer ``/assets/topics/TOPIC.svg``."""
    return svg(picture(request.path_params["name"].removesuffix(ENDING)))


def _list(now: PageDay, request: Request, after: int) -> Response:
    words = request.query_params.get("q", "").strip()[:MOST_LETTERS]
    topics = now.snapshot.topics
    asked = "" if "\0" in words else words
    found = topics.search(asked, after, PLACES + 1) if words else topics.all(after, PLACES + 1)
    more = len(found) > PLACES
    return page(
        "topics.html",
        words=words,
        found=found[:PLACES],
        following=topics_url(words, found[PLACES - 1].place) if more else None,
        first=topics_url(words) if after else None,
        day=now.day,
    )


def _topic(now: PageDay, name: str, after: int) -> Response:
    topics = now.snapshot.topics
    topic = None if "\0" in name else topics.find(name)
    if topic is None:
        raise Missing(f"Nobody is known for “{name}”.")
    found = topics.experts(topic, after, PLACES + 1)
    more = len(found) > PLACES
    return page(
        "topic.html",
        topic=topic,
        above=topics.above(topic),
        below=topics.below(topic),
        experts=found[:PLACES],
        following=topic_url(name, found[PLACES - 1].place) if more else None,
        before=topic_url(name, max(0, after - PLACES)) if after else None,
        day=now.day,
    )
