"""An upload's text as rows, nothing lost: whatever does not fit the dialect is kept with its reason.

Spark's own CSV source is not lossless in either of its modes (it accepts a fragment of a row that a quoted line break
cut, drops lines of spaces, and puts U+FFFD for bytes that do not fit). So lines are read as raw text, records are
put together by the parity of their quotes, and each record is parsed on its own.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as t

from tidegate_spark.contract import Contract, Dialect
from tidegate_spark.header import Header

REASONS = t.ArrayType(
    t.StructType(
        [
            t.StructField("rule", t.StringType(), nullable=False),
            t.StructField("column", t.StringType()),
            t.StructField("value", t.StringType()),
        ]
    )
)
"""Why a row is bad: the rule it breaks, the column, and the value as it was read."""

UNCLOSED_QUOTE = "unclosed_quote"
ENCODING = "encoding"
FATAL_RULES = (UNCLOSED_QUOTE, ENCODING)
"""Rules whose breach leaves no doubt that the file as a whole was misread: the upload is rejected."""

_EMPTY_QUOTED = "\ue000"
"""Stands for a quoted empty field while a record is parsed; a private-use character that the parser itself puts in."""

_SCHEMA_FIELD = "_{}"
_CORRUPT = "_corrupt"

# Characters of windows-1252 that ISO-8859-1 has as control characters (Unicode's CP1252.TXT); the other five bytes
# of the range have no character.
_CP1252_BYTES = [b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)]
_CP1252_FROM = "".join(chr(b) for b in _CP1252_BYTES)
_CP1252_TO = bytes(_CP1252_BYTES).decode("cp1252")


def read_upload(spark: SparkSession, path: str, contract: Contract, header: Header) -> DataFrame:
    """The data rows of one file.

    Returns one STRING column for each of the contract's columns that the CSV has (by contract name), `_row` (BIGINT,
    first data row = 1), `_raw` (the record's text) and `_reasons` (REASONS): what makes the row unreadable, empty
    when it is readable.
    """
    dialect = contract.csv
    lines = _decoded(_lines(spark, path, dialect, header.lines_before_data), dialect)
    records = _records(lines, dialect)
    return _fields(records, contract, header)


def _lines(spark: SparkSession, path: str, dialect: Dialect, skip: int) -> DataFrame:
    """`_line` (position in the file, first data line = 1) and `_bytes` (text as it was read, not decoded yet)."""
    if dialect.encoding.startswith("UTF-16"):
        whole = spark.read.format("binaryFile").load(path)
        text = whole.select(F.split(F.decode("content", dialect.encoding), "\r\n|\n|\r", -1).alias("lines"))
        numbered = text.select(F.posexplode("lines").alias("_position", "_bytes"))
        return numbered.where(F.col("_position") >= skip).select(
            (F.col("_position") - F.lit(skip) + 1).cast("long").alias("_line"), "_bytes"
        )
    reader = spark.read
    if dialect.multi_line:
        # Keeps a quoted CRLF as it is; the CR at a record's end is taken off later.
        reader = reader.option("lineSep", "\n")
    text = reader.text(path).select(F.col("value").alias("_bytes"), F.monotonically_increasing_id().alias("_id"))
    return _numbered(text, skip)


def _numbered(lines: DataFrame, skip: int) -> DataFrame:
    """Gives lines their position in the file: the id's lower 33 bits count within a partition, its others name it."""
    partition = F.shiftright("_id", 33)
    within = F.col("_id").bitwiseAND(F.lit((1 << 33) - 1))
    if lines.rdd.getNumPartitions() == 1:
        position = within
    else:
        counts = {row[0]: row[1] for row in lines.groupBy(partition.alias("p")).count().collect()}
        starts: list[int] = []
        total = 0
        for index in range(lines.rdd.getNumPartitions()):
            starts.append(total)
            total += counts.get(index, 0)
        offsets = F.array(*[F.lit(start).cast("long") for start in starts])
        position = F.element_at(offsets, (partition + 1).cast("int")) + within
    return (
        lines.withColumn("_position", position)
        .where(F.col("_position") >= skip)
        .select((F.col("_position") - F.lit(skip) + 1).alias("_line"), "_bytes")
    )


def _decoded(lines: DataFrame, dialect: Dialect) -> DataFrame:
    """`_line`, `_text`, and `_misfit`: whether the bytes are none of the encoding."""
    text = F.col("_bytes")
    misfit = F.lit(False)
    match dialect.encoding:
        case "UTF-8":
            misfit = ~F.is_valid_utf8(text)
            text = F.make_valid_utf8(text)
        case "ISO-8859-1":
            text = F.decode(text.cast("binary"), "ISO-8859-1")
        case "windows-1252":
            latin = F.decode(text.cast("binary"), "ISO-8859-1")
            misfit = latin.rlike("[\\x81\\x8D\\x8F\\x90\\x9D]")
            text = F.translate(latin, _CP1252_FROM, _CP1252_TO)
        case _:
            misfit = F.contains(text, F.lit("\ufffd"))
    without_mark = F.when(F.col("_line") == 1, F.ltrim(text, F.lit("\ufeff"))).otherwise(text)
    return lines.select("_line", without_mark.alias("_text"), misfit.alias("_misfit"))


def _records(lines: DataFrame, dialect: Dialect) -> DataFrame:
    """`_row`, `_raw`, `_misfit` and `_open`: whether a quote is not closed at the record's end."""
    if dialect.comment:
        lines = lines.where(~F.startswith("_text", F.lit(dialect.comment)))
    odd = F.lit(0) if dialect.quote is None else _quotes(F.col("_text"), dialect) % 2
    if not dialect.multi_line:
        # A line break inside quotes cannot be told from a quote that is not closed: both leave a line with an open one.
        return lines.where(F.col("_text") != "").select(
            F.col("_line").alias("_row"), F.col("_text").alias("_raw"), "_misfit", (odd == 1).alias("_open")
        )
    in_order = Window.orderBy("_line").rowsBetween(Window.unboundedPreceding, -1)
    quoted_before = F.coalesce(F.sum("_odd").over(in_order), F.lit(0)) % 2
    begins = lines.withColumn("_odd", odd).withColumn("_begins", (quoted_before == 0).cast("long"))
    up_to_here = Window.orderBy("_line").rowsBetween(Window.unboundedPreceding, Window.currentRow)
    numbered = begins.withColumn("_record", F.sum("_begins").over(up_to_here))
    ordered = F.array_sort(F.collect_list(F.struct("_line", "_text")))
    joined = F.array_join(F.transform(ordered, lambda line: line["_text"]), "\n")
    return (
        numbered.groupBy("_record")
        .agg(
            F.min("_line").alias("_row"),
            F.rtrim(joined, F.lit("\r")).alias("_raw"),
            F.max("_misfit").alias("_misfit"),
            (F.sum("_odd") % 2 == 1).alias("_open"),
        )
        .where(F.col("_raw") != "")
        .drop("_record")
    )


def _quotes(text: Column, dialect: Dialect) -> Column:
    """How many quotes the text has that are not escaped by another character."""
    quote = F.lit(dialect.quote)
    if dialect.escape and dialect.escape != dialect.quote:
        text = F.replace(F.replace(text, F.lit(dialect.escape * 2)), F.lit(dialect.escape + (dialect.quote or "")))
    return F.length(text) - F.length(F.replace(text, quote))


def _fields(records: DataFrame, contract: Contract, header: Header) -> DataFrame:
    """Splits records into the contract's columns."""
    dialect = contract.csv
    names = [_SCHEMA_FIELD.format(index) for index in range(len(header.names))]
    schema = t.StructType([t.StructField(name, t.StringType()) for name in [*names, _CORRUPT]])
    parsed = records.withColumn("_parsed", F.from_csv("_raw", schema.simpleString(), _parser_options(dialect)))
    corrupt = F.col(f"_parsed.{_CORRUPT}").isNotNull()
    ill_quoted = _ill_quoted(F.col("_raw"), dialect)
    expected = f"{len(names)} fields"
    reasons = F.array_compact(
        F.array(
            reason(F.col("_misfit"), ENCODING, None, F.col("_raw")),
            reason(F.col("_open"), UNCLOSED_QUOTE, None, F.col("_raw")),
            reason(~F.col("_open") & ill_quoted, "quoting", None, F.col("_raw")),
            reason(~F.col("_open") & corrupt, f"expected {expected}", None, F.col("_raw")),
        )
    ).cast(REASONS)
    by_source = {name: index for index, name in enumerate(header.names)}
    columns = [
        _value(F.col(f"_parsed.{names[by_source[column.source]]}"), dialect).alias(column.name)
        if column.source in by_source
        else F.lit(None).cast("string").alias(column.name)
        for column in contract.columns
        if not column.derived
    ]
    return parsed.select(*columns, "_row", "_raw", reasons.alias("_reasons"))


def _parser_options(dialect: Dialect) -> dict[str, str]:
    return {
        "sep": dialect.delimiter,
        "quote": dialect.quote or "\0",
        "escape": dialect.escape or dialect.quote or "\0",
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": _CORRUPT,
        "nullValue": "",
        "emptyValue": _EMPTY_QUOTED,
        "ignoreLeadingWhiteSpace": "false",
        "ignoreTrailingWhiteSpace": "false",
        "maxColumns": "20480",
        "maxCharsPerColumn": "-1",
    }


def _value(field: Column, dialect: Dialect) -> Column:
    """A field's text: an unquoted empty field is null if the contract says so, a quoted one is the empty text."""
    if "" not in dialect.nulls:
        field = F.coalesce(field, F.lit(""))
    tokens = [token for token in dialect.nulls if token]
    text = F.when(field == _EMPTY_QUOTED, F.lit("")).otherwise(field)
    return F.when(field.isin(tokens), F.lit(None)).otherwise(text) if tokens else text


def _ill_quoted(record: Column, dialect: Dialect) -> Column:
    """Whether a quote stands elsewhere than around a field or escaped within one, as in `"a"b` or `a"b"`."""
    if dialect.quote is None:
        return F.lit(False)
    quote = _in_class(dialect.quote)
    sep = _in_class(dialect.delimiter)
    text = record
    if dialect.escape and dialect.escape != dialect.quote:
        text = F.replace(F.replace(text, F.lit(dialect.escape * 2)), F.lit(dialect.escape + dialect.quote))
    text = F.replace(text, F.lit(dialect.quote * 2))
    around = f"(^|[{sep}])[{quote}][^{quote}]*[{quote}](?=[{sep}]|$)"
    bare = F.regexp_replace(text, F.lit(f"(?s){around}"), F.lit("$1"))
    has_quotes = F.contains(record, F.lit(dialect.quote))
    return has_quotes & F.contains(bare, F.lit(dialect.quote))


def _in_class(character: str) -> str:
    """The character, escaped for a character class of a Java regular expression."""
    return f"\\x{{{ord(character):x}}}"


def reason(condition: Column, rule: str, column: str | None, value: Column) -> Column:
    """A reason (an element of REASONS) where the condition holds, null elsewhere."""
    return F.when(
        condition,
        F.struct(F.lit(rule).alias("rule"), F.lit(column).cast("string").alias("column"), value.alias("value")),
    )


def union_all(frames: list[DataFrame]) -> DataFrame:
    """The rows of all frames, which have the same columns."""
    return reduce(DataFrame.unionAll, frames)
