"""Care for Iceberg tables: small files joined, old snapshots and files that nobody refers to removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import SparkSession

from tidegate_spark.lake_table import LakeTable
from tidegate_spark.owning import forget_emptying
from tidegate_spark.table import NAMESPACE

# An attempt that is under way has files that no snapshot refers to yet; none takes so long.
_ORPHAN_DAYS = 3
_MIN_SNAPSHOTS = 1
# Step Functions has an execution open for a year at most, however often it is redriven: what older runs than one from
# before that could bring back, none of them brings any more.
_LATE_RUN_DAYS = 400


@dataclass(frozen=True)
class Maintained:
    """What was done to one table; counts are files but for `snapshots_expired`."""

    table: str
    data_files_rewritten: int
    delete_files_rewritten: int
    snapshots_expired: int
    orphans_removed: int


def tables(spark: SparkSession) -> list[str]:
    """The tables of all datasets, as Spark names them."""
    return sorted(f"{NAMESPACE}.{row['tableName']}" for row in spark.sql(f"SHOW TABLES IN {NAMESPACE}").collect())


def maintain(spark: SparkSession, table: str, now: datetime, keep_days: int) -> Maintained:
    """Joins small files, removes snapshots older than `keep_days` and what only they referred to.

    A merge that commits meanwhile wins: the rewriting is then refused, and done the next time.
    """
    catalog, _, name = table.partition(".")
    forget_emptying(LakeTable(spark, table), now - timedelta(days=_LATE_RUN_DAYS))
    before = _snapshots(spark, table)
    rewritten = _call(
        spark,
        f"{catalog}.system.rewrite_data_files(table => '{name}', strategy => 'binpack', options => map("
        # Files that updates have marked many rows of are rewritten without them, however large they are.
        "'delete-file-threshold', '4', 'min-input-files', '4', 'partial-progress.enabled', 'true',"
        " 'remove-dangling-deletes', 'true'))",
    )
    deletes = _call(spark, f"{catalog}.system.rewrite_position_delete_files(table => '{name}')")
    oldest = _timestamp(now - timedelta(days=keep_days))
    _call(
        spark,
        f"{catalog}.system.expire_snapshots(table => '{name}', older_than => {oldest},"
        f" retain_last => {_MIN_SNAPSHOTS})",
    )
    orphans = spark.sql(
        f"CALL {catalog}.system.remove_orphan_files(table => '{name}',"
        f" older_than => {_timestamp(now - timedelta(days=_ORPHAN_DAYS))})"
    ).count()
    return Maintained(
        table=table,
        data_files_rewritten=rewritten.get("rewritten_data_files_count", 0),
        delete_files_rewritten=deletes.get("rewritten_delete_files_count", 0),
        snapshots_expired=len(before - _snapshots(spark, table)),
        orphans_removed=orphans,
    )


def _call(spark: SparkSession, procedure: str) -> dict[str, int]:
    row = spark.sql(f"CALL {procedure}").first()
    return {} if row is None else row.asDict()


def _snapshots(spark: SparkSession, table: str) -> set[int]:
    return {row["snapshot_id"] for row in spark.sql(f"SELECT snapshot_id FROM {table}.snapshots").collect()}


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'"
