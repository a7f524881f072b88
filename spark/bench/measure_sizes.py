"""Measures the Spark job on this machine: a file of orders into an empty table, each size and count of cores by itself.

Appends lines `megabytes,bytes,rows,cores,seconds,cpu_seconds` to a CSV; start-up of Spark is not counted.

Usage: measure_sizes.py CSV REPEATS [MEGABYTES ...]
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / ".local/bench-sizing"
_CORES = (1, 2)
_HEADER = "megabytes,bytes,rows,cores,seconds,cpu_seconds\n"

sys.path[:0] = [str(_ROOT / "spark"), str(Path(__file__).parent)]


def main(csv: Path, repeats: int, sizes: list[int]) -> None:
    """Makes the files and measures each in a process of its own."""
    import orders

    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    node = _ROOT / "node_modules/.bin/node"
    datasets = _ROOT / "spark/bench/datasets"
    compile_all = [node, _ROOT / "cli/tidegate.ts", "compile", datasets, "--out", _FOLDER / "contracts"]
    subprocess.run(compile_all, check=True, stdout=subprocess.DEVNULL, cwd=_ROOT)
    if not csv.exists():
        csv.write_text(_HEADER)
    for _ in range(repeats):
        for megabytes in sizes:
            upload = _FOLDER / f"orders-{megabytes}.csv"
            if not upload.exists():
                orders.write_upload(upload, megabytes)
            for cores in _CORES:
                command = [sys.executable, __file__, "one", str(megabytes), str(cores)]
                done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
                line = done.stdout.splitlines()[-1]
                print(line, flush=True)
                with csv.open("a") as out:
                    out.write(f"{line}\n")


def one(megabytes: int, cores: int) -> None:
    """Runs the job once and prints its line."""
    from local_spark import start
    from process_usage import usage
    from tidegate_spark.run import Attempt, run

    folder = _FOLDER / "job"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    upload = _FOLDER / f"orders-{megabytes}.csv"
    uploaded_at = "2024-07-01T00:00:00.000Z"
    content = {
        "uploadId": "1" * 32,
        "bucket": "bench",
        "key": upload.name,
        "versionId": "1",
        "uploadedAt": uploaded_at,
        "orderStamp": f"{uploaded_at}-1",
        "sizeBytes": upload.stat().st_size,
        "compression": "none",
        "input": f"file://{upload}",
    }
    batch = folder / "batch.json"
    batch.write_text(json.dumps({"formatVersion": 1, "dataset": "orders", "runId": "run-1", "uploads": [content]}))
    settings = {
        "spark.driver.memory": "2g",
        "spark.local.dir": str(folder / "scratch"),
        "spark.sql.shuffle.partitions": "2",
    }
    spark = start("tidegate bench-sizing", cores, str(folder / "lake"), settings)
    process = spark.sparkContext._gateway.proc.pid  # type: ignore[union-attr]
    contract = str(_FOLDER / "contracts/orders/contract.json")
    output = f"file://{folder}/attempt"
    before, _ = usage(process)
    started = time.monotonic()
    manifest = run(spark, Attempt("run-1", 1, contract, str(batch), output, output, output))
    seconds = time.monotonic() - started
    after, _ = usage(process)
    spark.stop()
    rows, size = manifest["rows"]["read"], upload.stat().st_size
    print(f"{megabytes},{size},{rows},{cores},{seconds:.2f},{after - before:.1f}")


if __name__ == "__main__":
    if sys.argv[1] == "one":
        one(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]), [int(size) for size in sys.argv[3:]])
