"""Judgements: read, checked, divided, and made from what came after."""

from training.judgements.reading import indices, persons_of, read_judgements
from training.judgements.splits import set_aside, split

__all__ = ["indices", "persons_of", "read_judgements", "set_aside", "split"]
