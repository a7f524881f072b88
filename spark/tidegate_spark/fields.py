"""A record's text as fields, and a field's text as its value."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from tidegate_spark.contract import Dialect


def split_fields(record: Column, dialect: Dialect) -> Column:
    """The record's fields (ARRAY of STRING) as they are written, with their quotes.

    Text of an ill-quoted record is missing between them: see `is_well_quoted`.
    """
    pattern = f"\\{dialect.delimiter}" if dialect.delimiter in r"\.[{()*+?^$|" else dialect.delimiter
    bare = F.split(record, pattern, -1)
    if dialect.quote is None:
        return bare
    delimiter = literal(dialect.delimiter)
    ended = F.concat(record, F.lit(dialect.delimiter))
    quoted = F.regexp_extract_all(ended, F.lit(f"((?s){_field(dialect)}){delimiter}"), F.lit(1))
    return F.when(F.contains(record, F.lit(dialect.quote)), quoted).otherwise(bare)


def is_well_quoted(record: Column, fields: Column, dialect: Dialect) -> Column:
    """Whether quotes stand around fields and escaped within them, and nowhere else (as in `"a"b` or `a"b"`)."""
    if dialect.quote is None:
        return F.lit(True)
    covered = F.octet_length(F.array_join(fields, dialect.delimiter)) == F.octet_length(record)
    return ~F.contains(record, F.lit(dialect.quote)) | covered


def has_open_field(record: Column, dialect: Dialect) -> Column:
    """Of an ill-quoted record: whether a field of it may be one whose quote is closed in a later line."""
    if dialect.quote is None:
        return F.lit(False)
    return record.rlike(f"(?s)(?:\\A|{literal(dialect.delimiter)}){literal(dialect.quote)}")


def has_bare(character: str, record: Column, dialect: Dialect) -> Column:
    """Whether the character stands outside of quotes in a well-quoted record."""
    contained = F.contains(record, F.lit(character))
    if dialect.quote is None:
        return contained
    quote, sought = literal(dialect.quote), literal(character)
    return contained & record.rlike(f"(?s)\\A(?:[^{quote}{sought}]++|{_quoted(dialect)})*+{sought}")


def value_of(field: Column, dialect: Dialect) -> Column:
    """What the field says: null for an unquoted text that means null, else the text without its quotes."""
    value = field
    if dialect.quote is not None:
        inner = F.substring(field, F.lit(2), F.length(field) - 2)
        if dialect.escape == dialect.quote:
            inner = F.replace(inner, F.lit(dialect.quote * 2), F.lit(dialect.quote))
        elif dialect.escape is not None:
            escape, quote = literal(dialect.escape), literal(dialect.quote)
            inner = F.when(
                F.contains(inner, F.lit(dialect.escape)), F.regexp_replace(inner, f"{escape}([{escape}{quote}])", "$1")
            ).otherwise(inner)
        value = F.when(F.startswith(field, F.lit(dialect.quote)), inner).otherwise(field)
    return F.when(~field.isin(list(dialect.nulls)), value) if dialect.nulls else value


def _field(dialect: Dialect) -> str:
    """A field, quoted or not, as a regular expression that never goes back."""
    repeated = "++" if dialect.escape == dialect.quote else ""
    return f"(?:(?:{_quoted(dialect)}){repeated}|[^{literal(dialect.quote or '')}{literal(dialect.delimiter)}]*+)"


def _quoted(dialect: Dialect) -> str:
    """Text in quotes; where quotes are escaped by doubling, a field is several of these in a row."""
    quote = literal(dialect.quote or "")
    if dialect.escape is None or dialect.escape == dialect.quote:
        return f"{quote}[^{quote}]*+{quote}"
    escape = literal(dialect.escape)
    return f"{quote}(?:[^{quote}{escape}]++|{escape}.)*+{quote}"


def literal(character: str) -> str:
    """The character in a Java regular expression, in a class or not."""
    return f"\\x{{{ord(character):x}}}"
