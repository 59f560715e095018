"""Options that commands about the store share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.storage.paths import location
from serving.cli.console import LAKE_FORM

ENVIRONMENT = "KLOUT_STORE_URL"
"""As in `serving.store.address`, which takes SQLAlchemy with it."""

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar=ENVIRONMENT,
        help="The store's URL; the file store.db in the lake if not said.",
        show_default=False,
    ),
]
LakeOrNone = Annotated[
    Path | None,
    typer.Option(
        "--lake",
        parser=location,
        metavar=LAKE_FORM,
        help="The lake that the store is in.",
        show_default=False,
    ),
]
