"""How sure a score is, as answers say it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.influence.confidence import SAYS

_LOOKS = f"{SAYS:.0%} of looks at as many reactions, of other people, find a score from low to high"

Confidence = Annotated[
    float,
    Field(
        description="From 0, nobody reacted, to 1: by how many people the score rests on, over "
        "networks and the mean of 7, 30 and 90 days. 2 people: .42; 2,000: .98."
    ),
]
Low = Annotated[float, Field(description=f"{_LOOKS}; never above the score.")]
High = Annotated[float, Field(description="See low; never below the score.")]
