"""The dataset's Iceberg table: made, and evolved as its contract is."""

from __future__ import annotations

from datetime import UTC, datetime

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
_FILES = {
    # A value that rows are partitioned by may be longer than the name of an object.
    "write.object-storage.enabled": "true",
    "write.object-storage.partitioned-paths": "false",
    # Each commit describes the table, with all its snapshots, anew: of the descriptions before it a hundred stay.
    "write.metadata.delete-after-commit.enabled": "true",
}
_PROPERTIES = {
    "format-version": "2",
    # An update marks the old row as gone and adds a new one; rewriting whole files for it is left to maintenance.
    "write.merge.mode": "merge-on-read",
    "write.update.mode": "merge-on-read",
    "write.delete.mode": "merge-on-read",
    **_FILES,
}

_FORM_OF = "tidegate.form-of"
"""Of a table's properties: when the contract was pinned that the table has its columns of."""
_ROWS_BY = "tidegate.rows-by"
"""Of a table's properties: the columns by which its rows are told apart."""
_TIMES = "tidegate.times"
"""Of a table's properties: its columns of text that are times of day, as they are in BigQuery."""


def identifier(contract: Contract) -> str:
    """The table as Spark names it."""
    return f"{NAMESPACE}.{contract.table}"


def schema_of(contract: Contract) -> t.StructType:
    """The table's columns: the contract's, then where each row came from."""
    columns = [t.StructField(c.name, c.type.spark, nullable=not c.required) for c in contract.columns]
    return t.StructType([*columns, *[t.StructField(name, _PROVENANCE_TYPES[name], False) for name in PROVENANCE]])


def ensure_table(spark: SparkSession, contract: Contract, pinned_at: datetime) -> LakeTable:
    """The dataset's table, which is created, or given the contract's new columns, first.

    `pinned_at` says when the contract was the deployed one. One that was it before that which the table has its form of
    changes nothing: its rows go into the table as it is.
    Raises JobFailure (ContractIncompatible) before anything is written when the table cannot take the contract's form.
    """
    name = identifier(contract)
    pinned = pinned_at.astimezone(UTC).isoformat(timespec="milliseconds")
    # The same for a key whatever its order.
    rows_by = ", ".join(sorted(name.lower() for name in contract.merge_key))
    times = ", ".join(column.name.lower() for column in contract.columns if column.type.kind == "time")
    if not spark.catalog.tableExists(name):
        columns = ", ".join(_definition(field) for field in schema_of(contract))
        partitions = ", ".join(_partition(contract, column) for column in contract.partition_by)
        properties = {**_PROPERTIES, _FORM_OF: pinned, _ROWS_BY: rows_by, _TIMES: times}
        settings = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {NAMESPACE}")
        spark.sql(
            f"CREATE TABLE IF NOT EXISTS {name} ({columns}) USING iceberg"
            + (f" PARTITIONED BY ({partitions})" if partitions else "")
            + f" TBLPROPERTIES ({settings})"
        )
        return LakeTable(spark, name)
    table = LakeTable(spark, name)
    properties = table.properties()
    _check_rows(table, contract, properties.get(_ROWS_BY, rows_by), rows_by)
    types = _types_of(table, properties.get(_TIMES, times))
    if pinned < properties.get(_FORM_OF, ""):
        _check_older(table, contract, types)
        return table
    _evolve(table, contract, types, {_FORM_OF: pinned, _TIMES: times})
    wanted = {_ROWS_BY: rows_by, _TIMES: times, **_FILES}
    table.set_properties({key: value for key, value in wanted.items() if key not in properties})
    return table


def _check_rows(table: LakeTable, contract: Contract, theirs: str, ours: str) -> None:
    """Refuses a contract that has the table's rows told apart, or parted, in another way than it has them."""
    problems: list[str] = []
    if theirs != ours:
        problems.append(f"rows are identified by {theirs} in the table and by {ours} in the contract")
    parted, parts = (", ".join(names).lower() or "nothing" for names in (table.partitioned_by(), contract.partition_by))
    if parted != parts:
        problems.append(f"rows are partitioned by {parted} in the table and by {parts} in the contract")
    _refuse(table, problems, "does not fit the contract")


def _definition(field: t.StructField) -> str:
    return f"`{field.name}` {field.dataType.simpleString()}{'' if field.nullable else ' NOT NULL'}"


def _partition(contract: Contract, name: str) -> str:
    kind = next(column.type.kind for column in contract.columns if column.name == name)
    # A file for each day and run would be many small ones.
    return f"months(`{name}`)" if kind in ("date", "timestamp", "timestamp_ntz") else f"`{name}`"


def _types_of(table: LakeTable, times: str) -> dict[str, str]:
    """The table's types by the names of their columns in small letters, as `_type_of` names those of a contract."""
    of_day = times.split(", ")
    fields = {field.name.lower(): field.dataType.simpleString() for field in table.schema()}
    return {name: "time" if name in of_day else kind for name, kind in fields.items()}


def _type_of(column: Column) -> str:
    """A column's type as Spark names it, but for a time of day, which Spark has as text."""
    return "time" if column.type.kind == "time" else column.type.spark.simpleString()


def _evolve(table: LakeTable, contract: Contract, types: dict[str, str], properties: dict[str, str]) -> None:
    """Gives the table the contract's columns, and first the properties that tell so."""
    existing = {field.name.lower(): field for field in table.schema()}
    changes: list[str] = []
    problems: list[str] = []
    for column in contract.columns:
        field = existing.pop(column.name.lower(), None)
        if field is None and column.required:
            problems.append(f"column {column.name} is new and required; existing rows have no value for it")
        elif field is None:
            changes.append(f"ADD COLUMN `{column.name}` {column.type.spark.simpleString()}")
        else:
            if types[column.name.lower()] != _type_of(column):
                if _is_wider(column.type.spark, field.dataType):
                    changes.append(f"ALTER COLUMN `{column.name}` TYPE {column.type.spark.simpleString()}")
                else:
                    problems.append(_types_differ(column, types))
            if column.required and field.nullable:
                problems.append(f"column {column.name} is optional in the table and required in the contract")
            elif not column.required and not field.nullable:
                changes.append(f"ALTER COLUMN `{column.name}` DROP NOT NULL")
    problems += [
        f"column {field.name} of the table is not in the contract"
        for key, field in existing.items()
        if key not in PROVENANCE
    ]
    _refuse(table, problems, "does not fit the contract")
    if changes:
        # First of all: a job that is killed amid the changes leaves a table that earlier contracts still fit.
        table.set_properties(properties)
    for change in changes:
        table.alter(change)


def _check_older(table: LakeTable, contract: Contract, types: dict[str, str]) -> None:
    """Refuses a contract whose rows do not go into a table that a newer one gave its form."""
    existing = {field.name.lower(): field for field in table.schema()}
    problems: list[str] = []
    for column in contract.columns:
        field = existing.pop(column.name.lower(), None)
        if field is None:
            problems.append(f"column {column.name} of the contract is not in the table")
            continue
        if types[column.name.lower()] != _type_of(column) and not _is_wider(field.dataType, column.type.spark):
            problems.append(_types_differ(column, types))
        if not column.required and not field.nullable:
            problems.append(f"column {column.name} is required in the table and optional in the contract")
    problems += [
        f"column {field.name} is required in the table and not in the contract"
        for key, field in existing.items()
        if key not in PROVENANCE and not field.nullable
    ]
    _refuse(table, problems, "has the form of a newer contract and does not fit this one")


def _is_wider(one: t.DataType, other: t.DataType) -> bool:
    """Whether every value of the other type is one of the first, which has more room."""
    return (
        isinstance(one, t.DecimalType)
        and isinstance(other, t.DecimalType)
        and one.scale == other.scale
        and one.precision > other.precision
    )


def _types_differ(column: Column, types: dict[str, str]) -> str:
    return f"column {column.name} is {types[column.name.lower()]} in the table and {_type_of(column)} in the contract"


def _refuse(table: LakeTable, problems: list[str], what: str) -> None:
    if problems:
        raise JobFailure("ContractIncompatible", f"Table {table.name} {what}: {'; '.join(problems)}.")
