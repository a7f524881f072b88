"""The Spark job of a run: EMR, Glue and one machine run this very file.

Spark's settings (catalog, partitions, memory) come from whoever submits it.
"""

import argparse
import sys

from pyspark.sql import SparkSession
from tidegate_spark.run import Attempt, run
from tidegate_spark.session import SETTINGS


def main(argv: list[str]) -> None:
    """Parses the arguments, does the attempt, and prints its balance."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--run-id", required=True, help="the run's id")
    parser.add_argument("--attempt", required=True, type=int, help="the attempt's number, from 1")
    parser.add_argument("--contract", required=True, help="URI of the compiled contract")
    parser.add_argument("--batch", required=True, help="URI of the batch of uploads")
    parser.add_argument("--output", required=True, help="URI of the attempt's folder")
    parser.add_argument("--references", required=True, help="URI that reference tables are found under")
    parser.add_argument(
        "--exports", required=True, help="URI of the folder that CSV goes to, if the contract exports it"
    )
    # Glue adds arguments of its own.
    known, _ = parser.parse_known_args(argv)
    builder = SparkSession.builder.appName(f"tidegate {known.run_id} attempt {known.attempt}")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        manifest = run(spark, Attempt(**vars(known)))
        print(f"tidegate {known.run_id}: {manifest['rows']}")
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
