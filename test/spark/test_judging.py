"""When an upload as a whole is refused, and what is told of its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from factories import column, contract
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from tidegate_spark.batch import Upload
from tidegate_spark.contract import Contract
from tidegate_spark.judging import count_rows, reject_by_rules
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.reading import read_upload, union_all
from tidegate_spark.validating import validate


def judged(spark: SparkSession, folder: Path, the_contract: Contract, *contents: str) -> list[UploadCounts]:
    """The counts of uploads with these contents, uploaded on 2 January 2024 at noon."""
    uploads = []
    frames = []
    for index, content in enumerate(contents):
        file = folder / f"{index}.csv"
        file.write_text(content)
        upload_id = str(index)
        uploads.append(
            Upload(upload_id, f"file://{file}", "2024-01-02T12:00:00.000Z", upload_id, file.stat().st_size, "none")
        )
        frames.append(read_upload(spark, str(file), the_contract).withColumn("_upload_id", F.lit(upload_id)))
    counts = {upload.upload_id: UploadCounts(upload.upload_id) for upload in uploads}
    # As the job does: counted twice, computed once.
    checked = validate(union_all(frames), the_contract).persist()
    count_rows(checked, counts, the_contract, uploads)
    checked.unpersist()
    reject_by_rules(counts, the_contract)
    return list(counts.values())


def told(upload: UploadCounts) -> tuple[str, int, int, int, list[str]]:
    rules = [reason["rule"] for reason in upload.reasons]
    return upload.outcome, upload.read, upload.kept, upload.quarantined, rules


def test_rows_of_a_file_without_header_are_held_to_the_contracts_columns(spark: SparkSession, tmp_path: Path) -> None:
    headless = contract(column("a"), column("b"), csv={"header": False})
    (bad,) = judged(spark, tmp_path, headless, "1,x\nz\n")
    assert bad.reasons[0]["message"] == "not as many fields as the contract has columns, but found 'z'"


def test_rows_are_counted_with_the_first_example_of_each_reason(spark: SparkSession, tmp_path: Path) -> None:
    the_contract = contract(column("a", "integer", minimum="0"), column("b", required=True))
    fine, bad = judged(spark, tmp_path, the_contract, "a,b\n1,x\n", "a,b\n1,x\n-2,\n\n-3,y\nz\n")
    assert told(fine) == ("LOADED", 1, 1, 0, [])
    assert told(bad) == ("LOADED", 4, 1, 3, ["minimum", "field_count", "required"])
    assert bad.reasons == [
        {
            "rule": "minimum",
            "column": "a",
            "count": 2,
            "example": {"row": 3, "value": "-2"},
            "meaning": "a: minimum 0",
            "message": "a: minimum 0, but found '-2'",
        },
        {
            "rule": "field_count",
            "column": None,
            "count": 1,
            "example": {"row": 6, "value": "z"},
            "meaning": "not as many fields as the header has",
            "message": "not as many fields as the header has, but found 'z'",
        },
        {
            "rule": "required",
            "column": "b",
            "count": 1,
            "example": {"row": 3, "value": None},
            "meaning": "b: required",
            "message": "b: required, but found nothing",
        },
    ]


def test_reasons_say_what_the_contract_expects(spark: SparkSession, tmp_path: Path) -> None:
    the_contract = contract(
        column("port", enumeration=["EWR", "JFK"]),
        column("code", enumeration=[f"c{index}" for index in range(12)]),
        column("day", "date", format="dd.MM.yyyy"),
        column("name", pattern="[a-z]{2}" + "x?" * 60),
        rowRules=[{"name": "named", "predicate": "port <> 'JFK'\n  or name is not null"}],
        quarantineMaxShare=1,
    )
    (upload,) = judged(spark, tmp_path, the_contract, "port,code,day,name\nBOS,d,2024-01-31,A\nJFK,c1,31.01.2024,\n")
    assert [reason["message"] for reason in upload.reasons] == [
        "code: validValues c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more, but found 'd'",
        "port: validValues EWR, JFK, but found 'BOS'",
        "named (port <> 'JFK' or name is not null), but found 'JFK,c1,31.01.2024,'",
        "name: pattern [a-z]{2}" + "x?" * 46 + "..., but found 'A'",
        "day: type date in the form dd.MM.yyyy, but found '2024-01-31'",
    ]


def test_too_large_a_share_of_bad_rows_refuses_the_upload(spark: SparkSession, tmp_path: Path) -> None:
    the_contract = contract(column("a", "integer"), column("b"), quarantineMaxShare=0.5)
    half, more = judged(spark, tmp_path, the_contract, "a,b\n1,\nx,\n", "a,b\n1,\nx,\ny,\n")
    assert told(half) == ("LOADED", 2, 1, 1, ["type integer"])
    assert told(more) == ("REJECTED", 3, 1, 2, ["quarantine.maxShare", "type integer"])
    assert (
        more.reasons[0]["message"] == "2 of 3 rows broke rules, more than the share of 0.5 that the contract tolerates."
    )


@pytest.mark.parametrize("multi_line", [False, True])
def test_an_open_quote_refuses_the_upload_by_line(spark: SparkSession, tmp_path: Path, multi_line: bool) -> None:
    the_contract = contract(column("a"), column("b"), csv={"multiLine": multi_line})
    (upload,) = judged(spark, tmp_path, the_contract, 'a,b\n1,2\n1,"x\n7,8\n3,"y\n')
    assert upload.outcome == "REJECTED"
    assert (upload.reasons[0]["rule"], upload.reasons[0]["example"]["row"]) == ("unclosed_quote", 3)
    assert ("set multiLine" in upload.reasons[0]["message"]) != multi_line


def test_bytes_of_another_encoding_refuse_the_upload_by_line(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_bytes(b"a,b\n" + b"1,2\n" * 40_000 + b"1,M\xfc\n1,\xfc\n")
    the_contract = contract(column("a"), column("b"))
    rows = read_upload(spark, str(file), the_contract).withColumn("_upload_id", F.lit("u"))
    counts = {"u": UploadCounts("u")}
    count_rows(validate(rows, the_contract).persist(), counts, the_contract, [])
    spark.catalog.clearCache()
    reject_by_rules(counts, the_contract)
    assert counts["u"].outcome == "REJECTED"
    assert counts["u"].reasons[0]["message"] == (
        "Row 40002 is not UTF-8, the contract's encoding. Save the file as UTF-8, or set csv.encoding in the contract"
        " to the file's encoding."
    )


OPERATORS = [
    ("mustBe", {2}),
    ("mustBeGreaterThan", {3}),
    ("mustBeGreaterOrEqualTo", {2, 3}),
    ("mustBeLessThan", {0, 1}),
    ("mustBeLessOrEqualTo", {0, 1, 2}),
]


@pytest.mark.parametrize(("operator", "loaded"), OPERATORS)
def test_the_count_of_rows_is_bounded(spark: SparkSession, tmp_path: Path, operator: str, loaded: set[int]) -> None:
    rule = {"name": "size", "measure": "rows", "operator": operator, "value": 2}
    # Bad rows are rows of the file, too.
    contents = ["a,b\n" + "1,2\n" * (count - 1) + "1\n" * min(count, 1) for count in range(4)]
    found = judged(spark, tmp_path, contract(column("a"), column("b"), tableRules=[rule]), *contents)
    assert {index for index, upload in enumerate(found) if upload.outcome == "LOADED"} == loaded
    assert [upload.reasons[0]["rule"] for upload in found if upload.outcome != "LOADED"] == ["size"] * (4 - len(loaded))


@pytest.mark.parametrize(("kind", "newest", "older"), [
    ("timestamp", "2024-01-02T11:59:59.5Z", "2024-01-02T11:59:58Z"),
    ("date", "2024-01-02", "2024-01-01"),
])  # fmt: skip
def test_the_age_of_the_newest_kept_row_is_bounded(
    spark: SparkSession, tmp_path: Path, kind: str, newest: str, older: str
) -> None:
    limit = 1 if kind == "timestamp" else 12 * 3600
    rule = {"name": "fresh", "measure": "freshnessSeconds", "operator": "mustBeLessOrEqualTo", "value": limit}
    columns: list[dict[str, Any]] = [column("at", kind), column("n", "integer")]
    the_contract = contract(*columns, tableRules=[rule], write={"mode": "merge", "orderBy": "at"})
    fresh, stale, unknown = judged(
        spark,
        tmp_path,
        the_contract,
        f"at,n\n{older},1\n{newest},2\n",
        f"at,n\n{older},1\n{newest},x\n",
        "at,n\n,1\n",
    )
    assert (fresh.outcome, stale.outcome, unknown.outcome) == ("LOADED", "REJECTED", "LOADED")
    assert stale.reasons[0]["rule"] == "fresh"
