"""The dataset's own `transform.sql`, between validation and merge."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.contract import Contract, Reference
from tidegate_spark.failure import JobFailure
from tidegate_spark.ranking import PROVENANCE


def transform(
    spark: SparkSession, rows: DataFrame, existing: DataFrame, contract: Contract, references: str
) -> DataFrame:
    """The rows as they are, or what `transform.sql` makes of them, in the contract's columns and types.

    It sees the views `upload` (the kept rows), `existing` (the table) and the contract's reference tables.
    """
    if contract.transform is None:
        return rows
    rows.createOrReplaceTempView("upload")
    existing.createOrReplaceTempView("existing")
    for reference in contract.references:
        _read(spark, reference, references).createOrReplaceTempView(reference.name)
    result = spark.sql(contract.transform)
    missing = [name for name in [*[c.name for c in contract.columns], *PROVENANCE] if name not in result.columns]
    if missing:
        raise JobFailure("ContractIncompatible", f"transform.sql gives no column {', '.join(missing)}.")
    typed = [F.col(c.name).cast(c.type.spark).alias(c.name) for c in contract.columns]
    return result.select(*typed, *PROVENANCE)


def _read(spark: SparkSession, reference: Reference, references: str) -> DataFrame:
    if reference.format == "iceberg":
        return spark.table(reference.location)
    location = f"{references}/{reference.location.lstrip('/')}"
    if reference.format == "csv":
        return spark.read.option("header", True).option("escape", '"').csv(location)
    return spark.read.parquet(location)
