"""`klout topics import`, `map` and `show`, as people meet them."""

import json
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.lake import Lake
from features.simulator.interests import VOCABULARY
from features.topics import skos
from features.topics.ontology import Ontology
from features.topics.sensitive import HIDDEN
from tests.support.command import klout, refused
from tests.support.ontologies import csv_of, naive_above, naive_slug, read_gz
from tests.support.topic_names import name_of
from training.influence.topics import topics_of

KLOUT = (Path(__file__).parents[3] / "../shared/data/topics").resolve()

TOPICS = ("topicId", "topicSlug", "topicDisplayName", "wikiItemId", "freebaseMachineId")
EDGES = ("parentTopicId", "parrentTopicSlug", "childTopicId", "childTopicSlug")
NAMES = ("topicId", "language", "topicDisplayName")

SPORTS = ("18446744073709551617", "sports", "Sports", "Q349", "null")
CYCLING = (2, "cycling", "Cycling", "null", "null")

TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/> .
:sports a skos:Concept ; skos:prefLabel "Sports"@en, "Sport"@de ; skos:narrower :cycling .
:cycling a skos:Concept ; skos:prefLabel "Cycling"@en, "Radfahren"@de ; skos:altLabel "Biking"@en ;
    skos:exactMatch <http://www.wikidata.org/entity/Q53121> .
:track skos:broader :cycling ; skos:prefLabel "Bahnradsport"@de .
:m1 a skos:Concept ; skos:prefLabel "Mercury"@en ; skos:broader :m2 .
:m2 a skos:Concept ; skos:prefLabel "Mercury"@en ; skos:broader :m1 .
"""
XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:skos="http://www.w3.org/2004/02/skos/core#" xml:base="http://example.org/">
<skos:Concept rdf:about="sports"><skos:prefLabel xml:lang="en">Sports</skos:prefLabel>
  <skos:prefLabel xml:lang="de">Sport</skos:prefLabel></skos:Concept>
<skos:Concept rdf:about="cycling"><skos:prefLabel xml:lang="en">Cycling</skos:prefLabel>
  <skos:prefLabel xml:lang="de">Radfahren</skos:prefLabel>
  <skos:altLabel xml:lang="en">Biking</skos:altLabel><skos:broader rdf:resource="sports"/>
  <skos:exactMatch rdf:resource="http://www.wikidata.org/entity/Q53121"/></skos:Concept>
<skos:Concept rdf:about="track"><skos:prefLabel xml:lang="de">Bahnradsport</skos:prefLabel>
  <skos:broader rdf:resource="cycling"/></skos:Concept>
<skos:Concept rdf:about="m1"><skos:prefLabel xml:lang="en">Mercury</skos:prefLabel>
  <skos:broader rdf:resource="m2"/></skos:Concept>
<skos:Concept rdf:about="m2"><skos:prefLabel xml:lang="en">Mercury</skos:prefLabel>
  <skos:broader rdf:resource="m1"/></skos:Concept>
</rdf:RDF>"""


@pytest.fixture
def put(tmp_path):
    def put(name, data):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return put


@pytest.fixture
def lake(tmp_path, put):
    """A lake with four contents that have tags."""
    tags = [(1, "#Cycling"), (1, "velo"), (2, "velo"), (3, "knitting"), (4, "Knitting")]
    rows = [("network", "content", "topic"), *(("twitter", *tag) for tag in tags)]
    assert (
        klout("ingest", "tables", put("topics.csv", csv_of(*rows)), "--lake", tmp_path / "L").code
        == 0
    )
    return tmp_path / "L"


@pytest.fixture
def take(lake):
    def take(*files):
        ended = klout("topics", "import", *files, "--lake", lake)
        assert ended.code == 0, ended.err
        return ended.out.strip()

    return take


@pytest.fixture
def small(put):
    """A small hierarchy in Klout's form, without its languages."""
    put("small/topics.csv", csv_of(TOPICS, SPORTS, CYCLING))
    edges = [
        (0, "_ROOT_", 0, "_ROOT_"),
        (0, "_ROOT_", SPORTS[0], "sports"),
        (SPORTS[0], "sports", 2, "cycling"),
    ]
    put("small/edges.csv", csv_of(EDGES, *edges))
    return put("small/README.txt", "not read").parent


def test_klouts_own_ontology_is_taken_whole(take, lake):
    if not KLOUT.is_dir():
        pytest.skip(f"needs the real data in {KLOUT}")
    said = take(KLOUT)
    assert said.startswith("8,033 topics, and economics, which edges alone name; 13,446 edges; ")
    assert "; 1 of them in circles, not followed: _ROOT_ over _ROOT_; " in said
    assert (
        "names in 6 languages: ar 7,980, de 7,979, en 8,033, es 7,979, fr 7,980, it 7,979" in said
    )
    assert said.endswith("of 3 tags in the lake 2 are none of these topics")
    found = Ontology.of(Lake(lake))
    given = read_gz(next(KLOUT.glob("*_ontology_*")))
    ids = {naive_slug(row["topicSlug"]): row["topicId"] for row in given}
    assert dict(found.topics.filter(topic="economics")[["topic", "id"]].rows()) == {
        "economics": "8067190039628328240"
    }
    assert dict(found.topics.filter(pl.col("topic") != "economics")[["topic", "id"]].rows()) == ids
    assert sum(int(key) >= 2**63 for key in ids.values()) == 3541
    items = {naive_slug(row["topicSlug"]): row["wikiItemId"] for row in given}
    assert dict(found.topics.drop_nulls("wikidata")[["topic", "wikidata"]].rows()) == {
        topic: item for topic, item in items.items() if item != "null"
    }
    assert name_of(found, "machine-learning", "it") == "Apprendimento automatico"
    assert dict(found.own(pl.Series(["Apprendimento automatico", "الأرصاد الجوية"])).rows()) == {
        "Apprendimento automatico": "machine-learning",
        "الأرصاد الجوية": "meteorology",
    }


def test_what_is_above_klouts_topics_equals_a_walk_up(take, lake):
    if not KLOUT.is_dir():
        pytest.skip(f"needs the real data in {KLOUT}")
    take(KLOUT)
    found = Ontology.of(Lake(lake))
    pairs = [
        (naive_slug(row["parrentTopicSlug"]), naive_slug(row["childTopicSlug"]))
        for row in read_gz(next(KLOUT.glob("*_edge_*")))
        if row["parrentTopicSlug"] != "_ROOT_"
    ]
    assert len(found.parents) == len(set(pairs))
    for topic in ("machine-learning", "r-ga", "lsu", "marxism", "bmx-bikes", "zumba"):
        assert set(found.ancestors.filter(topic=topic)["ancestor"]) == naive_above(pairs, topic)
    assert "root" not in set(found.topics["topic"]) | set(found.ancestors["ancestor"])


def test_topics_that_are_not_shown_are_klouts(take, lake):
    if not KLOUT.is_dir():
        pytest.skip(f"needs the real data in {KLOUT}")
    take(KLOUT)
    found = Ontology.of(Lake(lake))
    assert set(HIDDEN) <= set(found.topics["topic"])
    hidden = found.sensitive(HIDDEN)
    assert hidden > {
        "hiv-aids",
        "depression",
        "islam",
        "tea-party",
        "bisexuality",
        "native-american",
    }
    assert hidden.isdisjoint({"cardiology", "cycling", "machine-learning", "nasa", "yoga", "law"})


def test_topics_of_simulated_worlds_are_klouts_and_none_is_hidden(take, lake):
    if not KLOUT.is_dir():
        pytest.skip(f"needs the real data in {KLOUT}")
    take(KLOUT)
    found = Ontology.of(Lake(lake))
    own = found.own(pl.Series(VOCABULARY)).join(found.topics, on="topic", how="anti")
    assert own["tag"].to_list() == []
    assert found.sensitive(HIDDEN).isdisjoint(VOCABULARY)


def test_a_hierarchy_takes_the_place_of_the_one_before(take, lake, small, put):
    assert take(put("t.ttl", TURTLE)).startswith("5 topics; ")
    said = take(small)
    assert said == (
        "2 topics; 3 edges; 1 of them in circles, not followed: _ROOT_ over _ROOT_; "
        "names in 0 languages; of 3 tags in the lake 2 are none of these topics"
    )
    found = Ontology.of(Lake(lake))
    assert found.topics.rows() == [
        ("cycling", "2", "Cycling", None),
        ("sports", "18446744073709551617", "Sports", "Q349"),
    ]
    assert found.parents.rows() == [("cycling", "sports")]
    assert found.labels.is_empty()


@pytest.mark.parametrize(("name", "text"), [("t.ttl", TURTLE), ("t.rdf", XML)])
def test_a_thesaurus_in_skos_is_read_in_both_of_its_forms(name, text, take, lake, put):
    said = take(put(name, text))
    assert said == (
        "5 topics; 4 edges; 2 of them in circles, not followed: mercury-m1 over mercury-m2, "
        "mercury-m2 over mercury-m1; names in 2 languages: de 3, en 4; 1 synonyms; "
        "of 3 tags in the lake 2 are none of these topics"
    )
    found = Ontology.of(Lake(lake))
    base = "http://example.org/"
    assert found.topics.rows() == [
        ("bahnradsport", f"{base}track", "Bahnradsport", None),
        ("cycling", f"{base}cycling", "Cycling", "Q53121"),
        ("mercury-m1", f"{base}m1", "Mercury", None),
        ("mercury-m2", f"{base}m2", "Mercury", None),
        ("sports", f"{base}sports", "Sports", None),
    ]
    assert found.parents.rows() == [("bahnradsport", "cycling"), ("cycling", "sports")]
    tags = pl.Series(["biking", "Radfahren", "Mercury"])
    assert dict(found.own(tags).rows()) == {
        "biking": "cycling", "Radfahren": "cycling", "Mercury": "mercury",
    }  # fmt: skip


def test_the_mapping_is_printed_filled_in_and_read(take, lake, small, put):
    take(small)
    printed = klout("topics", "map", "--template", "--lake", lake).out
    assert printed == "tag,topic,contents\nknitting,,2\nvelo,,2\n"
    filled = put("map.csv", printed.replace("velo,,", "velo,Cycling,"))
    ended = klout("topics", "map", filled, "--lake", lake)
    assert ended.out == f"{filled}: 1 tags mapped; 1 rows without a topic\n"
    assert dict(Ontology.of(Lake(lake)).own(pl.Series(["velo"])).rows()) == {"velo": "cycling"}
    again = klout("topics", "map", "--template", "--lake", lake).out
    assert again == "tag,topic,contents\nvelo,cycling,2\nknitting,,2\n"
    take(small)
    assert klout("topics", "map", "--template", "--lake", lake).out == again


def test_a_mapping_works_without_a_hierarchy_and_says_so(lake, put):
    filled = put("map.csv", "tag,topic\nVelo,Bikes\n#cycling,bikes\n")
    ended = klout("topics", "map", filled, "--lake", lake)
    assert ended.out == f"{filled}: 2 tags mapped; bikes: in no hierarchy here\n"
    own = Ontology.of(Lake(lake)).own(pl.Series(["velo", "Cycling"]))
    assert own.rows() == [("Cycling", "bikes"), ("velo", "bikes")]


def test_a_topic_is_shown_by_any_of_its_names(take, lake, put):
    take(put("t.ttl", TURTLE))
    ended = klout("topics", "show", "Biking", "--lake", lake, "--language", "de")
    assert ended.out.splitlines() == [
        "Radfahren (cycling)",
        "id: http://example.org/cycling",
        "Wikidata: Q53121",
        "above: Sport (sports)",
        "below: Bahnradsport (bahnradsport)",
        "name: Cycling (en)",
        "name: Radfahren (de)",
        "synonym: Biking (en)",
        "tags: cycling",
    ]
    assert "tags: knitting" in klout("topics", "show", "knitting", "--lake", lake).out
    assert "no topic 'sewing'" in refused("topics", "show", "sewing", "--lake", lake)


BAD = {
    "topics.csv": [
        (csv_of(TOPICS, SPORTS, SPORTS), "row 2: a second topic with the topic 'sports'"),
        (csv_of(TOPICS, SPORTS, (SPORTS[0], *CYCLING[1:])), "row 2: a second topic with the id"),
        (csv_of(TOPICS, (1, "", "Sports", "", "")), "row 1: topic: missing"),
        (csv_of(TOPICS, ("", "sports", "Sports", "", "")), "row 1: id: missing"),
        (
            csv_of(TOPICS, (1, "a\x07b", "Sports", "", "")),
            "row 1: topic: holds the control character",
        ),
        (csv_of(TOPICS, (1, "a" * 600, "Sports", "", "")), "row 1: topic: longer than 512"),
        (csv_of(TOPICS), "no topics; expected a file with the columns"),
        (csv_of(("a", "b"), (1, 2)), "no file of Klout's ontology; its columns are ['a', 'b']"),
        (csv_of(NAMES, (1, "de", "Sport")), "no topics; expected a file with the columns"),
        (b"topicId,topicSlug\n1,2,3\n", "line 2: 3 fields; expected 2"),
        (b"", "the file is empty"),
    ],
    "t.ttl": [
        ("<a> b", "damaged RDF (turtle): BadSyntax: "),
        ("(" * 3000, "damaged RDF (turtle): "),
        ("", "the file is empty"),
        ("<http://a> a <http://b> .", "no skos:Concept; expected a thesaurus in SKOS"),
    ],
    "t.rdf": [
        ("<a>", "damaged RDF (xml): SAXParseException: "),
        (b"\xff\xfe", "damaged RDF (xml): "),
    ],
    "t.ttl.gz": [(b"\x1f\x8bnothing", "t.ttl.gz: ")],
    "t.pdf": [("x", "t.pdf: expected a file that ends in .csv, .ttl, .nt, .rdf, .xml, .owl")],
}


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in BAD.items() for case in cases]
)
def test_what_is_no_hierarchy_is_refused_in_a_line_and_the_lake_is_as_before(
    name, case, take, lake, small, put
):
    take(small)
    before = Ontology.of(Lake(lake)).digest
    data, reason = case
    path = put(name, data)
    said = refused("topics", "import", path, "--lake", lake)
    assert reason in said
    assert str(path) in said
    assert Ontology.of(Lake(lake)).digest == before


def test_a_name_of_an_unknown_id_is_refused_with_its_place(lake, put):
    topics, names = (
        put("t.csv", csv_of(TOPICS, SPORTS)),
        put("n.csv", csv_of(NAMES, (7, "de", "Sport"))),
    )
    said = refused("topics", "import", topics, names, "--lake", lake)
    assert f"{names}, row 1: a name of '7'; no topic has that id" in said


def test_files_of_two_kinds_and_folders_of_none_are_refused(lake, small, put):
    said = refused("topics", "import", small, put("t.ttl", TURTLE), "--lake", lake)
    assert "both CSV and RDF are given; expected files of one kind" in said
    said = refused("topics", "import", put("none/a.txt", "x").parent, "--lake", lake)
    assert "none: no files here that end in .csv, .ttl" in said
    assert "no such file" in refused("topics", "import", "absent.csv", "--lake", lake)
    assert "no lake here" in refused("topics", "import", small, "--lake", lake / "none")


def test_what_a_thesaurus_refers_to_is_not_read(lake, put):
    secret = put("secret.txt", "secret")
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    text = XML.replace('<?xml version="1.0"?>', f'<?xml version="1.0"?>{entity}')
    klout(
        "topics", "import", put("t.rdf", text.replace(">Sports<", ">Sports &x;<")), "--lake", lake
    )
    assert "secret" not in str(Ontology.of(Lake(lake)).labels.rows())


def test_a_thesaurus_too_large_to_hold_is_refused(lake, put, monkeypatch):
    monkeypatch.setattr(skos, "MOST_BYTES", 2**20)
    path = put("t.ttl", TURTLE + "#" * 2**20)
    assert f"{path}: larger than 1 MiB" in refused("topics", "import", path, "--lake", lake)


BAD_MAPS = [
    ("tag,topic\nvelo,a\nVelo,b\n", "row 2: a second topic of the tag 'velo'"),
    ("tag,topic\n,b\n", "row 1: tag: missing"),
    ("tag\nvelo\n", "needs the column 'topic'; expected tag,topic"),
    ("tag,topic\nvelo,a,b\n", "line 2: 3 fields; expected 2"),
]


@pytest.mark.parametrize(("text", "reason"), BAD_MAPS)
def test_what_is_no_mapping_is_refused_in_a_line_and_the_lake_is_as_before(text, reason, lake, put):
    good = put("good.csv", "tag,topic\nvelo,cycling\nvelo,Cycling\n")
    assert klout("topics", "map", good, "--lake", lake).code == 0
    path = put("bad.csv", text)
    said = refused("topics", "map", path, "--lake", lake)
    assert str(path) in said
    assert reason in said
    assert Ontology.of(Lake(lake)).mapping.rows() == [("velo", "cycling")]


def test_map_wants_a_file_or_the_template(lake):
    for words in ((), ("map.csv", "--template")):
        assert klout("topics", "map", *words, "--lake", lake).code == 2


def test_a_plus_k_that_names_a_topic_counts_for_it_and_all_above(lake, take, small, put):
    take(small)
    page = (Path(__file__).parents[3] / "docs/topics.md").read_text()
    given = [
        text for text in re.findall(r"```csv\n(.*?)```", page, re.S) if text.startswith("network,")
    ]
    for name, text in zip(("interactions.csv", "topics.csv"), given, strict=True):
        text = text.replace("machine-learning", "cycling")
        assert klout("ingest", "tables", put(name, text), "--lake", lake).code == 0
    found = topics_of(Lake(lake), date(2024, 5, 2), Lake(lake).catalogue)
    assert set(found.select("person", "topic", "reactors").rows()) == {
        ("klout:bob", "cycling", 1),
        ("klout:bob", "sports", 1),
    }


def test_an_import_is_one_entry_and_a_compaction_leaves_it(take, lake, small):
    take(small)
    entries = len(Lake(lake).entries)
    take(small)
    assert len(Lake(lake).entries) == entries + 1
    assert len([*(lake / "ontology").glob("*.parquet")]) == 1
    ended = klout("compact", "--lake", lake, "--as-of", "2024-06-01", "--json")
    assert ended.code == 0, ended.err
    json.loads(ended.out)
    assert len(Ontology.of(Lake(lake)).topics) == 2
