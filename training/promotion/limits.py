"""What a model does not know: the part of its card that figures can't write."""

from __future__ import annotations

from training.promotion.candidate_record import Story

ALWAYS = (
    "It ranks. That one score is twice another says nothing, and scores of different models differ "
    "as the table of changes says.",
    "It knows counts of reactions, and not what they say: anger counts as applause does.",
    "It knows the networks it is told of: who is influential elsewhere is scored as if nowhere.",
    "It holds every actor to be as real as its authenticity says, which is 1 until something says "
    "otherwise: reactions that are bought and not found out count.",
    "Who was judged is not everybody: about kinds of people that no judge saw it says what their "
    "signals would mean for others.",
)
SIMULATED = (
    "People and judgements are of a simulated world. Its figures say how well the rule of that "
    "world was found, not how well real people are judged."
)
UNSEEN = "The judgements it was trained on were not given, so nothing is said of their faults."


def limits(story: Story) -> str:
    """List what is true of every model, and what this one's data adds."""
    said = list(ALWAYS)
    # Only a simulated world has a truth to compare with.
    if "truth" in story.metrics.get("baselines", {}):
        said.insert(0, SIMULATED)
    if story.report is None:
        said.append(UNSEEN)
    return "\n".join(f"- {each}" for each in said)
