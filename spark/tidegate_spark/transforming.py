"""The dataset's own `transform.sql`, between validation and merge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as t

from tidegate_spark.casting import held, type_name
from tidegate_spark.contract import Column, ColumnType, Contract, Reference
from tidegate_spark.failure import JobFailure, first_line
from tidegate_spark.judging import MAX_EXAMPLE_LENGTH
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.reasons import reason, those_of
from tidegate_spark.table import schema_of

_ORIGIN = ("_upload_id", "_row")
# Every value of the first type is one of the others, too.
_WIDER = {
    t.ByteType: (t.LongType,),
    t.ShortType: (t.LongType,),
    t.IntegerType: (t.LongType,),
    t.FloatType: (t.DoubleType,),
}


def transform(
    spark: SparkSession, rows: DataFrame, existing: DataFrame, contract: Contract, references: str
) -> DataFrame:
    """What `transform.sql` makes of the rows: the contract's columns and types, `_upload_id`, `_row`, `_reasons`.

    It sees the views `upload` (the kept rows), `existing` (the table) and the contract's reference tables. What it
    gives must say of each row which row of an upload it was; rows that it leaves out count as superseded.
    Raises JobFailure (ContractIncompatible) when it cannot be run, or its columns are not the contract's.
    """
    rows.createOrReplaceTempView("upload")
    existing.select(*schema_of(contract).names).createOrReplaceTempView("existing")
    try:
        for reference in contract.references:
            _read(spark, reference, references).createOrReplaceTempView(reference.name)
        result = _query(spark, contract.transform or "SELECT * FROM upload")
    except AnalysisException as error:
        raise JobFailure("ContractIncompatible", f"transform.sql cannot be run: {first_line(error)}") from error
    check_columns(result, contract, "transform.sql")
    values = [(column, F.col(column.name).cast(column.type.spark)) for column in contract.columns]
    typed = [held(value, column.type).alias(column.name) for column, value in values]
    misfits = [misfit for column, value in values for misfit in _misfits(column, value)]
    return result.select(*typed, *_ORIGIN, those_of(misfits).alias("_reasons"))


def _query(spark: SparkSession, sql: str) -> DataFrame:
    """Spark would do at once what a DELETE or DROP says, to any dataset's table; only a query can be a subquery."""
    subquery = f"SELECT * FROM (\n{sql.rstrip().rstrip(';')}\n)"
    session: Any = spark._jsparkSession
    session.sessionState().sqlParser().parsePlan(subquery)
    return spark.sql(sql)


def _misfits(column: Column, value: SparkColumn) -> Iterator[SparkColumn]:
    if column.required:
        yield reason(value.isNull(), "required", column.name, F.lit(None).cast("string"))
    kept = held(value, column.type)
    if kept is not value:
        lost = value.isNotNull() & kept.isNull()
        yield reason(lost, f"type {type_name(column.type)}", column.name, value.cast("string"))


def count_misfits(transformed: DataFrame, counts: dict[str, UploadCounts]) -> DataFrame | None:
    """Moves rows from kept to quarantined that lack a required value, or have one that no text of its type has.

    Gives these rows, if there are any.

    Raises JobFailure (ContractIncompatible) when two rows claim to be the same one of an upload.
    """
    bad = F.size("_reasons") > 0
    per_row = transformed.groupBy(*_ORIGIN).agg(F.count("*").alias("count"), F.count_if(bad).alias("bad"))
    totals = per_row.agg(
        F.min(F.when(F.col("count") > 1, F.struct(*_ORIGIN, "count"))).alias("twice"),
        F.sum("bad").alias("bad"),
    ).collect()[0]
    twice = totals["twice"]
    if twice is not None:
        raise JobFailure(
            "ContractIncompatible",
            f"transform.sql gives row {twice['_row']} of upload {twice['_upload_id']} {twice['count']} times; each row"
            " may occur only once: join only on unique keys of the reference data.",
        )
    if not totals["bad"]:
        return None
    misfits = transformed.where(bad)
    _tell_misfits(misfits, counts)
    return misfits


def _tell_misfits(misfits: DataFrame, counts: dict[str, UploadCounts]) -> None:
    exploded = misfits.select("_upload_id", "_row", F.explode("_reasons").alias("reason"))
    value = F.left("reason.value", F.lit(MAX_EXAMPLE_LENGTH)).alias("value")
    by_rule = exploded.groupBy("_upload_id", "reason.rule", "reason.column").agg(
        F.count("*").alias("count"), F.min(F.struct("_row", value)).alias("first")
    )
    for found in by_rule.orderBy("column").collect():
        row, came = found["first"]
        counts[found["_upload_id"]].reasons.append(
            {
                "rule": found["rule"],
                "column": found["column"],
                "count": found["count"],
                "example": {"row": row, "value": came},
                "message": f"{found['column']}: {found['rule']}, but transform.sql gave "
                + ("nothing" if came is None else repr(came)),
            }
        )
    for found in misfits.groupBy("_upload_id").count().collect():
        counts[found["_upload_id"]].quarantined += found["count"]
        counts[found["_upload_id"]].kept -= found["count"]


def quarantined(checked: DataFrame, misfits: DataFrame | None) -> DataFrame:
    """`_upload_id`, `_row`, `_raw` and `_reasons` of the rows that are bad, before or after the transformation."""
    columns = [*_ORIGIN, "_raw", "_reasons"]
    bad = checked.where(F.size("_reasons") > 0).select(*columns)
    if misfits is None:
        return bad
    texts = checked.select(*_ORIGIN, "_raw")
    return bad.unionByName(misfits.select(*_ORIGIN, "_reasons").join(texts, list(_ORIGIN)).select(*columns))


def check_columns(result: DataFrame, contract: Contract, whose: str) -> None:
    """Raises JobFailure (ContractIncompatible) where columns are not the contract's or do not fit its types."""
    given = {field.name: field.dataType for field in result.schema}
    wanted = {column.name: column.type for column in contract.columns}
    problems = [f"it gives no column {name}" for name in [*wanted, *_ORIGIN] if name not in given]
    problems += [
        f"column {name} is {given[name].simpleString()}, but the contract says {_type_told(kind)}"
        for name, kind in wanted.items()
        if name in given and not _fits(given[name], kind.spark)
    ]
    if problems:
        raise JobFailure("ContractIncompatible", f"{whose} does not match the contract: {'; '.join(problems)}.")


def _type_told(kind: ColumnType) -> str:
    name, in_spark = type_name(kind), kind.spark.simpleString()
    return name if name == in_spark else f"{name} ({in_spark} in Spark)"


def _fits(given: t.DataType, wanted: t.DataType) -> bool:
    if isinstance(given, t.DecimalType) and isinstance(wanted, t.DecimalType):
        whole = given.precision - given.scale <= wanted.precision - wanted.scale
        return whole and given.scale <= wanted.scale
    return given == wanted or isinstance(wanted, _WIDER.get(type(given), ()))


def _read(spark: SparkSession, reference: Reference, references: str) -> DataFrame:
    if reference.format == "iceberg":
        return spark.table(f"lake.{reference.location}")
    location = f"{references}/{reference.location.lstrip('/')}"
    if reference.format == "csv":
        return spark.read.option("header", True).option("escape", '"').csv(location)
    return spark.read.parquet(location)
