"""`docs/promises.md` names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROW = re.compile(r"^\| (?!promise|---)(.+) \| `([\w/]+\.py)(?:::(\w+))?` \|$", re.MULTILINE)
PROMISES = ROW.findall((TESTS.parent / "docs" / "promises.md").read_text())


def test_the_page_is_read() -> None:
    assert len(PROMISES) > 30


@pytest.mark.parametrize(("promise", "file", "name"), PROMISES)
def test_what_is_promised_is_tested(promise: str, file: str, name: str) -> None:
    text = (TESTS / file).read_text()
    assert f"def {name}(" in text if name else "def test_" in text, promise
