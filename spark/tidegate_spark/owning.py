"""Tables without a key: which uploads' rows they hold, and in the form of which run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from tidegate_spark.lake_table import LakeTable

_EMPTIED = "tidegate.emptied."
"""Of a table's properties: the run that left an upload without a row."""


def newest_runs(rows: DataFrame, upload_ids: Sequence[str]) -> dict[str, str]:
    """Of those uploads that a table has rows of: the newest run that brought them."""
    found = rows.where(F.col("_upload_id").isin(list(upload_ids)))
    newest = found.groupBy("_upload_id").agg(F.max("_run_id").alias("run"))
    return {row["_upload_id"]: row["run"] for row in newest.collect()}


def emptying_runs(table: LakeTable, upload_ids: Sequence[str]) -> dict[str, str]:
    """Of those uploads that a run has left without a row: the newest such run."""
    properties = table.properties()
    return {name: properties[_EMPTIED + name] for name in upload_ids if _EMPTIED + name in properties}


def remember_emptying(table: LakeTable, upload_ids: Sequence[str], run_id: str) -> None:
    """Keeps in mind that a run leaves uploads without a row: the table itself could not tell."""
    known = emptying_runs(table, upload_ids)
    table.set_properties({_EMPTIED + name: run_id for name in upload_ids if known.get(name, "") < run_id})


def forget_emptying(table: LakeTable, before: datetime) -> None:
    """Forgets what runs that began before then left without a row."""
    oldest = f"{before:%Y%m%dT%H%M%SZ}"
    emptied = {name: run_id for name, run_id in table.properties().items() if name.startswith(_EMPTIED)}
    table.unset_properties([name for name, run_id in emptied.items() if run_id < oldest])


def newest_upload(rows: DataFrame) -> tuple[str, str, str] | None:
    """Order stamp, id and run of the newest upload that a table has rows of; None when it is empty."""
    newest = rows.agg(F.max(F.struct("_upload_order", "_upload_id", "_run_id")).alias("newest")).first()
    return None if newest is None or newest["newest"] is None else tuple(newest["newest"])
