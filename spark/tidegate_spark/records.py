"""Lines put together to records, as quoted line breaks have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from tidegate_spark.contract import Dialect
from tidegate_spark.findings import UNCLOSED_QUOTE, Finding

MAX_RECORD_LINES = 10_000
"""Of a record: a value of more lines is a quote gone astray, and would not fit into memory as one."""


def records_of(lines: DataFrame, dialect: Dialect, line_end: str) -> tuple[DataFrame, dict[int, Finding]]:
    """The records of the lines that `read_lines` gives.

    Returns `_file`, `_row` (BIGINT: the file's line where the record begins), `_raw` (its text), `_misfit`, and
    `_lines` (INT: how many lines it spans, `MAX_RECORD_LINES` at most). Comments are no records. And by its `_file`,
    why a file is to be rejected: its values may hold line breaks, and a quote stays open to its end.
    """
    if dialect.multi_line and dialect.quote is not None:
        return _joined(lines, dialect, line_end)
    if dialect.comment:
        lines = lines.where(~_is_comment(dialect))
    records = lines.select(
        "_file",
        F.col("_line").alias("_row"),
        _ended(F.col("_text"), line_end).alias("_raw"),
        "_misfit",
        F.lit(1).alias("_lines"),
    )
    return records, {}


def quotes_in(text: Column, dialect: Dialect) -> Column:
    """How many quotes the text has that are not escaped by another character."""
    if dialect.escape and dialect.escape != dialect.quote:
        text = F.replace(text, F.lit(dialect.escape * 2), F.lit(""))
        text = F.replace(text, F.lit(dialect.escape + (dialect.quote or "")), F.lit(""))
    return F.length(text) - F.length(F.replace(text, F.lit(dialect.quote), F.lit("")))


def _is_comment(dialect: Dialect) -> Column:
    return F.startswith("_text", F.lit(dialect.comment)) if dialect.comment else F.lit(False)


def _ended(text: Column, line_end: str) -> Column:
    """The text without the CR of a CR LF."""
    if line_end != "\n":
        return text
    return F.when(F.endswith(text, F.lit("\r")), F.left(text, F.length(text) - 1)).otherwise(text)


@dataclass(frozen=True)
class _Chunk:
    """What a chunk of a file does to the parity of quotes: adds `parity` to that at its begin, unless it `resets` that.

    `last_begin` is the last line that begins a record, by the parity at the chunk's begin.
    """

    file: int
    parity: int
    resets: bool
    last_begin: tuple[int | None, int | None]


def _joined(lines: DataFrame, dialect: Dialect, line_end: str) -> tuple[DataFrame, dict[int, Finding]]:
    """Records across lines.

    A line begins a record where the quotes before it are even in number, and goes on with one where they are odd. The
    lines before are counted within each chunk of the file; how chunks begin follows from what those before do.
    """
    odd = F.contains("_text", F.lit(dialect.quote)) & (quotes_in(F.col("_text"), dialect) % 2 == 1)
    flagged = lines.withColumns({"_odd": odd, "_comment": _is_comment(dialect)})
    chunks = _chunks(_traced(flagged.select("_file", "_chunk", "_line", "_odd", "_comment"), dialect))
    parities, owners, unclosed = _beginnings(chunks)

    parity_of_chunk = F.when(F.col("_resets") > 0, 0).otherwise(_of_chunk(parities))
    inside = (parity_of_chunk + F.col("_toggles")) % 2 == 1
    begins = F.when(~F.col("_inside") & ~F.col("_comment"), F.col("_line"))
    up_to_here = Window.partitionBy("_chunk").orderBy("_line").rowsBetween(Window.unboundedPreceding, 0)
    owned = (
        _traced(flagged, dialect)
        .withColumn("_inside", inside)
        .withColumn("_row", F.coalesce(F.max(begins).over(up_to_here), _of_chunk(owners)))
        .where(F.col("_inside") | ~F.col("_comment"))
    )
    alone = ~F.col("_inside") & ~F.col("_odd")
    single = owned.where(alone).select(
        "_file", "_row", _ended(F.col("_text"), line_end).alias("_raw"), "_misfit", F.lit(1).alias("_lines")
    )
    within = (F.col("_line") - F.col("_row")) < MAX_RECORD_LINES
    texts = F.transform(
        F.array_sort(F.collect_list(F.struct("_line", "_text"))),
        lambda line: line["_text"],
    )
    several = (
        owned.where(~alone & within)
        .groupBy("_file", "_row")
        .agg(
            _ended(F.array_join(texts, line_end), line_end).alias("_raw"),
            F.max("_misfit").alias("_misfit"),
            F.count("*").cast("int").alias("_lines"),
        )
    )
    return single.unionByName(several), unclosed


def _of_chunk(values: Sequence[int | None]) -> Column:
    # A file without a line of data has no chunk.
    return F.get(F.array(*[F.lit(value).cast("long") for value in values]).cast("array<bigint>"), F.col("_chunk"))


def _traced(flagged: DataFrame, dialect: Dialect) -> DataFrame:
    """Adds, of the lines of the chunk before each one: `_resets`, and `_toggles` since the last of those.

    The quotes of a comment count only where it turns out to stand inside of quotes. So a comment with an odd number of
    them leaves the parity even, whether it was even before (they do not count) or odd (they do): it resets the parity.
    """
    before = Window.partitionBy("_chunk").orderBy("_line").rowsBetween(Window.unboundedPreceding, -1)
    since = Window.partitionBy("_chunk", "_resets").orderBy("_line").rowsBetween(Window.unboundedPreceding, -1)
    resets = F.count_if(F.col("_comment") & F.col("_odd")).over(before) if dialect.comment else F.lit(0)
    toggles = F.count_if("_odd").over(since if dialect.comment else before)
    return flagged.withColumn("_resets", resets).withColumn("_toggles", toggles)


def _chunks(traced: DataFrame) -> list[_Chunk | None]:
    """What each chunk does, in the order of the files; None for one without lines."""
    reset = F.col("_comment") & F.col("_odd")
    known = F.col("_resets") > 0
    even = F.col("_toggles") % 2 == 0

    def last_begin(condition: Column) -> Column:
        return F.max(F.when(~F.col("_comment") & condition, F.col("_line")))

    rows = (
        traced.groupBy("_chunk")
        .agg(
            F.first("_file").alias("file"),
            F.max_by(F.when(reset, 0).otherwise((F.col("_toggles") + F.col("_odd").cast("int")) % 2), "_line").alias(
                "parity"
            ),
            F.max(known | reset).alias("resets"),
            last_begin(known & even).alias("known_begin"),
            last_begin(~known & even).alias("begin_if_even"),
            last_begin(~known & ~even).alias("begin_if_odd"),
        )
        .collect()
    )
    of_chunk = {
        row["_chunk"]: _Chunk(
            row["file"],
            row["parity"],
            row["resets"],
            tuple(row["known_begin"] or row[name] for name in ("begin_if_even", "begin_if_odd")),
        )
        for row in rows
    }
    return [of_chunk.get(index) for index in range(max(of_chunk, default=-1) + 1)]


def _beginnings(chunks: list[_Chunk | None]) -> tuple[list[int], list[int | None], dict[int, Finding]]:
    """For each chunk the parity at its begin, and the line of the record that goes on into it; and unclosed files."""
    parities: list[int] = []
    owners: list[int | None] = []
    unclosed: dict[int, Finding] = {}
    file, parity, owner = 0, 0, None
    for chunk in chunks:
        if chunk is not None and chunk.file != file:
            file, parity, owner = chunk.file, 0, None
        parities.append(parity)
        owners.append(owner)
        if chunk is None:
            continue
        owner = chunk.last_begin[parity] or owner
        parity = chunk.parity if chunk.resets else (parity + chunk.parity) % 2
        if parity == 1:
            message = f"A quote that opens in the record at line {owner} is not closed by the end of the file."
            unclosed[file] = Finding(UNCLOSED_QUOTE, owner, message)
        else:
            unclosed.pop(file, None)
    return parities, owners, unclosed
