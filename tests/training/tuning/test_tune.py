"""The search for training parameters: what is tried, what survives, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from features.errors import KloutError
from tests.support.populations import QUICK, judged, population
from tests.support.worlds import SMALL
from training.influence.boosting import Binned, Sample, boost
from training.influence.evidence import Evidence
from training.influence.link import Link
from training.influence.model import as_matrix
from training.influence.params import BREAKS_MONOTONICITY
from training.judgements import folds
from training.tuning.abandoned import PROCESS, claim, fail_abandoned, machine
from training.tuning.folds import CrossValidation
from training.tuning.plan import Plan
from training.tuning.pruning import STRIDE, MedianStopping
from training.tuning.study import PLACE, Search, best_params, finished, free_place, opened

SPACE = {
    "learning_rate": {"low": 0.01, "high": 0.5, "log": True},
    "num_leaves": {"low": 2, "high": 12},
    "max_bin": {"choices": [63, 127, 255]},
}
PLAN = Plan.checked({"folds": 3, "trials": 11, "seed": 4, "space": SPACE}, "here")
PRESENT = replace(QUICK, num_trees=12, patience=4)


@pytest.fixture(scope="module")
def people():
    signals, influence = population(SMALL, seed=1, persons=100)
    return signals, judged(influence, seed=2, pairs=400)


@pytest.fixture(scope="module")
def search(people) -> Search:
    return search_of(*people)


def search_of(signals, judgements, plan=PLAN, present=PRESENT) -> Search:
    matrix = as_matrix(signals, SMALL)
    data = matrix, signals["person"], judgements, SMALL
    return Search(plan, present, CrossValidation.of(*data, plan.folds, plan.seed))


@pytest.fixture
def storage(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'tuning.db'}"


def ignore(study) -> None:
    pass


def tried(storage: str, search: Search, on_trial=ignore) -> list[tuple[object, ...]]:
    """Run a study; gives what each finished trial tried and found."""
    with opened(storage, "study", search) as study:
        search.run(study, on_trial)
        return [
            (trial.state, trial.value, trial.user_attrs["train"], trial.intermediate_values)
            for trial in finished(study)
        ]


@pytest.fixture(scope="module")
def whole(search, tmp_path_factory) -> list[tuple[object, ...]]:
    """A study that nothing interrupted; its last trials are no longer picked at random."""
    return tried(f"sqlite:///{tmp_path_factory.mktemp('whole') / 'tuning.db'}", search)


def with_trials(search: Search, trials: int) -> Search:
    return replace(search, plan=replace(search.plan, trials=trials))


def test_a_fold_is_learned_as_a_model_is(search, people):
    signals, judgements = people
    matrix, persons = as_matrix(signals, SMALL), signals["person"]
    settings = PRESENT.lightgbm(SMALL)
    expected = []
    for parts in folds(judgements, PLAN.folds, PLAN.seed):
        train, held_out = (Sample.of(matrix, persons, part) for part in parts)
        evidence, link = Evidence.fitted(train, Link(PRESENT.link_power), SMALL)
        train, held_out = (evidence.before(each, SMALL, PRESENT) for each in (train, held_out))
        losses = []
        for trees in range(1, PRESENT.num_trees + 1):
            booster = boost(Binned.of(train, PRESENT.max_bin), settings, link, trees)
            influence = np.asarray(booster.predict(held_out.seen, raw_score=True))
            losses.append(held_out.pairs.loss(link.log_worth(held_out.start + influence)))
        expected.append((min(losses), 1 + int(np.argmin(losses))))
    patient = replace(PRESENT, patience=PRESENT.num_trees)
    for _ in range(2):  # the second time what was binned is used again
        found = list(search.validation.run(patient, lambda *_: None))
        assert [trees for _, trees in found] == [trees for _, trees in expected]
        assert np.allclose([loss for loss, _ in found], [loss for loss, _ in expected], atol=1e-12)


def test_trials_that_learn_at_another_pace_report_at_the_same_times(search):
    times: dict[float, list[int]] = {}
    for rate in (0.1, 0.2):
        params = replace(PRESENT, learning_rate=rate, num_trees=round(3.05 / rate), patience=100)
        seen = times.setdefault(rate, [])
        list(search.validation.run(params, lambda fold, time, _, seen=seen: seen.append(time)))
    assert times[0.1] == times[0.2] == [1, 2, 3] * PLAN.folds


def test_the_present_parameters_are_tried_first_and_the_best_is_never_worse(search, storage):
    present = replace(PRESENT, learning_rate=0.123456789)
    with opened(storage, "study", search) as study:
        with_trials(replace(search, present=present), 3).run(study, ignore)
        first = study.trials[0]
        assert first.user_attrs["train"] == present.to_dict()
        assert first.state == TrialState.COMPLETE
        assert study.best_value <= first.value
        again = [loss for loss, _ in search.validation.run(best_params(study), lambda *_: None)]
        assert np.mean(again) == study.best_value


def test_another_seed_tries_other_parameters(search, people, whole, storage):
    other = with_trials(search_of(*people, plan=replace(PLAN, seed=5)), 3)
    assert not {str(one[2]) for one in tried(storage, other)[1:]} & {str(one[2]) for one in whole}


def test_an_interrupted_study_tries_what_an_uninterrupted_one_does(search, whole, storage):
    for trials in (2, 9, 11):
        parts = tried(storage, with_trials(search, trials))
        assert len(parts) == trials
    assert parts == whole


def test_a_study_goes_on_after_its_process_was_killed_in_a_trial(search, whole, storage):
    for trials in (0, 3):
        tried(storage, with_trials(search, trials))
        with opened(storage, "study", search) as study:
            begun = asked(study)  # and no more: its trial is left running
            begun.set_user_attr(PROCESS, [machine(), ended_process()])
    assert tried(storage, with_trials(search, 5)) == whole[:5]
    states = [trial.state for trial in trials_of(storage)]
    assert states[0] == states[4] == TrialState.FAIL
    assert TrialState.RUNNING not in states


def asked(study: optuna.Study) -> optuna.Trial:
    """Begin a trial and leave it there, which Optuna warns of."""
    with pytest.warns(UserWarning, match="Heartbeat of storage"):
        return study.ask()


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def trials_of(storage: str) -> list[optuna.trial.FrozenTrial]:
    return optuna.load_study(study_name="study", storage=storage).trials


def test_what_a_living_process_tries_is_left_alone(search, storage):
    with opened(storage, "study", search) as study:
        claim(asked(study))  # this process lives
        asked(study)  # and one that has said nothing yet
        fail_abandoned(study)
    assert [trial.state for trial in trials_of(storage)] == [TrialState.RUNNING] * 2


def test_a_process_of_another_machine_is_given_up_without_a_heartbeat(search, storage, monkeypatch):
    with opened(storage, "study", search) as study:
        begun = asked(study)
        begun.set_user_attr(PROCESS, ["elsewhere", ended_process()])
        study._storage._backend.record_heartbeat(begun._trial_id)
        fail_abandoned(study)
        assert study.trials[0].state == TrialState.RUNNING
        monkeypatch.setattr(study._storage._backend, "grace_period", -1)
        fail_abandoned(study)
        assert study.trials[0].state == TrialState.FAIL


def begun(number: int, place: int | None) -> optuna.trial.FrozenTrial:
    attributes = {} if place is None else {PLACE: place}
    trial = optuna.create_trial(state=TrialState.RUNNING, user_attrs=attributes)
    trial.number = number
    return trial


@given(st.lists(st.sampled_from(["begin", "say", "fail"]), max_size=30), st.randoms())
def test_no_two_living_trials_have_the_same_place(steps, random):
    """In whatever order they begin, say where they are, and fail."""
    trials: dict[int, optuna.trial.FrozenTrial] = {}
    for number, step in enumerate(steps):
        silent = [n for n, trial in trials.items() if PLACE not in trial.user_attrs]
        if step == "begin":
            trials[number] = begun(number, None)
        elif step == "say" and silent:
            chosen = random.choice(silent)
            others = [trial for n, trial in trials.items() if n != chosen]
            trials[chosen] = begun(chosen, free_place(chosen, others))
        elif step == "fail" and trials:
            del trials[random.choice([*trials])]
    for chosen in sorted(n for n, trial in trials.items() if PLACE not in trial.user_attrs):
        others = [trial for n, trial in trials.items() if n != chosen]
        trials[chosen] = begun(chosen, free_place(chosen, others))
    places = [trial.user_attrs[PLACE] for trial in trials.values()]
    assert len(places) == len({*places})


def test_no_trial_begins_after_the_time_is_up_but_the_first(search, storage):
    hurried = replace(search, plan=replace(search.plan, minutes=1e-9))
    assert len(tried(storage, hurried)) == 1
    assert len(tried(storage, hurried)) == 1
    assert len(tried(storage, with_trials(search, 2))) == 2


def test_a_study_is_not_continued_with_other_data_or_another_space(search, people, storage):
    signals, judgements = people
    tried(storage, with_trials(search, 1))
    narrow = replace(PLAN, space=PLAN.space | {"num_leaves": IntDistribution(3, 12)})
    others = {
        "data": search_of(signals, judgements.head(300)),
        "space": search_of(signals, judgements, plan=narrow),
        "fixed parameters": search_of(signals, judgements, present=replace(PRESENT, lambda_l2=7.0)),
    }
    for what, other in others.items():
        with pytest.raises(KloutError, match=f"{what}.*choose another --name"):
            tried(storage, other)


def test_a_study_goes_on_with_what_is_in_force_since(search, people, storage):
    tried(storage, with_trials(search, 2))
    moved = replace(PRESENT, learning_rate=0.2)
    trials = tried(storage, with_trials(search_of(*people, present=moved), 4))
    assert trials[2][2] == moved.to_dict()
    assert len({str(trial[2]) for trial in trials}) == 4


def test_a_bad_trial_is_pruned_before_its_last_fold(search, storage):
    with opened(storage, "study", search) as study:
        study.pruner = MedianStopping(startup=1, warmup=0)
        with_trials(search, 1).run(study, ignore)
        study.enqueue_trial({"learning_rate": 0.01, "num_leaves": 2, "max_bin": 63})
        with_trials(search, 2).run(study, ignore)
        bad = study.trials[-1]
    assert bad.state == TrialState.PRUNED
    assert len(bad.user_attrs["fold_log_loss"]) < PLAN.folds


def ended(values: dict[int, float]) -> optuna.trial.FrozenTrial:
    return optuna.create_trial(value=1.0, intermediate_values=values)


@pytest.mark.parametrize(
    ("values", "pruned"),
    [
        ({5: 0.4}, False),  # better than the median of 0.3, 0.5, 0.7
        ({5: 0.6}, True),
        ({1: 0.6}, False),  # too early to say
        ({5: 0.4, STRIDE + 1: 0.6}, False),  # so in the next fold
        ({5: 0.1, STRIDE + 5: 0.6}, True),  # a fold that was easy does not protect it
        ({6: 0.6}, False),  # nobody has come that far
    ],
)
def test_a_trial_is_pruned_where_it_is_worse_than_the_median(values, pruned):
    study = optuna.create_study()
    for value in (0.3, 0.5, 0.7):
        study.add_trial(ended({1: value, 5: value, STRIDE + 1: value, STRIDE + 5: value}))
    trial = ended(values)
    assert MedianStopping(startup=3, warmup=3).prune(study, trial) is pruned
    assert not MedianStopping(startup=4, warmup=3).prune(study, trial)


def plan_of(**space: object) -> Plan:
    return Plan.checked({"space": space}, "params.yaml")


def test_the_space_takes_its_kinds_from_the_parameters():
    assert PLAN.space == {
        "learning_rate": FloatDistribution(0.01, 0.5, log=True),
        "num_leaves": IntDistribution(2, 12),
        "max_bin": CategoricalDistribution([63, 127, 255]),
    }


def test_what_is_true_or_false_may_be_searched():
    plan = plan_of(extra_trees={"choices": [False, True]})
    assert plan.space == {"extra_trees": CategoricalDistribution([False, True])}


@pytest.mark.parametrize("name", BREAKS_MONOTONICITY)
def test_a_setting_that_breaks_monotonicity_is_refused_by_name(name):
    with pytest.raises(KloutError, match=f"tune.space.{name}: breaks .* monotone"):
        plan_of(**{name: {"choices": [0, 1]}})


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"depth": {"low": 1, "high": 2}}, "tune.space.depth: no such parameter; there are"),
        ({"num_trees": {"low": 1, "high": 2}}, "tune.space.num_trees: is not searched"),
        ({"seed": {"low": 1, "high": 2}}, "tune.space.seed: is not searched"),
        ({"num_leaves": {"low": 1.5, "high": 2}}, "num_leaves: low and high must be whole numbers"),
        ({"num_leaves": {"low": 9, "high": 2}}, "num_leaves: low must be below high"),
        ({"lambda_l2": {"low": 0, "high": 2, "log": True}}, "above 0 if log"),
        ({"lambda_l2": {"low": 0}}, "expected low, high and perhaps log, or choices"),
        ({"lambda_l2": 3}, "expected low, high and perhaps log, or choices"),
        ({"max_bin": {"choices": [63]}}, "choices must be a list of at least 2 of int"),
        ({"extra_trees": {"low": False, "high": True}}, "is true or false; expected choices"),
        ({}, "names no parameter"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused_by_name(space, message):
    with pytest.raises(KloutError, match=message):
        plan_of(**space)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"folds": 1}, "tune.folds must be a whole number of at least 2"),
        ({"trials": 0}, "tune.trials"),
        ({"minutes": 0}, "tune.minutes must be a number above 0"),
        ({"jobs": 2}, "no setting tune.jobs"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_by_name(setting, message):
    with pytest.raises(KloutError, match=message):
        Plan.checked({"space": SPACE} | setting, "params.yaml")


def test_a_space_that_leaves_out_what_is_in_force_is_refused():
    with pytest.raises(KloutError, match=r"num_leaves leaves out the present train.num_leaves, 31"):
        PLAN.present(replace(PRESENT, num_leaves=31))


def test_storage_that_cannot_be_opened_is_an_error_that_says_what_was_expected(search, tmp_path):
    for storage in ("tuning.db", f"sqlite:///{tmp_path}/no/tuning.db"):
        with (
            pytest.raises(KloutError, match="expected sqlite:///FILE"),
            opened(storage, "s", search),
        ):
            pass


def test_parameters_without_a_section_tune_are_refused(tmp_path):
    file = tmp_path / "params.yaml"
    for text, message in {"train: {}": "section tune", "- 1": "section tune", "[": "YAML"}.items():
        file.write_text(text)
        with pytest.raises(KloutError, match=f"no .*{message}"):
            Plan.read(file)
    with pytest.raises(KloutError, match="No such file"):
        Plan.read(Path("nowhere.yaml"))
    file.write_text(yaml.safe_dump({"tune": {"space": SPACE}}))
    assert Plan.read(file) == Plan.checked({"space": SPACE}, "here")
