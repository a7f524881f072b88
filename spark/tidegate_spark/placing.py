"""What becomes of a batch's rows in a keyed table: which are new, which replace a row, which are outranked."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from tidegate_spark.contract import Contract
from tidegate_spark.ranking import rank_columns
from tidegate_spark.uploads import Uploads

NEW = "new"
"""The table has no row of the key."""
UPDATE = "update"
"""The row outranks the one that the table has."""
PRESENT = "present"
"""An earlier attempt of the run has merged the very row: it belongs to the change set and needs no merge."""
SUPERSEDED = "superseded"
"""Another row of the key, of the batch or of the table, outranks it."""

# A table that is so many times larger than the batch is first cut down to the batch's keys.
_MUCH_LARGER = 4
MAX_BROADCAST_ROWS = 2_000_000
"""Of keys and ids: more are shuffled, for each executor would keep all of them."""


def place_rows(
    batch: DataFrame, existing: DataFrame, contract: Contract, uploads: Uploads, *, batch_rows: int, existing_rows: int
) -> DataFrame:
    """`_id` (the row's id, as `Uploads.row_id` has it) and `_place` of every row that is not NEW.

    Only keys and ranks are shuffled: the rows themselves, far wider, are met by id once these few are known.
    """
    key = list(contract.key)
    order = []
    if contract.order_by:
        # In the table's type, which may have more room: ranks of different types do not compare.
        kind = existing.select(contract.order_by).schema[0].dataType
        order = [F.col(contract.order_by).cast(kind).alias("_order")]
    rows = batch.select(*key, *order, uploads.row_id().alias("_id"))
    table = existing.select(*key, F.struct(*rank_columns(contract)).alias("_theirs"))
    if existing_rows > _MUCH_LARGER * batch_rows and batch_rows <= MAX_BROADCAST_ROWS:
        table = table.join(F.broadcast(rows.select(*key)), key, "left_semi")
    same_key = Window.partitionBy(*key).orderBy(
        *([F.col("_order").desc_nulls_last()] if order else []), F.col("_id").desc()
    )
    numbered = rows.withColumn("_nth", F.row_number().over(same_key))
    met = numbered.join(table, key, "left")
    theirs = F.col("_theirs")
    ours = F.struct(*([F.col("_order")] if order else []), *uploads.rank_of(F.col("_id")))
    # Reference data may have changed since, so that what a transform gave then is not what it gives now.
    same = F.lit(PRESENT if contract.transform is None else UPDATE)
    place = (
        F.when(F.col("_nth") > 1, F.lit(SUPERSEDED))
        .when(theirs.isNull(), F.lit(None))
        .when(theirs > ours, F.lit(SUPERSEDED))
        .when(theirs == ours, same)
        .otherwise(F.lit(UPDATE))
    )
    return met.select("_id", place.alias("_place")).where(F.col("_place").isNotNull())
