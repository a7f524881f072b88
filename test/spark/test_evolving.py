"""Runs under a contract that has changed since the table was made, and under one that the table has left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bigquery import BigQuery
from factories import column, contract_json
from runs import File, Runs

ID = column("id", "integer", required=True)
OLD = contract_json(
    column("id", "decimal(4,0)", required=True),
    column("price", "decimal(6,2)"),
    column("name", required=True),
    column("changed", "decimal(4,0)"),
)
NEW = contract_json(
    column("note"),
    column("id", "decimal(6,0)", required=True),
    column("price", "decimal(9,2)"),
    column("name"),
    column("changed", "decimal(8,0)"),
)
MODES: dict[str, dict[str, Any]] = {
    "merge": {"key": ["id"], "write": {"mode": "merge", "orderBy": "changed"}},
    "append": {"write": {"mode": "append", "orderBy": None}},
    "replace": {"write": {"mode": "replace", "orderBy": None}},
}
FIRST = File(1, "id,price,name,changed\n1,1.00,a,1\n2,2.00,b,1\n3,3.00,c,\n")
# New, replacing a row of the newer contract's, outranked by one where an order counts, replacing one of the older's.
REDRIVEN = File(3, "id,price,name,changed\n5,5.00,e,3\n1,1.50,aa,3\n2,2.50,bb,1\n3,3.50,cc,\n")
BETWEEN = File(2, "id,price,name,changed,note\n1,1000.25,,2,x\n2,2000.25,,20000,y\n100000,9.00,,2,z\n")


@pytest.fixture
def bigquery(tmp_path: Path) -> Iterator[BigQuery]:
    bigquery = BigQuery(tmp_path)
    yield bigquery
    bigquery.close()


def texts(values: Sequence[Any]) -> list[str]:
    """Values of either side in one form: BigQuery leaves out the zeros behind a decimal's digits."""
    return [f"{value.normalize():f}" if isinstance(value, Decimal) else str(value) for value in values]


@pytest.mark.parametrize("mode", MODES)
def test_a_run_redriven_after_its_contract_has_evolved_leaves_no_difference_in_lake_and_warehouse(
    runs: Runs, bigquery: BigQuery, mode: str
) -> None:
    old, new = ({**contract, **MODES[mode]} for contract in (OLD, NEW))
    never_failed = Runs(runs.spark, runs.folder / "never_failed", "never_failed")
    never_failed.drop()
    for run_id, contract, file in (("run-1", old, FIRST), ("run-2", old, REDRIVEN), ("run-3", new, BETWEEN)):
        never_failed.run(contract, [file], run_id)

    bigquery.deliver(old, runs.run(old, [FIRST], "run-1"))
    runs.attempt(old, [REDRIVEN], "run-2")
    bigquery.deliver(new, runs.run(new, [BETWEEN], "run-3"))
    bigquery.deliver(old, runs.run(old, [REDRIVEN], "run-2", 2))
    rows = runs.rows()
    assert rows == never_failed.rows()
    notes = {(row["_run_id"], row["note"] is None) for row in rows}
    assert notes == {("run-2", True)} if mode == "replace" else notes >= {("run-2", True), ("run-3", False)}
    columns = ("id", "price", "name", "changed", "note", "_upload_id", "_row", "_run_id")
    delivered = bigquery.rows(f"SELECT {', '.join(columns)} FROM d.things")
    assert sorted(map(texts, delivered)) == sorted(texts([row[name] for name in columns]) for row in rows)


def test_a_column_that_is_new_orders_rows_from_the_first_run_on(runs: Runs) -> None:
    keyed = {"key": ["id"], "write": {"mode": "merge", "orderBy": None}}
    runs.run(contract_json(ID, column("value"), **keyed), [File(2, "id,value\n1,a\n2,b\n")], "run-1")
    ordered = contract_json(
        ID, column("value"), column("changed", "integer"), key=["id"], write={"mode": "merge", "orderBy": "changed"}
    )
    runs.run(ordered, [File(1, "id,value,changed\n1,c,1\n2,d,\n")], "run-2")
    assert [(row["id"], row["value"]) for row in runs.rows()] == [(1, "c"), (2, "b")]


def test_a_transform_sees_the_table_in_the_columns_of_its_own_contract(runs: Runs) -> None:
    keyed = {"key": ["id"], "write": {"mode": "merge", "orderBy": None}}
    joined = "upload left join existing on existing.id = upload.id"
    # The name `note` is the transform's own as long as the contract has no such column.
    old = contract_json(
        ID,
        column("before", derived=True),
        transform=f"select upload.*, note as before from {joined} cross join (select 'own' as note)",
        **keyed,
    )
    new = contract_json(
        ID,
        column("before", derived=True),
        column("note"),
        transform=f"select upload.*, existing.note as before from {joined}",
        **keyed,
    )
    runs.run(old, [File(1, "id\n1\n")], "run-1")
    runs.attempt(old, [File(4, "id\n1\n")], "run-2")
    befores = []
    for run_id, contract, file in (
        # The newest snapshot is of before the column came.
        ("run-3", new, File(2, "id,note\n1,n\n")),
        ("run-4", new, File(3, "id,note\n1,m\n")),
        ("run-2", old, File(4, "id\n1\n")),
    ):
        runs.run(contract, [file], run_id)
        befores += [row["before"] for row in runs.rows()]
    assert befores == [None, "n", "own"]


@pytest.mark.parametrize("mode", ["append", "replace"])
@pytest.mark.parametrize("first_comes_late", [False, True])
def test_a_replay_that_leaves_no_row_leaves_no_difference_in_lake_and_warehouse(
    runs: Runs, bigquery: BigQuery, mode: str, first_comes_late: bool
) -> None:
    first = contract_json(ID, column("value"), **MODES[mode])
    strict = {**first, "rowRules": [{"name": "no_x", "predicate": "value <> 'x'"}]}
    file = File(1, "id,value\n1,x\n2,x\n")
    if first_comes_late:
        runs.attempt(first, [file], "run-1")
    else:
        bigquery.deliver(first, runs.run(first, [file], "run-1"))
    bigquery.deliver(strict, runs.run(strict, [file], "run-2"))
    if first_comes_late:
        bigquery.deliver(first, runs.run(first, [file], "run-1", 2))

    assert bigquery.rows("SELECT id FROM d.things ORDER BY id") == [[str(row["id"])] for row in runs.rows()]


def test_a_table_that_has_values_to_partition_by_in_the_names_of_files_takes_long_ones_from_now_on(runs: Runs) -> None:
    contract = contract_json(column("id", "integer"), column("name"), **MODES["append"], partitionBy=["name"])
    runs.run(contract, [File(1, "id,name\n1,short\n")], "run-1")
    names = "'write.object-storage.enabled', 'write.object-storage.partitioned-paths'"
    runs.spark.sql(f"ALTER TABLE {runs.name} UNSET TBLPROPERTIES ({names})")
    runs.run(contract, [File(2, f"id,name\n2,{'x' * 2000}\n")], "run-2")
    assert sorted((row["id"], len(row["name"])) for row in runs.rows()) == [(1, 5), (2, 2000)]
