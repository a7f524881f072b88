"""Records that are sound at first sight: one pattern for the whole of each, and one parser for its fields.

Most rows of most files have nothing wrong with them, and to see that takes far less than to say what is wrong with the
others: a record is matched as a whole against the patterns of its columns, and only what matches is given to Spark's
CSV parser, which then cannot guess. Whatever does not match, or breaks a rule, is read by `reading.py` and judged by
`validating.py`, the only ones to give reasons; what is sound here is so there, with the same values.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from tidegate_spark.casting import pattern_of
from tidegate_spark.contract import Column as ContractColumn
from tidegate_spark.contract import Contract, Dialect
from tidegate_spark.fields import literal
from tidegate_spark.header import Header
from tidegate_spark.reading import texts_of
from tidegate_spark.validating import validate_matched

# None of these is in any pattern of a type, so that what separates fields here separates them for the parser.
_DELIMITERS = (",", ";", "\t", "|")
# Java's patterns go down the stack with each of their parts.
_MAX_COLUMNS = 200
# Stands for an unquoted empty field within the parser; no text has this character.
_NOTHING = "\uffff"
# The parser's own ideas of them are not the dialect's.
_NEVER = r"\r\n\x00\x{ffff}"


def suits(header: Header, contract: Contract) -> bool:
    """Whether records of such a file can be looked at."""
    dialect = contract.csv
    return (
        dialect.delimiter in _DELIMITERS
        and dialect.quote in (None, '"', "'")
        and len(header.names) <= _MAX_COLUMNS
        and not any(column.unique for column in contract.columns)
    )


def look(records: DataFrame, header: Header, contract: Contract) -> DataFrame:
    """The records (as `records_of` gives them), each with what it says, if that is sound.

    Adds `_sound` (BOOLEAN) and the contract's columns in their types, which have no meaning where it is false. To be
    cached before it is filtered: Spark would ask all that makes a row sound once more for the filter, many times over.
    """
    dialect = contract.csv
    columns = {column.source: column for column in contract.read_columns}
    fields = [_field(columns.get(name), dialect) for name in header.names]
    matches = F.col("_raw").rlike(rf"\A{literal(dialect.delimiter).join(fields)}\z") & ~F.col("_misfit")
    if header.text is not None:
        matches &= F.col("_raw") != header.text
    parsed = records.withColumn("_parsed", _parse(F.when(matches, F.col("_raw")), len(fields), dialect))
    texts = texts_of(lambda at: _text(F.col(f"_parsed._{at}"), dialect), header, contract)
    whole = F.col("_parsed").isNotNull() & F.col("_parsed._corrupt").isNull()
    return validate_matched(parsed.select(*texts, *records.columns, whole.alias("_matched")), contract)


def _parse(record: Column, width: int, dialect: Dialect) -> Column:
    """The fields as a STRUCT of `_0`, `_1` and so on; null where the record is."""
    names = [f"_{index}" for index in range(width)]
    options = {
        "sep": dialect.delimiter,
        "quote": dialect.quote or "",
        "escape": dialect.quote or "",
        "nullValue": _NOTHING,
        "emptyValue": "",
        "columnNameOfCorruptRecord": "_corrupt",
    }
    return F.from_csv(record, ", ".join(f"{name} STRING" for name in [*names, "_corrupt"]), options)


def _text(parsed: Column, dialect: Dialect) -> Column:
    """The field's text, null where it is a token for that."""
    tokens = [token for token in dialect.nulls if token != ""]
    text = parsed if "" in dialect.nulls else F.coalesce(parsed, F.lit(""))
    return F.when(~text.isin(tokens), text) if tokens else text


def _field(column: ContractColumn | None, dialect: Dialect) -> str:
    """A field that is well written, as a regular expression."""
    delimiter = literal(dialect.delimiter)
    pattern = None if column is None else pattern_of(column.type, column.format, dialect)
    unquoted = rf"[^{literal(dialect.quote) if dialect.quote else ''}{delimiter}{_NEVER}]*+"
    if pattern is not None:
        unquoted = "|".join([rf"(?>{pattern})", *[_exactly(token) for token in dialect.nulls]])
    if dialect.quote is None:
        return f"(?>{unquoted})"
    return f"(?>{_quoted(pattern, dialect)}|{unquoted})"


def _quoted(pattern: str | None, dialect: Dialect) -> str:
    quote, delimiter = literal(dialect.quote or ""), literal(dialect.delimiter)
    # In quotes, a token means itself: the parser would not tell.
    tokens = "".join(
        rf"(?!{quote}{_exactly(token)}{quote}(?:{delimiter}|\z))" for token in dialect.nulls if token != ""
    )
    if pattern is not None:
        return rf"{tokens}{quote}(?>{pattern}){quote}"
    escape = "" if dialect.escape in (None, dialect.quote) else literal(dialect.escape)
    content = rf"{quote}[^{quote}{escape}{_NEVER}]*+{quote}"
    return rf"{tokens}(?:{content}){'++' if dialect.escape == dialect.quote else ''}"


def _exactly(text: str) -> str:
    return "".join(literal(character) for character in text)
