"""Fetches the jars that EMR and Glue bring along and a plain Spark lacks, by Spark's own resolver.

Usage: fetch_jars.py FOLDER    (the jars are then in FOLDER/jars; nothing is done when they are there already)
"""

import os
import subprocess
import sys
from pathlib import Path

import pyspark

_PACKAGES = Path(__file__).with_name("jars.txt")
_EXCLUDED = [
    "software.amazon.awssdk:bundle",
    "software.amazon.awssdk:netty-nio-client",
    "org.wildfly.openssl:wildfly-openssl",
]


def main(folder: Path) -> None:
    """Fetches what is not there."""
    packages = _PACKAGES.read_text().split()
    done = folder / "fetched"
    if done.exists() and done.read_text().split() == packages:
        return
    folder.mkdir(parents=True, exist_ok=True)
    # Any application makes spark-submit resolve the packages; this one does nothing.
    nothing = folder / "nothing.py"
    nothing.write_text("")
    subprocess.run(
        [
            str(Path(pyspark.__file__).parent / "bin/spark-submit"),
            "--master=local[1]",
            f"--packages={','.join(packages)}",
            f"--exclude-packages={','.join(_EXCLUDED)}",
            f"--conf=spark.jars.ivy={folder}",
            str(nothing),
        ],
        check=True,
        env={**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    done.write_text("\n".join(packages))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
