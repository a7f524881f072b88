"""An upload's text as rows, nothing lost: whatever does not fit the dialect is kept with its reason.

Spark's own CSV source is not lossless in either of its modes: it accepts a fragment of a row that a quoted line break
cut, drops lines of spaces, joins rows between two stray quotes, and puts U+FFFD for bytes that do not fit. So lines are
read as bytes, put together to records by the parity of their quotes, and split by expressions that see every quote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.contract import Contract, Dialect
from tidegate_spark.fields import has_bare, has_open_field, is_well_quoted, split_fields, value_of
from tidegate_spark.findings import ENCODING, UNCLOSED_QUOTE, Finding, UploadRejected
from tidegate_spark.header import Header, read_header
from tidegate_spark.lines import read_lines
from tidegate_spark.reasons import no_reasons, reason, those_of
from tidegate_spark.records import MAX_RECORD_LINES, quotes_in, records_of
from tidegate_spark.storage import Storage


def read_upload(spark: SparkSession, path: str, contract: Contract) -> DataFrame:
    """The data rows of one file; a name that ends in `.gz` is gzip.

    Returns one STRING column for each of the contract's columns that the CSV has (by contract name), `_row` (BIGINT,
    the file's line where the row begins, from 1), `_raw` (the row's text) and `_reasons` (REASONS): what makes the row
    unreadable, empty when it is readable. A file with a row that breaks one of FATAL_RULES must be rejected.

    Raises UploadRejected where the file as a whole is not what the contract says.
    """
    return rows_of(*read_records(spark, path, contract), contract)


def read_records(spark: SparkSession, path: str, contract: Contract) -> tuple[DataFrame, Header]:
    """The data records of one file, as `records_of` gives them, and its header.

    Raises UploadRejected where the file as a whole is not what the contract says.
    """
    header = header_of(spark, path, contract)
    return records_of_one(spark, path, header, contract), header


def header_of(spark: SparkSession, path: str, contract: Contract) -> Header:
    """The header of the file.

    Raises UploadRejected where it is not what the contract says.
    """
    storage = Storage(spark)
    compression = "gzip" if path.endswith(".gz") else "none"
    header = read_header(lambda size: storage.read_head(path, size, compression), contract)
    if isinstance(header, Finding):
        raise UploadRejected(header)
    return header


def records_of_one(spark: SparkSession, path: str, header: Header, contract: Contract) -> DataFrame:
    """The data records of the file with that header, without `_file`.

    Raises UploadRejected where the file as a whole is not what the contract says.
    """
    records, unclosed = records_of_each(spark, [path], header, contract)
    for finding in unclosed.values():
        raise UploadRejected(finding)
    return records.drop("_file")


def records_of_each(
    spark: SparkSession, paths: Sequence[str], header: Header, contract: Contract
) -> tuple[DataFrame, dict[int, Finding]]:
    """The data records of files with that header, as `records_of` gives them, and which files are to be rejected.

    What several files may be, `read_lines` says.
    """
    records, unclosed = records_of(read_lines(spark, paths, header), contract.csv, header.line_end)
    if len(header.names) > 1:
        # With one column, an empty line is an empty field.
        records = records.where(F.col("_raw") != "")
    return records, unclosed


def rows_of(records: DataFrame, header: Header, contract: Contract, *others: str) -> DataFrame:
    """The records split into the contract's columns, as `read_upload` gives them, and their other columns as named."""
    dialect = contract.csv
    raw, fields = F.col("_raw"), F.col("_fields")
    split = records.withColumn("_fields", split_fields(raw, dialect))
    well_quoted = is_well_quoted(raw, fields, dialect)
    complete = F.size("_fields") == len(header.names)
    bare_break = has_bare("\r" if header.line_end == "\n" else "\n", raw, dialect)
    again = F.lit(False) if header.text is None else raw == header.text
    lost = ~well_quoted & _may_swallow_lines(dialect)
    readable = ~F.col("_misfit") & well_quoted & complete & ~bare_break & ~again & (F.col("_lines") < MAX_RECORD_LINES)
    reasons = F.when(readable, no_reasons()).otherwise(
        those_of(
            [
                reason(F.col("_misfit"), ENCODING, None, raw),
                reason(lost | (F.col("_lines") >= MAX_RECORD_LINES), UNCLOSED_QUOTE, None, raw),
                reason(~well_quoted & ~lost, "quoting", None, raw),
                reason(well_quoted & ~complete, "field_count", None, raw),
                reason(well_quoted & bare_break, "line_break", None, raw),
                reason(again, "header_again", None, raw),
            ]
        )
    )
    texts = texts_of(lambda at: value_of(F.get("_fields", F.lit(at)), dialect), header, contract)
    return split.select(*texts, "_row", "_raw", reasons.alias("_reasons"), *others)


def texts_of(text_at: Callable[[int], Column], header: Header, contract: Contract) -> list[Column]:
    """The contract's columns, of the text at each place of the header; null where the header lacks one."""
    place = {name: index for index, name in enumerate(header.names)}
    return [
        (text_at(place[column.source]) if column.source in place else F.lit(None).cast("string")).alias(column.name)
        for column in contract.read_columns
    ]


def _may_swallow_lines(dialect: Dialect) -> Column:
    """Of an ill-quoted record: whether its quotes may reach into other lines, so that those cannot be told apart."""
    if dialect.quote is None:
        return F.lit(False)
    odd = quotes_in(F.col("_raw"), dialect) % 2 == 1
    return (F.col("_lines") > 1) | (odd & has_open_field(F.col("_raw"), dialect))


def union_all(frames: list[DataFrame]) -> DataFrame:
    """The rows of all frames, which have the same columns."""
    return reduce(DataFrame.unionAll, frames)
