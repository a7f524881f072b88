"""Tables without a key: which uploads' rows they hold, and in the form of which run."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def newest_runs(rows: DataFrame, upload_ids: Sequence[str]) -> dict[str, str]:
    """Of those uploads that a table has rows of: the newest run that brought them."""
    found = rows.where(F.col("_upload_id").isin(list(upload_ids)))
    newest = found.groupBy("_upload_id").agg(F.max("_run_id").alias("run"))
    return {row["_upload_id"]: row["run"] for row in newest.collect()}


def newest_upload(rows: DataFrame) -> tuple[str, str, str] | None:
    """Order stamp, id and run of the newest upload that a table has rows of; None when it is empty."""
    newest = rows.agg(F.max(F.struct("_upload_order", "_upload_id", "_run_id")).alias("newest")).first()
    return None if newest is None or newest["newest"] is None else tuple(newest["newest"])
