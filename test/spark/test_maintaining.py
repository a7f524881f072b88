"""Care for tables: fewer files and snapshots, the same rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import column, contract_json
from runs import File, Runs
from tidegate_spark.lake_table import LakeTable
from tidegate_spark.maintaining import maintain, tables

CONTRACT = contract_json(
    column("id", "integer", required=True), column("value"), key=["id"], write={"mode": "merge", "orderBy": None}
)


@pytest.fixture
def runs(runs: Runs) -> Runs:
    for order in range(1, 5):
        runs.run(CONTRACT, [File(order, f"id,value\n0,{order}\n{order},a\n")], f"run-{order}")
    return runs


def count(runs: Runs, metadata: str) -> int:
    return runs.spark.sql(f"SELECT * FROM {runs.name}.{metadata}").count()


def marked_files(runs: Runs) -> list[str]:
    """Data files with rows that delete files mark as gone; Iceberg keeps the last of those that mark none any more."""
    marks = runs.spark.sql(f"SELECT DISTINCT file_path FROM {runs.name}.position_deletes")
    return [row["file_path"] for row in marks.join(runs.spark.table(f"{runs.name}.data_files"), "file_path").collect()]


def test_the_night_joins_small_files_and_lets_old_snapshots_go(runs: Runs) -> None:
    assert runs.name in tables(runs.spark)
    before, snapshots = runs.rows(), count(runs, "snapshots")
    assert len(marked_files(runs)) > 1
    runs.spark.sql(f"ALTER TABLE {runs.name} CREATE BRANCH under_way")
    young = maintain(runs.spark, runs.name, datetime.now(UTC), keep_days=30)
    assert runs.rows() == before
    assert count(runs, "data_files") == 1
    assert marked_files(runs) == []
    assert young.data_files_rewritten > 1
    assert young.snapshots_expired == 0
    assert count(runs, "snapshots") > snapshots
    assert "under_way" in [row["name"] for row in runs.spark.sql(f"SELECT name FROM {runs.name}.refs").collect()]

    runs.spark.sql(f"ALTER TABLE {runs.name} DROP BRANCH under_way")
    old = maintain(runs.spark, runs.name, datetime.now(UTC), keep_days=0)
    assert runs.rows() == before
    assert old.snapshots_expired > 1
    assert count(runs, "snapshots") == 1


def test_what_a_run_emptied_is_forgotten_once_no_run_from_before_it_can_come(runs: Runs) -> None:
    runs.drop()
    contract = contract_json(column("id"), rowRules=[{"name": "none", "predicate": "false"}])
    runs.run(contract, [File(1, "id\na\n")], "20240101T000000Z-1a2b3c4d")
    runs.run(contract, [File(2, "id\na\n")], "20241001T000000Z-1a2b3c4d")

    def emptying() -> list[str]:
        properties = LakeTable(runs.spark, runs.name).properties()
        return sorted(value for name, value in properties.items() if name.startswith("tidegate.emptied."))

    maintain(runs.spark, runs.name, datetime(2024, 12, 31, tzinfo=UTC), keep_days=30)
    assert emptying() == ["20240101T000000Z-1a2b3c4d", "20241001T000000Z-1a2b3c4d"]
    maintain(runs.spark, runs.name, datetime(2025, 3, 1, tzinfo=UTC), keep_days=30)
    assert emptying() == ["20241001T000000Z-1a2b3c4d"]
    maintain(runs.spark, runs.name, datetime(2026, 1, 1, tzinfo=UTC), keep_days=30)
    assert emptying() == []
