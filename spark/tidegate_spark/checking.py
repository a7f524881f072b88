"""The uploads of a batch read and validated, row by row."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark import first_look
from tidegate_spark.batch import Upload
from tidegate_spark.contract import Contract
from tidegate_spark.findings import Finding, UploadRejected
from tidegate_spark.header import Header
from tidegate_spark.lines import WHOLE_BYTES, check_archive
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.mending import mend
from tidegate_spark.reading import header_of, records_of_each, records_of_one, rows_of, union_all
from tidegate_spark.reasons import no_reasons
from tidegate_spark.validating import validate

WORTH_A_LOOK_BYTES = 8 * 1024 * 1024
"""A smaller file is read sooner than the code that looks at it first is made."""
_LOOKS_AT_ONCE = 16
"""Files whose beginning the driver reads at the same time."""
_TASK_BYTES = 8 * 1024 * 1024
"""Of small files, as they are stored: what one task reads where there are more of them than the slots take at once."""

_Seen = TypeVar("_Seen")


def check_uploads(
    spark: SparkSession, uploads: list[Upload], counts: dict[str, UploadCounts], contract: Contract
) -> DataFrame | None:
    """The rows of every upload whose header fits, as `validate` gives them, cached; None where no upload's does.

    `_raw` is null for sound rows unless a transformation may yet find fault with them. `counts` is told each upload's
    header; where that does not fit, the upload is rejected there.
    """
    sound: list[DataFrame] = []
    unsure: list[DataFrame] = []
    for header, members in _read_together(spark, uploads, counts, contract):
        if len(members) > 1:
            whole = _without_broken_archives(spark, members, counts)
            if whole:
                unsure.append(_rows_of_each(spark, whole, header, counts, contract))
            continue
        (upload,) = members
        upload_id = F.lit(upload.upload_id).alias("_upload_id")
        try:
            records = records_of_one(spark, upload.input, header, contract)
            large = upload.size_bytes >= WORTH_A_LOOK_BYTES
            if large and not upload.mended and first_look.suits(header, contract):
                looked = first_look.look(records, header, contract)
                looked = _cached(_without_spare_text(looked, F.col("_sound"), contract))
                sound.append(looked.where("_sound").select("*", upload_id))
                records = looked.where("not _sound")
            rows = rows_of(records, header, contract)
            if upload.mended:
                rows, counts[upload.upload_id].mends_not_taken = mend(spark, rows, upload.mended, contract)
        except UploadRejected as rejected:
            _reject(counts[upload.upload_id], rejected.finding)
            continue
        unsure.append(rows.select("*", upload_id))
    if not unsure:
        return None
    checked = validate(union_all(unsure), contract)
    checked = _cached(_without_spare_text(checked, F.size("_reasons") == 0, contract))
    return union_all([checked, *[rows.withColumn("_reasons", no_reasons()).select(*checked.columns) for rows in sound]])


def _read_together(
    spark: SparkSession, uploads: list[Upload], counts: dict[str, UploadCounts], contract: Contract
) -> list[tuple[Header, list[Upload]]]:
    """The uploads whose header fits; small ones that have the same are read as one, for each read takes seconds."""
    alike: dict[tuple[Header, str], list[Upload]] = {}
    headers = _of_each(uploads, lambda upload: header_of(spark, upload.input, contract), counts)
    for upload, header in headers:
        counts[upload.upload_id].header = header.text or contract.csv.delimiter.join(header.names)
        small = upload.size_bytes <= WHOLE_BYTES
        with_others = small and not upload.mended and not header.encoding.startswith("UTF-16")
        alike.setdefault((header, "" if with_others else upload.upload_id), []).append(upload)
    return [(header, members) for (header, _), members in alike.items()]


def _without_broken_archives(
    spark: SparkSession, uploads: list[Upload], counts: dict[str, UploadCounts]
) -> list[Upload]:
    def check(upload: Upload) -> None:
        if upload.input.endswith(".gz"):
            check_archive(spark, upload.input)

    return [upload for upload, _ in _of_each(uploads, check, counts)]


def _of_each(
    uploads: list[Upload], look: Callable[[Upload], _Seen], counts: dict[str, UploadCounts]
) -> list[tuple[Upload, _Seen]]:
    """What `look` gives of each upload, in their order; those that it rejects are left out."""

    def looked(upload: Upload) -> _Seen | UploadRejected:
        try:
            return look(upload)
        except UploadRejected as rejected:
            return rejected

    accepted: list[tuple[Upload, _Seen]] = []
    # The driver waits for the store most of the time: 200 files took as many answers, one after the other.
    with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
        for upload, found in zip(uploads, pool.map(looked, uploads), strict=True):
            if isinstance(found, UploadRejected):
                _reject(counts[upload.upload_id], found.finding)
            else:
                accepted.append((upload, found))
    return accepted


def _rows_of_each(
    spark: SparkSession,
    uploads: list[Upload],
    header: Header,
    counts: dict[str, UploadCounts],
    contract: Contract,
) -> DataFrame:
    records, unclosed = records_of_each(spark, [upload.input for upload in uploads], header, contract)
    for place, finding in unclosed.items():
        _reject(counts[uploads[place].upload_id], finding)
    readable = records.where(~F.col("_file").isin(list(unclosed)))
    upload_ids = F.array(*[F.lit(upload.upload_id) for upload in uploads])
    rows = rows_of(readable, header, contract, "_file")
    # Spark counts 4 MiB for each, however small, and every task leaves a file in each place that rows go to.
    tasks = max(spark.sparkContext.defaultParallelism, sum(upload.size_bytes for upload in uploads) // _TASK_BYTES)
    rows = rows.coalesce(tasks)
    return rows.withColumn("_upload_id", F.element_at(upload_ids, F.col("_file") + 1)).drop("_file")


def _reject(upload: UploadCounts, finding: Finding) -> None:
    upload.reject(finding.rule, finding.row, finding.message)


def _without_spare_text(rows: DataFrame, sound: Column, contract: Contract) -> DataFrame:
    return rows if contract.transform is not None else rows.withColumn("_raw", F.when(~sound, F.col("_raw")))


def _cached(rows: DataFrame) -> DataFrame:
    return rows.persist(StorageLevel.MEMORY_AND_DISK)
