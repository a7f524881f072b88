"""Data that was there before becomes the table's rows, and uploads outrank it."""

from __future__ import annotations

import re

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
    assert [(row["id"], row["_upload_order"]) for row in runs.changes(again)] == [(1, "0"), (2, "0")]


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
            r"file:\S+\.parquet does not keep .* id is string, the contract says integer \(bigint in Spark\)\.",
        ),
        ("SELECT cast(null AS bigint) AS id", "Column id is required; rows that have none: 1"),
        ("SELECT * FROM VALUES (1L), (1L) AS t(id)", "Key 1 comes 2 times"),
    ]
    for sql, said in cases:
        old = parquet(runs, sql)
        with pytest.raises(JobFailure) as refused:
            adopted(runs, old, "parquet")
        assert re.search(said, str(refused.value))
    broken = (
        r"Rows that break the contract: 2\. Row 3 of file:\S+/csv/a\.csv: price: type decimal\(6,2\), but came 'x'\."
    )
    with pytest.raises(JobFailure, match=broken):
        adopted(runs, f"file://{runs.folder}/csv", "csv")
    (runs.folder / "csv/b.csv").write_text("no,price\n1,1.50\n")
    with pytest.raises(
        JobFailure, match=r"^file:\S+/csv/b\.csv: The header lacks the required id; it has no, price\.$"
    ):
        adopted(runs, f"file://{runs.folder}/csv", "csv")
    with pytest.raises(JobFailure, match="upload the data instead"):
        adopted(runs, f"file://{runs.folder}/csv", "csv", replaced)
    assert runs.rows() == []
