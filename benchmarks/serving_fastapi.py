"""The same scores from as little as FastAPI and uvicorn need: what a server costs beside ours."""

from __future__ import annotations

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

from serving.http.score.model_holder import loaded_model
from serving.http.score.people_scoring import score_matrix
from serving.http.score.schemas import Score

app = FastAPI()
loaded_model()  # read before the first request


class Person(BaseModel):
    """A person's signals, and nothing checked but that they are numbers."""

    person: str
    signals: dict[str, float]


@app.get("/ping")
def ping() -> str:
    """Say that it is up."""
    return "up"


@app.post("/score")
def score(asked: Person) -> Score:
    """Score one person."""
    now = loaded_model()
    signals = np.array([[asked.signals.get(name, 0.0) for name in now.model.catalogue.names]])
    return score_matrix(now.model, [asked.person], signals)[0]
