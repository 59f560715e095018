"""The formats of lines: higgs, wikilinks, klout-reactions."""

from datetime import UTC, datetime

import pytest

from features.errors import KloutError
from features.sources import lines
from features.sources.klout_reactions import HEADER

HEAD = "\t".join(HEADER).encode() + b"\n"
POST = 1_413_331_199_002


def test_higgs_lines_become_retweets_mentions_and_replies(put, take, rows):
    data = b"1 2 1341100972 RT\r\n3 2 1341100973 MT\n\n2 1 1341100974 RE"
    take("higgs", put("activity.txt", data))
    assert rows("interactions").sort("at").select("reaction", "actor", "target").rows() == [
        ("retweet", "1", "2"),
        ("mention", "3", "2"),
        ("reply", "2", "1"),
    ]
    assert rows("interactions")["at"].min() == datetime(2012, 7, 1, 0, 2, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1 2 1341100972 XX", "not declared reaction"),
        (b"1 2 soon RT", "at: not a time in ISO 8601"),
        (b"1 2 -5 RT", "at: not a time in ISO 8601"),
        (b"1 2 99999999999999999 RT", "at: not a time in ISO 8601"),
        (b"1 2 32503680000 RT", "in the future"),
        (b"1 2 1341100972", "missing"),
        (b"1 2 1341100972 RT RT", "missing"),
        (b"a" * 10_000_000 + b" 2 1341100972 RT", "actor: longer than 512 characters"),
    ],
)
def test_a_bad_higgs_line_is_quarantined_and_the_good_ones_kept(
    line, reason, put, take, quarantine
):
    receipt = take("higgs", put("a.txt.gz", b"1 2 1341100972 RT\n" + line + b"\n1 2 1341100973 RT"))
    assert receipt.entry.rows == {"interactions": 2}
    bad = quarantine().row(0, named=True)
    assert (bad["row"], reason in bad["reason"]) == (2, True), bad
    assert line[:9].decode() in bad["data"] or line.split()[0].decode()[:1000] in bad["data"]
    assert len(bad["data"]) <= 10_000


def test_a_line_with_missing_fields_is_kept_as_it_came(put, take, quarantine):
    take("higgs", put("a.txt", b"only three fields"))
    assert "only three fields" in quarantine()["data"][0]


def test_gzip_is_known_by_its_bytes_too(put, take):
    path = put("activity.txt.gz", b"1 2 1341100972 RT\n")
    assert take("higgs", path.rename(path.with_suffix(""))).entry.rows == {"interactions": 1}


def test_lines_are_numbered_on_from_block_to_block(put, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK", 5)
    monkeypatch.setattr(lines, "PIECE_ROWS", 2)
    path = put("a.txt", b"\xef\xbb\xbfa\nb\n\nc\nd\ne" + b"f" * 100)
    found = [row for frame in lines.read_lines(path) for row in frame.rows()]
    assert found == [(1, "a"), (2, "b"), (4, "c"), (5, "d"), (6, "e" + "f" * 100)]


def test_wikilinks_are_decoded_and_comments_skipped(put, take, rows):
    data = b"# source target\n\nPel%C3%A9\tC%2B%2B\r\nBede\tBede\n"
    take("wikilinks", put("links.tsv.gz", data))
    assert sorted(rows("links").rows()) == [
        ("wikipedia", "Bede", "Bede"),
        ("wikipedia", "Pelé", "C++"),
    ]


def test_a_link_without_a_target_is_quarantined(put, take, quarantine):
    assert take("wikilinks", put("links.tsv", b"a\tb\nlonely\na\tb\tc\n")).entry.quarantined == 2
    assert quarantine()["row"].to_list() == [2, 3]
    assert all(reason.endswith("target: missing") for reason in quarantine()["reason"])


def reaction(user="u", actor="a", post="p", at=POST + 60_000):
    return f"{user}\t{actor}\t{post}\t{POST}\t{at}\tVenezuela Time\n".encode()


def test_klout_reactions_give_interactions_and_each_post_once(put, take, rows):
    data = HEAD + reaction(actor="a") + reaction(actor="b") + reaction(post="q")
    take("klout-reactions", put("sample_tw.tsv", data))
    first = rows("interactions").sort("actor", "content").row(0, named=True)
    assert (first["network"], first["reaction"], first["target"]) == ("twitter", "retweet", "u")
    assert rows("contents").sort("content").select("author", "content", "kind").rows() == [
        ("u", "p", "tweet"),
        ("u", "q", "tweet"),
    ]
    assert rows("contents")["at"][0] == datetime(2014, 10, 14, 23, 59, 59, 2000, tzinfo=UTC)


def test_the_end_of_the_name_tells_the_network(put, take, rows):
    take("klout-reactions", put("sample_fb.tsv", HEAD + reaction()))
    assert rows("interactions").select("network", "reaction").row(0) == ("facebook", "like")
    assert rows("contents").select("network", "kind").row(0) == ("facebook", "post")


def test_a_bad_reaction_is_quarantined_once(put, take, rows):
    data = HEAD + reaction() + b"u\ta\n" + reaction(at="never")
    receipt = take("klout-reactions", put("sample_fb.tsv", data))
    assert receipt.entry.rows == {"interactions": 1, "contents": 1}
    assert receipt.entry.quarantined == 2


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("sample.tsv", HEAD, "expected a file name ending in one of ['_fb', '_tw']"),
        ("s_tw.tsv", b"user\tactor\n", "line 1: expected the header #user_id_fingerprint"),
        ("s_tw.tsv", b"", "the file is empty"),
        ("s_tw.tsv", HEAD + b"u\xff\n", "line 2: not UTF-8"),
    ],
)
def test_what_is_no_klout_sample_is_refused(name, data, message, put, take):
    with pytest.raises(KloutError) as caught:
        take("klout-reactions", put(name, data))
    assert message in str(caught.value)


@pytest.mark.parametrize("form", ["higgs", "wikilinks", "klout-reactions", "tables"])
def test_a_folder_or_nothing_where_a_file_was_expected_is_refused(form, take, tmp_path):
    with pytest.raises(KloutError, match=r"a folder where a file was expected|names no table"):
        take(form, tmp_path)
    with pytest.raises(KloutError, match="no such file"):
        take(form, tmp_path / "absent")


@pytest.mark.parametrize("form", ["higgs", "wikilinks"])
def test_a_truncated_gzip_is_refused_whole_and_says_how_far_it_was_read(form, put, take, root):
    path = put("a.txt.gz", b"".join(b"%d %d 1341100972 RT\n" % (n, n * 7919) for n in range(9999)))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(KloutError, match=r"a\.txt\.gz: truncated or corrupt gzip .*after line \d+"):
        take(form, path)
    assert not [*root.rglob("*.parquet")]


def test_what_only_its_name_calls_gzip_is_refused(tmp_path, take):
    (tmp_path / "a.txt.gz").write_bytes(b"1 2 3 RT\n")
    with pytest.raises(KloutError, match="corrupt gzip"):
        take("higgs", tmp_path / "a.txt.gz")


def test_the_higgs_file_is_taken_whole(shared, take, rows):
    receipt = take("higgs", shared / "higgs-twitter/higgs-activity_time.txt.gz")
    assert receipt.entry.rows == {"interactions": 563_069}
    assert receipt.entry.quarantined == 0
    assert dict(rows("interactions")["reaction"].value_counts().rows()) == {
        "retweet": 354_930,
        "mention": 171_237,
        "reply": 36_902,
    }


def test_the_wikispeedia_links_are_taken_whole(shared, take, rows):
    receipt = take("wikilinks", shared / "wikispeedia/links.tsv.gz")
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({"links": 119_879}, 0)
    assert "Áedán_mac_Gabráin" in rows("links")["source"]


@pytest.mark.parametrize(("network", "posts"), [("fb", 288), ("tw", 57)])
def test_the_klout_samples_are_taken_whole(network, posts, shared, take):
    path = shared / f"klout-reactions/user_timestamp_open_set_{network}.tsv"
    receipt = take("klout-reactions", path)
    assert receipt.entry.rows == {"interactions": 1000, "contents": posts}
    assert receipt.entry.quarantined == 0
