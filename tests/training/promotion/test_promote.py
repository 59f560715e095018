"""The better of two models is the champion, if nothing speaks against it; and the way back."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import mlflow
import polars as pl
import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.storage.folders import PLOTS, claim
from serving.cli.app import app
from tests.support.command import klout, refused
from tests.support.populations import QUICK, judged
from tests.training.conftest import CATALOGUE
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.scale import Scale
from training.promotion import mlflow_run, promote_job
from training.promotion.candidate_record import CandidateRecord
from training.promotion.card import card
from training.promotion.lineage import md5
from training.promotion.promote_job import Submission, promote, rollback
from training.registry.registry import ALIAS, CHAMPION, FORMER, NAME, NOTE, Registry
from training.use import NOT_FOR

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    """A database with MLflow's tables: making them takes seconds, copying the file does not."""
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def place(tmp_path, monkeypatch, world, empty_store):
    """A folder with signals, judgements, metrics and plots, and no model yet."""
    monkeypatch.chdir(tmp_path)
    # Drawing takes longer than all the rest; what it draws is tested with the gates.
    monkeypatch.setattr(mlflow_run, "draw_shadow", lambda _, file: file.write_bytes(b"picture"))
    Path("mlflow").mkdir()
    shutil.copy(empty_store, "mlflow/mlflow.db")
    signals, influence, judgements = world
    signals.write_parquet("signals.parquet")
    judgements.write_parquet("train.parquet")
    judged(influence, seed=7).write_parquet("test.parquet")
    Path("metrics.json").write_text(json.dumps({"accuracy": 0.7, "baselines": {"followers": 0.6}}))
    claim(Path("plots"), PLOTS)
    Path("plots/sheet.png").write_bytes(b"picture")
    # The population is of 400: two models of it differ more than two of a real one.
    Path("params.yaml").write_text(
        "promotion: {most_mean_change: 6, most_moved: 0.2, least_rank_correlation: 0.8}"
    )
    return tmp_path


@pytest.fixture(scope="module")
def few(world):
    """A model that has seen few judgements: sound, and worse than `model`."""
    return fit(world[0], judged(world[1], seed=3, pairs=400), CATALOGUE, QUICK)


@pytest.fixture(scope="module")
def shifted(world, model):
    """As good as `model`, and kinder to everybody by 10 points."""
    log_worth = model.log_worth(model.score(world[0])["influence"].to_numpy())
    return dataclasses.replace(model, scale=Scale(mean=50.0, top_score=73.0).fit(log_worth))


@pytest.fixture(scope="module")
def turned(model):
    """`model` with the leaves of one tree turned upside down."""
    before = re.search(r"^leaf_value=(.*)$", model.trees, re.MULTILINE).group(1)
    after = " ".join(repr(-float(leaf)) for leaf in before.split())
    return dataclasses.replace(model, trees=model.trees.replace(before, after, 1))


def decide(model: Model, **options) -> CandidateRecord:
    model.save(Path("candidate"))
    names = ("candidate", "champion", "signals.parquet", "test.parquet", "metrics.json", "plots")
    files = (*names, "train.parquet", "params.yaml")
    return promote(Submission(*map(Path, files), **options))


def failed(story: CandidateRecord) -> dict[str, str]:
    return {gate.name: gate.why for gate in story.gates if not gate.passed}


def served() -> str:
    return Model.load(Path("champion")).version


def held(alias: str) -> str:
    return Registry().version(alias).tags["model_version"]


def test_a_worse_challenger_is_refused_and_a_better_one_takes_the_place(place, few, model):
    assert decide(few).verdict == f"model {few.version} is the first champion"
    story = decide(model)
    assert story.promoted
    assert failed(story) == {}
    assert served() == held(CHAMPION) == model.version
    assert held(FORMER) == few.version
    story = decide(few)
    assert not story.promoted
    assert re.search(r"lower in \d+% of resamples", failed(story)["better"])
    assert served() == held(CHAMPION) == model.version
    assert held(FORMER) == few.version


def recorded() -> str:
    done = klout(
        *("record", "--candidate", "candidate", "--signals", "signals.parquet"),
        *("--judgements", "test.parquet", "--training", "train.parquet"),
        *("--metrics", "metrics.json", "--plots", "plots"),
    )
    assert done.code == 0, done.err
    return re.search(r"run (\w{32}) in (.*)$", done.out.strip())[1]


def test_a_measured_model_has_one_run_recorded_and_judged(place, few, model):
    few.save(Path("candidate"))
    run = recorded()
    told = Registry().connect().get_run(run)
    assert told.data.metrics == {"accuracy": 0.7, "baselines.followers": 0.6}
    assert told.data.params["num_leaves"] == str(few.facts["params"]["num_leaves"])
    assert told.data.tags["data.signals"] == md5(Path("signals.parquet"))
    assert len(told.inputs.dataset_inputs) == 3
    assert "promoted" not in told.data.tags
    assert recorded() == run
    decide(few)
    judged = Registry().connect().get_run(run)
    assert judged.data.tags["promoted"] == "true"
    assert judged.info.run_name.startswith(f"{few.version} promoted")
    assert recorded() == run
    model.save(Path("candidate"))
    assert (
        f"Beside champion {few.version}"
        in (Registry().connect().get_run(recorded()).data.tags[NOTE])
    )
    assert len(Registry().connect().search_runs(["1"])) == 2


def test_a_run_of_an_experiment_s_own_folder_is_in_the_checkout_that_tries_it(
    place, few, monkeypatch
):
    few.save(Path("candidate"))
    own = place / ".dvc/tmp/exps/standalone/tmpabc"
    own.mkdir(parents=True)
    for name in ("candidate", "plots", *(f"{n}.parquet" for n in ("signals", "train", "test"))):
        (own / name).symlink_to(place / name)
    (own / "metrics.json").symlink_to(place / "metrics.json")
    monkeypatch.chdir(own)
    run = recorded()
    assert not (own / "mlflow").exists()
    monkeypatch.chdir(place)
    assert Registry().connect().get_run(run).data.tags["model_version"] == few.version


def test_a_refused_challenger_leaves_the_champion_as_it_was_to_the_byte(place, few, model, world):
    decide(model)
    before = {path.name: path.read_bytes() for path in Path("champion").iterdir()}
    world[0].head(380).write_parquet("signals.parquet")  # other people, and other percentiles
    assert not decide(few).promoted
    assert {path.name: path.read_bytes() for path in Path("champion").iterdir()} == before


def of_real_logs(model: Model, **leads: float) -> Path:
    """Record a model that leads distinct reactors by so much on each log, on two tasks."""
    tasks = [
        {"log": log, "task": f"{log}-{n}", "model": 0.5 + lead + off, "reactors": 0.5}
        for log, lead in leads.items()
        for n, off in enumerate((-0.1, 0.1))
    ]
    file = Path("real_logs.json")
    file.write_text(json.dumps({"model": model.version, "tasks": tasks}))
    return file


def test_a_model_that_ranks_real_people_worse_than_their_reactors_do_is_refused(place, model):
    behind = decide(model, real_logs=of_real_logs(model, higgs=0.05, site=-0.02))
    assert not behind.promoted
    assert "site -0.020" in failed(behind)["real_logs"]
    assert "higgs" not in failed(behind)["real_logs"]
    story = decide(model, real_logs=of_real_logs(model, higgs=0.05, site=-0.005))
    assert story.promoted
    assert "higgs +0.050; site -0.005" in card(story)
    unasked = decide(model)
    assert "skipped: no figures of real logs" in card(unasked)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "should be an object"),
        ('{"model": "0", "tasks": [{"log": "x"}]}', "tasks.0.task"),
        ('{"model": "other", "tasks": []}', "is of model other"),
        ("{", "real.json"),
    ],
)
def test_figures_that_are_none_of_the_candidates_are_named(place, model, text, said):
    model.save(Path("candidate"))
    Path("real.json").write_text(text)
    assert said in refused("promote", *promoted(), "--real-logs", "real.json")
    assert Registry().version(CHAMPION) is None


def promoted(**other: str) -> list[str]:
    """Words of `klout promote` with some of its files."""
    files = {"candidate": "candidate", "champion": "champion", "signals": "signals.parquet",
             "judgements": "test.parquet", "metrics": "metrics.json", "plots": "plots"}  # fmt: skip
    return [word for name, file in (files | other).items() for word in (f"--{name}", file)]


def test_plots_that_are_not_there_are_named_before_anything_is_recorded(place, model):
    model.save(Path("candidate"))
    Path("foreign").mkdir()
    Path("foreign/thesis.tex").write_text("years of work")
    for plots, said in (("nowhere", "no folder of plots here"), ("foreign", "thesis.tex"),
                        ("candidate", "is a model")):  # fmt: skip
        assert said in refused("promote", *promoted(plots=plots))
        assert Registry().version(CHAMPION) is None
        assert not Path("champion").exists()


def test_a_candidate_and_its_files_may_be_links_and_have_any_path(place, model):
    home = Path("[a] x?*%20#")
    home.mkdir()
    model.save(home / "m")
    shutil.copytree("plots", home / "plots")
    for name in ("signals.parquet", "test.parquet", "metrics.json"):
        shutil.copy(name, home / name)
    Path("link").symlink_to(home / "m")
    words = promoted(
        candidate="link",
        signals=str(home / "signals.parquet"),
        judgements=str(home / "test.parquet"),
        metrics=str(home / "metrics.json"),
        plots=str(home / "plots"),
        champion=str(home / "champion"),
    )
    ended = klout("promote", *words)
    assert ended.code == 0, ended.err
    assert Model.load(home / "champion").version == held(CHAMPION) == model.version


def test_the_same_model_again_is_the_champion_already(place, model):
    decide(model)
    shutil.rmtree("champion")
    assert decide(model).verdict == f"model {model.version} is the champion already"
    assert served() == model.version
    assert len(mlflow.search_runs(search_all_experiments=True)) == 1


def test_a_non_monotone_challenger_is_refused_and_not_even_registered(place, few, turned):
    decide(few)
    story = decide(turned)
    assert not story.promoted
    assert re.match(r"tree 0: not monotone in twitter\.", failed(story)["audit"])
    assert served() == held(CHAMPION) == few.version
    client = Registry().connect()
    versions = client.search_model_versions(f"name = '{NAME}'")
    assert [version.tags["model_version"] for version in versions] == [few.version]
    runs = mlflow.search_runs(filter_string="tags.`gate.audit` = 'failed'", output_format="list")
    assert [run.data.tags["model_version"] for run in runs] == [turned.version]
    assert runs[0].info.run_name.startswith(f"{turned.version} refused: ")


def test_a_challenger_that_shifts_everybody_by_10_points_is_refused(place, few, shifted):
    decide(few)
    story = decide(shifted)
    assert list(failed(story)) == ["shift"]
    assert re.search(r"the mean score moves by \+(9\.\d+|10\.\d+) points", failed(story)["shift"])
    assert served() == held(CHAMPION) == few.version


def test_a_shift_may_be_allowed_and_the_reason_is_kept(place, few, shifted):
    decide(few)
    assert decide(shifted, allowed="the scale was moved on purpose").promoted
    run = mlflow.get_run(Registry().version(CHAMPION).run_id)
    assert run.data.tags["allow_shift"] == "the scale was moved on purpose"
    assert served() == shifted.version


def test_a_rollback_serves_the_former_model(place, world, few, model):
    decide(few)
    decide(model)
    said = rollback(Path("champion"), "scores of small accounts jumped")
    assert said.startswith(f"model {few.version} is champion again")
    people = world[0].head(50)
    assert Model.load(Path("champion")).score(people).equals(few.score(people))
    assert held(CHAMPION) == few.version
    assert Registry().version(FORMER) is None
    tags = mlflow.search_runs(filter_string="tags.alias LIKE '%'", output_format="list")
    assert [run.info.run_name for run in tags] == [f"{few.version} promoted @champion"]
    assert failed(decide(model)) == {
        "standing": "it was rolled back: scores of small accounts jumped"
    }
    assert served() == few.version


def told(*words: str) -> list[dict]:
    ended = klout("champions", "--format", "json", *words)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_who_was_champion_when_by_whom_and_why_is_a_table(place, few, model, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    Path("metrics.json").write_text(json.dumps({"accuracy": 0.7, "log_loss": 0.5}))
    decide(few)
    decide(model)
    decide(few)
    rollback(Path("champion"), "scores of small accounts jumped")
    rows = told("--all")
    assert [(row["event"], row["model"], row["champion"], row["before"]) for row in rows] == [
        ("promoted", few.version, few.version, None),
        ("promoted", model.version, model.version, few.version),
        ("refused", few.version, model.version, model.version),
        ("rolled back", few.version, few.version, model.version),
    ]
    assert {row["by"] for row in rows} == {"ada"}
    assert rows[0]["why"] == "there is no champion yet"
    assert re.search(r"lower in \d+% of resamples", rows[1]["why"])
    assert re.match(r"better failed: ", rows[2]["why"])
    assert rows[3]["why"] == "scores of small accounts jumped"
    assert [row["until"] for row in rows] == [rows[1]["at"], rows[3]["at"], None, None]
    assert [(row["log_loss"], row["accuracy"]) for row in rows] == [(0.5, 0.7)] * 4
    assert rows[3]["run"] == rows[0]["run"] == Registry().version(CHAMPION).run_id
    assert [row["event"] for row in told()] == ["promoted", "promoted", "rolled back"]
    shown = Registry().connect().get_registered_model(NAME).description
    assert "| rolled back | ada | scores of small accounts jumped |" in shown
    assert klout("champions", "--out", "c.parquet").code == 0
    assert pl.read_parquet("c.parquet")["model"].to_list() == [row["model"] for row in told()]
    assert klout("champions", "--format", "csv").out.count("\n") == 4
    assert "until" in klout("champions").out


def test_a_champion_that_nobody_told_of_is_found(place, few, model, monkeypatch):
    """Killed between the alias and the table, or moved by hand in MLflow."""

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(promote_job, "decide", killed)
        decide(few)
    [row] = told()
    assert (row["event"], row["champion"], row["at"]) == ("found", few.version, None)
    assert decide(few).verdict == f"model {few.version} is the champion already"
    [row] = told()
    assert (row["event"], row["champion"]) == ("found", few.version)
    assert row["at"]
    decide(model)
    Registry().connect().set_registered_model_alias(NAME, CHAMPION, "1")
    assert [(row["event"], row["champion"]) for row in told()] == [
        ("found", few.version),
        ("promoted", model.version),
        ("found", few.version),
    ]


def test_a_run_says_what_is_different_from_the_champion(place, few, model):
    Path("metrics.json").write_text(json.dumps({"log_loss": 0.5, "spread": 2}))
    decide(few)
    Path("metrics.json").write_text(json.dumps({"log_loss": 0.4, "spread": 2}))
    third = dataclasses.replace(
        model, facts=model.facts | {"params": model.facts["params"] | {"num_leaves": 31}}
    )
    decide(third)
    note = mlflow.get_run(Registry().version(CHAMPION).run_id).data.tags[NOTE]
    assert f"Beside champion {few.version}:" in note
    assert f"| num_leaves | {QUICK.num_leaves} | 31 |" in note
    assert "| log_loss | 0.5 | 0.4 (-0.1) |" in note
    assert "spread" not in note
    assert "learning_rate" not in note
    assert re.search(r"\| dvc.candidate \| [0-9a-f]{32}.dir \|", note)
    assert "data.signals" not in note


def test_a_run_names_its_data_by_the_hashes_of_dvc(place, model, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "rusty-hare")
    Path("dvc.lock").write_text("stages: {}")
    decide(model)
    run = mlflow.get_run(Registry().version(CHAMPION).run_id)
    tags = run.data.tags
    for each in run.inputs.dataset_inputs:
        [context] = [tag.value for tag in each.tags if tag.key == "mlflow.data.context"]
        assert each.dataset.digest == tags[f"data.{context}"]
    assert len(run.inputs.dataset_inputs) == 3
    assert tags["dvc.exp"] == "rusty-hare"
    assert tags["dvc.lock"] == md5(Path("dvc.lock"))
    assert re.fullmatch(r"[0-9a-f]{12}", tags["data.version"])
    assert str(place) not in json.dumps(tags)


def test_figures_that_are_no_finite_numbers_are_said_and_not_logged(place, model):
    Path("metrics.json").write_text('{"auc": 0.8, "spread": NaN, "lead": {"listed": Infinity}}')
    lines: list[str] = []
    model.save(Path("candidate"))
    files = ("candidate", "champion", "signals.parquet", "test.parquet", "metrics.json", "plots")
    promote(Submission(*map(Path, files)), say=lines.append)
    run = mlflow.get_run(Registry().version(CHAMPION).run_id).data
    assert run.metrics["auc"] == 0.8
    assert not {"spread", "lead.listed"} & run.metrics.keys()
    assert run.tags["not_finite"] == "spread nan, lead.listed inf"
    assert "spread nan" in run.tags[NOTE]
    assert [line for line in lines if "spread nan, lead.listed inf" in line]


def test_a_rollback_goes_back_one_champion_at_a_time(place, world, few, model):
    decide(few)
    decide(model)
    # Nothing explains the test judgements better than a model that was trained on them.
    both = pl.concat([judged(world[1], seed) for seed in (3, 7)])
    third = fit(world[0], both, CATALOGUE, QUICK)
    assert decide(third, allowed="another").promoted
    assert held(FORMER) == model.version
    rollback(Path("champion"), "first")
    assert (held(CHAMPION), held(FORMER)) == (model.version, few.version)
    rollback(Path("champion"), "second")
    assert held(CHAMPION) == served() == few.version
    with pytest.raises(KloutError, match="no former champion to go back to"):
        rollback(Path("champion"), "third")
    assert held(CHAMPION) == served() == few.version


def test_without_a_champion_there_is_nothing_to_roll_back(place):
    with pytest.raises(KloutError, match="there is no champion"):
        rollback(Path("champion"), "why not")


def test_a_champion_whose_signals_are_gone_makes_room(place, few, model, world):
    decide(model)
    smaller = dataclasses.replace(CATALOGUE, networks=CATALOGUE.networks[:2])
    signals = world[0].select("person", *smaller.names)
    signals.write_parquet("signals.parquet")
    story = decide(fit(signals, judged(world[1], seed=3), smaller, QUICK))
    assert story.promoted
    assert story.shadow is None
    assert "reads signals that are no more, as wikipedia.inlinks" in story.gates[0].why


def test_a_champion_that_can_not_be_read_makes_room(place, few, model):
    decide(few)
    for file in Path("mlflow").rglob("model.json"):
        file.write_text("{}")
    story = decide(model)
    assert story.promoted
    assert "can't be read any more" in story.gates[0].why
    assert story.champion == few.version


def test_the_registered_model_gives_the_same_scores(place, world, model):
    decide(model)
    Registry().connect()
    loaded = mlflow.pyfunc.load_model(f"models:/{NAME}@{CHAMPION}")
    expected = model.score(world[0].head(20))
    assert pl.from_pandas(loaded.predict(world[0].head(20).to_pandas())).equals(expected)
    assert loaded.metadata.signature.inputs.input_names() == ["person", *CATALOGUE.names]


def test_a_run_tells_the_story(place, few, model):
    decide(few)
    story = decide(model)
    holder = Registry().version(CHAMPION)
    run = mlflow.get_run(holder.run_id)
    tags, metrics = run.data.tags, run.data.metrics
    assert tags["stage"] == "candidate"
    assert tags[ALIAS] == CHAMPION
    assert tags["gate.better"] == tags["gate.shift"] == "passed"
    assert re.fullmatch(r"[0-9a-f]{32}", tags["data.signals"])
    assert re.fullmatch(r"[0-9a-f]{40}(\+dirty)?|unknown", tags["git_commit"])
    assert metrics["accuracy"] == 0.7
    assert metrics["baselines.followers"] == 0.6
    assert metrics["gate.shift.mean_change"] > 0
    assert run.data.params["num_leaves"] == str(QUICK.num_leaves)
    assert story.verdict in tags[NOTE]
    assert holder.description.startswith(f"# Model {model.version}")
    client = Registry().connect()
    found = {
        file.path
        for folder in (None, "shadow", "plots")
        for file in client.list_artifacts(run.info.run_id, folder)
    }
    assert {"card.md", "shadow/shadow.csv", "shadow/movers.md", "shadow/shadow.png"} <= found
    assert "plots/sheet.png" in found
    former = mlflow.get_run(Registry().version(FORMER).run_id)
    assert former.data.tags[ALIAS] == FORMER
    names = [each.info.run_name for each in (run, former)]
    assert names == [f"{model.version} promoted @champion", f"{few.version} promoted @former"]


def test_the_card_says_what_is_known_and_only_that(place, few, model):
    decide(few)
    text = card(decide(model))
    assert NOT_FOR in text
    for title in ("Intended use", "Gates", "How good it is", "What changes for people", "Limits",
                  "Data", "Judgements trained on", "How it was trained", "Versions"):  # fmt: skip
        assert f"\n## {title}\n" in text
    assert "simulated world" not in text
    assert f"`{model.version}`" in text
    assert "| twitter | " in text


WORDS = ("--champion", "champion", "--signals", "signals.parquet", "--judgements", "test.parquet",
         "--metrics", "metrics.json", "--plots", "plots", "--params", "params.yaml")  # fmt: skip


def command(*words: str):
    return CliRunner().invoke(app, words)


def test_the_command_refuses_with_0_and_says_why(place, few, shifted):
    decide(few)
    shifted.save(Path("candidate"))
    files = ("--report", "promotion.json", "--card", "card.md")
    done = command("promote", "--candidate", "candidate", *WORDS, *files)
    assert done.exit_code == 0
    assert f"model {shifted.version} does not replace {few.version}" in done.stdout
    assert "shift failed: scores move by" in done.stdout
    report = json.loads(Path("promotion.json").read_text())
    assert (report["promoted"], report["champion"]) == (False, few.version)
    assert [gate["name"] for gate in report["gates"] if not gate["passed"]] == ["shift"]
    assert Path("card.md").read_text().startswith(f"# Model {shifted.version}")


def test_the_command_fails_if_there_is_no_champion_to_go_on_with(place, turned):
    turned.save(Path("candidate"))
    done = command("promote", "--candidate", "candidate", *WORDS)
    assert isinstance(done.exception, KloutError)
    assert "no champion to go on with" in str(done.exception)
    assert not Path("champion").exists()


def test_a_shift_is_not_allowed_without_a_reason(place):
    done = command("promote", "--candidate", "candidate", *WORDS, "--allow-shift")
    assert done.exit_code == 2
    done = command("promote", "--candidate", "candidate", *WORDS, "--why", "because")
    assert done.exit_code == 2


def test_the_command_audit_names_each_finding_and_ends_with_1(tmp_path, model, turned):
    model.save(tmp_path / "good")
    turned.save(tmp_path / "bad")
    done = command("audit", "--model", str(tmp_path / "good"))
    assert done.exit_code == 0
    assert "audit passed" in done.stdout
    report = tmp_path / "audit.json"
    done = command("audit", "--model", str(tmp_path / "bad"), "--report", str(report))
    assert done.exit_code == 1
    assert isinstance(done.exception, KloutError)
    said = json.loads(report.read_text())
    assert said["model"] == turned.version
    assert said["findings"][0].startswith("tree 0: not monotone in twitter.")
