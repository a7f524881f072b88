"""How Spark starts on this machine: with the jars that EMR and Glue bring along, and with its classes ready-made."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from tidegate_spark.session import SETTINGS

_LOCAL = Path(__file__).parents[1] / ".local"
CLASSES = _LOCAL / "spark-classes.jsa"
"""What `archive_classes.py` makes; a Java that cannot use it (another version) goes without."""

# Small jobs end before the optimising compiler has paid for itself.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
JAVA_OPTIONS = f"{QUICK_JAVA} -XX:SharedArchiveFile={CLASSES}"
"""For jobs on little data."""


def class_path() -> str:
    """Iceberg, and S3; in the very order that the archive of classes was made with.

    Spark logs through a newer SLF4J of its own: an older one before it on the class path would silence it.
    """
    jars = sorted((_LOCAL / "ivy/jars").glob("*.jar"))
    return ":".join(str(jar) for jar in jars if "slf4j" not in jar.name)


def start(name: str, cores: int, lake: str, settings: dict[str, str]) -> SparkSession:
    """A session as the job has it on EMR and Glue, with the Iceberg catalog `lake` in that folder.

    `settings` are added, and win over those that all local sessions have.
    """
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    every = {
        **SETTINGS,
        "spark.driver.extraClassPath": class_path(),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        # Within one process, its lock makes its commits the compare-and-swap that Glue's catalog has.
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": lake,
    }
    builder = SparkSession.builder.master(f"local[{cores}]").appName(name)
    for key, value in {**every, **settings}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
