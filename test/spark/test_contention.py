"""Two jobs that commit to one table at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from factories import column, contract_json
from pyspark.sql import SparkSession
from runs import File, Runs
from tidegate_spark.lake_table import LakeTable

COLUMNS = (column("id", "integer", required=True), column("value"))


@pytest.fixture
def runs(spark: SparkSession, tmp_path: Path) -> Iterator[Runs]:
    runs = Runs(spark, tmp_path, "contended")
    runs.drop()
    yield runs
    runs.drop()


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes the first commits of two jobs wait for each other; gives the branches whose commit was refused."""
    both = threading.Barrier(2)
    seen: set[int] = {threading.get_ident()}
    refused: list[str] = []
    fast_forward = LakeTable.fast_forward

    def together(table: LakeTable, branch: str) -> None:
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            both.wait(timeout=300)
        try:
            fast_forward(table, branch)
        except Exception:
            refused.append(branch)
            raise

    monkeypatch.setattr(LakeTable, "fast_forward", together)
    return refused


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        ({"mode": "merge", "orderBy": None}, [(1, "b"), (2, "a"), (3, "b")]),
        ({"mode": "append", "orderBy": None}, [(1, "a"), (1, "b"), (2, "a"), (3, "b")]),
        ({"mode": "replace", "orderBy": None}, [(1, "b"), (3, "b")]),
    ],
    ids=lambda value: value["mode"] if isinstance(value, dict) else "",
)
def test_two_jobs_at_once_leave_what_one_after_the_other_does(
    runs: Runs, meeting: list[str], write: dict[str, Any], expected: list[tuple[int, str]]
) -> None:
    contract = contract_json(*COLUMNS, key=["id"] if write["mode"] == "merge" else [], write=write)
    runs.run(contract, [File(1, "id,value\n1,z\n")], "run-0")
    if write["mode"] == "append":
        runs.run({**contract, "rowRules": [{"name": "none", "predicate": "false"}]}, [File(1, "id,value\n1,z\n")])

    def job(order: int, text: str) -> None:
        own = Runs(runs.spark.newSession(), runs.folder, "contended")
        own.run(contract, [File(order, f"id,value\n{text}")], f"run-{order}")

    # run-0's and run-1's commits are over; these two meet.
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(job, 2, "1,a\n2,a\n"), pool.submit(job, 3, "1,b\n3,b\n")]:
            done.result()
    assert len(meeting) == 1
    assert sorted((row["id"], row["value"]) for row in runs.rows()) == expected
