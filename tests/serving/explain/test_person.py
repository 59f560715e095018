"""Whom a name means."""

import pytest

from features.errors import KloutError
from features.lake import Lake
from features.people.forgetting import forget
from features.people.optouts import opt_in, opt_out
from serving.explain.person import person_of
from tests.support.explain_scenes import ago, followers, identity, reaction, scene
from tests.support.worlds import AS_OF, SMALL

CLAIMS = [
    identity("bob", "b"),
    identity("bob", "shared", "googleplus"),
    identity("cy", "shared"),
    identity("dee", "d") | {"disconnected_at": ago(20)},
    identity("eve", "later", connected_at=ago(0)),
]
SEEN = {
    "interactions": [
        reaction("f1", 3, "alone"),
        reaction("f1", 3, "twice"),
        reaction("f1", 3, "twice", network="googleplus", reaction="plus_one"),
        reaction("f1", 3, "b", network="googleplus", reaction="plus_one"),
        reaction("f1", 95, "gone"),
    ],
    "counters": [followers(200, 3.0, "counted")],
    "links": [{"network": "wikipedia", "source": "page", "target": "linked"}],
}
"""Accounts that nobody claims."""


@pytest.fixture
def lake(tmp_path):
    return scene(tmp_path / "lake", identities=CLAIMS)


@pytest.fixture
def seen(tmp_path):
    return scene(tmp_path / "seen", identities=CLAIMS, **SEEN)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("alone", "twitter:alone"),
        ("counted", "twitter:counted"),
        ("page", "wikipedia:page"),
        ("linked", "wikipedia:linked"),
        ("googleplus:b", "googleplus:b"),
    ],
)
def test_an_account_that_nobody_claims_is_found_by_its_name_alone(seen, name, person):
    assert person_of(seen, AS_OF, name, SMALL) == person


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("twice", r"an account of \['googleplus:twice', 'twitter:twice'\]; name one of them"),
        ("b", r"an account of \['bob', 'googleplus:b'\]; name one of them"),
        ("gone", "'gone' is nobody on"),
        ("d", "'d' is nobody on"),
    ],
)
def test_a_name_of_several_accounts_is_refused_with_their_names(seen, name, said):
    with pytest.raises(KloutError, match=said):
        person_of(seen, AS_OF, name, SMALL)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("bob", "bob"),
        ("b", "bob"),
        ("twitter:b", "bob"),
        ("googleplus:shared", "bob"),
        ("twitter:shared", "cy"),
        ("twitter:f1", "twitter:f1"),
        ("twitter:later", "twitter:later"),
        ("dee", "dee"),
    ],
)
def test_a_name_means_a_person(lake, name, person):
    assert person_of(lake, AS_OF, name, SMALL) == person


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shared", r"an account of \['bob', 'cy'\]"),
        ("twitter:d", "belongs to nobody"),
        ("eve", "is nobody on"),
        ("myspace:b", "is nobody on"),
        ("", "is nobody on"),
    ],
)
def test_a_name_that_means_nobody_or_several_is_refused(lake, name, said):
    with pytest.raises(KloutError, match=said):
        person_of(lake, AS_OF, name, SMALL)


def test_who_opted_out_is_not_explained_until_back(lake):
    opt_out(lake.root, "bob", ago(5), SMALL)
    for name in ("bob", "b", "twitter:b"):
        with pytest.raises(KloutError, match="opted out"):
            person_of(Lake(lake.root), AS_OF, name, SMALL)
    opt_in(lake.root, "bob", ago(2), SMALL)
    assert person_of(Lake(lake.root), AS_OF, "bob", SMALL) == "bob"


def test_who_was_forgotten_is_said_to_be(lake):
    forget(lake.root, "bob")
    for name in ("bob", "twitter:b"):
        with pytest.raises(KloutError, match="forgotten"):
            person_of(Lake(lake.root), AS_OF, name, SMALL)
