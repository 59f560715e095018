"""An explanation as a picture."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from serving.explain.explanation import Explanation

ADDS, WHOLE = "tab:blue", "tab:gray"
_ROW, _WIDTH = 0.4, 8.0
"""Inches."""


def plot(explanation: Explanation) -> Figure:
    """Draw a score as a waterfall: what everybody begins with, and what each network adds.

    Parameters
    ----------
    explanation
        From `serving.notebook.explain`.
    """
    shown = [(part.title, part.points) for part in explanation.parts if part.points]
    if explanation.changed:
        shown.append(("records that are gone", explanation.changed))
    names = ["to begin with", *(name for name, _ in shown), "score"]
    widths = [explanation.nobody, *(points for _, points in shown), explanation.score]
    starts = [0.0, *np.cumsum(widths[:-2]).tolist(), 0.0]
    figure = Figure(figsize=(_WIDTH, 1 + _ROW * len(names)), layout="constrained")
    axes = figure.subplots()
    colours = [WHOLE, *[ADDS] * len(shown), WHOLE]
    bars = axes.barh(names, widths, left=starts, color=colours)
    labels = [*(f"{width:+.1f}" for width in widths[:-1]), f"{explanation.score:.1f}"]
    axes.bar_label(bars, labels, padding=3)
    axes.invert_yaxis()
    axes.set(title=f"{explanation.person}, {explanation.as_of}", xlabel="points", xlim=(0, 105))
    return figure
