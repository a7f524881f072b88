"""How a table follows its contract, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from factories import column, contract
from pyspark.sql import SparkSession
from tidegate_spark.failure import JobFailure
from tidegate_spark.table import ensure_table, identifier

ID = column("id", "integer", required=True)
NAME = "lake.tidegate.evolving"


@pytest.fixture(autouse=True)
def no_table(spark: SparkSession) -> Iterator[None]:
    spark.sql(f"DROP TABLE IF EXISTS {NAME} PURGE")
    yield
    spark.sql(f"DROP TABLE IF EXISTS {NAME} PURGE")


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
    ensure_table(spark, of_every_type)
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


def test_new_nullable_columns_and_wider_decimals_are_taken(spark: SparkSession) -> None:
    ensure_table(spark, contract(ID, column("price", "decimal(6,2)"), table="evolving"))
    spark.sql(f"INSERT INTO {NAME} VALUES (1, 1.50, 'u', 1, 'r', TIMESTAMP '2024-01-01 00:00:00', 'o')")
    ensure_table(spark, contract(ID, column("note"), column("price", "decimal(9,2)"), table="evolving"))
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
    ensure_table(spark, contract(ID, column("price", "decimal(6,2)"), table="evolving"))
    before = types(spark)
    with pytest.raises(JobFailure) as refused:
        ensure_table(spark, contract(*changed, column("fresh"), table="evolving"))
    assert refused.value.error == "ContractIncompatible"
    assert said in str(refused.value)
    assert types(spark) == before


def test_a_column_that_is_no_longer_required_becomes_optional(spark: SparkSession) -> None:
    ensure_table(spark, contract(ID, column("name", required=True), table="evolving"))
    ensure_table(spark, contract(ID, column("name"), table="evolving"))
    assert spark.table(NAME).schema["name"].nullable
