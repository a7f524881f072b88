"""The dataset's Iceberg table: made, and evolved as its contract is."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import types as t

from tidegate_spark.contract import Column, Contract
from tidegate_spark.failure import JobFailure
from tidegate_spark.lake_table import LakeTable
from tidegate_spark.ranking import PROVENANCE

NAMESPACE = "lake.tidegate"
_PROVENANCE_TYPES: dict[str, t.DataType] = {
    "_upload_id": t.StringType(),
    "_row": t.LongType(),
    "_run_id": t.StringType(),
    "_uploaded_at": t.TimestampType(),
    "_upload_order": t.StringType(),
}
_PROPERTIES = {
    "format-version": "2",
    # An update marks the old row as gone and adds a new one; rewriting whole files for it is left to maintenance.
    "write.merge.mode": "merge-on-read",
    "write.update.mode": "merge-on-read",
    "write.delete.mode": "merge-on-read",
}


def identifier(contract: Contract) -> str:
    """The table as Spark names it."""
    return f"{NAMESPACE}.{contract.table}"


def schema_of(contract: Contract) -> t.StructType:
    """The table's columns: the contract's, then where each row came from."""
    columns = [t.StructField(c.name, c.type.spark, nullable=not c.required) for c in contract.columns]
    return t.StructType([*columns, *[t.StructField(name, _PROVENANCE_TYPES[name], False) for name in PROVENANCE]])


def ensure_table(spark: SparkSession, contract: Contract) -> LakeTable:
    """The dataset's table, which is created, or given the contract's new columns, first.

    Raises JobFailure (ContractIncompatible) before anything is written when the table cannot take the contract's form.
    """
    name = identifier(contract)
    if not spark.catalog.tableExists(name):
        columns = ", ".join(_definition(field) for field in schema_of(contract))
        partitions = ", ".join(_partition(contract, column) for column in contract.partition_by)
        properties = ", ".join(f"'{key}' = '{value}'" for key, value in _PROPERTIES.items())
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {NAMESPACE}")
        spark.sql(
            f"CREATE TABLE IF NOT EXISTS {name} ({columns}) USING iceberg"
            + (f" PARTITIONED BY ({partitions})" if partitions else "")
            + f" TBLPROPERTIES ({properties})"
        )
    else:
        _evolve(spark, contract)
    return LakeTable(spark, name)


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
        else:
            if field.dataType != column.type.spark:
                change = _widening(field, column)
                if change:
                    statements.append(change)
                else:
                    problems.append(
                        f"column {column.name} is {field.dataType.simpleString()} in the table and"
                        f" {column.type.spark.simpleString()} in the contract"
                    )
            if column.required and field.nullable:
                problems.append(f"column {column.name} is optional in the table and required in the contract")
            elif not column.required and not field.nullable:
                statements.append(f"ALTER COLUMN `{column.name}` DROP NOT NULL")
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
