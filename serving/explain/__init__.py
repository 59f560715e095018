"""Why a score, why it moved, and what would raise it: see docs/explanations.md.

`reasons.why`, `movement.moved`, `supposing.what_if` and `supposing.next_point` answer; `answers`
has what they give, `asked` what may be asked. Nothing is imported here: commands start fast.
"""
