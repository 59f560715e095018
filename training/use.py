"""What the score is for and not for: one wording for model card, API and pages.

The longer form, with sources, is `docs/use.md`.
"""

from __future__ import annotations

FOR = (
    "For a person to see how far their public activity moves others to act, for comparing with "
    "others who take part, and for research on such measures."
)
NOT_FOR = (
    "Not for decisions about people: hiring, credit, insurance, housing, prices, or access to "
    "services. Social scoring that leads to detrimental treatment in unrelated contexts is "
    "prohibited in the European Union (AI Act, article 5(1)(c))."
)
