"""What the uploads of a batch give their rows: provenance, and a place in the order of ranks."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from tidegate_spark.batch import Upload

_ROW_BITS = 40


class Uploads:
    """The uploads of one run, from the one that ranks least to the newest."""

    def __init__(self, uploads: list[Upload], run_id: str) -> None:
        self.run_id = run_id
        self._ordered = sorted(uploads, key=lambda upload: (upload.order_stamp, upload.upload_id))

    @property
    def newest_first(self) -> list[Upload]:
        """The uploads, the greatest rank first."""
        return self._ordered[::-1]

    def with_provenance(self, rows: DataFrame) -> DataFrame:
        """Adds `_run_id`, `_uploaded_at` and `_upload_order` to rows that have `_upload_id`."""
        return rows.withColumns(
            {
                "_run_id": F.lit(self.run_id),
                "_uploaded_at": self._of_upload(lambda upload: F.lit(upload.uploaded_at).cast("timestamp")),
                "_upload_order": self._of_upload(lambda upload: F.lit(upload.order_stamp)),
            }
        )

    def row_id(self) -> Column:
        """A BIGINT for each row of the batch, greater where upload and row rank greater."""
        place = self._of_upload(lambda upload: F.lit(self._ordered.index(upload)).cast("long"))
        return F.shiftleft(place, _ROW_BITS).bitwiseOR(F.col("_row"))

    def rank_of(self, row_id: Column) -> list[Column]:
        """Of a row id: order stamp and id of the upload, row, run."""
        place = (F.shiftright(row_id, _ROW_BITS) + 1).cast("int")
        stamps = F.array(*[F.lit(upload.order_stamp) for upload in self._ordered])
        ids = F.array(*[F.lit(upload.upload_id) for upload in self._ordered])
        row = row_id.bitwiseAND(F.lit((1 << _ROW_BITS) - 1))
        return [F.element_at(stamps, place), F.element_at(ids, place), row, F.lit(self.run_id)]

    def _of_upload(self, value: Callable[[Upload], Column]) -> Column:
        if len(self._ordered) == 1:
            return value(self._ordered[0])
        pairs = [column for upload in self._ordered for column in (F.lit(upload.upload_id), value(upload))]
        return F.element_at(F.create_map(*pairs), F.col("_upload_id"))
