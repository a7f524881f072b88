"""One Spark session for all of the job's tests, set up as EMR and Glue have it: Iceberg, and UTC."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tidegate_spark.session import SETTINGS

_ROOT = Path(__file__).parents[2]
_JARS = _ROOT / ".local/ivy/jars"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session of two cores, with the Iceberg catalog `lake` in a folder of its own."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    folder = tmp_path_factory.mktemp("spark")
    settings = {
        **SETTINGS,
        "spark.jars": ",".join(str(jar) for jar in sorted(_JARS.glob("*.jar"))),
        "spark.driver.memory": "2g",
        # The tests' many small plans end before the slower compiler would have paid.
        "spark.driver.extraJavaOptions": f"-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dderby.system.home={folder}",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        # Within one process, its lock makes its commits the compare-and-swap that Glue's catalog has.
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": str(folder / "lake"),
    }
    builder = SparkSession.builder.master("local[2]").appName("tidegate tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
