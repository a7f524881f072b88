"""A file's lines as text, each with its number."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate_spark.gunzip import gunzip
from tidegate_spark.header import BYTE_ORDER_MARK, Header
from tidegate_spark.storage import Storage

# Characters of windows-1252 that ISO-8859-1 has as control characters (Unicode's CP1252.TXT); the other five bytes
# of the range have no character.
_CP1252_BYTES = [b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)]
_CP1252_FROM = "".join(chr(b) for b in _CP1252_BYTES)
_CP1252_TO = bytes(_CP1252_BYTES).decode("cp1252")
_CP1252_NONE = "[\\x81\\x8D\\x8F\\x90\\x9D]"

# Runs of whole characters, as bytes that were read as ISO-8859-1: a surrogate stands before its other half only.
_WHOLE_UTF16 = {
    "UTF-16BE": r"(?s)\A(?:[^\xD8-\xDF].|[\xD8-\xDB].[\xDC-\xDF].)*+",
    "UTF-16LE": r"(?s)\A(?:.[^\xD8-\xDF]|.[\xD8-\xDB].[\xDC-\xDF])*+",
}


WHOLE_BYTES = 4 * 1024 * 1024
"""A file that is no longer is never read in pieces (Spark's `spark.sql.files.openCostInBytes`)."""


def read_lines(spark: SparkSession, paths: Sequence[str], header: Header) -> DataFrame:
    """The lines behind the header of one file, or of several that have it; these are of WHOLE_BYTES at most, not in
    UTF-16, and archives are sound (`check_archive`).

    Returns `_file` (INT: its place among the paths), `_chunk` (INT: which piece of the file, in its order; of several
    files each is one), `_line` (BIGINT: number in the file, from 1), `_text` (without its LF, or CR where that ends
    lines), and `_misfit` (whether the line's bytes are none of the encoding; `_text` has them as ISO-8859-1 then, which
    loses none).

    Raises UploadRejected for a compressed file that is broken.
    """
    if header.encoding.startswith("UTF-16"):
        lines = _utf16_lines(spark, paths[0], header)
    else:
        numbered = _numbered(spark, paths[0], header) if len(paths) == 1 else _numbered_each(spark, paths, header)
        lines = numbered.select("_file", "_chunk", "_line", *_decoded(F.col("_bytes"), header.encoding))
    if header.lines_before_data == 0:
        marked = (F.col("_line") == 1) & F.startswith("_text", F.lit(BYTE_ORDER_MARK))
        text = F.when(marked, F.substring("_text", 2, F.length("_text"))).otherwise(F.col("_text"))
        lines = lines.select("_file", "_chunk", "_line", text.alias("_text"), "_misfit")
    return lines.where(F.col("_line") > header.lines_before_data)


def _numbered(spark: SparkSession, path: str, header: Header) -> DataFrame:
    """`_file`, `_chunk`, `_line`, `_bytes`: an id's lower 33 bits count within a partition, its others name that."""
    text = spark.read.option("lineSep", header.line_end).text(path)
    lines = text.select(
        F.shiftright(F.monotonically_increasing_id(), 33).cast("int").alias("_chunk"),
        F.monotonically_increasing_id().bitwiseAND(F.lit((1 << 33) - 1)).alias("_within"),
        F.col("value").alias("_bytes"),
    )
    counts = _line_counts(spark, path, lines)
    starts: list[int] = []
    for chunk in range(max(counts, default=0) + 1):
        starts.append(starts[-1] + counts.get(chunk - 1, 0) if starts else 1)
    start = F.element_at(F.array(*[F.lit(start).cast("long") for start in starts]), F.col("_chunk") + 1)
    return lines.select(F.lit(0).alias("_file"), "_chunk", (start + F.col("_within")).alias("_line"), "_bytes")


def _numbered_each(spark: SparkSession, paths: Sequence[str], header: Header) -> DataFrame:
    """As `_numbered`, of several files: each stands whole in a partition, among others."""
    names = [column for place, path in enumerate(paths) for column in (F.lit(path.rsplit("/", 1)[1]), F.lit(place))]
    lines = (
        spark.read.option("lineSep", header.line_end)
        .text(list(paths))
        .select(
            F.element_at(F.create_map(*names), F.col("_metadata.file_name")).alias("_file"),
            F.monotonically_increasing_id().alias("_id"),
            F.col("value").alias("_bytes"),
        )
    )
    first = {row["_file"]: row["id"] for row in lines.groupBy("_file").agg(F.min("_id").alias("id")).collect()}
    firsts = F.array(*[F.lit(first.get(place, 0)).cast("long") for place in range(len(paths))])
    line = F.col("_id") - F.element_at(firsts, F.col("_file") + 1) + 1
    return lines.select("_file", F.col("_file").alias("_chunk"), line.alias("_line"), "_bytes")


def _line_counts(spark: SparkSession, path: str, lines: DataFrame) -> dict[int, int]:
    if lines.rdd.getNumPartitions() == 1 and not path.endswith(".gz"):
        return {}
    try:
        return {row["_chunk"]: row["count"] for row in lines.groupBy("_chunk").count().collect()}
    except Exception:
        # Java's errors for a broken archive are many and unspecific: this tells whether it is one.
        if path.endswith(".gz"):
            check_archive(spark, path)
        raise


def check_archive(spark: SparkSession, path: str) -> None:
    """Raises UploadRejected where the file is no gzip, or not whole."""
    for _ in gunzip(Storage(spark).chunks(path)):
        pass


def _decoded(bytes_: Column, encoding: str) -> list[Column]:
    """`_text` and `_misfit`."""
    valid = F.is_valid_utf8(bytes_)
    latin = F.decode(bytes_.cast("binary"), "ISO-8859-1")
    if encoding == "UTF-8":
        return [F.when(valid, bytes_).otherwise(latin).alias("_text"), (~valid).alias("_misfit")]
    is_ascii = valid & (F.length(bytes_) == F.octet_length(bytes_))
    if encoding == "ISO-8859-1":
        return [F.when(is_ascii, bytes_).otherwise(latin).alias("_text"), F.lit(False).alias("_misfit")]
    text = F.translate(latin, _CP1252_FROM, _CP1252_TO)
    misfit = ~is_ascii & latin.rlike(_CP1252_NONE)
    return [F.when(is_ascii, bytes_).when(misfit, latin).otherwise(text).alias("_text"), misfit.alias("_misfit")]


def _utf16_lines(spark: SparkSession, path: str, header: Header) -> DataFrame:
    """The lines of a file that is read whole: its line ends may stand across any two bytes."""
    content = spark.read.text(path, wholetext=True).select(F.col("value").cast("binary").alias("content"))
    latin = F.decode("content", "ISO-8859-1")
    sound_bytes = F.length(F.regexp_extract(latin, _WHOLE_UTF16[header.encoding], 0)).alias("sound_bytes")
    text = F.decode(F.substring("content", 1, F.col("sound_bytes")), header.encoding)
    # A last line end ends a line and begins none.
    ended = F.when(F.endswith(text, F.lit(header.line_end)), F.left(text, F.length(text) - 1)).otherwise(text)
    rest = F.substring("content", F.col("sound_bytes") + 1, F.length("content"))
    lines = content.select("content", sound_bytes).select(
        F.split(ended, header.line_end, -1).alias("lines"), F.decode(rest, "ISO-8859-1").alias("rest")
    )
    position = F.col("position")
    misfit = (position == F.size("lines") - 1) & (F.col("rest") != "")
    return lines.select("lines", "rest", F.posexplode("lines").alias("position", "text")).select(
        F.lit(0).alias("_file"),
        F.lit(0).alias("_chunk"),
        (position + 1).cast("long").alias("_line"),
        F.when(misfit, F.concat("text", "rest")).otherwise(F.col("text")).alias("_text"),
        misfit.alias("_misfit"),
    )
