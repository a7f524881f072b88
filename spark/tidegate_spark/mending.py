"""Rows that people mended, in the place of the rows of their upload that they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from tidegate_spark.contract import Column, ColumnType, Contract, Dialect
from tidegate_spark.fields import literal
from tidegate_spark.findings import MAX_SHOWN, Finding, UploadRejected
from tidegate_spark.reading import ENCODING, FATAL_RULES, read_records, rows_of, union_all

_ROW = "_mended_row"
_OWN = ((_ROW, "_row"), ("_told", "_reasons"))
"""Columns of a mended file before the upload's own, and what its header calls them."""


def mend(spark: SparkSession, rows: DataFrame, paths: Sequence[str], contract: Contract) -> DataFrame:
    """The rows of an upload, as `read_upload` gives them, with those in their place that mended files have.

    Of several for one row, the last of the last file counts.
    A mended file is UTF-8 with a header, in the contract's dialect otherwise. Its first column, `_row`, says which row
    of the upload a row is; `_reasons`, where it is the second, is for people.

    Raises UploadRejected where a file cannot be read, or names a row that the upload does not have.
    """
    mended = union_all([_read(spark, path, nth, contract) for nth, path in enumerate(paths)])
    newest_first = Window.partitionBy(_ROW).orderBy(F.desc("_file"), F.desc("_row"))
    mended = mended.withColumn("_nth", F.row_number().over(newest_first)).where(F.col("_nth") == 1)
    _refuse_strangers(mended, rows, paths)
    # What makes the whole file unreadable is not mended by a row.
    stays = F.exists("_reasons", lambda reason: reason["rule"].isin(*FATAL_RULES))
    replaced = mended.select(F.col(_ROW).alias("_row"), F.lit(True).alias("_mended"))
    others = rows.join(replaced, "_row", "left").where(F.col("_mended").isNull() | stays)
    columns = rows.columns
    return others.select(*columns).unionByName(mended.drop("_row").withColumnRenamed(_ROW, "_row").select(*columns))


def _read(spark: SparkSession, path: str, nth: int, contract: Contract) -> DataFrame:
    """The file's rows with the numbers that they name; `_row` is still the file's own line."""
    columns = [
        Column(name, source, ColumnType("string"), name == _ROW, False, False, None, {}) for name, source in _OWN
    ]
    dialect = replace(contract.csv, encoding="UTF-8", header=True, skip_rows=0, comment=None)
    form = replace(contract, columns=(*columns, *contract.columns), csv=dialect)
    try:
        records, header = read_records(spark, path, form)
    except UploadRejected as rejected:
        finding = rejected.finding
        problem = "it is not UTF-8." if finding.rule == ENCODING else f"{finding.rule}: {finding.message}"
        raise _rejected(path, finding.row, problem) from rejected
    names = header.names
    if names[0] != "_row":
        raise _rejected(path, 1, f"the first column has to be _row, and is {names[0]}.")
    number = F.when(F.col(_ROW).rlike(r"\A[0-9]{1,18}\z"), F.col(_ROW).cast("bigint"))
    # So the text is again what it was in the upload, and can be mended once more.
    told = 2 if names[1:2] == ("_reasons",) else 1
    raw = F.regexp_replace("_raw", rf"\A(?:{_field(dialect)}){{{told}}}", "")
    rows = rows_of(records, header, form)
    return rows.withColumns({_ROW: number, "_raw": raw, "_file": F.lit(nth)}).drop("_told")


def _field(dialect: Dialect) -> str:
    """One of the file's own fields and the delimiter behind it; neither holds quotes."""
    delimiter = literal(dialect.delimiter)
    if dialect.quote is None:
        return f"[^{delimiter}]*+{delimiter}"
    quote = literal(dialect.quote)
    return f"(?:{quote}[^{quote}]*+{quote}|[^{quote}{delimiter}]*+){delimiter}"


def _refuse_strangers(mended: DataFrame, rows: DataFrame, paths: Sequence[str]) -> None:
    known = rows.select(F.col("_row").alias("_known"))
    strange = mended.join(known, mended[_ROW] == known["_known"], "left").where(F.col("_known").isNull())
    first = strange.orderBy("_file", "_row").first()
    if first is not None:
        named = "it names no row of the upload" if first[_ROW] is None else f"the upload has no row {first[_ROW]}"
        problem = f"{named}: {first['_raw'][:MAX_SHOWN]!r}."
        raise _rejected(paths[int(first["_file"])], first["_row"], problem)


def _rejected(path: str, line: int | None, problem: str) -> UploadRejected:
    name = path.rsplit("/", 1)[1]
    where = "" if line is None else f"line {line}: "
    advice = "Mend the file and send it again by its name; with nothing but its header it takes back what it mended."
    return UploadRejected(Finding("mended", line, f"The mended rows in {name}: {where}{problem} {advice}"))
