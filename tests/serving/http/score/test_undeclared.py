"""A network that the model was not trained on is scored by the service as by the commands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.errors import KloutError
from serving.http.score import model_holder
from serving.http.score.model_holder import NETWORKS_ENV, LoadedModel, read
from serving.http.score.people_scoring import score_matrix
from serving.http.score.rows import signals_of_rows
from serving.http.score.schemas import ScoreRequest
from serving.http.server import serve
from tests.serving.conftest import free_port
from tests.support.command import klout
from training.influence.model import Model

AS_OF = date(2024, 3, 20)


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    folder = tmp_path / "networks"
    folder.mkdir()
    (folder / "hub.toml").write_text('title = "Hub"\n[reactions]\nstar = "stars"\n')
    return folder


@pytest.fixture
def loaded(networks: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    monkeypatch.setenv(NETWORKS_ENV, str(networks))
    return read(model_folder)


def stars(people: int) -> list[dict[str, str]]:
    return [
        {"network": "hub", "reaction": "star", "actor": f"a{n}", "target": "ann"}
        | {"at": f"2024-03-{1 + n % 18:02}T08:00:00Z", "id": str(n)}
        for n in range(people)
    ]


def done(*words: object) -> None:
    ended = klout(*words)
    assert ended.code == 0, ended.err


def scored(loaded: LoadedModel, people: int) -> float:
    request = ScoreRequest.model_validate({"interactions": stars(people), "as_of": AS_OF})
    signals = signals_of_rows(request, loaded.model.catalogue)[None, :]
    (answer,) = score_matrix(loaded.model, ["ann"], signals)
    assert answer.parts["hub"] > 0
    return answer.score


def test_rows_of_such_a_network_are_scored_as_by_the_commands(
    loaded: LoadedModel, model_folder: Path, networks: Path, tmp_path: Path
) -> None:
    pl.DataFrame(stars(9)).write_csv(tmp_path / "interactions.csv")
    lake, signals, scores = (tmp_path / name for name in ("lake", "s.parquet", "r.parquet"))
    done("ingest", "tables", tmp_path / "interactions.csv", "--lake", lake, "--networks", networks)
    done("materialize", "--lake", lake, "--as-of", AS_OF, "--networks", networks, "--out", signals)
    done("score", "--model", model_folder, "--signals", signals, "--networks", networks,
         "--out", scores)  # fmt: skip
    assert pl.read_parquet(scores)["score"].to_list() == [scored(loaded, 9)]


def test_a_model_shared_before_a_fork_is_for_the_networks_that_it_was_read_for(
    networks: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_holder, "_shared", None)
    model_holder.share(model_folder, None)
    monkeypatch.setenv(NETWORKS_ENV, "")
    known = read(model_folder).model
    assert read(model_folder).model is known
    monkeypatch.setenv(NETWORKS_ENV, str(networks))
    covered = read(model_folder).model.catalogue.networks
    assert {each.name for each in covered} == {n.name for n in known.catalogue.networks} | {"hub"}


def test_more_people_more_score_and_what_was_known_stays(
    loaded: LoadedModel, model: Model, people: pl.DataFrame
) -> None:
    rising = [scored(loaded, count) for count in (1, 3, 9, 40)]
    assert rising == sorted(set(rising))
    before = model.score(people).select("person", "score", "influence")
    assert loaded.model.version == model.version
    wide = people.with_columns(pl.lit(0.0).alias(name) for name in loaded.model.catalogue.names
                               if name not in people.columns)  # fmt: skip
    now = loaded.model.score(wide.select("person", *loaded.model.catalogue.names))
    assert now.select("person", "score", "influence").equals(before)


def test_a_declaration_that_is_wrong_is_named_before_anything_starts(
    networks: Path, model_folder: Path
) -> None:
    (networks / "hub.toml").write_text("title = 7\n")
    with pytest.raises(KloutError, match=r"hub\.toml"):
        serve(model_folder, "127.0.0.1", free_port(), 1, networks=networks)
