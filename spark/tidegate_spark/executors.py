"""The executors that an attempt had: a cluster may grow while it works, and times are learned by what there was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Executor:
    """One executor's vCPUs, and when it came and went; times are seconds since the epoch."""

    cores: int
    added: float
    removed: float | None = None


def executors_of(spark: SparkSession) -> list[Executor] | None:
    """All executors that there were, those that are gone too; None where Spark does not tell."""
    context: Any = spark.sparkContext._jsc
    try:
        told = context.sc().statusStore().executorList(False)
        executors = []
        for at in range(told.size()):
            executor = told.apply(at)
            gone = executor.removeTime()
            removed = gone.get().getTime() / 1000 if gone.isDefined() else None
            executors.append(Executor(executor.totalCores(), executor.addTime().getTime() / 1000, removed))
    except Py4JError:
        return None
    return executors


def mean_cores(executors: Sequence[Executor], since: datetime, until: datetime) -> float:
    """The vCPUs that executors had, on the mean over the time between."""
    begin, end = since.timestamp(), until.timestamp()
    core_seconds = 0.0
    for executor in executors:
        last = end if executor.removed is None else min(end, executor.removed)
        core_seconds += executor.cores * max(0.0, last - max(begin, executor.added))
    return core_seconds / (end - begin) if end > begin else 0.0
