"""The Spark job on the benchmark's file, in a process of its own: prepares a table, or runs an attempt on it.

Usage: spark_job.py prepare FOLDER MEGABYTES EXISTING CONTRACT
       spark_job.py run FOLDER MEGABYTES CONTRACT BATCH OUTPUT
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

_ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(_ROOT / "spark"), str(Path(__file__).parent)]

from local_spark import CLASSES, start  # noqa: E402
from process_usage import usage  # noqa: E402
from tidegate_spark.contract import Contract  # noqa: E402
from tidegate_spark.run import Attempt, run  # noqa: E402
from tidegate_spark.storage import Storage  # noqa: E402
from tidegate_spark.table import ensure_table, identifier, schema_of  # noqa: E402

_CORES = 2
_MEMORY = "4g"
_TASKS_PER_CORE = 3
_SHUFFLED_MEGABYTES = 64


def main(command: str, folder: Path, megabytes: str, *arguments: str) -> None:
    """Prints `seconds STAGE SECONDS` and `rows OUTPUT COUNT`."""
    spark = _session(folder, int(megabytes))
    if command == "prepare":
        _prepare(spark, *arguments)
    else:
        _run(spark, *arguments)
    spark.stop()


def _prepare(spark: SparkSession, existing: str, contract_uri: str) -> None:
    storage = Storage(spark)
    contract = Contract.from_json(storage.read_json(contract_uri))
    ensure_table(spark, contract, storage.written_at(contract_uri))
    rows = spark.read.parquet(existing)
    typed = [F.col(field.name).cast(field.dataType).alias(field.name) for field in schema_of(contract)]
    rows.select(*typed).writeTo(identifier(contract)).append()


def _run(spark: SparkSession, contract: str, batch: str, output: str) -> None:
    process = spark.sparkContext._gateway.proc.pid  # type: ignore[union-attr]
    cpu_before, _ = usage(process)
    started = time.monotonic()
    manifest = run(spark, Attempt("run-1", 1, contract, batch, output, output, output))
    total = time.monotonic() - started
    cpu_after, peak = usage(process)
    for name, took in {**manifest["stageSeconds"], "total": total}.items():
        print("seconds", name, round(took, 3))
    for name in ("read", "quarantined", "current"):
        print("rows", name, manifest["rows"][name])
    print("rows table", spark.table(manifest["table"]["identifier"]).count())
    print("rows cpuSeconds", round(cpu_after - cpu_before))
    print("rows peakMebibytes", peak)


def _session(folder: Path, megabytes: int) -> SparkSession:
    # As the plan sets them (tasks/plan-run/engines/spark-settings.ts).
    read = min(128, max(8, megabytes / (_CORES * _TASKS_PER_CORE)))
    settings = {
        "spark.driver.memory": _MEMORY,
        "spark.driver.extraJavaOptions": f"-XX:SharedArchiveFile={CLASSES}",
        "spark.local.dir": str(folder / "scratch"),
        "spark.sql.files.maxPartitionBytes": str(round(read * 1024 * 1024)),
        "spark.sql.shuffle.partitions": str(max(_CORES, min(-(-megabytes // _SHUFFLED_MEGABYTES), _CORES * 4))),
    }
    for pair in os.environ.get("BENCH_SETTINGS", "").split():
        name, _, value = pair.partition("=")
        settings[name] = value
    session = start("tidegate bench", _CORES, str(folder / "lake"), settings)
    session.sparkContext.setLogLevel("ERROR")
    return session


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
