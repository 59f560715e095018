"""Answers in the form of the Klout API v2."""

# Its names are camel case, as clients of 2012 read them.
# ruff: noqa: N815

from __future__ import annotations

from pydantic import BaseModel, Field


class Identity(BaseModel):
    """A name on a network; ``ks`` is Klout's own."""

    id: str
    network: str


class PlainScore(BaseModel):
    """A score alone."""

    score: float


class ScoreDeltas(BaseModel):
    """How far a score has moved; 0 where there was none on that day."""

    dayChange: float
    weekChange: float
    monthChange: float


class User(BaseModel):
    """A person."""

    kloutId: str
    nick: str
    score: PlainScore
    scoreDeltas: ScoreDeltas


class UserScore(BaseModel):
    """A person's score."""

    score: float
    scoreDelta: ScoreDeltas
    bucket: str = Field(description="Ten points, as 60-69; the last is 90-100.")


class Entity(BaseModel):
    """Somebody in a list."""

    id: str
    payload: User


class Listed(BaseModel):
    """An entry of a list."""

    entity: Entity


class Influence(BaseModel):
    """Who influenced a person most, and whom it influenced most, in 90 days."""

    myInfluencersCount: int = Field(description="To whom it gave attention: distinct people.")
    myInfluenceesCount: int = Field(description="Who gave it attention: distinct people.")
    myInfluencers: list[Listed] = Field(description="10 at most, of those with a score.")
    myInfluencees: list[Listed] = Field(description="As many at most.")


class Topic(BaseModel):
    """Something a person is known for."""

    id: str
    displayName: str
    name: str
    slug: str
    imageUrl: str
