"""Two jobs whose commits to one table meet."""

from __future__ import annotations

from typing import Any

import pytest
from factories import column, contract_json
from runs import File, Runs
from tidegate_spark.lake_table import LakeTable

COLUMNS = (column("id", "integer", required=True), column("value"))


@pytest.mark.parametrize(
    ("write", "first", "expected"),
    [
        ({"mode": "merge", "orderBy": None}, "older", [(1, "b"), (2, "a"), (3, "b")]),
        ({"mode": "append", "orderBy": None}, "older", [(1, "a"), (1, "b"), (2, "a"), (3, "b")]),
        ({"mode": "replace", "orderBy": None}, "newer", [(1, "b"), (3, "b")]),
        ({"mode": "replace", "orderBy": None}, "older", [(1, "b"), (3, "b")]),
    ],
    ids=["merge", "append", "replace, newer first", "replace, older first"],
)
def test_another_jobs_commit_in_between_changes_nothing(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, write: dict[str, Any], first: str, expected: list[tuple[int, str]]
) -> None:
    """Just before the first job's commit, all of the second job is done: as if both had run at the same time."""
    contract = contract_json(*COLUMNS, key=["id"] if write["mode"] == "merge" else [], write=write)
    runs.run(contract, [File(1, "id,value\n1,z\n")], "run-0")
    if write["mode"] == "append":
        runs.run({**contract, "rowRules": [{"name": "none", "predicate": "false"}]}, [File(1, "id,value\n1,z\n")])
    jobs = {"older": (2, "1,a\n2,a\n"), "newer": (3, "1,b\n3,b\n")}
    second = "newer" if first == "older" else "older"

    def job(name: str) -> None:
        order, text = jobs[name]
        own = Runs(runs.spark.newSession(), runs.folder)
        own.run(contract, [File(order, f"id,value\n{text}")], f"run-{order}")

    fast_forward = LakeTable.fast_forward
    refused: list[str] = []

    def after_the_other(table: LakeTable, branch: str) -> None:
        monkeypatch.setattr(LakeTable, "fast_forward", fast_forward)
        job(second)
        try:
            fast_forward(table, branch)
        except Exception:
            refused.append(branch)
            raise

    monkeypatch.setattr(LakeTable, "fast_forward", after_the_other)
    job(first)
    assert len(refused) == 1
    assert sorted((row["id"], row["value"]) for row in runs.rows()) == expected
