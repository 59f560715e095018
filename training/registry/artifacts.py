"""Artifacts that stand beside MLflow's database, wherever both are.

MLflow writes the address of each artifact into its database, and that of a folder as an absolute
path: a checkout that was moved, or copied, would read the models of where it was. The scheme
``mlflow-artifacts`` means "kept by whoever is asked". A server (`make mlflow`) resolves it to its
own folder; a database that is opened without a server has nobody to ask, and MLflow gives up.
Then it is the folder `artifacts` beside the database.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository
from mlflow.tracking import get_tracking_uri

ADDRESS = "mlflow-artifacts:/"
"""Where experiments of a database of ours keep their artifacts."""

_DATABASE = "sqlite:///"


def artifacts(
    artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
) -> ArtifactRepository:
    """Open artifacts: MLflow calls this for the scheme, as `pyproject.toml` declares.

    Parameters
    ----------
    artifact_uri
        From the database.
    tracking_uri
        Whom MLflow asks; None: as was set.
    registry_uri
        Passed on.
    """
    asked = tracking_uri or get_tracking_uri()
    if not asked.startswith(_DATABASE):
        return MlflowArtifactsRepository(artifact_uri, tracking_uri, registry_uri)
    beside = Path(asked.removeprefix(_DATABASE)).resolve().parent / "artifacts"
    return LocalArtifactRepository((beside / urlparse(artifact_uri).path.lstrip("/")).as_uri())
