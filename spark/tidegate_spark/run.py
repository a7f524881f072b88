"""One attempt of a run, from its uploads to its manifest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.batch import Upload
from tidegate_spark.contract import Contract
from tidegate_spark.failure import error_json
from tidegate_spark.findings import Finding
from tidegate_spark.header import read_header
from tidegate_spark.judging import count_rows, reject_by_rules
from tidegate_spark.manifest import Part, UploadCounts, manifest_json
from tidegate_spark.ranking import winners
from tidegate_spark.reading import read_upload, union_all
from tidegate_spark.storage import Storage
from tidegate_spark.table import current_rows, ensure_table, merge, schema_of
from tidegate_spark.transforming import transform
from tidegate_spark.validating import validate


@dataclass(frozen=True)
class Attempt:
    """What the job was asked to do; all but the first two are URIs."""

    run_id: str
    attempt: int
    contract: str
    batch: str
    output: str
    references: str


class Stages:
    """The stage that is under way, and the seconds that each took."""

    def __init__(self) -> None:
        self.current = "start"
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a stage; a failure inside it is known to be its."""
        self.current = name
        started = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started


def run(spark: SparkSession, attempt: Attempt) -> dict[str, Any]:
    """Does the attempt and writes its manifest, the last of its files, or `error.json` where it fails."""
    storage = Storage(spark)
    stages = Stages()
    try:
        manifest = _process(spark, storage, attempt, stages)
        with stages.stage("manifest"):
            storage.write_json(f"{attempt.output}/manifest.json", manifest)
        return manifest
    except BaseException as failure:
        content = error_json(failure, attempt.run_id, attempt.attempt, stages.current)
        storage.write_json(f"{attempt.output}/error.json", content)
        raise


def _process(spark: SparkSession, storage: Storage, attempt: Attempt, stages: Stages) -> dict[str, Any]:
    started_at = datetime.now(UTC)
    with stages.stage("open"):
        contract = Contract.from_json(storage.read_json(attempt.contract))
        uploads = [Upload.from_json(upload) for upload in storage.read_json(attempt.batch)["uploads"]]
        existing = ensure_table(spark, contract)

    with stages.stage("read"):
        counts = {upload.upload_id: UploadCounts(upload.upload_id) for upload in uploads}
        checked = _read_and_validate(spark, storage, uploads, counts, contract, attempt.run_id)
        if checked is not None:
            checked = checked.persist(StorageLevel.MEMORY_AND_DISK)
            count_rows(checked, counts)
            reject_by_rules(counts, contract)

    quarantine: list[Part] = []
    changes: list[Part] = []
    snapshot_id = None
    loaded = [upload.upload_id for upload in counts.values() if upload.outcome == "LOADED"]
    if checked is not None:
        with stages.stage("quarantine"):
            if any(upload.quarantined for upload in counts.values()):
                folder = f"{attempt.output}/quarantine"
                bad = checked.where(F.size("_reasons") > 0).select(
                    "_upload_id", "_row", "_run_id", "_raw", F.col("_reasons").alias("reasons")
                )
                bad.write.mode("overwrite").parquet(folder)
                quarantine, _ = _parts(spark, storage, folder)
    if checked is not None and any(counts[upload_id].kept for upload_id in loaded):
        with stages.stage("changes"):
            folder = f"{attempt.output}/changes"
            kept = checked.where((F.size("_reasons") == 0) & F.col("_upload_id").isin(loaded))
            columns = [field.name for field in schema_of(contract)]
            rows = transform(spark, kept, existing, contract, attempt.references).select(*columns)
            current = current_rows(winners(rows, contract), existing, contract)
            current.write.mode("overwrite").parquet(folder)
            changes, current_of = _parts(spark, storage, folder)
            for upload_id, count in current_of.items():
                counts[upload_id].current = count
        if changes:
            with stages.stage("merge"):
                written = spark.read.schema(schema_of(contract)).parquet(folder)
                snapshot_id = merge(spark, written, contract)
    if checked is not None:
        checked.unpersist()

    return manifest_json(
        contract=contract,
        run_id=attempt.run_id,
        attempt=attempt.attempt,
        spark_version=spark.version,
        started_at=started_at,
        stage_seconds=stages.seconds,
        snapshot_id=snapshot_id,
        uploads=list(counts.values()),
        changes=changes,
        quarantine=quarantine,
    )


def _read_and_validate(
    spark: SparkSession,
    storage: Storage,
    uploads: list[Upload],
    counts: dict[str, UploadCounts],
    contract: Contract,
    run_id: str,
) -> DataFrame | None:
    """The validated rows of every upload whose header fits; None when there is none."""
    frames: list[DataFrame] = []
    for upload in uploads:
        header = read_header(
            lambda size, upload=upload: storage.read_head(upload.input, size, upload.compression), contract
        )
        if isinstance(header, Finding):
            counts[upload.upload_id].reject(header.rule, header.row, header.message)
            continue
        rows = read_upload(spark, upload.input, contract, header)
        frames.append(
            rows.withColumns(
                {
                    "_upload_id": F.lit(upload.upload_id),
                    "_run_id": F.lit(run_id),
                    "_uploaded_at": F.lit(upload.uploaded_at).cast("timestamp"),
                    "_upload_order": F.lit(upload.order_stamp),
                }
            )
        )
    return validate(union_all(frames), contract) if frames else None


def _parts(spark: SparkSession, storage: Storage, folder: str) -> tuple[list[Part], dict[str, int]]:
    """The Parquet files of a folder with rows and bytes, counted from what was written; and the rows per upload."""
    sizes = {path: size for path, size in storage.sizes(folder).items() if path.endswith(".parquet")}
    if not sizes:
        return [], {}
    counted = (
        spark.read.parquet(folder)
        .groupBy(F.element_at(F.split("_metadata.file_path", "/"), -1).alias("file"), "_upload_id")
        .count()
        .collect()
    )
    rows: dict[str, int] = {}
    of_upload: dict[str, int] = {}
    for row in counted:
        path = f"{folder}/{row['file']}"
        rows[path] = rows.get(path, 0) + row["count"]
        of_upload[row["_upload_id"]] = of_upload.get(row["_upload_id"], 0) + row["count"]
    parts = [Part(path, rows[path], size) for path, size in sorted(sizes.items()) if rows.get(path)]
    return parts, of_upload
