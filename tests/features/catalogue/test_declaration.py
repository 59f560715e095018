"""What a declaration of a network may say, and what is said of it if it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from features.catalogue.catalogue import Catalogue, Signal
from features.catalogue.declaration import (
    load_network,
    load_networks,
    network_from_dict,
    network_to_dict,
)
from features.errors import KloutError
from tests.support.worlds import SMALL

RATIO = {"of": "likes", "per": "notes", "unit": "likes per note", "sign": "up", "meaning": "ratio"}
CAMP: dict[str, Any] = {
    "contents": {"note": {"signal": "notes", "meaning": "notes"}},
    "counters": {
        "likes": {"unit": "likes", "sign": "up", "meaning": "likes"},
        "friends": {"unit": "accounts", "sign": "free", "meaning": "friends"},
    },
    "ratios": {"likes_per_note": RATIO},
}


def declared(ratios: dict[str, Any], **fields: Any) -> Any:
    return network_from_dict("camp", CAMP | {"ratios": ratios} | fields, "camp.toml")


@pytest.mark.parametrize("network", [*load_networks(), *SMALL.networks], ids=lambda n: n.title)
def test_a_network_survives_the_way_through_a_models_json(network: Any) -> None:
    data = json.loads(json.dumps(network_to_dict(network)))
    assert network_from_dict(network.name, data, "model") == network


def test_a_model_from_before_there_were_ratios_has_none() -> None:
    data = network_to_dict(network_from_dict("camp", CAMP, "here"))
    del data["ratios"]
    assert network_from_dict("camp", data, "here").ratios == ()


def test_a_ratio_is_a_signal_with_the_unit_sign_and_meaning_that_were_declared() -> None:
    catalogue = Catalogue((declared({"likes_per_note": RATIO}),))
    assert catalogue.names[-4:] == [
        "camp.likes",
        "camp.friends",
        "camp.likes_per_note",
        "camp.connected",
    ]
    signal = catalogue.signals[-2]
    assert (signal.unit, signal.sign, signal.window) == ("likes per note", "up", None)
    assert catalogue.monotone == [-1, 1, 0, 1, 1]


def test_a_divisor_is_at_least_1_unless_declared() -> None:
    ratios = {"one": RATIO, "tenth": RATIO | {"at_least": 0.1}, "two": RATIO | {"at_least": 2}}
    assert [ratio.at_least for ratio in declared(ratios).ratios] == [1.0, 0.1, 2.0]


def test_outlinks_are_no_signal_but_part_of_ratios() -> None:
    wikipedia = next(n for n in load_networks() if n.name == "wikipedia")
    assert [signal.name for signal in Catalogue((wikipedia,)).signals] == [
        "wikipedia.inlinks",
        "wikipedia.pagerank",
        "wikipedia.inlink_ratio",
        "wikipedia.connected",
    ]
    assert [(r.of, r.per) for r in wikipedia.ratios] == [("inlinks", "outlinks")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"of": "kudos"}, "ratios.r.of: 'kudos' is no figure of camp; are ['friends', 'likes', "),
        ({"per": "kudos"}, "ratios.r.per: 'kudos' is no figure of camp"),
        ({"per": "note"}, "ratios.r.per: 'note' is no figure of camp"),
        ({"per": "outlinks"}, "ratios.r.per: 'outlinks' is no figure of camp"),
        ({"of": 1}, "ratios.r.of: must be a text, is 1"),
        ({"sign": "upward"}, "ratios.r.sign: 'upward' is none of ['up', 'down', 'free']"),
        ({"at_least": 0}, "ratios.r.at_least: must be a number above 0, is 0"),
        ({"at_least": -0.5}, "ratios.r.at_least: must be a number above 0, is -0.5"),
        ({"at_least": float("nan")}, "ratios.r.at_least: must be a number above 0, is nan"),
        ({"at_least": float("inf")}, "ratios.r.at_least: must be a number above 0, is inf"),
        ({"at_least": 10**400}, "ratios.r.at_least: must be a number above 0, is 1000"),
        ({"at_least": "1"}, "ratios.r.at_least: must be a number above 0, is '1'"),
        ({"at_least": True}, "ratios.r.at_least: must be a number above 0, is True"),
        ({"window": 7}, "ratios.r: must have exactly the fields ['of', 'per', "),
        ({"unit": " "}, "ratios.r.unit: must be a text, is ' '"),
    ],
)
def test_a_wrong_ratio_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(KloutError) as caught:
        declared({"r": RATIO | change})
    assert str(caught.value).startswith(f"camp.toml: {message}")


@pytest.mark.parametrize("spec", [{}, {"at_least": 1}, "likes / notes", ["likes", "notes"]])
def test_a_ratio_must_say_all_there_is_to_say(spec: Any) -> None:
    with pytest.raises(KloutError, match=r"ratios.r: must have exactly the fields \['of', 'per'"):
        declared({"r": spec})


@pytest.mark.parametrize(
    ("of", "per", "sign"),
    [("likes", "notes", "free"), ("likes", "notes", "down"), ("notes", "likes", "up")],
)
def test_no_ratio_lets_silent_content_raise_a_score(of: str, per: str, sign: str) -> None:
    with pytest.raises(KloutError, match="'notes' counts contents, so the sign must be"):
        declared({"r": RATIO | {"of": of, "per": per, "sign": sign}})


@pytest.mark.parametrize("sign", ["up", "down", "free"])
def test_a_ratio_per_what_others_do_has_the_sign_that_its_declarer_chose(sign: str) -> None:
    network = declared({"r": RATIO | {"per": "friends", "sign": sign}})
    assert network.ratios[0].sign == sign


@pytest.mark.parametrize("name", ["likes", "notes"])
def test_a_ratio_may_not_have_the_name_of_another_signal(name: str) -> None:
    with pytest.raises(KloutError, match=f"the signal '{name}' is declared twice"):
        declared({name: RATIO})


@pytest.mark.parametrize("name", ["any", "connected", "inlinks", "outlinks", "pagerank"])
@pytest.mark.parametrize("table", ["counters", "ratios"])
def test_names_that_the_catalogue_gives_are_reserved(name: str, table: str) -> None:
    spec = RATIO if table == "ratios" else CAMP["counters"]["likes"]
    with pytest.raises(KloutError, match=f"{table}: '{name}' is reserved"):
        network_from_dict("camp", CAMP | {table: {name: spec}}, "here")


def test_ratios_are_read_from_toml_as_inline_or_whole_tables(tmp_path: Path) -> None:
    counter = 'c = { unit = "u", sign = "up", meaning = "m" }'
    fields = ['of = "c"', 'per = "c"', "at_least = 0.5", 'unit = "u"', 'sign = "up"']
    fields.append('meaning = "m"')
    inline = f"[counters]\n{counter}\n[ratios]\nr = {{ {', '.join(fields)} }}\n"
    whole = f"[counters]\n{counter}\n[ratios.r]\n" + "\n".join(fields)
    read = []
    for text in (inline, whole):
        (tmp_path / "camp.toml").write_text(text)
        read.append(load_network(tmp_path / "camp.toml"))
    assert read[0] == read[1]
    assert read[0].ratios[0].at_least == 0.5


AUDIENCE = {"unit": "accounts", "sign": "up", "meaning": "followers", "audience": True}
TOWN: dict[str, Any] = {"reactions": {"wave": "waves"}, "counters": {"fans": AUDIENCE}}


def test_an_audience_is_three_signals_and_what_is_claimed_is_only_shown() -> None:
    catalogue = Catalogue((network_from_dict("town", TOWN, "here"),))
    claimed, grown, plausible = catalogue.signals[-4:-1]
    shown = "followers, as claimed; only shown, town.fans.plausible is what is plausible"
    assert claimed == Signal("town.fans", "town", "accounts", None, shown, "up", learned=False)
    meaning = "followers, as far as growth makes plausible"
    assert grown == Signal(
        "town.fans.grown", "town", "accounts", None, meaning, "up", of_audience=True
    )
    meaning = "followers, as far as growth and reactions make plausible"
    assert plausible == Signal(
        "town.fans.plausible", "town", "accounts", None, meaning, "up", of_audience=True
    )


def test_only_what_is_learned_from_is_in_a_group() -> None:
    signals = Catalogue(load_networks()).signals
    grouped = {number for group in Catalogue(load_networks()).groups.values() for number in group}
    assert [s.name for number, s in enumerate(signals) if number not in grouped] == [
        "facebook.friends",
        "twitter.followers",
        "instagram.followers",
        "linkedin.connections",
        "foursquare.friends",
    ]


def test_a_counter_is_no_audience_unless_declared() -> None:
    assert declared({}).audiences == []
    assert network_from_dict("town", TOWN, "here").audiences == ["fans"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reactions": {}}, "counters.fans.audience: town declares no reactions to hold it"),
        (
            {"counters": {"fans": AUDIENCE | {"sign": "free"}}},
            "counters.fans.sign: of an audience it must be 'up', is 'free'",
        ),
        (
            {"counters": {"fans": AUDIENCE | {"audience": "yes"}}},
            "counters.fans.audience: must be true or false, is 'yes'",
        ),
        ({"counters": {"fans": {"audience": True}}}, "counters.fans: must have exactly the fields"),
        (
            {"ratios": {"r": RATIO | {"of": "fans", "per": "fans", "sign": "free"}}},
            "ratios.r.of: 'fans' is an audience, so the sign must be 'up', is 'free'",
        ),
    ],
)
def test_a_wrong_audience_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(KloutError) as caught:
        network_from_dict("town", TOWN | change, "town.toml")
    assert str(caught.value).startswith(f"town.toml: {message}")


def test_a_file_with_an_audience_needs_reactions(tmp_path: Path) -> None:
    counter = 'fans = { unit = "u", sign = "up", meaning = "m", audience = true }'
    file = tmp_path / "town.toml"
    file.write_text(f'[reactions]\nwave = "waves"\n[counters]\n{counter}\n')
    assert load_network(file).audiences == ["fans"]
    file.write_text(f"[counters]\n{counter}\n")
    with pytest.raises(KloutError, match=r"town\.toml: counters\.fans\.audience: town declares no"):
        load_network(file)
