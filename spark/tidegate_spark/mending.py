"""Rows that people mended, in the place of the rows of their upload that they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from tidegate_spark.batch import MendedFile
from tidegate_spark.contract import Column, ColumnType, Contract, Dialect
from tidegate_spark.fields import literal, split_fields, value_of
from tidegate_spark.findings import ENCODING, FATAL_RULES, MAX_SHOWN, Finding, UploadRejected
from tidegate_spark.reading import read_records, rows_of, union_all
from tidegate_spark.reasons import meaning
from tidegate_spark.storage import Storage

_ROW = "_mended_row"
_OWN = ((_ROW, "_row"), ("_told", "_reasons"))
"""Columns of a mended file before the upload's own, and what its header calls them."""


def mend(
    spark: SparkSession, rows: DataFrame, files: Sequence[MendedFile], contract: Contract
) -> tuple[DataFrame, dict[str, str]]:
    """The rows of an upload, as `read_upload` gives them, with those in their place that mended files have.

    Of several files of one name the newest that is sound counts, and of several rows for one the last of the last file.
    A mended file is UTF-8 with a header, in the contract's dialect otherwise. Its first column, `_row`, says which row
    of the upload a row is; `_reasons`, where it is the second, is for people. One that cannot be read, has a row that
    breaks one of FATAL_RULES, or names a row that the upload does not have, is not taken: it changes nothing.

    Returns also why the newest file of a name was not taken, by names.
    """
    taken, not_taken = _sound(spark, rows, files, _form_of(contract))
    if not taken:
        return rows, not_taken
    mended = union_all(taken)
    newest_first = Window.partitionBy(_ROW).orderBy(F.desc("_file"), F.desc("_row"))
    mended = mended.withColumn("_nth", F.row_number().over(newest_first)).where(F.col("_nth") == 1)
    # What makes the whole file unreadable is not mended by a row.
    stays = F.exists("_reasons", lambda reason: reason["rule"].isin(*FATAL_RULES))
    replaced = mended.select(F.col(_ROW).alias("_row"), F.lit(True).alias("_mended"))
    others = rows.join(replaced, "_row", "left").where(F.col("_mended").isNull() | stays)
    columns = rows.columns
    replacing = mended.drop("_row").withColumnRenamed(_ROW, "_row").select(*columns)
    return others.select(*columns).unionByName(replacing), not_taken


def _form_of(contract: Contract) -> Contract:
    """The contract as mended files are read by it."""
    columns = [
        Column(name, source, ColumnType("string"), name == _ROW, False, False, None, {}) for name, source in _OWN
    ]
    dialect = replace(contract.csv, encoding="UTF-8", header=True, skip_rows=0, comment=None)
    return replace(contract, columns=(*columns, *contract.columns), csv=dialect)


def _sound(
    spark: SparkSession, rows: DataFrame, files: Sequence[MendedFile], form: Contract
) -> tuple[list[DataFrame], dict[str, str]]:
    """The rows of the newest sound file of each name, and why a newer one is not."""
    taken: list[DataFrame] = []
    not_taken: dict[str, str] = {}
    older: dict[str, list[int]] = {}
    for nth, file in enumerate(files):
        older.setdefault(file.name, []).append(nth)
    while older:
        newest = {versions.pop(): name for name, versions in older.items()}
        read: dict[int, DataFrame] = {}
        problems: dict[int, str] = {}
        for nth in newest:
            try:
                read[nth] = _read(spark, files[nth].uri, nth, form)
            except UploadRejected as rejected:
                problems[nth] = rejected.finding.message
        problems |= _misfits(list(read.values()), rows, form)
        taken += [frame for nth, frame in read.items() if nth not in problems]
        for nth, problem in problems.items():
            not_taken.setdefault(newest[nth], problem)
        older = {newest[nth]: older[newest[nth]] for nth in problems if older[newest[nth]]}
    return taken, not_taken


def _read(spark: SparkSession, path: str, nth: int, form: Contract) -> DataFrame:
    """The file's rows with the numbers that they name; `_row` is still the file's own line."""
    if not Storage(spark).exists(path):
        raise _unsound(None, "the file was missing or could not be read when the run began.")
    try:
        records, header = read_records(spark, path, form)
    except UploadRejected as rejected:
        finding = rejected.finding
        problem = "it is not UTF-8." if finding.rule == ENCODING else f"{finding.rule}: {finding.message}"
        raise _unsound(finding.row, problem) from rejected
    names = header.names
    if names[0] != "_row":
        raise _unsound(1, f"the first column must be _row, but is {names[0]}.")
    # A number is one also where it is among the texts that mean null.
    first = value_of(F.get(split_fields(F.col("_raw"), form.csv), F.lit(0)), replace(form.csv, nulls=()))
    number = F.when(first.rlike(r"\A[0-9]{1,18}\z"), first.cast("bigint"))
    # So the text is again what it was in the upload, and can be mended once more.
    told = 2 if names[1:2] == ("_reasons",) else 1
    raw = F.regexp_replace("_raw", rf"\A(?:{_field(form.csv)}){{{told}}}", "")
    rows = rows_of(records, header, form)
    return rows.withColumns({_ROW: number, "_raw": raw, "_file": F.lit(nth)}).drop("_told")


def _field(dialect: Dialect) -> str:
    """One of the file's own fields and the delimiter behind it; neither holds quotes."""
    delimiter = literal(dialect.delimiter)
    if dialect.quote is None:
        return f"[^{delimiter}]*+{delimiter}"
    quote = literal(dialect.quote)
    return f"(?:{quote}[^{quote}]*+{quote}|[^{quote}{delimiter}]*+){delimiter}"


def _misfits(mended: list[DataFrame], rows: DataFrame, form: Contract) -> dict[int, str]:
    """Of each file that has rows which the upload lacks, or which would have it rejected, what the first of them is."""
    if not mended:
        return {}
    known = rows.select(F.col("_row").alias("_known"))
    fatal = F.get(F.filter("_reasons", lambda reason: reason["rule"].isin(*FATAL_RULES)), F.lit(0))["rule"]
    named = union_all(mended).select("_file", "_row", _ROW, "_raw", fatal.alias("_fatal"))
    misfits = named.join(known, F.col(_ROW) == F.col("_known"), "left").where("_known IS NULL OR _fatal IS NOT NULL")
    first = F.min(F.struct("_row", _ROW, "_raw", "_fatal")).alias("first")
    problems = {}
    for found in misfits.groupBy("_file").agg(first).collect():
        line, number, raw, rule = found["first"]
        if rule is not None:
            told = meaning(rule, None, form)
        else:
            told = "it names no row of the upload" if number is None else f"the upload has no row {number}"
        problems[found["_file"]] = f"line {line}: {told}: {raw[:MAX_SHOWN]!r}."
    return problems


def _unsound(line: int | None, problem: str) -> UploadRejected:
    where = "" if line is None else f"line {line}: "
    return UploadRejected(Finding("mended", line, f"{where}{problem}"))
