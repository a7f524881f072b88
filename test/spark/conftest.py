"""One Spark session for all of the job's tests, set up as EMR and Glue have it: Iceberg, and UTC."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_spark import JAVA_OPTIONS, start
from pyspark.sql import SparkSession
from runs import Runs


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session of two cores, with the Iceberg catalog `lake` in a folder of its own."""
    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": f"{JAVA_OPTIONS} -Dderby.system.home={folder}",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    session = start("tidegate tests", 2, str(folder / "lake"), settings)
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def runs(spark: SparkSession, tmp_path: Path) -> Iterator[Runs]:
    """Runs of a dataset whose table is new, and gone afterwards."""
    runs = Runs(spark, tmp_path)
    runs.drop()
    yield runs
    runs.drop()
