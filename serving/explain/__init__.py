"""Why a score, why it moved, and what would raise it: see docs/explanations.md.

`why.why`, `change.explain_change`, `counterfactual.what_if` and `counterfactual.next_point` answer;
`explanation` has what they give, `requests` what may be asked.
"""
