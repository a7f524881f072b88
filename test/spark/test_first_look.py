"""What is seen to be sound at first sight is so by the long way too, with the same values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from factories import column, contract
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from test_laws_of_reading import LAW, seen_at_first_sight
from tidegate_spark import checking
from tidegate_spark.batch import Upload
from tidegate_spark.checking import check_uploads
from tidegate_spark.contract import Contract
from tidegate_spark.findings import UploadRejected
from tidegate_spark.first_look import look, suits
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.reading import read_records, rows_of
from tidegate_spark.validating import validate

Values = tuple[Any, ...]


def looked(spark: SparkSession, file: Path, the_contract: Contract) -> tuple[dict[int, Values], dict[int, Values]]:
    """The values by row number: of the rows that are sound at first sight, and of those that have no reasons."""
    records, header = read_records(spark, str(file), the_contract)
    assert suits(header, the_contract)
    validated = validate(rows_of(records, header, the_contract).withColumn("_upload_id", F.lit("u")), the_contract)
    in_the_end = {row["_row"]: row for row in validated.where(F.size("_reasons") == 0).collect()}
    first, last = (
        {number: tuple(row[column.name] for column in the_contract.columns) for number, row in rows.items()}
        for rows in (seen_at_first_sight(records, header, the_contract), in_the_end)
    )
    return first, last


@LAW
@given(
    lines=st.lists(st.text(st.sampled_from(list("a1,\"\\#\n\r\0\uffffé '")), max_size=10), max_size=12),
    dialect=st.fixed_dictionaries(
        {
            "multiLine": st.booleans(),
            "quote": st.sampled_from(['"', "'", None]),
            "escape": st.sampled_from(['"', "\\", None]),
            "comment": st.sampled_from([None, "#"]),
            "nulls": st.sampled_from([[], [""], ["a", ""], ["1"]]),
            "encoding": st.sampled_from(["UTF-8", "windows-1252", "ISO-8859-1"]),
        }
    ),
)
def test_whatever_is_seen_to_be_sound_is_so(
    spark: SparkSession, tmp_path: Path, lines: list[str], dialect: dict[str, Any]
) -> None:
    file = tmp_path / "upload.csv"
    # A letter that is none of UTF-8: what is UTF-8 throughout is rejected under another name.
    last = b"" if dialect["encoding"] == "UTF-8" else b"\xe9\n"
    file.write_bytes(("x,y\n" + "\n".join(lines) + "\n").encode() + last)
    the_contract = contract(column("x"), column("y", "integer", minimum=0), csv=dialect)
    try:
        first, last = looked(spark, file, the_contract)
    except UploadRejected as rejected:
        assert rejected.finding.rule == "unclosed_quote" and dialect["multiLine"]
        return
    assert first.items() <= last.items()


@dataclass(frozen=True)
class Case:
    """Lines of a file with the columns `a` (string) and `b` (integer), and the values of those seen to be sound."""

    id: str
    lines: list[str]
    sound: list[Values]
    dialect: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case(
        "plain, empty and quoted",
        ["x,1", ",", '"x,y",2', '"",3', '"",""'],
        [("x", 1), (None, None), ("x,y", 2), ("", 3)],
    ),
    Case("quoted numbers", ['x,"12"', 'x," 1"'], [("x", 12)]),
    Case("doubled quotes", ['"a ""b"" c",1', '"""",2', '"a""",3'], [('a "b" c', 1), ('"', 2), ('a"', 3)]),
    Case("spaces are text", [" x ,1", '" x ",2', "x, 3"], [(" x ", 1), (" x ", 2)]),
    Case("stray quotes", ['x"y,1', '"x"y,2', '"x,3', 'x","4'], []),
    Case("too few and too many", ["1", "x,1,2", ",,", "x,2"], [("x", 2)]),
    Case("wrong and too great", ["x,1.0", "x,9223372036854775808", "x,-7"], [("x", -7)]),
    Case("what the parser takes for itself", ["\0x,1", "x\0,2", "\uffff,3", "x\ry,4", "#x,5"], [("#x", 5)]),
    Case(
        "null tokens",
        ["NA,1", '"NA",2', "x,NA", "NAN,3", '"NAN",4', ",5"],
        [(None, 1), ("x", None), ("NAN", 3), ("NAN", 4), ("", 5)],
        {"nulls": ["NA"]},
    ),
    Case("a null token that is a number", ['x,"0"', "x,0", 'x,"00"'], [("x", None), ("x", 0)], {"nulls": ["0"]}),
    Case("empty text that is no null", [",1", '"",2'], [("", 1), ("", 2)], {"nulls": []}),
    Case(
        "another escape",
        ['"a\\"b",1', '"a",2', '"c\\\\d",5', "a\\b,3", '"a""b",4'],
        [("a", 2), ("a\\b", 3)],
        {"escape": "\\"},
    ),
    Case("no escape", ['"a""b",1', '"a,b",2'], [("a,b", 2)], {"escape": None}),
    Case("no quotes", ['"a",1', "a,2"], [('"a"', 1), ("a", 2)], {"quote": None, "escape": None}),
    Case("a line break in quotes", ['"a\nb",1', "c,2"], [("c", 2)], {"multiLine": True}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_rows_seen_to_be_sound(spark: SparkSession, tmp_path: Path, case: Case) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("\n".join(["a,b", *case.lines, ""]), newline="")
    first, _ = looked(spark, file, contract(column("a"), column("b", "integer"), csv=case.dialect))
    assert [first[number] for number in sorted(first)] == case.sound


def test_the_header_again(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("a,b\nx,y\na,b\nb,a\n")
    first, _ = looked(spark, file, contract(column("a"), column("b")))
    assert list(first) == [2, 4]


def test_bytes_that_are_none_of_the_encoding(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    # Further on than the head that is read with the header.
    file.write_bytes(b"a\n" + b"x" * 1_000_000 + b"\n\xff\n" + "é\n".encode())
    first, _ = looked(spark, file, contract(column("a")))
    assert list(first) == [2, 4]


def test_a_row_that_breaks_a_rule_is_not_seen_to_be_sound(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("a,b\nx,1\nx,0\n,1\nlong,1\ny,5\n")
    rules = [{"name": "b_of_y", "predicate": "a <> 'y' or b < 5"}]
    columns = [column("a", required=True, maxLength=3), column("b", "integer", minimum=1)]
    first, _ = looked(spark, file, contract(*columns, rowRules=rules))
    assert list(first.values()) == [("x", 1)]


def test_values_by_a_format_or_with_a_decimal_comma_are_cast_by_it(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("a;b\n31.12.2024;1,5\n31.13.2024;1,5\n31.12.2024;1,5,5\n")
    columns = [column("a", "date", format="dd.MM.yyyy"), column("b", "double")]
    first, last = looked(spark, file, contract(*columns, csv={"delimiter": ";", "decimalComma": True}))
    assert first == last and list(first) == [2]


def test_columns_that_the_file_lacks_or_that_nobody_knows(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("b,odd\n1,x\n2,\n")
    the_contract = contract(column("a"), column("c", "integer", source="b"), unknownColumns="ignore")
    first, _ = looked(spark, file, the_contract)
    assert list(first.values()) == [(None, 1), (None, 2)]


def test_as_many_columns_as_are_looked_at_fit_the_stack(spark: SparkSession, tmp_path: Path) -> None:
    names = [f"c{index}" for index in range(200)]
    kinds = ["string", "decimal(12,2)", "timestamp", "double"]
    file = tmp_path / "upload.csv"
    rows = [['"a ""b"""', "1.20", "2024-01-01T00:00:00Z", "1e5"] * 50, ["", "", "", ""] * 50]
    file.write_text("\n".join(",".join(row) for row in [names, *rows]) + "\n")
    columns = [column(name, kinds[index % 4]) for index, name in enumerate(names)]
    records, header = read_records(spark, str(file), contract(*columns))
    assert look(records, header, contract(*columns)).persist().where("_sound").count() == 2
    spark.catalog.clearCache()


@pytest.mark.parametrize(
    ("dialect", "columns"),
    [
        ({"delimiter": "-"}, [column("a", "date"), column("b")]),
        ({"quote": "1"}, [column("a"), column("b")]),
        ({}, [column("a", unique=True), column("b")]),
        ({}, [column(f"c{index}") for index in range(201)]),
    ],
)
def test_what_one_look_cannot_tell_goes_the_long_way(
    spark: SparkSession, tmp_path: Path, dialect: dict[str, Any], columns: list[dict[str, Any]]
) -> None:
    file = tmp_path / "upload.csv"
    file.write_text((dialect.get("delimiter", ",")).join(column["source"] for column in columns) + "\n")
    the_contract = contract(*columns, csv=dialect)
    _, header = read_records(spark, str(file), the_contract)
    assert not suits(header, the_contract)


@pytest.mark.parametrize("transform", [None, "SELECT * FROM upload"])
def test_a_batch_is_the_same_whether_its_files_are_looked_at_or_not(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transform: str | None
) -> None:
    uploads = []
    for number, text in enumerate(["a,b\nx,1\nx,y\nz,2,3\n", "b,a\n7,u\n", "a\n1\n"]):
        file = tmp_path / f"{number}.csv"
        file.write_text(text)
        uploads.append(
            Upload(f"u{number}", str(file), "2024-01-01T00:00:00Z", f"{number}", file.stat().st_size, "none")
        )
    the_contract = contract(column("a", required=True), column("b", "integer", required=True), transform=transform)

    def outcome(worth: int) -> tuple[list[Any], list[str]]:
        monkeypatch.setattr(checking, "WORTH_A_LOOK_BYTES", worth)
        counts = {upload.upload_id: UploadCounts(upload.upload_id) for upload in uploads}
        checked = check_uploads(spark, uploads, counts, the_contract)
        assert checked is not None
        rows = sorted((row.asDict(True) for row in checked.collect()), key=lambda row: (row["_upload_id"], row["_row"]))
        spark.catalog.clearCache()
        return rows, [upload.outcome for upload in counts.values()]

    looked_at, outcomes = outcome(0)
    assert looked_at == outcome(1_000_000)[0]
    assert len(looked_at) == 4 and outcomes == ["LOADED", "LOADED", "REJECTED"]
    assert [row["_raw"] for row in looked_at if not row["_reasons"]] == (
        [None, None] if transform is None else ["x,1", "7,u"]
    )
