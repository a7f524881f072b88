"""What an attempt leaves behind besides the table: its outputs, its manifest, or why it failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from factories import column, contract_json
from runs import File, Runs, check
from tidegate_spark.failure import JobFailure

CONTRACT = contract_json(
    column("id", "integer", required=True),
    column("price", "decimal(6,2)"),
    column("name"),
    key=["id"],
    write={"mode": "merge", "orderBy": None},
)


def file(order: int, *lines: str) -> File:
    return File(order, "\n".join(["id,price,name", *lines]) + "\n")


def error_of(runs: Runs, run_id: str = "run-1", attempt: int = 1) -> dict[str, Any]:
    error = json.loads((runs.folder / run_id / f"attempts/{attempt}/error.json").read_text())
    check("error", error)
    return error


def test_the_manifest_balances_and_names_what_was_written(runs: Runs) -> None:
    runs.run(CONTRACT, [file(1, "1,1.50,a", "2,2.50,b")], "run-0")
    manifest = runs.run(CONTRACT, [file(2, "1,3.00,c", "3,x,d", "4,4.00,e", "4,5.00,f")])
    assert manifest["rows"] == {"read": 4, "kept": 3, "quarantined": 1, "current": 2, "superseded": 1}
    assert sum(part["rows"] for part in manifest["changes"]["parts"]) == 2
    assert sum(part["rows"] for part in manifest["quarantine"]["parts"]) == 1
    parts = [*manifest["changes"]["parts"], *manifest["quarantine"]["parts"]]
    sizes = {Path(part["path"].removeprefix("file://")): part["bytes"] for part in parts}
    written = (runs.folder / "run-1/attempts/1").rglob("*.parquet")
    assert {path: path.stat().st_size for path in written} == sizes
    (upload,) = manifest["uploads"]
    assert (upload["outcome"], upload["reasons"][0]["column"], upload["reasons"][0]["count"]) == ("LOADED", "price", 1)
    assert upload["header"] == "id,price,name"
    assert [(row["id"], str(row["price"])) for row in runs.changes(manifest)] == [(1, "3.00"), (4, "5.00")]
    assert [(row["id"], str(row["price"])) for row in runs.rows()] == [(1, "3.00"), (2, "2.50"), (4, "5.00")]
    assert json.loads((runs.folder / "run-1/attempts/1/manifest.json").read_text()) == manifest


def test_a_rejected_upload_leaves_its_neighbours_alone(runs: Runs) -> None:
    strict = {**CONTRACT, "quarantineMaxShare": 0.4}
    manifest = runs.run(strict, [file(1, "1,1.00,a"), file(2, "1,x,b", "2,2.00,b"), File(3, "wrong\n1\n")])
    assert [upload["outcome"] for upload in manifest["uploads"]] == ["LOADED", "REJECTED", "REJECTED"]
    assert [(row["id"], row["name"]) for row in runs.rows()] == [(1, "a")]
    assert manifest["rows"]["read"] == 1


def test_an_upload_without_rows_is_loaded_and_changes_nothing(runs: Runs) -> None:
    manifest = runs.run(CONTRACT, [file(1)])
    assert manifest["rows"]["read"] == 0
    assert manifest["changes"]["parts"] == []
    assert runs.rows() == []


def test_a_failure_says_what_where_and_why(runs: Runs) -> None:
    runs.run(CONTRACT, [file(1, "1,1.00,a")], "run-0")
    narrower = {
        **CONTRACT,
        "columns": [column("id", "integer", required=True), column("price", "integer"), column("name")],
    }
    with pytest.raises(JobFailure):
        runs.run(narrower, [file(2, "1,1,b")])
    error = error_of(runs)
    assert (error["error"], error["stage"]) == ("ContractIncompatible", "open")
    assert "column price is decimal(6,2) in the table and bigint in the contract" in error["message"]
    assert not (runs.folder / "run-1/attempts/1/manifest.json").exists()


def test_the_change_set_is_exported_as_csv(runs: Runs) -> None:
    exported = {**CONTRACT, "export": ["csv"]}
    runs.run(exported, [file(1, '1,1.00,"a ""b"", c"', "2,,")], "run-0")
    manifest = runs.run(exported, [file(2, "2,2.00,", '3,,""')])
    paths = [Path(part["path"].removeprefix("file://")) for part in manifest["exports"]["parts"]]
    assert {path.parent for path in paths} == {runs.folder / "run-1/exports"}
    assert [path.stat().st_size for path in paths] == [part["bytes"] for part in manifest["exports"]["parts"]]
    assert sum(part["rows"] for part in manifest["exports"]["parts"]) == 2
    texts = [path.read_text() for path in paths]
    assert all(text.startswith("id,price,name\n") for text in texts)
    assert sorted(line for text in texts for line in text.splitlines()[1:]) == ["2,2.00,", '3,,""']
    first = next((runs.folder / "run-0/exports").glob("*.csv"))
    assert first.read_text() == 'id,price,name\n1,1.00,"a ""b"", c"\n2,,\n'
