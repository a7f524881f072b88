"""Values at the edges of every type, from CSV through Spark and Parquet into BigQuery: unchanged, or quarantined.

docs/types.md has the table for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bigquery import BigQuery
from factories import column, contract_json
from pyspark.sql import SparkSession
from runs import File, Runs

_NINES = "9" * 38
_TYPES = {
    "s": "string",
    "i": "integer",
    "whole": "decimal(38,0)",
    "numeric": "decimal(38,9)",
    "wide": "decimal(38,20)",
    "fraction": "decimal(38,38)",
    "money": "decimal(6,2)",
    "f": "double",
    "b": "boolean",
    "d": "date",
    "ts": "timestamp",
    "ntz": "timestamp_ntz",
    "t": "time",
}


def _micros(text: str) -> str:
    since = datetime.fromisoformat(text).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return str((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


# Column, the cell as it stands in the file, and the value that BigQuery gives.
ARRIVES: list[tuple[str, str, str | None]] = [
    ("s", '""', ""),
    ("s", "", None),
    ("s", "Grüße, 日本語".replace(",", ""), "Grüße 日本語"),
    ("s", "🛫🧑‍✈️", "🛫🧑‍✈️"),
    ("s", "e\u0301", "e\u0301"),
    ("s", '"a ""quoted"", text"', 'a "quoted", text'),
    ("s", "  spaces  ", "  spaces  "),
    ("s", "\\N\\t", "\\N\\t"),
    ("s", "NULL", "NULL"),
    ("i", "9223372036854775807", "9223372036854775807"),
    ("i", "-9223372036854775808", "-9223372036854775808"),
    ("i", "+007", "7"),
    ("i", "", None),
    ("whole", _NINES, _NINES),
    ("whole", f"-{_NINES}", f"-{_NINES}"),
    ("numeric", f"{'9' * 29}.{'9' * 9}", f"{'9' * 29}.{'9' * 9}"),
    ("numeric", "-0.000000001", "-0.000000001"),
    ("wide", f"{'9' * 18}.{'9' * 20}", f"{'9' * 18}.{'9' * 20}"),
    ("fraction", f"0.{_NINES}", f"0.{_NINES}"),
    ("fraction", f"-.{'0' * 37}1", f"-0.{'0' * 37}1"),
    ("money", "9999.99", "9999.99"),
    ("money", "1.5000", "1.5"),
    ("f", "1.7976931348623157e308", "1.7976931348623157e+308"),
    ("f", "5e-324", "5e-324"),
    ("f", "-0.0", "-0.0"),
    ("f", "0.1", "0.1"),
    ("b", "true", "true"),
    ("b", "FALSE", "false"),
    ("b", "1", "true"),
    ("d", "0001-01-01", "0001-01-01"),
    ("d", "9999-12-31", "9999-12-31"),
    ("d", "1582-10-10", "1582-10-10"),
    ("d", "2024-02-29", "2024-02-29"),
    ("ts", "0001-01-01T00:00:00Z", _micros("0001-01-01T00:00:00+00:00")),
    ("ts", "9999-12-31T23:59:59.999999Z", _micros("9999-12-31T23:59:59.999999+00:00")),
    ("ts", "1969-12-31T23:59:59.999999Z", "-1"),
    ("ts", "2024-03-31T02:30:00.123456+05:30", _micros("2024-03-31T02:30:00.123456+05:30")),
    ("ts", "2024-03-31 02:30:00", _micros("2024-03-31T02:30:00+00:00")),
    ("ntz", "0001-01-01T00:00:00", "0001-01-01T00:00:00"),
    ("ntz", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999"),
    ("ntz", "2024-03-31T02:30:00", "2024-03-31T02:30:00"),
    ("t", "00:00", "00:00:00"),
    ("t", "23:59:59.999999", "23:59:59.999999"),
]
QUARANTINED: list[tuple[str, str]] = [
    ("i", "9223372036854775808"),
    ("i", "-9223372036854775809"),
    ("i", "1.0"),
    ("i", " 1"),
    ("whole", f"1{'0' * 38}"),
    ("whole", "0.5"),
    ("numeric", f"1{'0' * 29}"),
    ("numeric", "0.0000000001"),
    ("fraction", "1"),
    ("money", "10000"),
    ("money", "1.005"),
    ("f", "1e309"),
    ("f", "NaN"),
    ("f", "Infinity"),
    ("b", "yes"),
    ("d", "2023-02-29"),
    ("d", "0000-01-01"),
    ("d", "10000-01-01"),
    ("d", "2024-1-1"),
    ("ts", "2024-01-01T00:00:00.1234567Z"),
    ("ts", "0001-01-01T00:00:00+01:00"),
    ("ts", "9999-12-31T23:59:59-01:00"),
    ("ts", "2024-01-01T24:00:00Z"),
    ("ntz", "2024-01-01T00:00:00Z"),
    ("ntz", "0000-12-31T00:00:00"),
    ("t", "24:00"),
    ("t", "12:00:00.1234567"),
]

CONTRACT = contract_json(
    column("id", "integer", required=True),
    *[column(name, kind) for name, kind in _TYPES.items()],
    key=["id"],
    write={"mode": "merge", "orderBy": None},
)


@pytest.fixture(scope="module")
def manifest_and_rows(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Any], dict[int, dict[str, str | None]]]]:
    """One file with every value in a row of its own, as it arrives in BigQuery, by the row's number."""
    folder = tmp_path_factory.mktemp("fidelity")
    cells = [*[(name, text) for name, text, _ in ARRIVES], *QUARANTINED]
    lines = [
        ",".join([str(number), *[text if column == name else "" for column in _TYPES]])
        for number, (name, text) in enumerate(cells)
    ]
    runs = Runs(spark, folder, "fidelity")
    bigquery = BigQuery(folder)
    try:
        manifest = runs.run(CONTRACT, [File(1, "\n".join([",".join(["id", *_TYPES]), *lines]) + "\n")])
        bigquery.deliver(CONTRACT, manifest)
        rows = bigquery.rows(f"SELECT id, {', '.join(_TYPES)} FROM d.things")
        yield manifest, {int(row[0] or -1): dict(zip(_TYPES, row[1:], strict=True)) for row in rows}
    finally:
        bigquery.close()
        runs.drop()


@pytest.mark.parametrize("number", range(len(ARRIVES)), ids=lambda n: f"{_TYPES[ARRIVES[n][0]]} {ARRIVES[n][1][:24]}")
def test_the_value_arrives_unchanged(manifest_and_rows: Any, number: int) -> None:
    name, _, expected = ARRIVES[number]
    _, rows = manifest_and_rows
    assert rows[number][name] == expected
    assert all(value is None for other, value in rows[number].items() if other != name)


@pytest.mark.parametrize(
    "number", range(len(QUARANTINED)), ids=lambda n: f"{_TYPES[QUARANTINED[n][0]]} {QUARANTINED[n][1][:24]}"
)
def test_the_value_is_quarantined(manifest_and_rows: Any, number: int) -> None:
    _, rows = manifest_and_rows
    assert len(ARRIVES) + number not in rows


def test_every_quarantined_value_has_its_reason(manifest_and_rows: Any) -> None:
    manifest, _ = manifest_and_rows
    (upload,) = manifest["uploads"]
    counted = {reason["column"]: reason["count"] for reason in upload["reasons"]}
    assert counted == {
        name: sum(1 for column, _ in QUARANTINED if column == name) for name, _ in dict(QUARANTINED).items()
    }
    assert all(reason["rule"].startswith("type ") for reason in upload["reasons"])


def test_the_docs_name_every_type() -> None:
    docs = (Path(__file__).parents[2] / "docs/types.md").read_text()
    assert all(f"`{kind.split('(')[0]}" in docs for kind in _TYPES.values())
