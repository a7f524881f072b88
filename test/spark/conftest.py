"""One Spark session for all of the job's tests, set up as EMR and Glue have it: Iceberg, and UTC."""

import os
import sys
from collections.abc import Iterator

import pytest
from local_spark import JAVA_OPTIONS, class_path
from pyspark.sql import SparkSession
from tidegate_spark.session import SETTINGS


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session of two cores, with the Iceberg catalog `lake` in a folder of its own."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    folder = tmp_path_factory.mktemp("spark")
    settings = {
        **SETTINGS,
        "spark.driver.extraClassPath": class_path(),
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": f"{JAVA_OPTIONS} -Dderby.system.home={folder}",
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
