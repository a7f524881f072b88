"""The maintenance job: cares for the Iceberg tables of all datasets, or brings pre-existing data into one.

Spark's settings (catalog, memory) come from whoever submits it.
"""

import argparse
import sys
from datetime import UTC, datetime

from pyspark.sql import SparkSession
from tidegate_spark.adopting import adopt
from tidegate_spark.contract import Contract
from tidegate_spark.maintaining import maintain, tables
from tidegate_spark.session import SETTINGS
from tidegate_spark.storage import Storage


def main(argv: list[str]) -> None:
    """Maintains each table and prints what was done; or adopts a folder, and prints how many rows it has."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--keep-days", type=int, default=30, help="days that a snapshot is kept (default: 30)")
    parser.add_argument("--adopt", help="URI of a folder whose files are brought into a dataset's table")
    parser.add_argument("--contract", help="URI of the compiled contract of that dataset")
    parser.add_argument("--run-id", help="id that the adopted rows have as their run's")
    parser.add_argument("--output", help="URI of the folder that the change set and its manifest go to")
    parser.add_argument("--format", choices=("csv", "parquet"), default="parquet", help="of the adopted files")
    # Glue adds arguments of its own.
    known, _ = parser.parse_known_args(argv)
    if len({value is None for value in (known.adopt, known.contract, known.run_id, known.output)}) == 2:
        parser.error("--adopt, --contract, --run-id and --output go together")
    builder = SparkSession.builder.appName("tidegate maintenance")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        if known.adopt is None:
            _maintain_all(spark, known.keep_days)
        else:
            contract = Contract.from_json(Storage(spark).read_json(known.contract))
            manifest = adopt(
                spark, contract, known.adopt.rstrip("/"), known.format, known.run_id, known.output.rstrip("/")
            )
            print(f"{contract.table}: {manifest['rows']['current']} rows of {known.adopt}")
    finally:
        spark.stop()


def _maintain_all(spark: SparkSession, keep_days: int) -> None:
    """Fails at the end if one of the tables could not be maintained."""
    failed = []
    for table in tables(spark):
        try:
            print(maintain(spark, table, datetime.now(UTC), keep_days))
        except Exception as error:
            print(f"{table}: {error}", file=sys.stderr)
            failed.append(table)
    if failed:
        raise SystemExit(f"Not maintained: {', '.join(failed)}.")


if __name__ == "__main__":
    main(sys.argv[1:])
