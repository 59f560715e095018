"""The lines of docs/python.md run, and its list of public names is what there is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import serving.notebook
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.simulator import Policy, simulate
from serving.notebook import explain, plot
from tests.support.explain_scenes import identity, model, reaction, scene
from tests.support.worlds import AS_OF
from training.judgements import lake_judgements

PAGE = (Path(__file__).parents[3] / "docs/python.md").read_text()
DAY = date(2014, 10, 1)


def test_the_public_names_are_those_of_the_page():
    table = PAGE.split("<!-- public names -->")[1].split("<!-- end -->")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == sorted(
        serving.notebook.__all__, key=table.index
    )
    assert all(getattr(serving.notebook, name).__doc__ for name in serving.notebook.__all__)


@pytest.fixture
def lines():
    return re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def test_the_ten_lines_run(lines, tmp_path, monkeypatch):
    assert len([line for line in lines.splitlines() if line]) == 10
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "data/lake"
    catalogue = Catalogue(load_networks())
    simulate(root, 120, 20, 1, catalogue, DAY, policy=Policy(judgements=8.0))
    (tmp_path / "data/judgements").mkdir()
    lake_judgements(Lake(root)).write_parquet(tmp_path / "data/judgements/train.parquet")
    names: dict = {}
    exec(compile(lines, "docs/python.md", "exec"), names)
    first = names["scores"].row(0, named=True)
    assert names["explanation"].person == first["person"]
    assert names["explanation"].score == pytest.approx(first["score"])
    assert isinstance(names["figure"], Figure)
    names["figure"].canvas.draw()


def test_a_waterfall_goes_from_what_everybody_has_to_the_score(tmp_path):
    more = [reaction(f"g{number}", 2) for number in range(9)]
    plus = reaction("h", 2, "a", network="googleplus", reaction="plus_one")
    lake = scene(
        tmp_path / "lake",
        interactions=[*more, plus],
        identities=[identity("ann", "a", "googleplus")],
    )
    found = explain(lake, "ann", AS_OF, model(2))
    bars = plot(found).axes[0].patches
    assert bars[0].get_width() == found.nobody
    assert bars[-1].get_width() == found.score
    ends = [bar.get_x() + bar.get_width() for bar in bars[:-1]]
    assert [bar.get_x() for bar in bars[1:-1]] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(found.score)
