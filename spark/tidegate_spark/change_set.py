"""The change set: the rows of a batch that are the current ones of their keys once merged, and how they get there."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.batch import Upload
from tidegate_spark.contract import Contract
from tidegate_spark.lake_table import LakeTable
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.merging import Merger, Replacement
from tidegate_spark.owning import emptying_runs, newest_runs, newest_upload, remember_emptying
from tidegate_spark.placing import MAX_BROADCAST_ROWS, NEW, PRESENT, SUPERSEDED, UPDATE, place_rows
from tidegate_spark.table import schema_of
from tidegate_spark.uploads import Uploads

_PLACE = "_place"
MAX_TASKS = 3_000
"""That write a change set: each leaves a part for each place, and a load job of BigQuery takes 10,000 parts."""


class ChangeSet:
    """The change set of one attempt: `write` makes its files, `merge` brings them into the table."""

    def __init__(
        self, spark: SparkSession, contract: Contract, uploads: Uploads, table: LakeTable, snapshot_id: int | None
    ) -> None:
        self._spark = spark
        self._contract = contract
        self._uploads = uploads
        self._table = table
        self._snapshot_id = snapshot_id
        self._columns = [field.name for field in schema_of(contract)]
        self._places: DataFrame | None = None
        self._with_rows: list[str] = []

    def write(self, kept: DataFrame, counts: dict[str, int], folder: str) -> dict[str, str]:
        """Writes the rows that no row of the table outranks as Parquet; gives the folder of each place.

        `kept` has the contract's columns, `_upload_id` and `_row`; `counts` says how many rows of each upload.
        """
        rows = self._current(kept, counts)
        complete = self._uploads.with_provenance(rows)
        written = complete.select(*self._columns, _PLACE).coalesce(MAX_TASKS)
        written.write.partitionBy(_PLACE).mode("overwrite").parquet(folder)
        if self._places is not None:
            self._places.unpersist()
        return {place: f"{folder}/{_PLACE}={place}" for place in (NEW, UPDATE, PRESENT)}

    def merge(self, folders: dict[str, DataFrame], merger: Merger, loaded: Sequence[UploadCounts]) -> None:
        """Merges what `write` wrote: `folders` has the rows of each place, `loaded` are the uploads they are of."""
        if self._contract.mode == "merge":
            if NEW in folders or UPDATE in folders:
                merger.merge_by_key(folders, self._snapshot_id)
        elif self._contract.mode == "append":
            merger.replace(lambda snapshot_id: self._replace_uploads(snapshot_id, folders.get(NEW), loaded))
        else:
            merger.replace(lambda snapshot_id: self._replace_all(snapshot_id, folders.get(NEW), loaded))

    def _current(self, kept: DataFrame, counts: dict[str, int]) -> DataFrame:
        match self._contract.mode:
            case "merge":
                return self._winners(kept, sum(counts.values()))
            case "append":
                ours = self._not_newer(newest_runs(self._existing(), list(counts)), list(counts))
                return kept.where(F.col("_upload_id").isin(ours)).withColumn(_PLACE, F.lit(NEW))
            case _:
                self._with_rows = self._that_have_rows(kept, counts)
                newest = [upload for upload in self._uploads.newest_first if upload.upload_id in self._with_rows][:1]
                ours = self._not_newer({}, [upload.upload_id for upload in newest if not self._is_outranked(upload)])
                return kept.where(F.col("_upload_id").isin(ours)).withColumn(_PLACE, F.lit(NEW))

    def _that_have_rows(self, kept: DataFrame, counts: dict[str, int]) -> list[str]:
        if self._contract.transform is None:
            return [upload_id for upload_id, count in counts.items() if count]
        # Rows that it leaves out are counted as kept, too.
        return [row["_upload_id"] for row in kept.select("_upload_id").distinct().collect()]

    def _is_outranked(self, upload: Upload) -> bool:
        there = newest_upload(self._existing())
        return there is not None and there > (upload.order_stamp, upload.upload_id, self._uploads.run_id)

    def _winners(self, kept: DataFrame, row_count: int) -> DataFrame:
        existing_rows = self._table.row_count(self._snapshot_id)
        places = place_rows(
            kept, self._existing(), self._contract, self._uploads, batch_rows=row_count, existing_rows=existing_rows
        ).persist(StorageLevel.MEMORY_AND_DISK)
        self._places = places
        # Wide rows are not shuffled for it unless most of them have a place.
        few = places.count() <= MAX_BROADCAST_ROWS
        placed = kept.withColumn("_id", self._uploads.row_id()).join(
            F.broadcast(places) if few else places, "_id", "left"
        )
        return placed.withColumn(_PLACE, F.coalesce(_PLACE, F.lit(NEW))).where(F.col(_PLACE) != SUPERSEDED)

    def _replace_uploads(
        self, snapshot_id: int | None, rows: DataFrame | None, loaded: Sequence[UploadCounts]
    ) -> Replacement | None:
        upload_ids = [upload.upload_id for upload in loaded]
        owners = newest_runs(self._table.rows(snapshot_id), upload_ids)
        ours = self._not_newer(owners, upload_ids)
        there = [upload_id for upload_id in ours if upload_id in owners]
        self._empty([upload for upload in loaded if upload.upload_id in ours and upload.current == 0], owners)
        if not ours or (rows is None and not there):
            return None
        return Replacement(
            None if rows is None else rows.where(F.col("_upload_id").isin(ours)), _are_of(there) if there else None
        )

    def _empty(self, uploads: Sequence[UploadCounts], owners: dict[str, str]) -> None:
        """Keeps in mind that this run leaves them no row: an older one that comes late must not bring any back.

        That is not needed of a file that has none under any contract.
        """
        names = [upload.upload_id for upload in uploads if upload.read or upload.upload_id in owners]
        remember_emptying(self._table, names, self._uploads.run_id)

    def _not_newer(self, owners: dict[str, str], upload_ids: Sequence[str]) -> list[str]:
        """The uploads that no newer run has brought, or taken away."""
        emptied = emptying_runs(self._table, upload_ids)
        return [
            upload_id
            for upload_id in upload_ids
            if max(owners.get(upload_id, ""), emptied.get(upload_id, "")) <= self._uploads.run_id
        ]

    def _replace_all(
        self, snapshot_id: int | None, rows: DataFrame | None, loaded: Sequence[UploadCounts]
    ) -> Replacement | None:
        existing = self._table.rows(snapshot_id)
        empty = [upload for upload in loaded if upload.upload_id not in self._with_rows]
        owners = newest_runs(existing, [upload.upload_id for upload in empty])
        emptied = self._not_newer(owners, [upload.upload_id for upload in empty])
        self._empty([upload for upload in empty if upload.upload_id in emptied], owners)
        there, ours = newest_upload(existing), None if rows is None else newest_upload(rows)
        if ours is not None and (there is None or there <= ours):
            return Replacement(rows, None if there is None else "true")
        gone = [upload_id for upload_id in emptied if upload_id in owners]
        return Replacement(None, _are_of(gone)) if gone else None

    def _existing(self) -> DataFrame:
        return self._table.rows(self._snapshot_id)


def _are_of(upload_ids: Sequence[str]) -> str:
    names = ", ".join(f"'{upload_id}'" for upload_id in upload_ids)
    return f"_upload_id IN ({names})"
