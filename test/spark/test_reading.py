"""What the bytes of a file become: rows read right, rows kept with a reason, or a file refused; none without a word."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from factories import column, contract
from pyspark.sql import SparkSession
from tidegate_spark.findings import Finding, UploadRejected
from tidegate_spark.header import Header, read_header
from tidegate_spark.reading import read_upload

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """A file of the columns `names`, and its rows as (row number, value of each column), or (row number, rule)."""

    id: str
    content: str | bytes
    rows: list[Row]
    dialect: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ("a", "b")
    optional: tuple[str, ...] = ()


def read(spark: SparkSession, folder: Path, content: str | bytes, *names: str, name: str = "upload.csv", **csv: Any):
    """The rows of a file with that content, in the order of their numbers."""
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    the_contract = contract(*[column(name) for name in names], csv=csv)
    return sorted(read_upload(spark, str(file), the_contract).collect(), key=lambda row: row["_row"])


def outcome(row: Any, names: tuple[str, ...]) -> Row:
    rules = [reason["rule"] for reason in row["_reasons"]]
    return (row["_row"], *rules) if rules else (row["_row"], *[row[name] for name in names])


def rejection(spark: SparkSession, folder: Path, content: str | bytes, *names: str, **csv: Any) -> Row:
    """The rule for which the file is refused, and the line."""
    with pytest.raises(UploadRejected) as rejected:
        read(spark, folder, content, *names, **csv)
    return rejected.value.finding.rule, rejected.value.finding.row


BOTH_MODES = [
    Case(
        "too few and too many fields", "a,b\n1\n1,2,3\n1,2\n", [(2, "field_count"), (3, "field_count"), (4, "1", "2")]
    ),
    Case("a line of spaces", "a,b\n  \n1,2\n", [(2, "field_count"), (3, "1", "2")]),
    Case("spaces are text", "a,b\n 1 , x \n", [(2, " 1 ", " x ")]),
    Case("a row of empty fields", "a,b\n,\n", [(2, None, None)]),
    Case("empty lines are no rows, but they count", "a,b\n\n1,2\n\n\n3,4\n", [(3, "1", "2"), (6, "3", "4")]),
    Case("no last line end", "a,b\n1,2\n3,4", [(2, "1", "2"), (3, "3", "4")]),
    Case("a header only", "a,b\n", []),
    Case("a header only, without a line end", "a,b", []),
    Case("CR LF", "a,b\r\n1,2\r\n\r\n3,4\r\n", [(2, "1", "2"), (4, "3", "4")]),
    Case("CR", "a,b\r1,2\r\r3,4\r", [(2, "1", "2"), (4, "3", "4")]),
    Case("LF and CR LF mixed", "a,b\n1,2\r\n3,4\n", [(2, "1", "2"), (3, "3", "4")]),
    Case("a bare CR in a file of LF", "a,b\n1,x\ry\n3,4\n", [(2, "line_break"), (3, "3", "4")]),
    Case("a quoted CR in a file of LF", 'a,b\n1,"x\ry"\n3,4\n', [(2, "1", "x\ry"), (3, "3", "4")]),
    Case("a byte order mark", "\ufeffa,b\n1,2\n", [(2, "1", "2")]),
    Case(
        "a byte order mark without a header",
        "\ufeff1,2\n\ufeff3,4\n",
        [(1, "1", "2"), (2, "\ufeff3", "4")],
        {"header": False},
    ),
    Case("NUL is a character", "a,b\n\0,x\0y\n", [(2, "\0", "x\0y")]),
    Case("no quotes at all", 'a,b\n"1",x"y\n', [(2, '"1"', 'x"y')], {"quote": None, "escape": None}),
    Case("the header's row again", "a,b\n1,2\na,b\n", [(2, "1", "2"), (3, "header_again")]),
    Case("characters beyond 16 bits", "a,b\n\U0001f600,é\u2028\n", [(2, "\U0001f600", "é\u2028")]),
    Case("U+FFFD and private characters of the file's own", "a,b\n\ufffd,\ue000\n", [(2, "\ufffd", "\ue000")]),
    Case("a reordered header", "b,a\n1,2\n", [(2, "2", "1")]),
    Case("a missing column", "a\n1\n", [(2, "1", None)]),
    Case("one column: an empty line is an empty field", "a\n1\n\n2\n", [(2, "1"), (3, None), (4, "2")], names=("a",)),
    Case("names in quotes", '"a","b"\n1,2\n', [(2, "1", "2")]),
    Case("quotes around and within", 'a,b\n"1","x""y,z"\n"","""q"""\n', [(2, "1", 'x"y,z'), (3, "", '"q"')]),
    Case(
        "empty and null are told apart", 'a,b\n,""\nNA,"NA"\n', [(2, None, ""), (3, None, "NA")], {"nulls": ["", "NA"]}
    ),
    Case("no empty null", "a,b\n,NA\n", [(2, "", None)], {"nulls": ["NA"]}),
    Case("no nulls", "a,b\n,NA\n", [(2, "", "NA")], {"nulls": []}),
    Case("text behind a quote", 'a,b\n"1"x,2\n3,4\n', [(2, "quoting"), (3, "3", "4")]),
    Case("quotes within bare text", 'a,b\n1,5"" pipe\n2,a"b"c\n3,4\n', [(2, "quoting"), (3, "quoting"), (4, "3", "4")]),
    Case("space before a quote", 'a,b\n1, "x"\n', [(2, "quoting")]),
    Case(
        "backslash escapes",
        'a,b\n1,"x\\"y\\\\"\n2,"\\n,\\\\\\""\n',
        [(2, "1", 'x"y\\'), (3, "2", '\\n,\\"')],
        {"escape": "\\"},
    ),
    Case(
        "backslashes in names",
        'a\\b,"c\\d","e\\"f"\n1,2,3\n',
        [(2, "1", "2", "3")],
        {"escape": "\\"},
        ("a\\b", "c\\d", 'e"f'),
    ),
    Case("a backslash in bare text", "a,b\n\\,x\\y\n", [(2, "\\", "x\\y")], {"escape": "\\"}),
    Case("doubled quotes where a backslash escapes", 'a,b\n1,"x""y"\n', [(2, "quoting")], {"escape": "\\"}),
    Case("no escape", 'a,b\n"1","x"\n2,"x""y"\n', [(2, "1", "x"), (3, "quoting")], {"escape": None}),
    Case(
        "apostrophes and semicolons",
        "a;b\n'1;';'it''s'\n",
        [(2, "1;", "it's")],
        {"delimiter": ";", "quote": "'", "escape": "'"},
    ),
    Case("tabs", "a\tb\n1,\t2\n", [(2, "1,", "2")], {"delimiter": "\t"}),
    Case("bars", "a|b\n1|\n", [(2, "1", None)], {"delimiter": "|"}),
    Case("carets and brackets", "a^b\n]1]^]^]\n", [(2, "1", "^")], {"delimiter": "^", "quote": "]", "escape": "]"}),
    Case("comments", "# by x\na,b\n#1,2\n3,#4\n# don't \"\n5,6\n", [(4, "3", "#4"), (6, "5", "6")], {"comment": "#"}),
    Case("a quoted comment mark", 'a,b\n"#1",2\n', [(2, "#1", "2")], {"comment": "#"}),
    Case("rows to skip", 'from: x\n"\na,b\n1,2\n', [(4, "1", "2")], {"skipRows": 2}),
    Case("rows to skip without a header", "x\n1,2\n", [(2, "1", "2")], {"skipRows": 1, "header": False}),
    Case(
        "a header of other fields is a row where there is none",
        "a,b\n1,2\n",
        [(1, "a", "b"), (2, "1", "2")],
        {"header": False},
    ),
]


@pytest.mark.parametrize("multi_line", [False, True], ids=["lines", "multiLine"])
@pytest.mark.parametrize("case", BOTH_MODES, ids=lambda case: case.id)
def test_both_modes_read_alike(spark: SparkSession, tmp_path: Path, case: Case, multi_line: bool) -> None:
    rows = read(spark, tmp_path, case.content, *case.names, multiLine=multi_line, **case.dialect)
    assert [outcome(row, case.names) for row in rows] == case.rows


MULTI_LINE = [
    Case(
        "in the middle column",
        'a,b,c\n1,"x\ny",2\n3,4,5\n',
        [(2, "1", "x\ny", "2"), (4, "3", "4", "5")],
        names=("a", "b", "c"),
    ),
    Case("in the last column", 'a,b\n1,"x\ny"\n3,4\n', [(2, "1", "x\ny"), (4, "3", "4")]),
    Case("embedded text shaped like a row", 'a,b\n1,"x\n7,8\ny"\n3,4\n', [(2, "1", "x\n7,8\ny"), (5, "3", "4")]),
    Case("empty lines within", 'a,b\n1,"\n\n"\n', [(2, "1", "\n\n")]),
    Case("quoted CR LF", 'a,b\r\n1,"x\r\ny"\r\n3,4\r\n', [(2, "1", "x\r\ny"), (4, "3", "4")]),
    Case("quoted LF between CR LF", 'a,b\r\n1,"x\ny"\r\n', [(2, "1", "x\ny")]),
    Case("quoted CR between CR", 'a,b\r1,"x\ry"\r3,4\r', [(2, "1", "x\ry"), (4, "3", "4")]),
    Case("escaped quotes", 'a,b\n1,"x""\n""y"\n3,4\n', [(2, "1", 'x"\n"y'), (4, "3", "4")]),
    Case("backslashed quotes", 'a,b\n1,"x\\"\ny"\n3,4\n', [(2, "1", 'x"\ny'), (4, "3", "4")], {"escape": "\\"}),
    Case("a name with a line break", '"a","b\nc"\n1,2\n', [(3, "1", "2")], names=("a", "b\nc")),
    Case(
        "comments within quotes are text",
        'a,b\n1,"x\n#y\n"\n#"\n3,4\n',
        [(2, "1", "x\n#y\n"), (6, "3", "4")],
        {"comment": "#"},
    ),
    Case(
        "a comment that closes a quote",
        'a,b\n1,"x\n#y"\n#"\n3,"4\n#"\n',
        [(2, "1", "x\n#y"), (5, "3", "4\n#")],
        {"comment": "#"},
    ),
    Case("no last line end", 'a,b\n1,"x\ny"', [(2, "1", "x\ny")]),
]


@pytest.mark.parametrize("case", MULTI_LINE, ids=lambda case: case.id)
def test_quoted_line_breaks_stay_in_their_values(spark: SparkSession, tmp_path: Path, case: Case) -> None:
    rows = read(spark, tmp_path, case.content, *case.names, multiLine=True, **case.dialect)
    assert [outcome(row, case.names) for row in rows] == case.rows


STRAY = [
    ("a line break in the last column", 'a,b\n1,"x\ny"\n3,4\n', 2),
    ("a line break in the middle column", 'a,b\n"x\ny",1\n3,4\n', 2),
    ("embedded text shaped like a row", 'a,b\n1,"x\n7,8\ny"\n3,4\n', 2),
    ("a quote never closed", 'a,b\n1,2\n3,"4\n5,6\n', 3),
    ("a quote never closed in the last column of the last row", 'a,b\n1,2\n3,"4', 3),
    ("two quotes never closed", 'a,b\n1,"x\n7,8\n3,"y\n', 2),
]


@pytest.mark.parametrize(("content", "line"), [case[1:] for case in STRAY], ids=[case[0] for case in STRAY])
def test_a_quote_left_open_marks_its_line_as_fatal(
    spark: SparkSession, tmp_path: Path, content: str, line: int
) -> None:
    rows = read(spark, tmp_path, content, "a", "b")
    assert (line, "unclosed_quote") in [outcome(row, ("a", "b")) for row in rows]


def test_a_stray_quote_in_bare_text_costs_its_row_only(spark: SparkSession, tmp_path: Path) -> None:
    rows = read(spark, tmp_path, 'a,b\n1,5" pipe\n3,4\n', "a", "b")
    assert [outcome(row, ("a", "b")) for row in rows] == [(2, "quoting"), (3, "3", "4")]


def test_an_open_quote_that_swallows_the_rest_refuses_the_file(spark: SparkSession, tmp_path: Path) -> None:
    content = 'a,b\n1,2\n3,"4\n5,6\n7,8\n'
    assert rejection(spark, tmp_path, content, "a", "b", multiLine=True) == ("unclosed_quote", 3)


def test_rows_between_two_stray_quotes_are_not_merged_into_one(spark: SparkSession, tmp_path: Path) -> None:
    rows = read(spark, tmp_path, 'a,b\n0,0\n1,"x\n7,8\n3,"y\n5,6\n', "a", "b", multiLine=True)
    assert [outcome(row, ("a", "b")) for row in rows] == [(2, "0", "0"), (3, "unclosed_quote"), (6, "5", "6")]
    assert rows[1]["_raw"] == '1,"x\n7,8\n3,"y'


def test_a_record_of_too_many_lines_is_a_quote_gone_astray(spark: SparkSession, tmp_path: Path) -> None:
    content = 'a,b\n1,"' + "x\n" * 10_000 + '"\n3,4\n'
    rows = read(spark, tmp_path, content, "a", "b", multiLine=True)
    assert [outcome(row, ("a", "b")) for row in rows] == [(2, "unclosed_quote"), (10_003, "3", "4")]


@pytest.mark.parametrize("multi_line", [False, True], ids=["lines", "multiLine"])
def test_a_file_read_in_pieces_reads_as_in_one(spark: SparkSession, tmp_path: Path, multi_line: bool) -> None:
    breaks = "\n" if multi_line else " "
    lines = [f'{n},"value {n}{breaks if n % 7 == 0 else " "}of ""{n}"""' for n in range(2_000)]
    lines.insert(700, '# a comment that says "')
    spark.conf.set("spark.sql.files.maxPartitionBytes", "5000")
    try:
        rows = read(spark, tmp_path, "a,b\n" + "\n".join(lines) + "\n", "a", "b", multiLine=multi_line, comment="#")
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")
    number = 2
    expected: list[Row] = []
    for line in lines:
        if not line.startswith("#"):
            n, value = line.split(",", 1)
            expected.append((number, n, value[1:-1].replace('""', '"')))
        number += 1 + line.count("\n")
    assert [outcome(row, ("a", "b")) for row in rows] == expected


def test_a_quote_open_through_whole_pieces_of_the_file(spark: SparkSession, tmp_path: Path) -> None:
    long_value = "\n".join(f'line {n}, of ""text""' for n in range(900))
    spark.conf.set("spark.sql.files.maxPartitionBytes", "4000")
    try:
        rows = read(spark, tmp_path, f'a,b\n1,2\n3,"{long_value}"\n5,6\n', "a", "b", multiLine=True)
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")
    assert [outcome(row, ("a", "b")) for row in rows] == [
        (2, "1", "2"),
        (3, "3", long_value.replace('""', '"')),
        (903, "5", "6"),
    ]


def test_raw_text_is_the_row_as_it_stands(spark: SparkSession, tmp_path: Path) -> None:
    rows = read(spark, tmp_path, 'a,b\r\n"1",NA\r\nx\r\n', "a", "b", nulls=["NA"])
    assert [row["_raw"] for row in rows] == ['"1",NA', "x"]
    assert [reason.asDict() for reason in rows[1]["_reasons"]] == [
        {"rule": "field_count", "column": None, "value": "x"}
    ]


def test_a_field_of_many_escaped_quotes_is_read(spark: SparkSession, tmp_path: Path) -> None:
    value = 'x"' * 50_000
    rows = read(spark, tmp_path, 'a,b\n1,"' + value.replace('"', '""') + '"\n', "a", "b")
    assert [outcome(row, ("a", "b")) for row in rows] == [(2, "1", value)]


ENCODINGS = [
    ("ISO-8859-1", "latin-1", "a,b\n1,Müller\x80\n2,plain\n", [(2, "1", "Müller\x80"), (3, "2", "plain")]),
    ("windows-1252", "cp1252", "a,b\n1,Müller €5 “x”\n2,plain\n", [(2, "1", "Müller €5 “x”"), (3, "2", "plain")]),
    ("UTF-16", "utf-16-le", "\ufeffa,b\n1,Ωਅ\u0100😀\n2,x", [(2, "1", "Ωਅ\u0100😀"), (3, "2", "x")]),
    ("UTF-16", "utf-16-be", "\ufeffa,b\n1,Ωਅ\u0100😀\n2,x\n", [(2, "1", "Ωਅ\u0100😀"), (3, "2", "x")]),
    ("UTF-16", "utf-16-le", "a,b\r\n1,Ω\r\n2,x\r\n", [(2, "1", "Ω"), (3, "2", "x")]),
    ("UTF-16", "utf-16-be", "a,b\r1,Ω\r2,x\r", [(2, "1", "Ω"), (3, "2", "x")]),
    ("UTF-16LE", "utf-16-le", "a,b\n1,Ω\n2,x\n", [(2, "1", "Ω"), (3, "2", "x")]),
    ("UTF-16BE", "utf-16-be", "\ufeffa,b\n1,Ω\n2,x\n", [(2, "1", "Ω"), (3, "2", "x")]),
    ("UTF-8", "utf-8", "a,b\n1,Ω\n2,x\n", [(2, "1", "Ω"), (3, "2", "x")]),
]


@pytest.mark.parametrize("multi_line", [False, True], ids=["lines", "multiLine"])
@pytest.mark.parametrize(("encoding", "codec", "content", "expected"), ENCODINGS)
def test_encodings_are_read(
    spark: SparkSession, tmp_path: Path, encoding: str, codec: str, content: str, expected: list[Row], multi_line: bool
) -> None:
    rows = read(spark, tmp_path, content.encode(codec), "a", "b", encoding=encoding, multiLine=multi_line)
    assert [outcome(row, ("a", "b")) for row in rows] == expected


def test_utf_16_without_header_or_mark(spark: SparkSession, tmp_path: Path) -> None:
    rows = read(spark, tmp_path, "1,Ω\n2,x\n".encode("utf-16-le"), "a", "b", encoding="UTF-16", header=False)
    assert [outcome(row, ("a", "b")) for row in rows] == [(1, "1", "Ω"), (2, "2", "x")]


_FILLER = b"1,2\n" * 40_000
"""More than the head that the driver looks at."""

MISFITS = [
    ("UTF-8", b"a,b\n" + _FILLER + b"1,M\xfcller\n3,4\n", 40_002, "1,Müller"),
    ("UTF-8", b"a,b\n" + _FILLER + b"1,\xed\xa0\x80\n", 40_002, "1,\xed\xa0\x80"),
    ("windows-1252", b"a,b\n" + _FILLER + b"1,\x81x\n", 40_002, "1,\x81x"),
    (
        "UTF-16LE",
        ("a,b\n" + _FILLER.decode() + "1,").encode("utf-16-le") + b"\x00\xd8\n\x00",
        40_002,
        "1,\x00Ø\n\x00",
    ),
    ("UTF-16BE", ("a,b\n" + _FILLER.decode() + "1,2").encode("utf-16-be") + b"\x00", 40_002, "1,2\x00"),
]


@pytest.mark.parametrize(("encoding", "content", "line", "raw"), MISFITS, ids=[f"{m[0]} {m[3]!r}" for m in MISFITS])
def test_bytes_that_are_none_of_the_encoding_are_told_and_kept(
    spark: SparkSession, tmp_path: Path, encoding: str, content: bytes, line: int, raw: str
) -> None:
    rows = read(spark, tmp_path, content, "a", "b", encoding=encoding)
    bad = [row for row in rows if row["_reasons"]]
    assert [(row["_row"], row["_reasons"][0]["rule"], row["_raw"]) for row in bad] == [(line, "encoding", raw)]


REJECTED = [
    ("latin-1 in UTF-8", b"a,b\n1,2\n1,M\xfcller\n", {}, ("encoding", 3)),
    ("an undefined byte of windows-1252", b"a,b\n1,\x81\n", {"encoding": "windows-1252"}, ("encoding", 2)),
    ("UTF-16 in UTF-8", "\ufeffa,b\n1,2\n".encode("utf-16-le"), {}, ("encoding", 1)),
    ("half a character of UTF-16", "a,b\n".encode("utf-16-le") + b"1", {"encoding": "UTF-16LE"}, ("encoding", 2)),
    ("binary", bytes(range(256)) * 10, {}, ("encoding", 2)),
    ("an image", b"\x89PNG\r\n\x1a\n\x00\x00", {}, ("encoding", 1)),
    ("no bytes", b"", {}, ("header", None)),
    ("fewer lines than to skip", b"a,b\n", {"skipRows": 3}, ("header", None)),
    ("comments only", b"#a\n#b\n", {"comment": "#"}, ("header", None)),
    ("an empty header", b"\n1,2\n", {}, ("header", 1)),
    ("a name twice", b"a,b,a\n1,2,3\n", {}, ("header", 1)),
    ("an unknown name", b"a,b,c\n1,2,3\n", {}, ("header", 1)),
    ("an unnamed column", b"a,b,\n1,2,\n", {}, ("header", 1)),
    ("names of other case", b"A,b\n1,2\n", {}, ("header", 1)),
    ("another delimiter", b"a;b\n1;2\n", {}, ("header", 1)),
    ("a header behind skipped rows", b"x\na,c\n", {"skipRows": 1}, ("header", 2)),
    ("a header that ends with CR in a file of LF", b"a,b\r1,2\n3,4\n", {}, ("header", 1)),
    (
        "a header of CR in a file of LF without quotes",
        b"a,b\r1,2\n3,4\n",
        {"quote": None, "escape": None},
        ("header", 1),
    ),
    ("a quote open in the header", b'"a,b\n1,2\n', {}, ("header", 1)),
    ("a quote open in the header, to the end", b'"a,b\n1,2\n', {"multiLine": True}, ("header", 1)),
]


@pytest.mark.parametrize(("content", "dialect", "expected"), [c[1:] for c in REJECTED], ids=[c[0] for c in REJECTED])
def test_a_file_that_is_none_of_the_contract_is_refused_with_its_line(
    spark: SparkSession, tmp_path: Path, content: bytes, dialect: dict[str, Any], expected: tuple[str, int]
) -> None:
    assert rejection(spark, tmp_path, content, "a", "b", **dialect) == expected


TOLD = [
    (b"Nr,name,day\n1,2,3\n", ";", "The header is one field, 'Nr,name,day': expected ';' between fields"),
    (b"a\tb;c\td\n", ",", "(csv.delimiter of the contract), found '\\t'."),
    (b'"x,y"\n', ",", "The header has 'x,y', which the contract does not know."),
    (gzip.compress(b"a,b\n"), ",", "The file is gzip: upload it under a name that ends in .gz."),
    (
        "\ufeffa,b\n".encode("utf-16-be"),
        ",",
        "UTF-16 by its byte order mark, and not UTF-8, the contract's encoding. Save",
    ),
    (
        b"PK\x03\x04\x14\x00[Content_Types].xml",
        ",",
        "The file is a zip archive: unpack it and upload the CSV file in it;",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00",
        ",",
        "The file is an old Excel workbook (.xls): export the sheet as CSV.",
    ),
    (b"PAR1\x15\x04\x15", ",", "The file is Parquet: export it as CSV."),
    (b"a,b\n1,M\xfc\n", ",", "set csv.encoding in the contract to the file's encoding."),
]


@pytest.mark.parametrize(("content", "delimiter", "told"), TOLD, ids=[told[2] for told in TOLD])
def test_a_file_of_another_form_is_told_what_it_is(
    spark: SparkSession, tmp_path: Path, content: bytes, delimiter: str, told: str
) -> None:
    with pytest.raises(UploadRejected) as rejected:
        read(spark, tmp_path, content, "a", "b", delimiter=delimiter)
    assert told in rejected.value.finding.message


def test_text_that_begins_as_a_binary_file_does_is_read(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("PAR1\n1\n")
    (row,) = read_upload(spark, str(file), contract(column("a", source="PAR1"))).collect()
    assert outcome(row, ("a",)) == (2, "1")


@pytest.mark.parametrize(
    ("text", "header", "told"),
    [
        (
            "x",
            False,
            "No line end was found in the first 40 bytes, read as ISO-8859-1, the contract's encoding."
            " Save the file as",
        ),
        (
            "x",
            True,
            "No line end was found in the first 40 bytes, read as ISO-8859-1, the contract's encoding."
            " Save the file as",
        ),
        ('"\n', True, "The header does not end within the first 40 bytes of the file."),
    ],
)
def test_of_a_large_file_without_an_end_of_its_first_line_is_told_what_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, text: str, header: bool, told: str
) -> None:
    monkeypatch.setattr("tidegate_spark.header._MAX_HEAD_BYTES", 40)
    monkeypatch.setattr("tidegate_spark.header._HEAD_BYTES", 40)
    content = (text + "x" * 50).encode()
    dialect = {"header": header, "encoding": "ISO-8859-1", "multiLine": True}
    finding = read_header(lambda size: content[:size], contract(column("a"), csv=dialect))
    assert isinstance(finding, Finding)
    assert told in finding.message


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252"])
@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\n1,plain\n2,Müller\n3,Zoë Ω\n4,Čapek, André\n".encode(), 3),
        ("a,b\n1,“5 €”\n".encode(), 2),
        ("a,b\n1,äöü\n".encode() + b"x" * 64 * 1024, 2),
        # The part that is looked at ends within a letter.
        (b"a,b\n1,x" + "äöü".encode() * 64 * 1024, 2),
        ("\ufeffa,b\n1,2\n".encode(), 1),
    ],
)
def test_utf8_is_not_read_as_an_encoding_that_has_a_letter_for_each_byte(
    content: bytes, line: int, encoding: str
) -> None:
    the_contract = contract(column("a"), column("b"), csv={"encoding": encoding})
    finding = read_header(lambda size: content[:size], the_contract)
    assert finding == Finding(
        "encoding",
        line,
        f"The file reads as UTF-8 from line {line} on, but the contract says {encoding}."
        f" Save the file as {encoding}, or set csv.encoding in the contract to UTF-8.",
    )


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252"])
@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,Müller\n2,Zoë\n3,Ærø\n".encode("latin-1"),
        # Few could be chance, as in a price list of Â£ that somebody else has garbled.
        "a,b\n1,Â£\n2,Â£\n3,Â£\n4,Ã¼\n".encode("latin-1"),
        # As UTF-8, É® is one letter, and so are the others: but none that Western text is likely to have.
        "a,b\n1,NESCAFÉ®\n2,NESCAFÉ®\n3,NESCAFÉ®\n".encode("latin-1"),
        "a,b\n1,NESCAFÉ®\n2,CLICHÉ»\n3,ROSÉ°\n4,ORÉ·\n".encode("latin-1"),
        "a,b\n1,Â£\n2,Â£\n3,Â£\n4,é\n".encode("latin-1"),
        b"a,b\n1,\xc3",
    ],
)
def test_text_that_is_no_utf8_or_hardly_any_is_read_as_the_contract_says(content: bytes, encoding: str) -> None:
    the_contract = contract(column("a"), column("b"), csv={"encoding": encoding})
    assert isinstance(read_header(lambda size: content[:size], the_contract), Header)


def test_a_header_of_one_name_with_a_delimiter_in_it_is_read(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("x;y\n1\n")
    (row,) = read_upload(spark, str(file), contract(column("a", source="x;y"), column("b"))).collect()
    assert outcome(row, ("a", "b")) == (2, "1", None)


def test_a_missing_required_column_refuses_the_file_by_name(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("b, a\n1,2\n")
    with pytest.raises(UploadRejected, match="lacks the required a; it has b, ' a'"):
        read_upload(spark, str(file), contract(column("a", required=True), column("b")))


def test_of_a_file_that_is_no_csv_no_more_is_shown_than_a_person_reads() -> None:
    content = b"x" * 100_000 + b"\n1\n"
    finding = read_header(lambda size: content[:size], contract(column("a", required=True), column("b")))
    assert isinstance(finding, Finding)
    assert finding.message == f"The header lacks the required a; it has {'x' * 200}...."


def test_unknown_columns_are_ignored_where_the_contract_says_so(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("x,b,x,,a\n1,2,3,4,5\n1,2,3,4\n")
    ignoring = contract(column("a"), column("b"), unknownColumns="ignore")
    rows = sorted(read_upload(spark, str(file), ignoring).collect(), key=lambda row: row["_row"])
    assert [outcome(row, ("a", "b")) for row in rows] == [(2, "5", "2"), (3, "field_count")]
    file.write_text("x,y\n1,2\n")
    with pytest.raises(UploadRejected, match="none of the contract's columns; it has x, y"):
        read_upload(spark, str(file), ignoring)


def test_columns_go_by_the_name_that_the_file_has_for_them(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("Größe (cm),x.y\n1,2\n")
    renamed = contract(column("size", source="Größe (cm)"), column("b", source="x.y"), column("c", derived=True))
    (row,) = read_upload(spark, str(file), renamed).collect()
    assert row.asDict() == {"size": "1", "b": "2", "_row": 2, "_raw": "1,2", "_reasons": []}


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_gzip_is_read_archive_behind_archive(spark: SparkSession, tmp_path: Path, encoding: str) -> None:
    content = gzip.compress("a,b\n".encode(encoding)) + gzip.compress(
        "1,Ω\n2,x\n".encode("utf-16-le" if encoding == "UTF-16" else encoding)
    )
    rows = read(spark, tmp_path, content, "a", "b", name="upload.csv.gz", encoding=encoding)
    assert [outcome(row, ("a", "b")) for row in rows] == [(2, "1", "Ω"), (3, "2", "x")]


def _gzipped() -> bytes:
    return gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, zlib.crc32(b"%d" % n)) for n in range(200_000)))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_gzipped()[:-500_000], "it ends too early"),
        (_gzipped()[:-4], "it ends too early"),
        (
            _gzipped()[:-8] + b"\0\0\0\0" + _gzipped()[-4:],
            "The gzip file is damaged: incorrect data check. Upload it again.",
        ),
        (b"a,b\n1,2\n", "not gzip, although its name ends in .gz: compress it, or upload it under a name without .gz."),
        (b"", "it ends too early"),
    ],
    ids=["cut", "cut in its check sum", "a wrong check sum", "plain text", "empty"],
)
def test_a_broken_archive_refuses_the_file(spark: SparkSession, tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(UploadRejected) as rejected:
        read(spark, tmp_path, content, "a", "b", name="upload.csv.gz")
    assert rejected.value.finding.rule == "compression"
    assert told in rejected.value.finding.message
