"""Which of several rows of a key is the current one: the one with the greatest rank, whatever order they came in."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from tidegate_spark.contract import Contract

PROVENANCE = ("_upload_id", "_row", "_run_id", "_uploaded_at", "_upload_order")
"""Columns that every kept row carries beside the contract's: where it came from."""


def rank_columns(contract: Contract) -> list[str]:
    """The columns of the rank, the weightiest first; a null is the least of its column."""
    order = [contract.order_by] if contract.order_by else []
    return [*order, "_upload_order", "_upload_id", "_row", "_run_id"]


def rank(contract: Contract, of: str | None = None) -> Column:
    """The rank as one comparable struct, of the columns of an alias if one is given."""
    prefix = f"{of}." if of else ""
    return F.struct(*[F.col(f"{prefix}{name}") for name in rank_columns(contract)])


def winners(rows: DataFrame, contract: Contract) -> DataFrame:
    """The rows that are the current ones of their keys among `rows`; in replace mode, those of the newest upload."""
    if contract.mode == "append":
        return rows
    if contract.mode == "replace":
        newest = rows.agg(F.max(F.struct("_upload_order", "_upload_id")).alias("newest"))
        kept = rows.crossJoin(F.broadcast(newest))
        return kept.where(F.struct("_upload_order", "_upload_id") == F.col("newest")).drop("newest")
    of_key = Window.partitionBy(*contract.merge_key).orderBy(
        *[F.col(name).desc_nulls_last() for name in rank_columns(contract)]
    )
    return rows.withColumn("_place", F.row_number().over(of_key)).where(F.col("_place") == 1).drop("_place")
