"""Parts of an output, as a manifest names them."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tidegate_spark.manifest import Part
from tidegate_spark.storage import Storage


def parts_of(spark: SparkSession, storage: Storage, folders: list[str]) -> tuple[list[Part], dict[str, int]]:
    """The Parquet files of folders with rows and bytes, counted from what was written; and the rows per upload."""
    listed = [storage.sizes(folder) for folder in folders]
    sizes = {path: size for found in listed for path, size in found.items() if path.endswith(".parquet")}
    if not sizes:
        return [], {}
    # Spark gives the files of one task the same name in each folder.
    file = F.substring_index("_metadata.file_path", "/", -2)
    counted = spark.read.parquet(*sizes).groupBy(file.alias("file"), "_upload_id").count().collect()
    names = {"/".join(path.rsplit("/", 2)[-2:]): path for path in sizes}
    rows: dict[str, int] = {}
    of_upload: dict[str, int] = {}
    for row in counted:
        path = names[row["file"]]
        rows[path] = rows.get(path, 0) + row["count"]
        of_upload[row["_upload_id"]] = of_upload.get(row["_upload_id"], 0) + row["count"]
    parts = [Part(path, rows[path], size) for path, size in sorted(sizes.items()) if rows.get(path)]
    return parts, of_upload
