"""Runs an attempt in a process of its own and kills it, and its JVM, at one of the points of its way.

Usage: killed_job.py POINT LAKE ATTEMPT_JSON    (prints the number of points when it comes to its end)

A point is the moment before, amid or after a step that leaves something behind.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(_ROOT / "spark"))

from local_spark import JAVA_OPTIONS, start  # noqa: E402
from pyspark.sql import DataFrameWriter, DataFrameWriterV2  # noqa: E402
from tidegate_spark import run as running  # noqa: E402
from tidegate_spark.lake_table import LakeTable  # noqa: E402
from tidegate_spark.merging import Merger  # noqa: E402
from tidegate_spark.storage import Storage  # noqa: E402

_STEPS: list[tuple[Any, str]] = [
    (running, "ensure_table"),
    (running, "count_rows"),
    (DataFrameWriter, "parquet"),
    (LakeTable, "create_branch"),
    (DataFrameWriterV2, "append"),
    (Merger, "_merge_into"),
    (LakeTable, "fast_forward"),
    (LakeTable, "drop_branch"),
    (Storage, "write_json"),
]
_AMID_SECONDS = 0.05
_points = 0


def main(point: int, lake: str, attempt: dict[str, Any]) -> None:
    """Does the attempt with every step wrapped."""
    for owner, name in _STEPS:
        setattr(owner, name, _with_points(getattr(owner, name), point))
    settings = {"spark.driver.extraJavaOptions": JAVA_OPTIONS, "spark.sql.shuffle.partitions": "1"}
    spark = start("to be killed", 2, lake, settings)
    running.run(spark, running.Attempt(**attempt))
    if 0 <= point < _points:
        # The step was quicker than its end.
        time.sleep(60)
    print(_points)


def _with_points(step: Callable[..., Any], fatal: int) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        _pass(fatal)
        if _next() == fatal:
            threading.Thread(target=lambda: (time.sleep(_AMID_SECONDS), _die()), daemon=True).start()
        result = step(*arguments, **named)
        _pass(fatal)
        return result

    return wrapped


def _next() -> int:
    global _points
    _points += 1
    return _points - 1


def _pass(fatal: int) -> None:
    if _next() == fatal:
        _die()


def _die() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
