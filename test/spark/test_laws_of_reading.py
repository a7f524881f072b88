"""For any contract and file: no row is lost, and what is kept is what was written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from factories import column, contract
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from tidegate_spark.contract import Contract
from tidegate_spark.findings import FATAL_RULES, UploadRejected
from tidegate_spark.first_look import look
from tidegate_spark.header import Header
from tidegate_spark.reading import read_records, read_upload, rows_of
from tidegate_spark.validating import validate

# TIDEGATE_LAWS multiplies the examples: `make laws` sets it.
EXAMPLES = 6 * int(os.environ.get("TIDEGATE_LAWS", "1"))

LAW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    # Each example is a job of Spark's: shrinking would take hours.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

# What UTF-8 can hold; a CR outside of quotes is a finding, and so is another test's matter.
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=12)
SPICE = st.text(st.sampled_from(list(" ,;\t\"'\\#\n\0\ufeff\ue000NAé😀ab")), max_size=8)


def _plain(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


VALUES: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], str]]] = {
    "string": (TEXT | SPICE, str),
    "integer": (st.integers(-(2**63), 2**63 - 1), str),
    "decimal(12,2)": (st.decimals(Decimal(-(10**10)) + 1, Decimal(10**10) - 1, places=2), _plain),
    "decimal(38,9)": (
        st.integers(-(10**38) + 1, 10**38 - 1).map(lambda digits: Decimal(f"{digits}e-9")),
        _plain,
    ),
    "double": (st.floats(allow_nan=False, allow_infinity=False), repr),
    "boolean": (st.booleans(), lambda value: "true" if value else "FALSE"),
    "date": (st.dates(), dt.date.isoformat),
    "timestamp_ntz": (st.datetimes(), dt.datetime.isoformat),
    "time": (st.times(), lambda value: value.isoformat(timespec="microseconds")),
}
WRONG = {
    "integer": ["x", "1.5", " 7", "9223372036854775808"],
    "decimal(12,2)": ["1.239", "1e2", "10000000000", "-"],
    "decimal(38,9)": ["0.0000000001", "x"],
    "double": ["5D", "NaN", "1e999"],
    "boolean": ["yes", "2"],
    "date": ["2024", "2023-02-29", "01/02/2024"],
    "timestamp_ntz": ["2024-01-01", "2024-01-01T00:00:00Z"],
    "time": ["24:00", "1:00"],
}


@dataclass(frozen=True)
class Written:
    """A file, and for each of its rows the number, the values, and whether a defect was put into it."""

    kinds: list[str]
    dialect: dict[str, Any]
    content: bytes
    rows: list[tuple[int, list[Any], bool]]


@st.composite
def files(draw: st.DrawFn) -> Written:
    """Files of any dialect; some rows have a wrong value, a field too many or too few, or a stray quote."""
    kinds = draw(st.lists(st.sampled_from(list(VALUES)), min_size=2, max_size=5))
    delimiter = draw(st.sampled_from(",;\t|"))
    quote = draw(st.sampled_from("\"'"))
    escape = draw(st.sampled_from([quote, "\\"]))
    multi_line = draw(st.booleans())
    encoding = draw(st.sampled_from(["UTF-8", "UTF-16LE", "UTF-16"]))
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    nulls = draw(st.sampled_from([[""], ["NA"], ["", "NA"]]))
    quote_all = draw(st.booleans())
    names = [f"c{index}" for index in range(len(kinds))]
    order = draw(st.permutations(range(len(kinds))))

    def field(text: str | None) -> str:
        if text is None:
            return nulls[0]
        special = any(character in text for character in (delimiter, quote, "\n", "\r")) or text in nulls
        if not special and not quote_all:
            return text
        escaped = text.replace(escape, escape * 2) if escape != quote else text
        return quote + escaped.replace(quote, escape + quote) + quote

    text = delimiter.join(names[at] for at in order) + line_end
    rows: list[tuple[int, list[Any], bool]] = []
    for _ in range(draw(st.integers(0, 12))):
        values: list[Any] = []
        texts: list[str | None] = []
        for kind in kinds:
            strategy, written = VALUES[kind]
            value = draw(st.none() | strategy)
            if not multi_line and isinstance(value, str):
                value = value.replace("\n", " ")
            values.append(value)
            texts.append(None if value is None else written(value))
        defect = draw(st.sampled_from(["none"] * 6 + ["type", "short", "long", "quote"]))
        typed = [at for at, kind in enumerate(kinds) if kind in WRONG]
        if defect == "type" and typed:
            at = draw(st.sampled_from(typed))
            texts[at] = draw(st.sampled_from(WRONG[kinds[at]]))
        fields = [field(texts[at]) for at in order]
        if defect == "short":
            fields = fields[:-1]
        elif defect == "long":
            fields = [*fields, "x"]
        elif defect == "quote":
            fields[-1] = f"x{quote}y{quote}z"
        broken = defect in ("short", "long", "quote") or (defect == "type" and bool(typed))
        line = delimiter.join(fields)
        number = 1 + text.count("\n")
        text += line + line_end
        if line:
            rows.append((number, values, broken))
    dialect = {
        "delimiter": delimiter,
        "quote": quote,
        "escape": escape,
        "encoding": encoding,
        "multiLine": multi_line,
        "nulls": nulls,
    }
    return Written(kinds, dialect, text.encode("utf-16-le" if encoding.startswith("UTF-16") else encoding), rows)


def contract_of(written: Written):
    columns = [column(f"c{index}", kind) for index, kind in enumerate(written.kinds)]
    return contract(*columns, csv=written.dialect)


def as_spark_gives_it(value: Any, kind: str) -> Any:
    if kind == "time" and value is not None:
        return value.isoformat(timespec="microseconds").rstrip("0").rstrip(".") if value.microsecond else str(value)
    return value


PLAIN = {"quote": '"', "escape": '"', "nulls": [""]}


@LAW
@given(written=files())
@example(
    written=Written(["string"], {**PLAIN, "multiLine": True, "encoding": "UTF-16LE"}, "c0\n".encode("utf-16-le"), [])
)
def test_every_row_is_kept_as_written_or_quarantined(spark: SparkSession, tmp_path: Path, written: Written) -> None:
    file = tmp_path / "upload.csv"
    file.write_bytes(written.content)
    the_contract = contract_of(written)
    records, header = read_records(spark, str(file), the_contract)
    read = rows_of(records, header, the_contract).withColumn("_upload_id", F.lit("u"))
    rows = sorted(validate(read, the_contract).collect(), key=lambda row: row["_row"])
    at_first_sight = seen_at_first_sight(records, header, the_contract)

    assert [row["_row"] for row in rows] == [number for number, _, _ in written.rows]
    for row, (_, values, broken) in zip(rows, written.rows, strict=True):
        assert bool(row["_reasons"]) == broken, row
        if not broken:
            expected = [as_spark_gives_it(value, kind) for value, kind in zip(values, written.kinds, strict=True)]
            assert [row[f"c{index}"] for index in range(len(values))] == expected
            seen = at_first_sight.pop(row["_row"], None)
            assert seen is not None or any(_is_odd(text, written.dialect) for text in values if isinstance(text, str))
            assert seen is None or [seen[f"c{index}"] for index in range(len(values))] == expected
    assert not at_first_sight, "a broken row was taken for a sound one"


def seen_at_first_sight(records: DataFrame, header: Header, the_contract: Contract) -> dict[int, Row]:
    """The rows that are sound at first sight, by number."""
    looked = look(records, header, the_contract).persist()
    rows = {row["_row"]: row for row in looked.where("_sound").collect()}
    looked.unpersist()
    return rows


def _is_odd(text: str, dialect: dict[str, Any]) -> bool:
    """Whether the text is one of those that are not told at first sight."""
    escape, quote = dialect["escape"], dialect["quote"]
    escaped = {escape, quote} if escape != quote else set()
    return bool({"\r", "\n", "\0", "\uffff", *escaped} & set(text)) or (text != "" and text in dialect["nulls"])


@LAW
@given(
    lines=st.lists(st.text(st.sampled_from(list('ab,"\\#\n\r\0é ')), max_size=14), max_size=8),
    dialect=st.fixed_dictionaries(
        {
            "multiLine": st.booleans(),
            "escape": st.sampled_from(['"', "\\", None]),
            "comment": st.sampled_from([None, "#"]),
        }
    ),
)
def test_no_character_of_any_text_is_lost(
    spark: SparkSession, tmp_path: Path, lines: list[str], dialect: dict[str, Any]
) -> None:
    """Rows, their line ends, empty lines and comments make up the whole file again, in its order."""
    body = "\n".join(lines)
    file = tmp_path / "upload.csv"
    file.write_bytes(f"x,y\n{body}\n".encode())
    try:
        rows = read_upload(spark, str(file), contract(column("x"), column("y"), csv=dialect)).collect()
    except UploadRejected as rejected:
        assert rejected.finding.rule == "unclosed_quote" and dialect["multiLine"]
        return
    rest = body.split("\n")
    for row in rows:
        first = row["_row"] - 2
        count = row["_raw"].count("\n") + 1
        assert "\n".join(rest[first : first + count]).removesuffix("\r") == row["_raw"]
        rest[first : first + count] = [""] * count
    left = [line.removesuffix("\r") for line in rest]
    assert all(line == "" or (dialect["comment"] and line.startswith("#")) for line in left), left


@LAW
@given(rows=st.lists(st.tuples(TEXT | SPICE, TEXT | SPICE), min_size=1, max_size=10))
def test_what_pythons_writer_writes_is_read(spark: SparkSession, tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """An implementation that is not ours says what the text of a row is."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    file = tmp_path / "upload.csv"
    file.write_text(out.getvalue(), newline="")
    the_contract = contract(column("a"), column("b"), csv={"multiLine": True, "nulls": []})
    found = sorted(read_upload(spark, str(file), the_contract).collect(), key=lambda row: row["_row"])
    assert [(row["a"], row["b"]) for row in found] == rows


@LAW
@given(lines=st.lists(st.sampled_from(["1,2", '3,"4"', '5,"6', '7,"a""b"', 'x"y,8', '9,"10\n11"']), max_size=8))
def test_no_row_that_a_stray_quote_may_have_cut_is_accepted(
    spark: SparkSession, tmp_path: Path, lines: list[str]
) -> None:
    file = tmp_path / "upload.csv"
    file.write_text("a,b\n" + "\n".join(lines) + "\n")
    rows = read_upload(spark, str(file), contract(column("a"), column("b"))).collect()
    rules = {reason["rule"] for row in rows for reason in row["_reasons"]}
    assert bool(rules & set(FATAL_RULES)) == any(line in ('5,"6', '9,"10\n11"') for line in lines)
