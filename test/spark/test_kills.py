"""A job that is killed anywhere, and run again as the next attempt, leaves what one that was never killed does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from factories import column, contract_json
from pyspark.sql import Row, SparkSession
from runs import File, Runs
from tidegate_spark.lake_table import LakeTable

CONTRACT = contract_json(
    column("id", "integer", required=True), column("value"), key=["id"], write={"mode": "merge", "orderBy": None}
)
BEFORE = [File(1, "id,value\n1,a\n2,a\n3,a\n")]
# New, updated, superseded within the file, and quarantined rows.
UPLOADS = [File(3, "id,value\n2,c\n4,c\n4,d\nx,c\n"), File(2, "id,value\n3,b\n2,b\n5,b\n")]
POINT_COUNT = 33
EVERY_POINT = os.environ.get("TIDEGATE_KILLS") == "all"
# In an ordinary run of the tests only that right behind the commit: the table is new, and the branch still there.
POINTS = range(POINT_COUNT) if EVERY_POINT else (26,)


@pytest.fixture
def runs(runs: Runs) -> Runs:
    runs.run(CONTRACT, BEFORE, "run-0")
    return runs


@pytest.fixture(scope="module")
def unharmed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row]]:
    """Table and change set of a run that nothing happened to."""
    runs = Runs(spark, tmp_path_factory.mktemp("unharmed"), "unharmed")
    runs.run(CONTRACT, BEFORE, "run-0")
    manifest = runs.run(CONTRACT, UPLOADS, "run-1")
    return runs.rows(), runs.changes(manifest)


def _location(runs: Runs) -> str:
    """Where the table lies: the setting may be newer than the catalog that is in use."""
    described = runs.spark.sql(f"DESCRIBE EXTENDED {runs.name}").where("col_name = 'Location'")
    return str(described.select("data_type").collect()[0][0]).removeprefix("file:")


def in_a_process(runs: Runs, point: int) -> subprocess.CompletedProcess[str]:
    attempt = asdict(runs.attempt(CONTRACT, UPLOADS, "run-1", 1))
    lake = str(Path(_location(runs)).parents[1])
    program = Path(__file__).with_name("killed_job.py")
    return subprocess.run(
        [sys.executable, str(program), str(point), lake, json.dumps(attempt)],
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable},
    )


@pytest.mark.parametrize("point", POINTS)
def test_the_next_attempt_of_a_killed_job_leaves_no_difference(
    runs: Runs, unharmed: tuple[list[Row], list[Row]], point: int
) -> None:
    killed = in_a_process(runs, point)
    assert killed.returncode == -9, killed.stderr[-2000:]
    manifest = runs.run(CONTRACT, UPLOADS, "run-1", 2)
    assert runs.rows() == unharmed[0]
    assert runs.changes(manifest) == unharmed[1]
    assert LakeTable(runs.spark, runs.name).branches() == []


if EVERY_POINT:

    def test_there_are_no_more_points(runs: Runs) -> None:
        finished = in_a_process(runs, POINT_COUNT)
        assert (finished.returncode, finished.stdout.split()[-1:]) == (0, [str(POINT_COUNT)]), finished.stderr[-2000:]
