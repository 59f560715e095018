"""Judged pairs with figures: accounts are known by their figures, and every judgement stays."""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.sources.reader import Options
from serving.cli.app import app

DAY = date(2013, 4, 1)
HEAD = "Choice,A_followers,A_lists,B_followers,B_lists\n"


def person(*numbers: float) -> str:
    """Whom figures stand for, in the order of their names."""
    packed = struct.pack(f"<{len(numbers)}d", *numbers)
    return f"twitter:{hashlib.sha256(packed).hexdigest()[:16]}"


@pytest.fixture
def read(put, take):
    """Ingest a table of pairs given as text."""

    def read(text, name="pairs.csv", **options):
        given = {"network": "twitter", "day": DAY} | options
        return take("pairs", put(name, text.encode()), **given)

    return read


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.csv.gz"])
def test_a_row_is_a_judgement_and_two_accounts_with_their_counters(name, read, rows):
    receipt = read(f"{HEAD}1,10,2,30,0\n0.25,30,0,7,7\n", name)
    assert receipt.entry.rows == {"counters": 6, "judgements": 2}
    assert rows("judgements").rows() == [
        (person(10, 2), person(30, 0), 1.0, datetime(2013, 4, 1, tzinfo=UTC), "twitter"),
        (person(30, 0), person(7, 7), 0.25, datetime(2013, 4, 1, tzinfo=UTC), "twitter"),
    ]
    counters = rows("counters")
    assert set(counters["at"]) == {datetime(2013, 4, 1, tzinfo=UTC)}
    assert sorted(counters.select("account", "counter", "value").rows()) == sorted(
        (person(*figures).removeprefix("twitter:"), counter, value)
        for figures in [(10, 2), (30, 0), (7, 7)]
        for counter, value in zip(("followers", "lists"), figures, strict=True)
    )


def test_neither_the_columns_order_nor_a_numbers_spelling_makes_another_account(read, rows):
    read(f"{HEAD}1,10,2,30,0\n")
    read("B_Lists,A_Lists,Choice,B_Followers,A_Followers\n-0,2.0,1, 3e1,10.00\n", "again.csv")
    assert set(rows("judgements").select("a", "b").rows()) == {(person(10, 2), person(30, 0))}


def test_repeated_pairs_stay(read, rows):
    receipt = read(f"{HEAD}1,1,2,3,4\n1,1,2,3,4\n0,1,2,3,4\n0,3,4,1,2\n")
    assert receipt.entry.repeated == 0
    assert rows("judgements")["preference"].to_list() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1.5,1,2,3,4", "preference: above its maximum"),
        ("A,1,2,3,4", "preference: not a number"),
        (",1,2,3,4", "preference: missing"),
        ("1,1,2,1,2.0", "not two persons"),
    ],
)
def test_a_bad_judgement_is_quarantined_with_its_row(line, reason, read, quarantine, rows):
    receipt = read(f"{HEAD}1,5,6,7,8\n{line}\n0,5,6,7,8\n")
    assert quarantine().select("row", "reason").rows() == [(2, reason)]
    assert receipt.entry.rows["judgements"] == 2


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        ("many", "value: not a number; account: missing"),
        ("", "account: missing; value: missing"),
        ("-1", "account: missing; value: below its minimum"),
        ("nan", "account: missing; value: not a number"),
        ("inf", "account: missing; value: not finite"),
    ],
)
def test_an_account_with_a_bad_figure_is_nobody_and_the_figure_is_named(
    figure, reason, read, quarantine, rows
):
    read(f"{HEAD}1,5,6,7,8\n1,9,{figure},7,8\n")
    refused = {row["reason"]: row for row in quarantine().to_dicts()}
    assert refused.keys() == {reason, "a: missing"}
    assert {row["row"] for row in refused.values()} == {2}
    assert '"counter":"lists"' in refused[reason]["data"]
    assert len(rows("judgements")) == 1
    assert set(rows("counters")["value"]) == {5, 6, 7, 8}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A_lists,B_lists\n1,2\n", "pairs need the column 'Choice'; has ['A_lists', 'B_lists']"),
        ("Choice,A_lists\n1,2\n", "the column 'A_lists' needs its partner 'B_lists'"),
        ("Choice,B_lists\n1,2\n", "the column 'B_lists' needs its partner 'A_lists'"),
        ("Choice\n1\n", "pairs need figures of both"),
        ("Choice,A_,B_\n1,2,3\n", "unknown column 'A_'"),
        ("Choice,lists\n1,2\n", "unknown column 'lists'"),
        ("Choice,C_lists\n1,2\n", "unknown column 'C_lists'"),
        ("Choice,A_x,B_x,A_X,B_X\n1,2,3,4,5\n", "the column 'A_X' is there twice"),
        ("Choice,A_lists,A_lists,B_lists\n1,2,3,4\n", "column 'A_lists' is there twice"),
        ("Choice,A_Kudos,B_Kudos\n1,2,3\n", "the column 'A_Kudos' is no counter of twitter"),
        (HEAD, "holds no pairs, only a header"),
        ("", "the file is empty"),
        (HEAD + "1,2,3,4,5,6\n", "line 2: 6 fields; expected 5"),
    ],
)
def test_a_table_that_is_none_of_pairs_is_refused_whole(text, message, read, root):
    with pytest.raises(KloutError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "pairs.csv" in str(caught.value)
    assert not [*root.rglob("*.parquet")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": None}, "name the accounts' network with --network"),
        ({"day": None}, "the day with --day"),
        ({"network": "friendster"}, "unknown network 'friendster'; there are ['facebook', "),
        ({"day": date(9999, 1, 1)}, "the day 9999-01-01 is in the future"),
    ],
)
def test_the_network_and_the_day_must_be_said(options, message, read):
    with pytest.raises(KloutError) as caught:
        read(f"{HEAD}1,1,2,3,4\n", **options)
    assert message in str(caught.value)


def test_the_same_table_twice_changes_nothing_and_of_another_day_it_is_another(read, rows):
    text = f"{HEAD}1,1,2,3,4\n"
    assert not read(text).already
    assert read(text, "copy.csv").already
    assert not read(text, day=date(2013, 4, 2)).already
    assert len(rows("judgements")) == 2


def test_sources_of_other_formats_are_known_again_by_older_lakes():
    assert Options().identity() == (None,)
    assert Options("bicycles.meta").identity() == ("bicycles.meta",)


def test_the_command_takes_the_network_and_the_day(put, root):
    path = put("pairs.csv", f"{HEAD}1,1,2,3,4\n".encode())
    options = ["--lake", str(root), "--network", "twitter", "--day", "2013-04-01"]
    result = CliRunner().invoke(app, ["ingest", "pairs", str(path), *options])
    assert result.exit_code == 0, result.output
    assert "4 counters, 1 judgements; repeated 0; quarantined 0" in result.output
    assert len(Lake(root).scan("judgements").collect()) == 1


def test_the_list_of_formats_names_it():
    assert "\npairs " in CliRunner().invoke(app, ["ingest", "--list"]).output
