"""Ranking real people: every method on every real log, in one table (``make eval-real``)."""
