"""Small uploads with the same header are read together, and come out as if each were read by itself."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factories import column, contract
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pytest import MonkeyPatch
from test_laws_of_reading import LAW
from tidegate_spark import checking
from tidegate_spark.batch import Upload
from tidegate_spark.checking import check_uploads
from tidegate_spark.contract import Contract
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.storage import Storage

HEADERS = ["x,y\n", "x,y\n", "y,x\n", '"x",y\n', "x\n", "# x\nx,y\n", "x,y\r\n"]


def outcome(
    spark: SparkSession, uploads: list[Upload], the_contract: Contract
) -> tuple[list[dict[str, Any]], list[UploadCounts]]:
    """The checked rows, in order, and what is said of each upload."""
    counts = {upload.upload_id: UploadCounts(upload.upload_id) for upload in uploads}
    checked = check_uploads(spark, uploads, counts, the_contract)
    rows = [] if checked is None else [row.asDict(True) for row in checked.collect()]
    spark.catalog.clearCache()
    return sorted(rows, key=lambda row: (row["_upload_id"], row["_row"])), list(counts.values())


@LAW
@given(
    files=st.lists(
        st.tuples(
            st.sampled_from(HEADERS),
            st.lists(st.text(st.sampled_from(list("a1,\"\\#\n\r\0\ufeffé '")), max_size=10), max_size=8),
            st.sampled_from(["none", "none", "gzip", "half of gzip"]),
        ),
        min_size=2,
        max_size=4,
    ),
    dialect=st.fixed_dictionaries(
        {
            "multiLine": st.booleans(),
            "escape": st.sampled_from(['"', "\\", None]),
            "comment": st.sampled_from([None, "#"]),
            "header": st.sampled_from([True, True, False]),
            "encoding": st.sampled_from(["UTF-8", "windows-1252"]),
        }
    ),
)
def test_together_is_as_alone(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: MonkeyPatch,
    files: list[tuple[str, list[str], str]],
    dialect: dict[str, Any],
) -> None:
    uploads = []
    for number, (header, lines, compression) in enumerate(files):
        # A letter that is none of UTF-8: what is UTF-8 throughout is rejected under another name.
        last = b"" if dialect["encoding"] == "UTF-8" else b"\n\xe9"
        content = (header + "\n".join(lines)).encode() + last
        file = tmp_path / f"{number:032}.csv"
        if compression != "none":
            file, content = tmp_path / f"{number:032}.csv.gz", gzip.compress(content)
        file.write_bytes(content[: len(content) // 2] if compression == "half of gzip" else content)
        size, given_as = file.stat().st_size, compression.removeprefix("half of ")
        uploads.append(Upload(f"{99 - number}", str(file), "2024-01-01T00:00:00Z", f"{number}", size, given_as))
    the_contract = contract(column("x"), column("y", "integer"), csv=dialect)
    together = outcome(spark, uploads, the_contract)
    with monkeypatch.context() as alone:
        alone.setattr(checking, "WHOLE_BYTES", -1)
        assert together == outcome(spark, uploads, the_contract)


def test_many_small_uploads_are_rows_of_few_partitions(spark: SparkSession, tmp_path: Path) -> None:
    uploads = []
    for number in range(24):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"x,y\na,{number}\n")
        uploads.append(Upload(f"u{number}", str(file), "2024-01-01T00:00:00Z", f"{number}", 10, "none"))
    counts = {upload.upload_id: UploadCounts(upload.upload_id) for upload in uploads}
    # What plans ask for at least.
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(8 * 1024 * 1024))
    try:
        checked = check_uploads(spark, uploads, counts, contract(column("x"), column("y", "integer")))
        assert checked is not None
        assert sorted((row["_upload_id"], row["y"]) for row in checked.collect()) == sorted(
            (f"u{number}", number) for number in range(24)
        )
        assert checked.rdd.getNumPartitions() <= spark.sparkContext.defaultParallelism
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")
        spark.catalog.clearCache()


def test_a_file_without_a_line_and_one_with_an_open_quote_leave_the_others_alone(
    spark: SparkSession, tmp_path: Path
) -> None:
    uploads = []
    for number, text in enumerate(['x,y\n"a\nb",1\n', "x,y\n", 'x,y\nc,2\n"d,3\n', 'x,y\n"e\n\nf",4\ng,5\n']):
        file = tmp_path / f"{number}.csv"
        file.write_text(text)
        uploads.append(Upload(f"u{number}", str(file), "2024-01-01T00:00:00Z", f"{number}", len(text), "none"))
    rows, counts = outcome(spark, uploads, contract(column("x"), column("y", "integer"), csv={"multiLine": True}))
    assert [(row["_upload_id"], row["_row"], row["x"], row["y"]) for row in rows] == [
        ("u0", 2, "a\nb", 1),
        ("u3", 2, "e\n\nf", 4),
        ("u3", 5, "g", 5),
    ]
    assert [upload.outcome for upload in counts] == ["LOADED", "LOADED", "REJECTED", "LOADED"]
    assert counts[2].reasons[0]["example"]["row"] == 3


def test_an_archive_that_is_cut_behind_its_header_leaves_the_others_alone(spark: SparkSession, tmp_path: Path) -> None:
    whole = gzip.compress(("x,y\n" + "".join(f"{number * 7919 % 100_003},1\n" for number in range(60_000))).encode())
    uploads = []
    for number, content in enumerate([whole, whole[:-9], whole]):
        file = tmp_path / f"{number}.csv.gz"
        file.write_bytes(content)
        uploads.append(Upload(f"u{number}", str(file), "2024-01-01T00:00:00Z", f"{number}", len(content), "gzip"))
    rows, counts = outcome(spark, uploads, contract(column("x", "integer"), column("y", "integer")))
    assert [upload.outcome for upload in counts] == ["LOADED", "REJECTED", "LOADED"]
    assert counts[1].reasons[0]["rule"] == "compression"
    assert [row["_row"] for row in rows] == [*range(2, 60_002)] * 2


def test_the_beginnings_of_several_files_are_read_at_once(
    spark: SparkSession, tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    others = threading.Barrier(3, timeout=60)
    chunks = Storage.chunks

    def chunks_when_all_are_asked_for(storage: Storage, uri: str) -> Iterator[bytes]:
        others.wait()
        return chunks(storage, uri)

    monkeypatch.setattr(Storage, "chunks", chunks_when_all_are_asked_for)
    uploads = []
    for number in range(3):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"x,y\na,{number}\n")
        uploads.append(Upload(f"u{number}", str(file), "2024-01-01T00:00:00Z", f"{number}", 10, "none"))
    rows, counts = outcome(spark, uploads, contract(column("x"), column("y", "integer")))
    assert [(row["_upload_id"], row["y"]) for row in rows] == [("u0", 0), ("u1", 1), ("u2", 2)]
    assert [upload.header for upload in counts] == ["x,y"] * 3
