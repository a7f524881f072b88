"""What an attempt had to run on: executors come late, go, and come more where the cluster grows."""

from __future__ import annotations

from datetime import UTC, datetime

from factories import column, contract_json
from pyspark.sql import SparkSession
from runs import File, Runs
from tidegate_spark.executors import Executor, executors_of, mean_cores


def at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def test_the_mean_counts_each_executor_as_long_as_it_was_there() -> None:
    grown = [Executor(4, added=50), Executor(4, added=150), Executor(4, added=100, removed=150), Executor(0, added=50)]
    assert mean_cores(grown, at(100), at(200)) == 4 + 2 + 2
    assert mean_cores([Executor(4, added=10, removed=60), Executor(4, added=300)], at(100), at(200)) == 0


def test_no_time_has_no_mean() -> None:
    assert mean_cores([Executor(4, added=0)], at(100), at(100)) == 0


def test_a_manifest_tells_the_vcpus_that_were_there(spark: SparkSession, runs: Runs) -> None:
    cores = spark.sparkContext.defaultParallelism
    executors = executors_of(spark)
    assert executors is not None
    assert [executor.cores for executor in executors] == [cores]
    contract = contract_json(column("id", "integer"), key=["id"], write={"mode": "merge", "orderBy": None})
    assert runs.run(contract, [File(1, "id\n1\n")])["executorCores"] == cores
