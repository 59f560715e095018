"""Why a score, why it moved, and what would raise it: see docs/explanations.md."""
