"""Data that was there before becomes the table's rows, and uploads outrank it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from factories import column, contract_json
from runs import File, Runs, check
from tidegate_spark.adopting import adopt
from tidegate_spark.contract import Contract
from tidegate_spark.failure import JobFailure

JSON = contract_json(
    column("id", "integer", required=True),
    column("price", "decimal(6,2)"),
    column("note"),
    key=["id"],
    write={"mode": "merge", "orderBy": None},
)
CONTRACT = Contract.from_json(JSON)


def values(runs: Runs) -> list[tuple[int, str, str | None]]:
    return [(row["id"], str(row["price"]), row["note"]) for row in runs.rows()]


def adopted(runs: Runs, folder: str, form: str, contract: Contract = CONTRACT, run_id: str = "0adopted-1") -> dict:
    manifest = adopt(runs.spark, contract, folder, form, run_id, f"file://{runs.folder}/{run_id}/attempts/1")
    check("manifest", manifest)
    return manifest


def parquet(runs: Runs, sql: str) -> str:
    folder = f"file://{runs.folder}/old"
    runs.spark.sql(sql).coalesce(1).write.mode("overwrite").parquet(folder)
    return folder


def test_parquet_becomes_rows_that_uploads_outrank(runs: Runs) -> None:
    old = parquet(runs, "SELECT * FROM VALUES (1, 1.50BD), (2, 2.50BD) AS t(id, price)")
    adopted(runs, old, "parquet")
    runs.run(JSON, [File(1, "id,price,note\n2,9.00,new\n")], "20240101T000000Z-1")
    again = adopted(runs, old, "parquet", run_id="0adopted-2")
    assert values(runs) == [(1, "1.50", None), (2, "9.00", "new")]
    assert [(row["_run_id"], row["_row"]) for row in runs.rows()] == [("0adopted-2", 1), ("20240101T000000Z-1", 2)]
    # BigQuery decides by rank, too: what it is given is all that was adopted.
    assert again["rows"] == {"read": 2, "kept": 2, "quarantined": 0, "current": 2, "superseded": 0}
    assert [row["id"] for row in runs.changes(again)] == [1, 2]
    assert {row["_upload_order"] for row in runs.changes(again)} == {"0-0adopted-2"}


def test_a_later_adoption_corrects_an_earlier_one_and_no_upload(runs: Runs) -> None:
    runs.run(JSON, [File(1, "id,price,note\n2,9.00,new\n")], "20240101T000000Z-1")
    folders = []
    for nth in range(1, 5):
        folder = f"file://{runs.folder}/c{nth}"
        runs.spark.sql(f"SELECT * FROM VALUES (1L, {nth}.00BD), (2L, {nth}.00BD) AS t(id, price)").coalesce(
            1
        ).write.parquet(folder)
        folders.append(folder)
    for nth, folder in enumerate(folders):
        adopted(runs, folder, "parquet", run_id=f"0adopted-{nth}")
        assert values(runs) == [(1, f"{nth + 1}.00", None), (2, "9.00", "new")]
    adopted(runs, folders[-1], "parquet", run_id="0adopted-9")
    assert values(runs) == [(1, "4.00", None), (2, "9.00", "new")]


def test_a_file_adopted_before_adoptions_had_an_order_is_corrected(runs: Runs) -> None:
    adopted(runs, parquet(runs, "SELECT * FROM VALUES (1L, 1.50BD) AS t(id, price)"), "parquet")
    runs.spark.sql(f"UPDATE {runs.name} SET _upload_order = '0', _upload_id = '{'f' * 32}'")
    adopted(runs, parquet(runs, "SELECT * FROM VALUES (1L, 2.50BD) AS t(id, price)"), "parquet", run_id="0adopted-2")
    assert values(runs) == [(1, "2.50", None)]


def test_a_file_adopted_again_takes_the_place_of_its_rows_in_a_table_that_appends(runs: Runs) -> None:
    contract = Contract.from_json({**JSON, "write": {"mode": "append", "orderBy": None}})
    folder = runs.folder / "old"
    folder.mkdir()
    (folder / "b.csv").write_text("id,note\n7,b\n")
    for nth, text in enumerate(["id,note\n1,a\n2,b\n3,c\n", "id,note\n2,B\n", "id,note\n2,B\n"]):
        (folder / "a.csv").write_text(text)
        adopted(runs, f"file://{folder}", "csv", contract, f"0adopted-{nth}")
    assert values(runs) == [(2, "None", "B"), (7, "None", "b")]


def test_csv_is_read_as_the_contract_says(runs: Runs) -> None:
    (runs.folder / "old").mkdir()
    (runs.folder / "old/a.csv").write_text('id,price,note\n1,1.50,"a, b"\n')
    (runs.folder / "old/b.csv").write_text("note,id\nc,2\n")
    manifest = adopted(runs, f"file://{runs.folder}/old", "csv")
    assert values(runs) == [(1, "1.50", "a, b"), (2, "None", "c")]
    assert [upload["current"] for upload in manifest["uploads"]] == [1, 1]


def test_data_that_does_not_keep_the_contract_is_refused_whole(runs: Runs) -> None:
    (runs.folder / "csv").mkdir()
    (runs.folder / "csv/a.csv").write_text("id,price,note\n1,1.50,\n2,x,\n3,y,\n")
    replaced = Contract.from_json({**JSON, "write": {"mode": "replace", "orderBy": None}})
    cases = [
        (
            "SELECT 'x' AS id, 1.50BD AS price",
            r"file:\S+\.parquet does not match .* id is string, but the contract says integer \(bigint in Spark\)\.",
        ),
        ("SELECT 1.50BD AS price", r"file:\S+\.parquet does not match .*: it gives no column id\."),
        (
            "SELECT 1L AS id, 'x' AS surprise, 2 AS another",
            r"file:\S+\.parquet has another, surprise, which the contract does not know",
        ),
        (
            "SELECT cast(null AS bigint) AS id",
            r"Rows that break the contract: 1\. Row 1 of file:\S+\.parquet: id: required, but found nothing\.",
        ),
        ("SELECT * FROM VALUES (1L), (1L) AS t(id)", "Key 1 occurs 2 times"),
    ]
    for sql, said in cases:
        old = parquet(runs, sql)
        with pytest.raises(JobFailure) as refused:
            adopted(runs, old, "parquet")
        assert re.search(said, str(refused.value))
    broken = (
        r"Rows that break the contract: 2\. Row 3 of file:\S+/csv/a\.csv: price: type decimal\(6,2\), but found 'x'\."
    )
    with pytest.raises(JobFailure, match=broken):
        adopted(runs, f"file://{runs.folder}/csv", "csv")
    (runs.folder / "csv/b.csv").write_text("no,price\n1,1.50\n")
    with pytest.raises(
        JobFailure, match=r"^file:\S+/csv/b\.csv: The header lacks the required id; it has no, price\.$"
    ):
        adopted(runs, f"file://{runs.folder}/csv", "csv")
    with pytest.raises(JobFailure, match=r"^No file directly under \S+/csv ends in \.parquet \(--format "):
        adopted(runs, f"file://{runs.folder}/csv", "parquet")
    with pytest.raises(JobFailure, match="upload the data instead"):
        adopted(runs, f"file://{runs.folder}/csv", "csv", replaced)
    assert runs.rows() == []


RULED = contract_json(
    column("id", "integer", required=True),
    column("konto", pattern="DE[0-9]{8}", maxLength=10),
    column("kind", enumeration=["A", "B"]),
    column("price", "decimal(6,2)", minimum="0"),
    column("share", "double"),
    column("day", "date"),
    column("at", "time"),
    column("tag", unique=True),
    key=["id"],
    rowRules=[{"name": "dear_is_a", "predicate": "price is null or price < 100 or kind = 'A'"}],
    write={"mode": "merge", "orderBy": None},
)


@pytest.mark.parametrize(
    ("column_of_two", "said"),
    [
        ("konto string: 'DE12345678', 'XX'", r"1\. Row 2 of \S+: konto: pattern DE\[0-9\]\{8\}, but found 'XX'\."),
        ("konto string: 'XX', 'YY'", r"2\. Row 1 of \S+: konto: pattern DE\[0-9\]\{8\}, but found 'XX'\."),
        ("kind string: 'A', 'C'", r"1\. Row 2 of \S+: kind: validValues A, B, but found 'C'\."),
        ("price decimal(5,2): 1.00, -0.01", r"1\. Row 2 of \S+: price: minimum 0, but found '-0.01'\."),
        ("price decimal(5,2): 1.00, 100.00", r"1\. Row 2 .*dear_is_a .*, but found '{\"id\":2,\"price\":100.00}'\."),
        ("share double: 1.5, 'NaN'", r"1\. Row 2 of \S+: share: type double, but found 'NaN'\."),
        ("share float: 1.5, '-Infinity'", r"1\. Row 2 of \S+: share: type double, but found '-Infinity'\."),
        ("day date: '9999-12-31', '+10000-01-01'", r"1\. Row 2 of \S+: day: type date, but found '\+10000-01-01'\."),
        ("at string: '09:05', '24:00'", r"1\. Row 2 of \S+: at: type time, but found '24:00'\."),
        ("tag string: 'x', 'x'", r"1\. Row 2 of \S+: tag: unique, but found 'x'\."),
    ],
)
def test_parquet_keeps_the_rules_that_csv_keeps(runs: Runs, column_of_two: str, said: str) -> None:
    head, values_of = column_of_two.split(": ")
    name, kind = head.split(" ")
    one, two = values_of.split(", ")
    rows = f"SELECT 1L AS id, cast({one} AS {kind}) AS {name} UNION ALL SELECT 2L, cast({two} AS {kind})"
    with pytest.raises(JobFailure, match=rf"^Rows that break the contract: {said}"):
        adopted(runs, parquet(runs, rows), "parquet", Contract.from_json(RULED))
    assert runs.rows() == []


def test_sound_parquet_comes_as_csv_would(runs: Runs) -> None:
    old = parquet(
        runs,
        "SELECT 1L AS id, 'DE12345678' AS konto, 'A' AS kind, 100.00BD AS price, 1.5F AS share,"
        " date'9999-12-31' AS day, '09:05' AS at, 'x' AS tag"
        " UNION ALL SELECT 2L, null, null, 1.00BD, null, null, null, null",
    )
    adopted(runs, old, "parquet", Contract.from_json(RULED))
    assert [tuple(row)[:8] for row in runs.rows()] == [
        (1, "DE12345678", "A", Decimal("100.00"), 1.5, date(9999, 12, 31), "09:05:00", "x"),
        (2, None, None, Decimal("1.00"), None, None, None, None),
    ]


def test_each_parquet_file_has_columns_of_its_own(runs: Runs) -> None:
    one = parquet(runs, "SELECT 1 AS id")
    runs.spark.sql("SELECT 2L AS id, 'b' AS note, 'x' AS surprise").coalesce(1).write.mode("append").parquet(one)
    ignoring = {**JSON, "unknownColumns": "ignore"}
    adopted(runs, one, "parquet", Contract.from_json(ignoring))
    assert values(runs) == [(1, "None", None), (2, "None", "b")]
    with pytest.raises(JobFailure, match=r"^file:\S+\.parquet has surprise, which the contract does not know"):
        adopted(runs, one, "parquet", run_id="0adopted-2")


def test_csv_has_nothing_for_a_required_column_that_a_transformation_fills(runs: Runs) -> None:
    columns = (column("id", "integer", required=True), column("total", "integer", required=True, derived=True))
    contract = Contract.from_json(contract_json(*columns, key=["id"], write={"mode": "merge", "orderBy": None}))
    (runs.folder / "a.csv").write_text("id\n1\n2\n")
    with pytest.raises(JobFailure, match=r"^Column total is required; rows without a value: 2\.$"):
        adopted(runs, f"file://{runs.folder}", "csv", contract)
