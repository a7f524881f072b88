"""What a file's bytes become."""

from pathlib import Path

from factories import column, contract
from pyspark.sql import SparkSession
from tidegate_spark.header import Header
from tidegate_spark.reading import read_upload


def test_rows_are_read_as_text_with_their_place_in_the_file(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("a,b\n1,x\n2,\n")
    rows = read_upload(spark, str(file), contract(column("a"), column("b")), Header(("a", "b"), 1)).collect()
    assert [(row["a"], row["b"], row["_row"], row["_raw"], row["_reasons"]) for row in rows] == [
        ("1", "x", 1, "1,x", []),
        ("2", None, 2, "2,", []),
    ]
