"""How fast the Spark job is, beside DuckDB doing the same work on the same machine in the same run.

A generated file of orders (20 columns, 1% of the lines broken, 2% repeating a key, 10% the keys of existing rows) is
checked and merged into a table of a million rows. Each size runs in processes of their own; neither start-up nor the
making of data and tables is counted. Seconds are of the wall clock, CPU seconds are the process's own.

Usage: bench.py [MEGABYTES ...]    (default: 100 200 400 800; the last line is the ratio at 400, or at the first)
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

_ROOM = Path(__file__).parent
_ROOT = _ROOM.parents[1]
_FOLDER = _ROOT / ".local/bench"
_DATASETS = _ROOM / "datasets"
_UPLOADED_AT = "2024-07-01T00:00:00.000Z"
_JUDGED_MEGABYTES = 400
_COUNTED = ("read", "quarantined", "current", "table")

sys.path.insert(0, str(_ROOM))

import orders  # noqa: E402


@dataclass
class Measured:
    """What one process printed: seconds by stage, rows by output, and its CPU seconds and peak memory."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Seconds of the work itself."""
        return self.seconds["total"]


def main(sizes: list[int]) -> None:
    """Measures every size, prints them side by side, and the ratio."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    _call("node", _ROOT / "cli/tidegate.ts", "compile", _DATASETS, "--out", _FOLDER / "contracts")
    existing = _FOLDER / "existing.parquet"
    orders.write_existing(existing, "2024-06-01 00:00:00")
    measured: dict[int, tuple[Measured, Measured]] = {}
    for megabytes in sizes:
        upload = _FOLDER / f"orders-{megabytes}.csv"
        orders.write_upload(upload, megabytes)
        duck = _duckdb(upload, existing)
        spark = _spark(upload, existing, megabytes)
        if {name: duck.rows[name] for name in _COUNTED} != {name: spark.rows[name] for name in _COUNTED}:
            raise SystemExit(f"The two did not do the same work: DuckDB {duck.rows}, Spark {spark.rows}.")
        measured[megabytes] = (duck, spark)
        _tell(megabytes, duck, spark)
        upload.unlink()
    for before, after in pairwise(sizes):
        growth = measured[after][1].total / measured[before][1].total
        print(f"from {before} MB to {after} MB the Spark job takes {growth:.2f} times as long")
    judged = _JUDGED_MEGABYTES if _JUDGED_MEGABYTES in measured else sizes[0]
    duck, spark = measured[judged]
    print(f"ratio {duck.total / spark.total:.2f} of DuckDB")


def _duckdb(upload: Path, existing: Path) -> Measured:
    output = _FOLDER / "duckdb"
    shutil.rmtree(output, ignore_errors=True)
    return _measure(_ROOM / "duckdb_job.py", upload, existing, output)


def _spark(upload: Path, existing: Path, megabytes: int) -> Measured:
    folder = _FOLDER / "spark"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    contract = _FOLDER / "contracts/orders/contract.json"
    batch = folder / "batch.json"
    upload_json = {
        "uploadId": "1" * 32,
        "bucket": "bench",
        "key": upload.name,
        "versionId": "1",
        "uploadedAt": _UPLOADED_AT,
        "orderStamp": f"{_UPLOADED_AT}-1",
        "sizeBytes": upload.stat().st_size,
        "compression": "none",
        "input": f"file://{upload}",
    }
    batch.write_text(json.dumps({"formatVersion": 1, "dataset": "orders", "runId": "run-1", "uploads": [upload_json]}))
    job = _ROOM / "spark_job.py"
    _call(sys.executable, job, "prepare", folder, str(megabytes), existing, contract)
    return _measure(job, "run", folder, str(megabytes), contract, batch, f"file://{folder}/attempt")


def _measure(program: Path, *arguments: str | Path) -> Measured:
    measured = Measured()
    for line in _call(sys.executable, program, *arguments).splitlines():
        *kind, name, value = line.split()
        if kind == ["rows"]:
            measured.rows[name] = int(value)
        elif kind == ["seconds"]:
            measured.seconds[name] = float(value)
    return measured


def _call(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=_ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(str(word) for word in command)} failed:\n{done.stdout}{done.stderr[-4000:]}")
    return done.stdout


def _tell(megabytes: int, duck: Measured, spark: Measured) -> None:
    for name, measured in (("DuckDB", duck), ("Spark", spark)):
        stages = "  ".join(f"{stage} {took:.1f}" for stage, took in measured.seconds.items() if stage != "total")
        print(
            f"{megabytes:4} MB  {name:6}  {megabytes / measured.total:6.1f} MB/s  {measured.total:6.1f} s"
            f"  CPU {measured.rows['cpuSeconds']} s  peak {measured.rows['peakMebibytes']} MiB  ({stages})",
            flush=True,
        )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 200, 400, 800])
