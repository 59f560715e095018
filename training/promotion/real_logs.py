"""What real logs say of a candidate: never worse than counting who reacted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import KloutError
from training.promotion.gates import Gate

NAME = "real_logs"
Rho = Annotated[float, Field(ge=-1.0, le=1.0)]


class Asked(BaseModel):
    """One question to a real log: who draws more people next, or stands high in the end.

    Attributes
    ----------
    log, task
        The log, and the question.
    model, reactors
        Spearman's rank correlation with what came, of the candidate and of distinct reactors.
    """

    log: str
    task: str
    model: Rho
    reactors: Rho


class RealLogs(BaseModel):
    """Figures of a model on logs of real people, as ``make eval-real`` records them.

    Attributes
    ----------
    model
        Its version.
    tasks
        What was asked.
    skipped
        Why nothing was; empty if something was.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    model: str
    tasks: list[Asked]
    skipped: str = ""

    @staticmethod
    def read(file: Path, version: str) -> RealLogs:
        """Read the figures of the model of a version.

        Raises
        ------
        KloutError
            If the file is no such table, or is of another model.
        """
        try:
            found = RealLogs.model_validate_json(file.read_bytes())
        except OSError as error:
            raise KloutError(f"{file}: can't be read: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise KloutError(
                f"{file}: {where}: {first['msg']}; expected what evaluations.real --out writes"
            ) from error
        if found.model != version:
            raise KloutError(f"{file}: is of model {found.model}, and the candidate is {version}")
        return found


def counted(found: RealLogs | None, most_behind: float) -> Gate:
    """Ask whether the candidate ranks real people as well as their distinct reactors do.

    Parameters
    ----------
    found
        Its figures; None: there are none.
    most_behind
        Rank correlation that it may lack, on the mean over the tasks of each log.
    """
    if found is None:
        return Gate(NAME, passed=True, why="skipped: no figures of real logs were given")
    if not found.tasks:
        return Gate(NAME, passed=True, why=f"skipped: {found.skipped or 'no log was asked'}")
    leads = {
        log: float(np.mean([task.model - task.reactors for task in found.tasks if task.log == log]))
        for log in dict.fromkeys(task.log for task in found.tasks)
    }
    behind = {log: lead for log, lead in leads.items() if lead < -most_behind}
    said = "; ".join(f"{log} {lead:+.3f}" for log, lead in (behind or leads).items())
    why = f"rank correlation less that of distinct reactors: {said}; at least -{most_behind:g}"
    return Gate(NAME, not behind, f"{why} is asked for", leads)
