"""Brings data that was there before Tidegate into a dataset's table, so that uploads are merged with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.change_set import MAX_TASKS
from tidegate_spark.contract import Contract
from tidegate_spark.failure import JobFailure
from tidegate_spark.findings import MAX_SHOWN, UploadRejected
from tidegate_spark.manifest import UploadCounts, manifest_json
from tidegate_spark.merging import Merger, Replacement
from tidegate_spark.parts import parts_of
from tidegate_spark.placing import UPDATE
from tidegate_spark.reading import read_upload, union_all
from tidegate_spark.reasons import told
from tidegate_spark.storage import Storage
from tidegate_spark.table import ensure_table, schema_of
from tidegate_spark.transforming import check_columns
from tidegate_spark.validating import validate, validate_typed

_SUFFIXES = {"csv": (".csv", ".csv.gz"), "parquet": (".parquet",)}


def adopt(spark: SparkSession, contract: Contract, folder: str, form: str, run_id: str, output: str) -> dict[str, Any]:
    """Merges the files right under a folder into the dataset's table; gives the manifest that it writes into `output`.

    CSV is read and checked as the contract says; Parquet has the contract's columns in types that fit, and its values
    are checked alike. Each file counts as an upload that is older than all others but those of earlier adoptions;
    adopted again, it takes its own place. The change set is all rows, so that BigQuery can be given them too, where
    ranks decide again.
    Raises JobFailure (ContractIncompatible), with nothing written, when a row breaks the contract or a key is repeated.
    """
    started_at = datetime.now(UTC)
    if contract.mode == "replace":
        raise JobFailure(
            "ContractIncompatible", f"{contract.table} is replaced by its newest upload: upload the data instead."
        )
    storage = Storage(spark)
    files = sorted(path for path in storage.sizes(folder) if path.endswith(_SUFFIXES[form]))
    if not files:
        endings = " or ".join(_SUFFIXES[form])
        message = f"No file directly under {folder} ends in {endings} (--format chooses which files are read)."
        raise JobFailure("ContractIncompatible", message)
    table = ensure_table(spark, contract, started_at)
    read = _read_csv if form == "csv" else _read_parquet
    rows = read(spark, files, contract).withColumns(
        {
            "_run_id": F.lit(run_id),
            "_uploaded_at": F.lit("1970-01-01T00:00:00Z").cast("timestamp"),
            "_upload_order": F.lit(_order_of(run_id)),
        }
    )
    rows = rows.persist()
    try:
        _refuse_breaches(rows, contract)
        _refuse_misfits(rows, contract)
        schema, changes = schema_of(contract), f"{output}/changes"
        rows.select(*schema.names).coalesce(MAX_TASKS).write.mode("overwrite").parquet(changes)
    finally:
        rows.unpersist()
    merger = Merger(spark, table, contract, run_id, 1)
    merger.sweep()
    adopted = spark.read.schema(schema).parquet(changes)
    parts, rows_of = parts_of(spark, storage, [changes])
    if contract.mode == "merge":
        merger.merge_by_key({UPDATE: adopted}, table.snapshot_id())
    elif rows_of:
        earlier = ", ".join(f"'{upload_id}'" for upload_id in rows_of)
        merger.replace(lambda _: Replacement(adopted, f"_upload_id IN ({earlier})"))
    manifest = manifest_json(
        contract=replace(contract, exports_csv=False),
        run_id=run_id,
        attempt=1,
        spark_version=spark.version,
        started_at=started_at,
        stage_seconds={},
        snapshot_id=str(table.snapshot_id()),
        uploads=[UploadCounts(name, read=count, kept=count, current=count) for name, count in sorted(rows_of.items())],
        changes=parts,
        quarantine=[],
        exports=[],
    )
    storage.write_json(f"{output}/manifest.json", manifest)
    return manifest


def _order_of(run_id: str) -> str:
    """Sorts before the order stamp of every upload, and behind those of earlier adoptions, which once all had `0`."""
    return f"0-{run_id}"


def _read_csv(spark: SparkSession, files: list[str], contract: Contract) -> DataFrame:
    frames = [_read_upload(spark, file, contract).withColumn("_file", F.lit(file)) for file in files]
    checked = validate(union_all(frames).withColumn("_upload_id", F.md5("_file")), contract).drop("_raw")
    absent = [F.lit(None).cast(column.type.spark).alias(column.name) for column in contract.columns if column.derived]
    return checked.select("*", *absent)


def _read_upload(spark: SparkSession, file: str, contract: Contract) -> DataFrame:
    try:
        return read_upload(spark, file, contract)
    except UploadRejected as rejected:
        raise JobFailure("ContractIncompatible", f"{file}: {rejected}") from rejected


def _read_parquet(spark: SparkSession, files: list[str], contract: Contract) -> DataFrame:
    try:
        rows = _typed(spark.read.option("mergeSchema", True).parquet(*files), contract, "The data")
    except (JobFailure, Py4JJavaError):
        # One of them is to blame, or their types differ and fit all the same.
        rows = union_all([_typed(spark.read.parquet(file), contract, file) for file in files])
    return validate_typed(rows, contract)


def _typed(rows: DataFrame, contract: Contract, whose: str) -> DataFrame:
    given = rows.columns
    unknown = sorted({*given} - {column.name for column in contract.columns})
    if unknown and contract.unknown_columns == "reject":
        raise JobFailure(
            "ContractIncompatible",
            f"{whose} has {', '.join(unknown)}, which the contract does not know. Leave it out, or set unknownColumns"
            " in the contract to ignore.",
        )
    named = rows.select(
        *[
            F.lit(None).cast(column.type.spark).alias(column.name) if column.name not in given else F.col(column.name)
            for column in contract.columns
            if column.name in given or not column.required
        ],
        F.col("_metadata.file_path").alias("_file"),
        F.md5("_metadata.file_path").alias("_upload_id"),
        (F.col("_metadata.row_index").cast("long") + 1).alias("_row"),
    )
    check_columns(named, contract, whose)
    typed = [F.col(column.name).cast(column.type.spark).alias(column.name) for column in contract.columns]
    return named.select(*typed, "_file", "_upload_id", "_row")


def _refuse_breaches(checked: DataFrame, contract: Contract) -> None:
    bad = checked.where(F.size("_reasons") > 0)
    first = bad.select("_file", "_row", "_reasons").orderBy("_file", "_row").first()
    if first is not None:
        rule, column, value = first["_reasons"][0]
        problem = told(rule, column, value and value[:MAX_SHOWN], contract)
        raise JobFailure(
            "ContractIncompatible",
            f"Rows that break the contract: {bad.count()}. Row {first['_row']} of {first['_file']}: {problem}."
            " Fix them, or the contract.",
        )


def _refuse_misfits(rows: DataFrame, contract: Contract) -> None:
    for name in [column.name for column in contract.columns if column.required and column.derived]:
        lacking = rows.where(F.col(name).isNull()).count()
        if lacking:
            raise JobFailure("ContractIncompatible", f"Column {name} is required; rows without a value: {lacking}.")
    if contract.mode == "merge":
        twice = rows.groupBy(*contract.key).count().where(F.col("count") > 1).first()
        if twice is not None:
            raise JobFailure(
                "ContractIncompatible",
                f"Key {', '.join(str(twice[name]) for name in contract.key)} occurs {twice['count']} times: without"
                " an order nobody can say which row is the current one.",
            )
