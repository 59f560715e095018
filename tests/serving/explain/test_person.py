"""Whom a name means."""

import pytest

from features.errors import KloutError
from features.lake import Lake
from features.people.forgetting import forget
from features.people.optouts import opt_in, opt_out
from serving.explain.person import person_of
from tests.support.explain_scenes import ago, identity, scene
from tests.support.worlds import AS_OF, SMALL

CLAIMS = [
    identity("bob", "b"),
    identity("bob", "shared", "googleplus"),
    identity("cy", "shared"),
    identity("dee", "d") | {"disconnected_at": ago(20)},
    identity("eve", "later", connected_at=ago(0)),
]


@pytest.fixture
def lake(tmp_path):
    return scene(tmp_path / "lake", identities=CLAIMS)


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
