"""What the uploads of a batch give their rows: provenance, and a place in the order of ranks."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

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

    def place_and_row(self, row_id: Column) -> list[Column]:
        """Of a row id: the upload's place, as `place_of_existing` counts, and the row."""
        place = F.shiftright(row_id, _ROW_BITS) * 2 + 1
        return [place, row_id.bitwiseAND(F.lit((1 << _ROW_BITS) - 1))]

    def place_of_existing(self) -> Column:
        """Where an existing row's upload stands among those of the batch: 2 n + 1 is the n-th one, 2 n just before."""
        order, upload_id = F.col("_upload_order"), F.col("_upload_id")
        places = []
        for upload in self._ordered:
            same_order = order == upload.order_stamp
            greater = (order > upload.order_stamp) | (same_order & (upload_id > upload.upload_id))
            same = same_order & (upload_id == upload.upload_id)
            places += [F.when(greater, F.lit(2)).when(same, F.lit(1)).otherwise(F.lit(0))]
        return reduce(add, places).cast("long")

    def _of_upload(self, value: Any) -> Column:
        if len(self._ordered) == 1:
            return value(self._ordered[0])
        first, *others = self._ordered
        chosen = F.when(F.col("_upload_id") == first.upload_id, value(first))
        for upload in others:
            chosen = chosen.when(F.col("_upload_id") == upload.upload_id, value(upload))
        return chosen
