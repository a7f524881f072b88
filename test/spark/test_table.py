"""How a table follows its contract, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from factories import column, contract
from pyspark.sql import SparkSession
from tidegate_spark.failure import JobFailure
from tidegate_spark.lake_table import LakeTable
from tidegate_spark.table import ensure_table, identifier

ID = column("id", "integer", required=True)
NAME = "lake.tidegate.evolving"


@pytest.fixture(autouse=True)
def no_table(spark: SparkSession) -> Iterator[None]:
    spark.sql(f"DROP TABLE IF EXISTS {NAME} PURGE")
    yield
    spark.sql(f"DROP TABLE IF EXISTS {NAME} PURGE")


def ensure(spark: SparkSession, *columns: dict[str, Any], day: int) -> None:
    """Makes or evolves the table for a contract of these columns that was pinned on that day."""
    ensure_table(spark, contract(*columns, table="evolving"), datetime(2024, 1, day, tzinfo=UTC))


def types(spark: SparkSession) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in spark.table(NAME).schema if field.name[0] != "_"}


def test_a_table_is_made_as_the_contract_says(spark: SparkSession) -> None:
    of_every_type = contract(
        ID,
        column("d", "decimal(10,2)"),
        column("f", "double"),
        column("b", "boolean"),
        column("day", "date"),
        column("at", "timestamp"),
        column("local", "timestamp_ntz"),
        column("clock", "time"),
        table="evolving",
        partitionBy=["day"],
    )
    ensure_table(spark, of_every_type, datetime.now(UTC))
    assert identifier(of_every_type) == NAME
    assert types(spark) == {
        "id": "bigint",
        "d": "decimal(10,2)",
        "f": "double",
        "b": "boolean",
        "day": "date",
        "at": "timestamp",
        "local": "timestamp_ntz",
        "clock": "string",
    }
    described = {row["col_name"]: row["data_type"] for row in spark.sql(f"DESCRIBE {NAME}").collect()}
    assert described["Part 0"] == "months(day)"
    assert next(field.name for field in spark.table(NAME).schema if not field.nullable) == "id"


def test_of_the_files_that_describe_a_table_only_the_newest_stay(spark: SparkSession) -> None:
    ensure(spark, ID, day=1)
    table = LakeTable(spark, NAME)
    for few in ("4", "3", "2", "2", "2", "2"):
        table.set_properties({"write.metadata.previous-versions-max": few})
    newest = spark.sql(f"SELECT file FROM {NAME}.metadata_log_entries").collect()[-1]["file"]
    files = Path(newest.removeprefix("file:")).parent.glob("*.metadata.json")
    assert len(list(files)) == 3


def test_new_nullable_columns_and_wider_decimals_are_taken(spark: SparkSession) -> None:
    ensure(spark, ID, column("price", "decimal(6,2)"), day=1)
    spark.sql(f"INSERT INTO {NAME} VALUES (1, 1.50, 'u', 1, 'r', TIMESTAMP '2024-01-01 00:00:00', 'o')")
    ensure(spark, ID, column("note"), column("price", "decimal(9,2)"), day=2)
    assert types(spark) == {"id": "bigint", "price": "decimal(9,2)", "note": "string"}
    (row,) = spark.table(NAME).collect()
    assert (row["id"], str(row["price"]), row["note"], row["_upload_id"]) == (1, "1.50", None, "u")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ([ID, column("price", "decimal(6,2)"), column("a", required=True)], "column a is new and required"),
        ([ID], "column price of the table is not in the contract"),
        ([ID, column("price", "decimal(5,2)")], "column price is decimal(6,2) in the table and decimal(5,2)"),
        ([ID, column("price", "decimal(8,3)")], "column price is decimal(6,2) in the table and decimal(8,3)"),
        ([ID, column("price", "double")], "column price is decimal(6,2) in the table and double"),
        (
            [ID, column("price", "decimal(6,2)", required=True)],
            "column price is optional in the table and required in the contract",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_other_change_is_refused_before_anything_is_written(spark: SparkSession, changed: list, said: str) -> None:
    ensure(spark, ID, column("price", "decimal(6,2)"), day=1)
    before = types(spark)
    with pytest.raises(JobFailure) as refused:
        ensure(spark, *changed, column("fresh"), day=2)
    assert refused.value.error == "ContractIncompatible"
    assert said in str(refused.value)
    assert types(spark) == before


def test_a_column_that_is_no_longer_required_becomes_optional(spark: SparkSession) -> None:
    ensure(spark, ID, column("name", required=True), day=1)
    ensure(spark, ID, column("name"), day=2)
    assert spark.table(NAME).schema["name"].nullable


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key": ["id", "day"]}, "identified by id in the table and by day, id in the contract"),
        ({"write": {"mode": "append", "orderBy": None}}, "by id in the table and by _row, _upload_id in the contract"),
        ({"partitionBy": []}, "partitioned by day in the table and by nothing in the contract"),
        ({"partitionBy": ["day", "id"]}, "partitioned by day in the table and by day, id in the contract"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("made_before", [False, True], ids=["", "a table that was made before keys were kept"])
def test_another_key_or_partitioning_is_refused(
    spark: SparkSession, changed: dict, said: str, made_before: bool
) -> None:
    as_it_is = {"key": ["id"], "partitionBy": ["day"], "write": {"mode": "merge", "orderBy": None}}
    ensure_of_days(spark, as_it_is, day=2)
    if made_before:
        spark.sql(f"ALTER TABLE {NAME} UNSET TBLPROPERTIES ('tidegate.rows-by')")
        ensure_of_days(spark, as_it_is, day=3)
    for day in (1, 4):
        with pytest.raises(JobFailure) as refused:
            ensure_of_days(spark, {**as_it_is, **changed}, day=day)
        assert refused.value.error == "ContractIncompatible"
        assert said in str(refused.value)


def test_a_key_in_another_order_is_the_same(spark: SparkSession) -> None:
    for day, key in enumerate((["id", "day"], ["day", "id"]), start=1):
        ensure_of_days(spark, {"key": key, "write": {"mode": "merge", "orderBy": None}}, day=day)


def ensure_of_days(spark: SparkSession, layout: dict, day: int) -> None:
    columns = (ID, column("day", "date", required=True))
    ensure_table(spark, contract(*columns, **layout, table="evolving"), datetime(2024, 1, day, tzinfo=UTC))


@pytest.mark.parametrize(("one", "other"), [("string", "time"), ("time", "string")])
def test_a_text_is_no_time_of_day_although_the_table_holds_both_as_text(
    spark: SparkSession, one: str, other: str
) -> None:
    ensure(spark, ID, day=2)
    ensure(spark, ID, column("Clock", one), day=4)
    # Before the column came, and after.
    for day in (3, 5):
        with pytest.raises(JobFailure) as refused:
            ensure(spark, ID, column("clock", other), day=day)
        assert refused.value.error == "ContractIncompatible"
        assert f"column clock is {one} in the table and {other} in the contract" in str(refused.value)
        ensure(spark, ID, column("clock", one), day=day)


def test_a_table_that_was_made_before_times_of_day_were_kept_has_those_of_the_first_contract_from_then_on(
    spark: SparkSession,
) -> None:
    ensure(spark, ID, column("clock", "time"), column("text"), day=1)
    spark.sql(f"ALTER TABLE {NAME} UNSET TBLPROPERTIES ('tidegate.times')")
    ensure(spark, ID, column("clock", "time"), column("text"), day=2)
    with pytest.raises(JobFailure) as refused:
        ensure(spark, ID, column("clock"), column("text", "time"), day=3)
    for said in ("clock is time in the table and string in", "text is string in the table and time in"):
        assert said in str(refused.value)


def test_a_column_that_a_killed_job_did_not_add_may_come_as_text_or_as_a_time_of_day(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(table: LakeTable, change: str) -> None:
        if change.startswith("ADD COLUMN"):
            raise KeyboardInterrupt
        alter(table, change)

    alter = LakeTable.alter
    ensure(spark, ID, day=1)
    monkeypatch.setattr(LakeTable, "alter", killed)
    with pytest.raises(KeyboardInterrupt):
        ensure(spark, ID, column("clock", "time"), day=2)
    monkeypatch.undo()
    for day in (3, 4):
        ensure(spark, ID, column("clock"), day=day)


OLD = (ID, column("price", "decimal(6,2)"), column("name", required=True))
NEW = (ID, column("price", "decimal(9,2)"), column("name"), column("note"))


def test_a_contract_that_was_pinned_before_the_table_got_its_form_leaves_it_as_it_is(spark: SparkSession) -> None:
    ensure(spark, *OLD, day=1)
    ensure(spark, *NEW, day=3)
    formed = spark.table(NAME).schema
    ensure(spark, *OLD, day=2)
    # A minute before the form was pinned, as another clock says it.
    east = timezone(timedelta(hours=5))
    ensure_table(spark, contract(*OLD, table="evolving"), datetime(2024, 1, 3, 4, 59, tzinfo=east))
    # Also one that the table never was like: its run failed before it came so far.
    ensure(spark, ID, day=1)
    assert spark.table(NAME).schema == formed
    ensure(spark, *NEW, column("more"), day=4)
    ensure(spark, *NEW, day=3)
    assert "more" in types(spark)


@pytest.mark.parametrize("day", [3, 4])
def test_the_same_columns_are_refused_where_the_contract_came_to_them_later(spark: SparkSession, day: int) -> None:
    ensure(spark, *OLD, day=1)
    ensure(spark, *NEW, day=3)
    with pytest.raises(JobFailure) as refused:
        ensure(spark, *OLD, day=day)
    for said in ("note of the table is not in the contract", "price is decimal(9,2) in the table", "name is optional"):
        assert said in str(refused.value)


@pytest.mark.parametrize(
    ("older", "said"),
    [
        ([*NEW, column("gone")], "column gone of the contract is not in the table"),
        ([ID, column("price", "decimal(10,2)")], "price is decimal(9,2) in the table and decimal(10,2)"),
        ([ID, column("price", "decimal(9,3)")], "price is decimal(9,2) in the table and decimal(9,3)"),
        ([ID, column("note", "integer")], "note is string in the table and bigint in the contract"),
        ([column("id", "integer")], "column id is required in the table and optional in the contract"),
        ([column("note")], "column id is required in the table and not in the contract"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_older_contract_whose_rows_do_not_fit_is_refused(spark: SparkSession, older: list, said: str) -> None:
    ensure(spark, *NEW, day=3)
    formed = spark.table(NAME).schema
    with pytest.raises(JobFailure) as refused:
        ensure(spark, *older, day=2)
    assert refused.value.error == "ContractIncompatible"
    assert said in str(refused.value)
    assert spark.table(NAME).schema == formed


def test_a_job_that_is_killed_amid_the_changes_leaves_a_table_for_the_contract_before_and_the_next_attempt(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(spark, *OLD, day=1)
    alter = LakeTable.alter
    done: list[str] = []

    def killed_after_one(table: LakeTable, change: str) -> None:
        alter(table, change)
        done.append(change)
        if len(done) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(LakeTable, "alter", killed_after_one)
    with pytest.raises(KeyboardInterrupt):
        ensure(spark, *NEW, day=3)
    monkeypatch.undo()
    ensure(spark, *OLD, day=2)
    ensure(spark, *NEW, day=3)
    assert types(spark) == {"id": "bigint", "price": "decimal(9,2)", "name": "string", "note": "string"}
