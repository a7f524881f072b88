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
from tidegate_spark.change_set import ChangeSet
from tidegate_spark.checking import check_uploads
from tidegate_spark.contract import Contract
from tidegate_spark.executors import executors_of
from tidegate_spark.exporting import export_csv
from tidegate_spark.failure import error_json
from tidegate_spark.judging import count_rows, reject_by_rules
from tidegate_spark.manifest import Part, UploadCounts, manifest_json
from tidegate_spark.merging import Merger
from tidegate_spark.parts import parts_of
from tidegate_spark.reading import union_all
from tidegate_spark.storage import Storage
from tidegate_spark.table import ensure_table, schema_of
from tidegate_spark.transforming import count_misfits, quarantined, transform
from tidegate_spark.uploads import Uploads


@dataclass(frozen=True)
class Attempt:
    """What the job was asked to do; all but the first two are URIs."""

    run_id: str
    attempt: int
    contract: str
    batch: str
    output: str
    references: str
    exports: str


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
        batch = [Upload.from_json(upload) for upload in storage.read_json(attempt.batch)["uploads"]]
        uploads = Uploads(batch, attempt.run_id)
        table = ensure_table(spark, contract, storage.written_at(attempt.contract))
        merger = Merger(spark, table, contract, attempt.run_id, attempt.attempt)
        merger.sweep()
        snapshot_id = table.snapshot_id()

    with stages.stage("read"):
        counts = {upload.upload_id: UploadCounts(upload.upload_id) for upload in batch}
        checked = check_uploads(spark, batch, counts, contract)
        if checked is not None:
            count_rows(checked, counts, contract, batch)
            reject_by_rules(counts, contract)

    quarantine: list[Part] = []
    changes: list[Part] = []
    exports: list[Part] = []
    if checked is not None:
        rows, misfits = checked.where(F.size("_reasons") == 0), None
        if contract.transform is not None:
            with stages.stage("transform"):
                kept = uploads.with_provenance(rows.where(F.col("_upload_id").isin(_loaded(counts))).drop("_reasons"))
                existing = table.rows(snapshot_id)
                transformed = transform(spark, kept, existing, contract, attempt.references)
                transformed = transformed.persist(StorageLevel.MEMORY_AND_DISK)
                misfits = count_misfits(transformed, counts)
                reject_by_rules(counts, contract)
                rows = transformed.where(F.size("_reasons") == 0)
        with stages.stage("quarantine"):
            if any(upload.quarantined for upload in counts.values()):
                folder = f"{attempt.output}/quarantine"
                bad = quarantined(checked, misfits).withColumn("_run_id", F.lit(attempt.run_id))
                bad.select("_upload_id", "_row", "_run_id", "_raw", F.col("_reasons").alias("reasons")).write.mode(
                    "overwrite"
                ).parquet(folder)
                quarantine, _ = parts_of(spark, storage, [folder])
        change_set = ChangeSet(spark, contract, uploads, table, snapshot_id)
        kept_of = {upload_id: counts[upload_id].kept for upload_id in _loaded(counts)}
        written: dict[str, DataFrame] = {}
        if any(kept_of.values()):
            with stages.stage("changes"):
                kept = rows.where(F.col("_upload_id").isin(list(kept_of)))
                folders = change_set.write(kept, kept_of, f"{attempt.output}/changes")
                changes, current_of = parts_of(spark, storage, list(folders.values()))
                for upload_id, count in current_of.items():
                    counts[upload_id].current = count
                for place, folder in folders.items():
                    if any(part.path.startswith(f"{folder}/") for part in changes):
                        written[place] = spark.read.schema(schema_of(contract)).parquet(folder)
        with stages.stage("merge"):
            change_set.merge(written, merger, [counts[upload_id] for upload_id in kept_of])
        if contract.exports_csv and written:
            with stages.stage("export"):
                exports = export_csv(spark, storage, union_all(list(written.values())), contract, attempt.exports)
        spark.catalog.clearCache()

    merged = table.snapshot_id()
    return manifest_json(
        contract=contract,
        run_id=attempt.run_id,
        attempt=attempt.attempt,
        spark_version=spark.version,
        started_at=started_at,
        stage_seconds=stages.seconds,
        snapshot_id=None if merged is None else str(merged),
        uploads=list(counts.values()),
        changes=changes,
        quarantine=quarantine,
        exports=exports,
        executors=executors_of(spark),
    )


def _loaded(counts: dict[str, UploadCounts]) -> list[str]:
    return [upload.upload_id for upload in counts.values() if upload.outcome == "LOADED"]
