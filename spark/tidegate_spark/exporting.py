"""The change set as CSV, for those who want files rather than a warehouse."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.contract import Contract
from tidegate_spark.manifest import Part
from tidegate_spark.storage import Storage

_FORM = {
    "header": "true",
    "encoding": "UTF-8",
    "escape": '"',
    "nullValue": "",
    # An empty text is `""`, a null is nothing.
    "emptyValue": '""',
    "dateFormat": "yyyy-MM-dd",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]XXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]",
}


def export_csv(spark: SparkSession, storage: Storage, rows: DataFrame, contract: Contract, folder: str) -> list[Part]:
    """Writes the contract's columns of the rows into a folder, over what another attempt left there."""
    names = [column.name for column in contract.columns]
    rows.select(*names).write.mode("overwrite").options(**_FORM).csv(folder)
    sizes = {path: size for path, size in storage.sizes(folder).items() if path.endswith(".csv")}
    if not sizes:
        return []
    read_back = spark.read.options(**_FORM, multiLine="true").csv(list(sizes))
    file = F.substring_index("_metadata.file_path", "/", -1)
    counted = {row["file"]: row["count"] for row in read_back.groupBy(file.alias("file")).count().collect()}
    return [
        Part(path, rows_of_file, size)
        for path, size in sorted(sizes.items())
        if (rows_of_file := counted.get(path.rsplit("/", 1)[1]))
    ]
