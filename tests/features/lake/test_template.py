"""What `klout ingest --template` prints can be ingested as it is."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.lake import TABLES, Lake
from serving.cli.app import app


@pytest.mark.parametrize("table", TABLES)
def test_a_template_is_taken_in_as_it_is(table: str, tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["ingest", "--template", table])
    file, lake = tmp_path / f"{table}.csv", tmp_path / "lake"
    file.write_text(printed.output)
    taken = CliRunner().invoke(app, ["ingest", "tables", str(file), "--lake", str(lake)])
    assert taken.exit_code == 0
    row = Lake(lake).scan(table).collect().row(0, named=True)
    # Nothing is left empty but what may be: the example shows a value of each column.
    missing = {name for name, value in row.items() if value is None}
    assert missing <= TABLES[table].optional - {"content", "id", "reasons"}


def test_a_table_that_is_none_is_named_with_those_that_are() -> None:
    ran = CliRunner().invoke(app, ["ingest", "--template", "likes"])
    assert str(ran.exception) == f"no table 'likes'; there are {[*TABLES]}"


def test_the_page_says_what_every_column_of_every_table_means() -> None:
    page = CliRunner().invoke(app, ["ingest", "--tables"]).output
    for table in TABLES.values():
        section = page.split(f"## {table.name}\n")[1].split("\n## ")[0]
        assert table.about in section
        for name, column in table.fields.items():
            line = next(line for line in section.splitlines() if line.startswith(f"| `{name}` |"))
            assert column.meaning in line
            assert ("may be left out" in line) == (name in table.optional)
