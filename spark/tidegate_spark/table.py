"""The dataset's Iceberg table: made, evolved, merged into."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as t

from tidegate_spark.contract import Column, Contract
from tidegate_spark.failure import JobFailure
from tidegate_spark.ranking import PROVENANCE, rank, rank_columns

NAMESPACE = "lake.tidegate"
_PROVENANCE_TYPES: dict[str, t.DataType] = {
    "_upload_id": t.StringType(),
    "_row": t.LongType(),
    "_run_id": t.StringType(),
    "_uploaded_at": t.TimestampType(),
    "_upload_order": t.StringType(),
}
_MERGE_TRIES = 5


def identifier(contract: Contract) -> str:
    """The table as Spark names it."""
    return f"{NAMESPACE}.{contract.table}"


def schema_of(contract: Contract) -> t.StructType:
    """The table's columns: the contract's, then where each row came from."""
    columns = [t.StructField(c.name, c.type.spark, nullable=not c.required) for c in contract.columns]
    return t.StructType([*columns, *[t.StructField(name, _PROVENANCE_TYPES[name], False) for name in PROVENANCE]])


def ensure_table(spark: SparkSession, contract: Contract) -> DataFrame:
    """The existing rows of the dataset's table, which is created, or given the contract's new columns, first.

    Raises JobFailure (ContractIncompatible) before anything is written when the table cannot take the contract's form.
    """
    name = identifier(contract)
    if not spark.catalog.tableExists(name):
        columns = ", ".join(_definition(field) for field in schema_of(contract))
        partitions = ", ".join(_partition(contract, column) for column in contract.partition_by)
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {NAMESPACE}")
        spark.sql(
            f"CREATE TABLE IF NOT EXISTS {name} ({columns}) USING iceberg"
            + (f" PARTITIONED BY ({partitions})" if partitions else "")
            + " TBLPROPERTIES ('format-version'='2')"
        )
    else:
        _evolve(spark, contract)
    return spark.table(name)


def _definition(field: t.StructField) -> str:
    return f"`{field.name}` {field.dataType.simpleString()}{'' if field.nullable else ' NOT NULL'}"


def _partition(contract: Contract, name: str) -> str:
    kind = next(column.type.kind for column in contract.columns if column.name == name)
    # A file for each day and run would be many small ones.
    return f"months(`{name}`)" if kind in ("date", "timestamp", "timestamp_ntz") else f"`{name}`"


def _evolve(spark: SparkSession, contract: Contract) -> None:
    name = identifier(contract)
    existing = {field.name.lower(): field for field in spark.table(name).schema}
    statements: list[str] = []
    problems: list[str] = []
    for column in contract.columns:
        field = existing.pop(column.name.lower(), None)
        if field is None and column.required:
            problems.append(f"column {column.name} is new and required; existing rows have no value for it")
        elif field is None:
            statements.append(f"ADD COLUMN `{column.name}` {column.type.spark.simpleString()}")
        elif field.dataType != column.type.spark:
            change = _widening(field, column)
            if change:
                statements.append(change)
            else:
                problems.append(
                    f"column {column.name} is {field.dataType.simpleString()} in the table and"
                    f" {column.type.spark.simpleString()} in the contract"
                )
    problems += [
        f"column {field.name} of the table is not in the contract"
        for key, field in existing.items()
        if key not in PROVENANCE
    ]
    if problems:
        raise JobFailure("ContractIncompatible", f"Table {name} cannot take the contract: {'; '.join(problems)}.")
    for statement in statements:
        spark.sql(f"ALTER TABLE {name} {statement}")


def _widening(field: t.StructField, column: Column) -> str | None:
    """The change that gives a column of the table more room, null when there is none that is safe."""
    old, new = field.dataType, column.type.spark
    if (
        isinstance(old, t.DecimalType)
        and isinstance(new, t.DecimalType)
        and old.scale == new.scale
        and new.precision > old.precision
    ):
        return f"ALTER COLUMN `{column.name}` TYPE {new.simpleString()}"
    return None


def current_rows(batch: DataFrame, existing: DataFrame, contract: Contract) -> DataFrame:
    """The rows of a batch's winners that no row of the table outranks: the change set."""
    columns = [field.name for field in schema_of(contract)]
    if contract.mode == "replace":
        newest = existing.agg(F.max(F.struct("_upload_order", "_upload_id")).alias("_newest"))
        place = F.struct("_upload_order", "_upload_id")
        joined = batch.crossJoin(F.broadcast(newest))
        return joined.where(F.col("_newest").isNull() | (place >= F.col("_newest"))).select(*columns)
    key = list(contract.merge_key)
    ranks = existing.select(*key, rank(contract).alias("_existing_rank"))
    joined = batch.join(ranks, key, "left")
    outranked = F.coalesce(F.col("_existing_rank") > rank(contract), F.lit(False))
    return joined.where(~outranked).select(*columns)


def merge(spark: SparkSession, changes: DataFrame, contract: Contract) -> str | None:
    """Merges a change set into the table; a commit that met another is made anew. Gives the snapshot's id.

    The merge takes the greater rank, so it may be repeated, and run in any order with other merges.
    """
    name = identifier(contract)
    columns = [field.name for field in schema_of(contract)]
    changes.createOrReplaceTempView("tidegate_changes")
    for attempt in range(1, _MERGE_TRIES + 1):
        try:
            if contract.mode == "replace":
                changes.select(*columns).writeTo(name).overwrite(F.lit(True))
            else:
                spark.sql(_merge_statement(name, columns, contract))
            break
        except Exception as error:
            if attempt == _MERGE_TRIES or not _is_conflict(error):
                raise
            spark.catalog.refreshTable(name)
    newest = spark.sql(f"SELECT snapshot_id FROM {name}.snapshots ORDER BY committed_at DESC LIMIT 1").first()
    return str(newest["snapshot_id"]) if newest else None


def _merge_statement(name: str, columns: list[str], contract: Contract) -> str:
    same_key = " AND ".join(f"t.`{column}` = s.`{column}`" for column in contract.merge_key)
    names = ", ".join(f"`{column}`" for column in columns)
    values = ", ".join(f"s.`{column}`" for column in columns)
    sets = ", ".join(f"t.`{column}` = s.`{column}`" for column in columns)
    ranks = [", ".join(f"{side}.`{column}`" for column in rank_columns(contract)) for side in ("s", "t")]
    return (
        f"MERGE INTO {name} t USING tidegate_changes s ON {same_key}"
        f" WHEN MATCHED AND struct({ranks[0]}) >= struct({ranks[1]}) THEN UPDATE SET {sets}"
        f" WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def _is_conflict(error: Any) -> bool:
    text = str(error)
    return "CommitFailedException" in text or "ValidationException" in text or "Found conflicting files" in text
