"""What is compared with the score, as people call it."""

from __future__ import annotations

NAMES = {
    "score": "the score",
    "truth": "hidden true influence (the ceiling)",
    "followers": "followers, friends and connections",
    "interactions": "interactions received",
    "reactors": "distinct reactors",
    "log_linear": "a formula of reactors and days",
    "listed": "lists that others put them on",
    "pagerank": "PageRank of who reacts to whom",
    "tweepcred": "Tweepcred of who reacts to whom",
    "tunkrank": "TunkRank of who reacts to whom",
    "account_score": "X's account score of who reacts to whom",
    "least_squares": "non-negative least squares",
    "logistic": "logistic regression",
    "unconstrained": "trees without the score's promises",
}
