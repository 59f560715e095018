from pathlib import Path

import polars as pl
import yaml
from hypothesis import given
from hypothesis import strategies as st

from features.topics.ontology import NAME, SYNONYM, Ontology, topic_slug
from features.topics.sensitive import HIDDEN
from tests.support.ontologies import naive_above, naive_slug
from tests.support.topic_names import name_of

EDGES = [
    ("road-bikes", "cycling"),
    ("cycling", "sports"),
    ("cycling", "travel"),
    ("sports", "life"),
]
LABELS = [
    ("cycling", "de", "Radfahren", NAME),
    ("cycling", "pt", "Ciclismo", NAME),
    ("travel", "de", "Reisen", NAME),
    ("travel", "en", "tourism", SYNONYM),
    ("sports", "fr", "Mode", NAME),
    ("life", "de", "Mode", NAME),
]
NAMES = {"cycling": "Cycling", "sports": "Sports!"}


def ontology(edges=EDGES, labels=LABELS, mapping=(), names=NAMES):
    """Make one of edges (child, parent) and what else it has."""
    topics = sorted({end for edge in edges for end in edge})
    rows = [(topic, f"id-{topic}", names.get(topic, topic), None) for topic in topics]
    empty = Ontology.empty()
    return Ontology(
        pl.DataFrame(rows, empty.topics.schema, orient="row"),
        pl.DataFrame([(up, down) for down, up in edges], empty.edges.schema, orient="row"),
        pl.DataFrame(labels, empty.labels.schema, orient="row"),
        pl.DataFrame(list(mapping), empty.mapping.schema, orient="row"),
    )


def own(found, *tags):
    return dict(found.own(pl.Series(tags, dtype=pl.String)).rows())


def test_a_tag_is_the_topic_of_its_slug_name_name_in_a_language_or_synonym():
    assert own(ontology(), "#Cycling", "SPORTS!", "radfahren", "Ciclismo", "tourism") == {
        "#Cycling": "cycling",
        "SPORTS!": "sports",
        "radfahren": "cycling",
        "Ciclismo": "cycling",
        "tourism": "travel",
    }


def test_a_hashtag_needs_no_hyphens():
    assert own(ontology(), "RoadBikes", "road_bikes", "Road Bikes") == dict.fromkeys(
        ["RoadBikes", "road_bikes", "Road Bikes"], "road-bikes"
    )


def test_a_name_of_several_topics_stands_for_none_of_them():
    assert own(ontology(), "Mode") == {"Mode": "mode"}


def test_the_mapping_comes_before_all_else():
    found = ontology(mapping=[("cycling", "travel"), ("velo", "cycling"), ("x", "of-its-own")])
    assert own(found, "Cycling", "velo", "X") == {
        "Cycling": "travel",
        "velo": "cycling",
        "X": "of-its-own",
    }


def test_what_is_no_topic_is_one_of_its_own_with_or_without_a_hierarchy():
    for found in (ontology(), Ontology.empty()):
        assert own(found, "Un Known", "c#", "#", "") == {"Un Known": "un-known", "c#": "c#"}
        assert found.topics_of(pl.Series(["Un Known"])).rows() == [("Un Known", "un-known")]
        assert found.id_of("un-known") == "7949479279349871285"


def test_a_tag_is_about_its_topic_and_all_above_each_once():
    assert ontology().topics_of(pl.Series(["road-bikes", "road-bikes", "sports"])).rows() == [
        ("road-bikes", "cycling"),
        ("road-bikes", "life"),
        ("road-bikes", "road-bikes"),
        ("road-bikes", "sports"),
        ("road-bikes", "travel"),
        ("sports", "life"),
        ("sports", "sports"),
    ]


def test_a_topic_is_named_in_a_language_else_by_its_own_name_else_by_its_slug():
    found = ontology()
    assert found.languages == ["de", "fr", "pt"]
    named = [name_of(found, "cycling", each) for each in ("de", "pt-BR", "xx")]
    assert named == ["Radfahren", "Ciclismo", "Cycling"]
    assert [name_of(found, each, "de") for each in ("road-bikes", "none")] == ["road-bikes", "none"]
    assert dict(found.names("de").rows())["travel"] == "Reisen"


def test_what_is_listed_is_sensitive_with_all_below_it_whether_it_is_known_or_not():
    assert ontology().sensitive(["Sports!", "un_known"]) == {
        "sports",
        "sports!",
        "cycling",
        "road-bikes",
        "un-known",
    }
    assert Ontology.empty().sensitive(HIDDEN) == set(HIDDEN)


def test_what_params_hide_is_what_the_code_hides_without_them():
    params = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())
    assert tuple(params["topics"]["hidden"]) == HIDDEN
    assert len(set(HIDDEN)) == len(HIDDEN)


def test_its_digest_changes_with_all_that_changes_an_answer():
    digests = {
        each.digest
        for each in (
            ontology(),
            ontology(edges=EDGES[1:]),
            ontology(labels=LABELS[1:]),
            ontology(mapping=[("a", "b")]),
            ontology(names={}),
        )
    }
    assert len(digests) == 5
    again = ontology(edges=EDGES[::-1], labels=LABELS[::-1])
    assert again.digest == ontology().digest


@given(
    st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=("Cs", "Cn", "Cc")), max_size=9)
)
def test_a_slug_equals_one_written_a_letter_at_a_time_and_is_its_own(tag):
    assert topic_slug(tag) == (naive_slug(tag) or None)
    assert topic_slug(topic_slug(tag) or "") == topic_slug(tag)


PAIRS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=14)


@given(PAIRS)
def test_what_is_above_equals_a_walk_up_each_topic(pairs):
    edges = sorted({(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]})
    found = ontology(edges, labels=[])
    for topic in found.topics["topic"]:
        mine = set(found.ancestors.filter(topic=topic)["ancestor"])
        assert mine == naive_above([(up, down) for down, up in edges], topic)
    assert found.ancestors.is_unique().all()
