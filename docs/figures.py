"""Write the figures that pages say of the code into the pages: `make docs` runs it.

Each figure stands in one sentence of one page, which is found by the words around it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.catalogue.catalogue import Catalogue, signals_of
from features.catalogue.declaration import load_networks, network_from_dict

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Said:
    """A figure: on which page, between which words, and what it is."""

    page: str
    before: str
    after: str
    value: Callable[[str], int]

    def written(self, text: str) -> str:
        """Write the figure into the page's text; ValueError if its sentence is not there once."""
        sentence = re.compile(f"({re.escape(self.before)})[0-9,]+({re.escape(self.after)})")
        value = f"{self.value(text):,}"
        new, times = sentence.subn(lambda found: f"{found[1]}{value}{found[2]}", text)
        if times != 1:
            raise ValueError(f"{self.page}: '{self.before}…{self.after}' is there {times} times")
        return new


def _all_signals(_: str) -> int:
    return len(Catalogue(load_networks()).names)


def _of_twitter(_: str) -> int:
    catalogue = Catalogue(load_networks())
    return len(list(signals_of(catalogue.network("twitter"))))


def _of_the_example(page: str) -> int:
    """Count the signals of the network that the page declares."""
    lines = page.partition('    title = "Mastodon"\n')[2].partition("\n\n")[0].splitlines()
    spec = tomllib.loads("\n".join(['title = "Mastodon"', *map(str.strip, lines)]))
    return len(list(signals_of(network_from_dict("mastodon", spec, page[:0]))))


FIGURES = (
    Said("README.md", "lake ──> ", " signals per person", _all_signals),
    Said("docs/readers.md", "That is all: ", " signals, their validation", _of_the_example),
    Said("features/catalogue/catalogue.py", "+ 0 + 1 = ", " signals, and Wikipedia", _of_twitter),
)


if __name__ == "__main__":
    for said in FIGURES:
        page = ROOT / said.page
        page.write_text(said.written(page.read_text()))
