"""Models in MLflow: which versions there are, which is the champion, which was before it."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models.model import ModelInfo

from features.errors import KloutError
from training.influence.model import Model
from training.registry.artifacts import ADDRESS
from training.registry.run_views import KIND, views

NAME = "klout-score"
DATABASE = "mlflow.db"
EXPERIMENT = "klout-score"
CHAMPION, FORMER = "champion", "former"
"""Aliases: whose scores are served, and whose were before: what a rollback goes back to."""
REPLACED, WITHDRAWN = "replaced", "withdrawn"
"""Tags of a version: the version it took the place of; why it was rolled back."""
ABOUT = """\
The Klout Score: signals of people in, their influence, score and networks' parts out. The version
with the alias `champion` is the one that is served, and its page is its model card; `former` was
served before, and `klout rollback --why TEXT` brings it back. The tag `withdrawn` marks a version
that was rolled back: while it is there, the same model can't be promoted again.
"""
ALIAS = "alias"
"""Tag of a run: the alias its model holds now."""
NOTE = "mlflow.note.content"
"""Tag of a run or an experiment that MLflow shows as its description."""
GUIDE = """\
**Runs** of candidates are named by the model's version and what became of it; `@champion` and
`@former` stand behind two of them. **Views → Candidates** shows them with the figures they are
compared by, **By data** the same in groups of the same data, **Trials** those of `klout tune`; the
charts of each are of twenty runs at once. A run's description says what was
decided and why; its artifacts are `card.md`, `shadow/` and `plots/`.

**Models → klout-score**: the page of the version with the alias `champion` is its model card.
"""


@dataclass(frozen=True)
class Registry:
    """The tracking server's home: a SQLite store and a folder of artifacts beside it."""

    home: Path = Path("mlflow")

    def connect(self) -> mlflow.MlflowClient:
        """Point MLflow at the store, and make the experiment if it is not there.

        Raises
        ------
        KloutError
            If the store names its artifacts by the path of some checkout, as it once did.
        """
        hush()
        store = f"sqlite:///{self.home.resolve() / DATABASE}"
        self.home.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(store)
        mlflow.set_registry_uri(store)
        experiment = mlflow.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            mlflow.create_experiment(EXPERIMENT, artifact_location=ADDRESS)
        elif experiment.artifact_location != ADDRESS:
            raise KloutError(
                f"{self.home}: its models are named by a path, {experiment.artifact_location}, "
                "as an older klout did: move mlflow.db and artifacts away, and promote again"
            )
        mlflow.set_experiment(EXPERIMENT)
        known = {} if experiment is None else experiment.tags
        wanted = {NOTE: GUIDE, **KIND, **views()}
        if new := {name: text for name, text in wanted.items() if known.get(name) != text}:
            mlflow.set_experiment_tags(new)
        return mlflow.MlflowClient()

    def version(self, alias: str) -> ModelVersion | None:
        """Look up which version holds an alias, if any does."""
        try:
            return self.connect().get_model_version_by_alias(NAME, alias)
        except MlflowException:
            return None

    def champion(self) -> Model | None:
        """Load the model that holds the alias, if there is one."""
        found = self.version(CHAMPION)
        return None if found is None else self.load(found.version)

    def load(self, version: str) -> Model:
        """Load a registered version.

        Raises
        ------
        KloutError
            If its files are gone or damaged.
        """
        self.connect()
        uri = f"models:/{NAME}/{version}"
        with tempfile.TemporaryDirectory() as folder:
            try:
                local = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
            except (MlflowException, OSError) as error:
                raise KloutError(f"{self.home}: version {version} is not there: {error}") from error
            found = next(Path(local).rglob("model.json"), None)
            if found is None:
                raise KloutError(f"{self.home}: version {version} holds no model.json")
            return Model.load(found.parent)

    def register(self, info: ModelInfo, run: str, tags: dict[str, str], card: str) -> str:
        """Make a logged model the next version.

        Parameters
        ----------
        info
            What MLflow said when it was logged.
        run
            The id of its run.
        tags
            Shown beside it in the list of versions.
        card
            Its description, in Markdown.

        Returns
        -------
        str
            The version.
        """
        client = self.connect()
        if not client.search_registered_models(f"name = '{NAME}'"):
            client.create_registered_model(NAME, description=ABOUT)
        made = client.create_model_version(
            NAME, info.model_uri, run, tags, description=card, model_id=info.model_id
        )
        return str(made.version)

    def enthrone(self, version: str) -> None:
        """Give a version the alias `champion`; who held it is `former`."""
        client, holder = self.connect(), self.version(CHAMPION)
        if holder is not None and holder.version != version:
            client.set_model_version_tag(NAME, version, REPLACED, holder.version)
            self._give(FORMER, holder.version)
        self._give(CHAMPION, version)

    def before(self) -> tuple[ModelVersion, ModelVersion]:
        """Look up the champion and the one before it.

        Raises
        ------
        KloutError
            If either is missing.
        """
        holder, former = self.version(CHAMPION), self.version(FORMER)
        if holder is None or former is None:
            missing = "champion" if holder is None else "former champion to go back to"
            raise KloutError(f"{self.home}: there is no {missing}")
        return holder, former

    def roll_back(self, why: str) -> tuple[ModelVersion, ModelVersion]:
        """Give the alias `champion` back to the version that held it before.

        The version that loses it is tagged with why, and can't be promoted again until the tag is
        removed. The alias `former` goes to the version that the new champion once replaced.

        Returns
        -------
        tuple
            The versions: whose scores were served, and whose are now.

        Raises
        ------
        KloutError
            If there is no champion, or no former one.
        """
        client, (holder, former) = self.connect(), self.before()
        client.set_model_version_tag(NAME, holder.version, WITHDRAWN, why)
        note = f"# Rolled back: {why}\n\n{holder.description}"
        client.update_model_version(NAME, holder.version, note)
        if holder.run_id:
            client.set_tag(holder.run_id, WITHDRAWN, why)
        self._give(CHAMPION, former.version)
        if (before := former.tags.get(REPLACED)) and self._stands(before):
            self._give(FORMER, before)
        else:
            self._take(FORMER)
        return holder, former

    def withdrawn(self, model_version: str) -> str | None:
        """Say why a model, named by its own version, was rolled back; None if it was not."""
        found = self.connect().search_model_versions(f"name = '{NAME}'")
        for version in found:
            if version.tags.get("model_version") == model_version and WITHDRAWN in version.tags:
                return str(version.tags[WITHDRAWN])
        return None

    def _stands(self, version: str) -> bool:
        try:
            found = self.connect().get_model_version(NAME, version)
        except MlflowException:
            return False
        return WITHDRAWN not in found.tags

    def _give(self, alias: str, version: str) -> None:
        """Move an alias, and the tag by which the list of runs shows it."""
        client, holder = self.connect(), self.version(alias)
        client.set_registered_model_alias(NAME, alias, version)
        if holder is not None:
            self._unmark(holder, alias)
        if run := client.get_model_version(NAME, version).run_id:
            client.set_tag(run, ALIAS, alias)
            client.update_run(run, name=f"{self._name(run)} @{alias}")

    def _take(self, alias: str) -> None:
        """Remove an alias that some version holds."""
        client, holder = self.connect(), self.version(alias)
        if holder is not None:
            client.delete_registered_model_alias(NAME, alias)
            self._unmark(holder, alias)

    def _unmark(self, holder: ModelVersion, alias: str) -> None:
        client, run = self.connect(), holder.run_id
        if run and client.get_run(run).data.tags.get(ALIAS) == alias:
            client.delete_tag(run, ALIAS)
            client.update_run(run, name=self._name(run))

    def _name(self, run: str) -> str:
        """Name of a run without the alias that stands behind it."""
        return str(self.connect().get_run(run).info.run_name).partition(" @")[0]


def model_of(version: ModelVersion) -> str:
    """Give the model's own version, which MLflow's stands for."""
    return str(version.tags.get("model_version", f"version {version.version}"))


def hush() -> None:
    """Keep MLflow's progress bars and hints off the terminal: they hide what `klout` says.

    And keep it from packing the project of uv that it may be run in with a model.
    """
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    os.environ["MLFLOW_UV_AUTO_DETECT"] = "false"
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    warnings.filterwarnings("ignore", message=".*[Tt]ype hint")
