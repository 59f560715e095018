"""The same signals in DuckDB's SQL, generated from the catalogue: the peer and the oracle.

Written to be fast, as one would who knows DuckDB:

- a network at a time, as the lake is partitioned, so hash tables stay small;
- ids are hashed once while scanning, so that joins and groupings are on integers;
- all reactions of a network share one grouping (``count(*) FILTER``) and `any` is their total;
- distinct actors are pairs whose youngest interaction is in the window, not ``count(DISTINCT)``;
- distinct days are bits of a HUGEINT;
- the persons come in any order, which spares it a sort of 900 columns.

PageRank is left out: both would call the same solver. Its column is 0, and so is a ratio of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS, Catalogue
from features.catalogue.declaration import Network, Ratio
from features.lake import TABLES, Lake
from features.signals.audience import DAILY_GROWTH, PER_REACTOR, SEED

_MICRO = 1_000_000
_SQL_TYPES = {"String": "VARCHAR", "Float64": "DOUBLE"}


def run(lake: Lake, as_of: date, catalogue: Catalogue, standing: Path | None, out: Path) -> None:
    """Write the signals of a lake to a Parquet file."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET error_on_division_by_zero = false")
    con.execute("SET preserve_insertion_order = false")
    for statement in statements(lake, as_of, catalogue, standing, out):
        con.execute(statement)


def statements(
    lake: Lake, as_of: date, catalogue: Catalogue, standing: Path | None, out: Path
) -> Iterator[str]:
    """Yield the SQL, statement by statement."""
    yield _claims(lake, as_of)
    yield from _scores(lake, as_of, standing)
    for network in catalogue.networks:
        yield from _Network(lake, as_of, network, bool(lake.files("scores", until=as_of))).sql()
    # In small row groups: DuckDB gives a thread no less than one, by itself of 122,880 rows.
    yield "ATTACH ':memory:' AS fine (ROW_GROUP_SIZE 10240)"
    yield "CREATE TABLE fine.everyone AS SELECT DISTINCT person FROM persons"
    yield _result(catalogue, out)


def _claims(lake: Lake, as_of: date) -> str:
    """Every account that was ever claimed: whose it is, if anybody's."""
    return f"""
        CREATE TEMP TABLE claims AS
        WITH merged AS (
            SELECT network, account, person, connected_at, any_value(kind) AS kind,
                   coalesce(max(disconnected_at) >= {_day(as_of)}, true) AS active
            FROM {_scan(lake, "identities")} WHERE connected_at < {_day(as_of)} GROUP BY ALL
        )
        SELECT network, account,
               first(person ORDER BY connected_at DESC, person) FILTER (active) AS person,
               first(kind ORDER BY connected_at DESC, person) FILTER (active) AS kind
        FROM merged GROUP BY ALL;
        CREATE TEMP TABLE persons AS
        SELECT DISTINCT person FROM {_scan(lake, "identities")}
        WHERE connected_at < {_day(as_of)}"""


def _scores(lake: Lake, as_of: date, standing: Path | None) -> Iterator[str]:
    """Standing in millionths by person, and by day where there is a history."""
    micro = f"CAST(round(pow(2, score / 10) * {_MICRO}) AS BIGINT) AS standing"
    if lake.files("scores", until=as_of):
        source = f"{_scan(lake, 'scores', until=as_of)} WHERE as_of < {_day(as_of)}"
        yield f"""CREATE TEMP TABLE scores AS SELECT person, {micro},
                  date_diff('day', CAST(as_of AS DATE), DATE '{as_of}') AS age FROM {source}"""
    elif standing is not None:
        yield f"CREATE TEMP TABLE scores AS SELECT person, {micro} FROM read_parquet('{standing}')"
    else:
        yield "CREATE TEMP TABLE scores (person VARCHAR, standing BIGINT)"


class _Network:
    """The statements of one network, which end in the table ``signals_NETWORK``."""

    def __init__(self, lake: Lake, as_of: date, network: Network, history: bool) -> None:
        self.lake, self.as_of, self.network, self.history = lake, as_of, network, history
        self.name = network.name
        self.kinds = [reaction.name for reaction in network.reactions]
        self.all_kinds = [*self.kinds, ANY]
        self.since = as_of - timedelta(HORIZON)

    def sql(self) -> Iterator[str]:
        yield self.owners()
        tables = [self.published(), self.counters()]
        if self.kinds:
            yield from (self.events(), self.given(), self.pairs(), self.drawn(), self.weighed())
            yield from (self.sums(), self.reactors(), self.hits())
            tables.append(self.received())
        if self.network.page_graph:
            tables.append(self.links())
        yield from filter(None, tables)
        yield from self.result()

    def owners(self) -> str:
        """Accounts as hashes. A person's hash is that of the account it is named after, if any."""
        named_after = f"hash(substr(person, {len(self.name) + 2}))"
        counts = "kind <> 'page'" if self.network.personal_only else "true"
        return f"""
            CREATE OR REPLACE TEMP TABLE owners AS
            SELECT account AS name, hash(account) AS id, {counts} AS counts,
                   CASE WHEN counts THEN person END AS credited, person AS owner_name,
                   CASE WHEN starts_with(person, '{self.name}:') THEN {named_after}
                        WHEN person IS NOT NULL THEN hash(person, 'person') END AS owner,
                   CASE WHEN counts THEN owner END AS receiver
            FROM claims WHERE network = '{self.name}'"""

    def person(self, account: str, rows: str) -> str:
        """Rows of which an account is somebody's, with the ``person``."""
        return f"""(SELECT rows.*, CASE WHEN owners.name IS NULL
                    THEN '{self.name}:' || rows.{account} ELSE owners.credited END AS person
                    FROM {rows} AS rows LEFT JOIN owners ON owners.name = rows.{account})"""

    def rows(self, table: str) -> str:
        return f"""(SELECT * FROM {_scan(self.lake, table, self.name, self.since, self.as_of)}
                    WHERE network = '{self.name}' AND {_within("at", self.since, self.as_of)})"""

    # --- what is received ---

    def events(self) -> str:
        reactions = ", ".join(f"'{kind}'" for kind in self.kinds)
        return f"""
            CREATE OR REPLACE TEMP TABLE events AS
            SELECT CASE WHEN t.id IS NULL THEN e.target ELSE t.receiver END AS receiver, e.*
            FROM (
                SELECT hash(target) AS target, hash(actor) AS actor, hash(content) AS content,
                       content IS NOT NULL AS has_content,
                       CAST(reaction AS ENUM({reactions})) AS reaction,
                       CAST(DATE '{self.as_of}' - CAST("at" AS DATE) AS UTINYINT) AS age
                FROM {self.rows("interactions")}
            ) AS e
            LEFT JOIN owners AS t ON t.id = e.target
            LEFT JOIN owners AS a ON a.id = e.actor
            WHERE e.actor <> e.target
              AND (CASE WHEN t.id IS NULL THEN e.target ELSE t.owner END
                 = CASE WHEN a.id IS NULL THEN e.actor ELSE a.owner END) IS NOT TRUE"""

    def counts(self) -> str:
        filters = [
            f"CAST(count(*) FILTER (reaction = '{kind}') AS INTEGER) AS k{i}"
            for i, kind in enumerate(self.kinds)
        ]
        return ", ".join([*filters, f"CAST(count(*) AS INTEGER) AS k{len(self.kinds)}"])

    def given(self) -> str:
        """Count what each actor gave each day, and say what its attention was worth then."""
        unclaimed = f"""substr(person, {len(self.name) + 2})"""
        age = ", age" if self.history else ""
        joined = (
            "ASOF LEFT JOIN standings AS s ON s.actor = made.actor AND s.age >= made.age"
            if self.history
            else "LEFT JOIN standings AS s ON s.actor = made.actor"
        )
        return f"""
            CREATE OR REPLACE TEMP TABLE given AS
            WITH standings AS (
                SELECT id AS actor, standing{age} FROM owners
                JOIN scores ON scores.person = owners.owner_name
                UNION ALL
                SELECT hash({unclaimed}), standing{age} FROM scores
                WHERE starts_with(person, '{self.name}:')
                  AND {unclaimed} NOT IN (SELECT name FROM owners)
            ), made AS (SELECT actor, age, {self.counts()} FROM events GROUP BY ALL)
            SELECT made.*, coalesce(s.standing, {_MICRO}) AS standing FROM made {joined}"""

    def pairs(self) -> str:
        return f"""
            CREATE OR REPLACE TEMP TABLE pairs AS
            SELECT receiver, actor, age, {self.counts()}
            FROM events WHERE receiver IS NOT NULL GROUP BY ALL"""

    def weighed(self) -> str:
        """Pairs by kind: how many, and attention and standing in millionths."""
        each = [
            f"""SELECT p.receiver, {i} AS kind, p.age, p.k{i} AS k,
                       p.k{i} * {_MICRO}::BIGINT // g.k{i} AS a, a * g.standing // {_MICRO} AS s
                FROM pairs AS p JOIN given AS g USING (actor, age) WHERE p.k{i} > 0"""
            for i in range(len(self.all_kinds))
        ]
        return "CREATE OR REPLACE TEMP TABLE weighed AS " + " UNION ALL ".join(each)

    def sums(self) -> str:
        windows = [f"sum({of}) FILTER (age <= {w}) AS {of}{w}" for of in "kas" for w in WINDOWS]
        return f"""
            CREATE OR REPLACE TEMP TABLE sums AS
            SELECT receiver, kind, bit_or(1::HUGEINT << age::INTEGER) AS days, {", ".join(windows)}
            FROM weighed GROUP BY ALL"""

    def reactors(self) -> str:
        return f"""
            CREATE OR REPLACE TEMP TABLE reactors AS
            SELECT receiver, {self.young("r")}
            FROM (SELECT receiver, actor, {self.youngest()} FROM pairs GROUP BY ALL) GROUP BY ALL"""

    def drawn(self) -> str:
        return f"""
            CREATE OR REPLACE TEMP TABLE drawn AS
            SELECT receiver, target, content, age, {self.counts()}
            FROM events WHERE receiver IS NOT NULL AND has_content GROUP BY ALL"""

    def hits(self) -> str:
        numbers = range(len(self.all_kinds))
        peaks = [f"max(k{i}) FILTER (age <= {w}) AS p{i}_{w}" for i in numbers for w in WINDOWS]
        best = [f"max(p{i}_{w}) AS p{i}_{w}" for i in numbers for w in WINDOWS]
        return f"""
            CREATE OR REPLACE TEMP TABLE hits AS
            SELECT receiver, {self.young("h")}, {", ".join(best)}
            FROM (SELECT receiver, target, content, {self.youngest()}, {", ".join(peaks)}
                  FROM drawn GROUP BY ALL)
            GROUP BY ALL"""

    def youngest(self) -> str:
        return ", ".join(f"min(age) FILTER (k{i} > 0) AS m{i}" for i in range(len(self.all_kinds)))

    def young(self, letter: str) -> str:
        return ", ".join(
            f"count(*) FILTER (m{i} <= {w}) AS {letter}{i}_{w}"
            for i in range(len(self.all_kinds))
            for w in WINDOWS
        )

    def received(self) -> str:
        """One row per person: each kind's figures beside each other."""
        figures = [
            f"any_value({of}{w}) FILTER (kind = {i}) AS {of}{i}_{w}"
            for i in range(len(self.all_kinds))
            for of in "kas"
            for w in WINDOWS
        ]
        days = [
            f"any_value(bit_count(days & ((1::HUGEINT << {w + 1}) - 1))) FILTER (kind = {i})"
            f" AS d{i}_{w}"
            for i in range(len(self.all_kinds))
            for w in WINDOWS
        ]
        return f"""
            CREATE OR REPLACE TEMP TABLE received AS
            WITH names AS (
                SELECT DISTINCT target AS name FROM {self.rows("interactions")}
                WHERE target NOT IN (SELECT name FROM owners)
            ), named AS (
                SELECT hash(name) AS receiver, '{self.name}:' || name AS person FROM names
                UNION SELECT receiver, credited FROM owners WHERE receiver IS NOT NULL
            ), figures AS (
                SELECT receiver, {", ".join(figures + days)} FROM sums GROUP BY ALL
            )
            SELECT * EXCLUDE (receiver) FROM figures
            JOIN named USING (receiver)
            LEFT JOIN reactors USING (receiver) LEFT JOIN hits USING (receiver)"""

    # --- what is published, and what lasts ---

    def published(self) -> str:
        if not self.network.contents:
            return (
                "CREATE OR REPLACE TEMP TABLE published AS SELECT NULL::VARCHAR AS person LIMIT 0"
            )
        age = f"DATE '{self.as_of}' - CAST(\"at\" AS DATE)"
        kinds = [
            f"count(*) FILTER (kind = '{kind.name}') AS {kind.signal}"
            for kind in self.network.contents
        ]
        windows = [f"count(*) FILTER ({age} <= {w}) AS published{w}" for w in WINDOWS]
        return f"""
            CREATE OR REPLACE TEMP TABLE published AS
            SELECT person, {", ".join(kinds + windows)}
            FROM {self.person("author", self.rows("contents"))}
            WHERE person IS NOT NULL GROUP BY ALL"""

    def counters(self) -> str:
        if not self.network.counters:
            return "CREATE OR REPLACE TEMP TABLE counted AS SELECT NULL::VARCHAR AS person LIMIT 0"
        sums = [
            f"sum(value) FILTER (counter = '{counter.name}') AS {counter.name}"
            for counter in self.network.counters
        ]
        sums += [
            f"sum(grown ORDER BY account) FILTER (counter = '{name}') AS {name}_grown"
            for name in self.network.audiences
        ]
        return f"""
            CREATE OR REPLACE TEMP TABLE counted AS
            SELECT person, {", ".join(sums)} FROM {self.person("account", self.latest())}
            WHERE person IS NOT NULL GROUP BY ALL"""

    def latest(self) -> str:
        """Each counter's last reading, and the least of all its readings grown to that day."""
        source = _scan(self.lake, "counters", self.name, None, self.as_of)
        grown = f"(value + {SEED}) * exp({DAILY_GROWTH} * age) - {SEED}"
        return f"""(
            WITH days AS (
                SELECT account, counter, CAST("at" AS DATE) AS day,
                       arg_max(value, ROW("at", value)) AS value
                FROM {source}
                WHERE network = '{self.name}' AND "at" < {_day(self.as_of)} GROUP BY ALL
            ), aged AS (
                SELECT *, max(day) OVER (PARTITION BY account, counter) - day AS age FROM days
            )
            SELECT account, counter, any_value(value) FILTER (age = 0) AS value,
                   min(CASE WHEN age = 0 THEN value ELSE {grown} END) AS grown
            FROM aged GROUP BY ALL)"""

    def links(self) -> str:
        rows = f"{_scan(self.lake, 'links', self.name)} WHERE network = '{self.name}'"
        owner = f"CASE WHEN owners.name IS NULL THEN '{self.name}:' || page ELSE owner_name END"
        return f"""
            CREATE OR REPLACE TEMP TABLE linked AS
            WITH edges AS (SELECT DISTINCT source, target FROM {rows} AND source <> target),
            ends AS (
                SELECT target AS page, 1 AS inlinks, 0 AS outlinks FROM edges
                UNION ALL SELECT source, 0, 1 FROM edges
            ), pages AS (SELECT page, sum(inlinks) AS i, sum(outlinks) AS o FROM ends GROUP BY ALL)
            SELECT {owner} AS person, sum(i) AS inlinks, sum(o) AS outlinks, 0 AS pagerank
            FROM pages LEFT JOIN owners ON owners.name = page
            WHERE person IS NOT NULL GROUP BY ALL"""

    # --- together ---

    def result(self) -> Iterator[str]:
        """Join the network's tables; who has a row in one of them, content apart, has a row."""
        tables = ["counted", *["received"] * bool(self.kinds)]
        tables += ["linked"] * self.network.page_graph
        seen = " UNION ".join(f"SELECT person FROM {table}" for table in tables)
        yield f"INSERT INTO persons {seen}"
        joins = " ".join(f"LEFT JOIN {table} USING (person)" for table in ["published", *tables])
        anybody = " UNION ".join(f"SELECT person FROM {table}" for table in ["published", *tables])
        yield f"""
            CREATE TEMP TABLE signals_{self.name} AS
            SELECT person, {", ".join(self.columns())}
            FROM ({anybody} UNION SELECT credited FROM owners WHERE credited IS NOT NULL) {joins}"""
        unclaimed = f"""starts_with(person, '{self.name}:')
            AND substr(person, {len(self.name) + 2}) NOT IN (SELECT name FROM owners)"""
        yield f"""CREATE TEMP TABLE connected_{self.name} AS
            SELECT DISTINCT credited AS person FROM owners WHERE credited IS NOT NULL
            UNION SELECT person FROM persons WHERE {unclaimed}"""

    def columns(self) -> Iterator[str]:
        """Name the signals in the catalogue's order, null for none."""
        for i, kind in enumerate(self.all_kinds if self.kinds else []):
            for measure, value in self.measures(i).items():
                for w in WINDOWS:
                    name = f"{self.name}.{kind}.{measure}.{w}d"
                    yield f'CAST({value.format(w=w)} AS DOUBLE) AS "{name}"'
        singles = [kind.signal for kind in self.network.contents]
        singles += [counter.name for counter in self.network.counters]
        yield from (
            f'{self.plausible(name)} AS "{self.name}.{name}.plausible"'
            for name in self.network.audiences
        )
        yield from (
            f'coalesce({name}_grown, 0)::DOUBLE AS "{self.name}.{name}.grown"'
            for name in self.network.audiences
        )
        singles += ["inlinks"] * self.network.page_graph
        yield from (f'CAST({name} AS DOUBLE) AS "{self.name}.{name}"' for name in singles)
        yield from (
            f'{self.ratio(ratio)} AS "{self.name}.{ratio.name}"' for ratio in self.network.ratios
        )

    def plausible(self, audience: str) -> str:
        reactors = f"coalesce(r{len(self.kinds)}_{HORIZON}, 0)"
        return f"least(coalesce({audience}_grown, 0), {PER_REACTOR} * {reactors})"

    def ratio(self, ratio: Ratio) -> str:
        of, per = (f"coalesce({name}, 0)::DOUBLE" for name in (ratio.of, ratio.per))
        of = self.plausible(ratio.of) if ratio.of in self.network.audiences else of
        return f"{of} / greatest({ratio.at_least!r}::DOUBLE, {per})"

    def measures(self, i: int) -> dict[str, str]:
        contents = "greatest(1, coalesce(published{w}, 0))" if self.network.contents else "1"
        return {
            "count": f"k{i}_{{w}}",
            "reactors": f"r{i}_{{w}}",
            "attention": f"a{i}_{{w}}::DOUBLE / {_MICRO}",
            "standing": f"s{i}_{{w}}::DOUBLE / {_MICRO}",
            "days": f"d{i}_{{w}}",
            "hit_rate": f"least(1, coalesce(h{i}_{{w}}, 0) / {contents})",
            "peak": f"p{i}_{{w}}",
            "per_content": f"k{i}_{{w}} / {contents}",
            "reactors_per_content": f"r{i}_{{w}} / {contents}",
        }


def _result(catalogue: Catalogue, out: Path) -> str:
    joins, columns = [], []
    for network in catalogue.networks:
        joins.append(f"LEFT JOIN signals_{network.name} USING (person)")
        joins.append(f"LEFT JOIN connected_{network.name} AS c_{network.name} USING (person)")
    for signal in catalogue.signals:
        value = f'coalesce("{signal.name}", 0)'
        if signal.name.endswith(".connected"):
            value = f"CAST(c_{signal.network}.person IS NOT NULL AS DOUBLE)"
        elif signal.name.endswith(".pagerank"):
            value = "0::DOUBLE"
        columns.append(f'{value} AS "{signal.name}"')
    return f"""COPY (SELECT person, {", ".join(columns)} FROM fine.everyone {" ".join(joins)})
               TO '{out}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"""


def _scan(
    lake: Lake,
    table: str,
    network: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> str:
    """Name the files of a table, or an empty table of the same columns."""
    files = lake.files(table, None if network is None else [network], since, until)
    if files:
        paths = ", ".join(f"'{lake.root / file.path}'" for file in files)
        return f"read_parquet([{paths}], hive_partitioning = false)"
    columns = [
        f'NULL::{_SQL_TYPES.get(str(dtype), "TIMESTAMPTZ")} AS "{name}"'
        for name, dtype in TABLES[table].columns.items()
    ]
    return f"(SELECT {', '.join(columns)} LIMIT 0)"


def _day(day: date) -> str:
    return f"TIMESTAMPTZ '{day} 00:00:00+00'"


def _within(column: str, since: date, until: date) -> str:
    return f'"{column}" >= {_day(since)} AND "{column}" < {_day(until)}'
