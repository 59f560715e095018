"""A run on a cluster of two machines gives the same bits as on this one, also if one is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.incremental.executor_ray import on_ray
from serving.daily.run import daily
from serving.daily.target import ExecutionTarget
from tests.support.histories import arrive
from tests.support.lives import assert_same, live, lived, outcome, small_model, story
from tests.support.worlds import SMALL

ray = pytest.importorskip("ray", reason="needs the extra `cluster`")
cluster_utils = pytest.importorskip("ray.cluster_utils")

TWO = Catalogue(tuple(n for n in SMALL.networks if n.name in ("twitter", "wiki")))
STORE = 100 * 2**20
CORE = {"num_cpus": 1, "object_store_memory": STORE}

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",  # files that Ray leaves to the collector
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[cluster_utils.Cluster]:
    """A head that does no work, and two machines of one core."""
    head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
    head |= {"include_log_monitor": False, "no_monitor": True}  # nobody reads what they say
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    for _ in range(2):
        cluster.add_node(**CORE)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_two_machines_give_the_same_bits(cluster: cluster_utils.Cluster, tmp_path: Path) -> None:
    history, model = story(1, days=2, catalogue=TWO), small_model(TWO)
    wanted = lived(tmp_path / "here", history, model)
    live(tmp_path / "there", history, model, ExecutionTarget(on_ray(cluster.address)))
    assert_same(outcome(tmp_path / "there", model), wanted)


def test_so_they_do_if_one_is_lost_in_the_middle(
    cluster: cluster_utils.Cluster, tmp_path: Path
) -> None:
    history, model = story(2, days=2, catalogue=TWO), small_model(TWO)
    wanted = lived(tmp_path / "here", history, model)
    root, where = tmp_path / "there", ExecutionTarget(on_ray(cluster.address), shards=3)
    lost = []

    def lose(_: int) -> None:
        """Called when the first network is done, and others are at work."""
        if not lost:
            lost.append(cluster.list_all_nodes()[-1])
            cluster.remove_node(lost[0], allow_graceful=False)

    # Each connection has processes of its own, which import everything: both days share one.
    with ray.init(address=cluster.address, log_to_driver=False):
        for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
            arrive(root, rows, number, model.catalogue)
            daily(root, as_of, model, on_rows=lose, where=where)
            if lost and number == 0:
                cluster.add_node(**CORE)
                lost.clear()
    assert lost
    assert_same(outcome(root, model), wanted)


def test_without_a_cluster_at_the_address_it_says_so(tmp_path: Path) -> None:
    history, model = story(1, days=1), small_model()
    arrive(tmp_path / "lake", history.arrivals[0], 0, model.catalogue)
    with pytest.raises(KloutError, match=r"no Ray cluster at 127\.0\.0\.1:1"):
        daily(
            tmp_path / "lake", history.runs[0], model, where=ExecutionTarget(on_ray("127.0.0.1:1"))
        )


@pytest.mark.parametrize(
    ("token", "mode", "said"),
    [
        (True, None, "there is a token, .*auth_token: .* set RAY_AUTH_MODE=token$"),
        (True, "token", "RAY_AUTH_MODE=token, and the token is .*auth_token"),
        (False, "token", "RAY_AUTH_MODE=token, and the token is missing"),
        (False, None, "Failed to connect$"),
    ],
)
def test_a_cluster_that_asks_for_a_token_is_told_from_none(
    token: bool,
    mode: str | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A head that asks for a token says no more than one that is not there."""
    (tmp_path / ".ray").mkdir()
    if token:
        (tmp_path / ".ray" / "auth_token").write_text("a" * 64)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {"RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN": None}.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    def refused(**_: object) -> None:
        if mode == "token" and not token:
            raise ray.exceptions.AuthenticationError("Token authentication is enabled")
        raise ConnectionError("Failed to connect")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", refused)
    with (
        pytest.raises(KloutError, match=f"no Ray cluster at cluster/head:1: .*{said}"),
        on_ray("cluster/head:1")(),
    ):
        pass
