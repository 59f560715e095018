"""The shadow score as a picture."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from training.promotion.shadow import Shadow


def draw_shadow(shadow: Shadow, file: Path) -> None:
    """Draw how far people move, and from where to where."""
    old, new, change = (shadow.table[name].to_numpy() for name in ("old", "new", "change"))
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), constrained_layout=True)
    left.hist(change, bins=60, color="tab:blue")
    left.set_yscale("log")
    left.set(title="Change of score", xlabel="points", ylabel="persons")
    right.plot([0, 100], [0, 100], color="black", linestyle=":", linewidth=1)
    right.plot(old, new, ".", markersize=2, alpha=0.4, color="tab:blue", rasterized=True)
    right.set(title="Score by both models", xlabel="by the champion", ylabel="by the candidate")
    figure.savefig(file, dpi=100, metadata={"Software": None})
    plt.close(figure)
