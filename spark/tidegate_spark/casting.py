"""A text as a value of a type: Spark's casts guess (`5D`, `2024`, ` 5 `, 1.239 as 1.24), so a pattern comes first."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from tidegate_spark.contract import ColumnType, Dialect

_DATE = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
_ZONE = r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
_PATTERNS = {
    "integer": r"[+-]?[0-9]+",
    "double": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "boolean": r"(?i:true|false|1|0)",
    "date": _DATE,
    "timestamp": rf"{_DATE}[T ]{_TIME}{_ZONE}?",
    "timestamp_ntz": rf"{_DATE}[T ]{_TIME}",
    "time": _TIME,
}
_LEAST = {"date": "0001-01-01", "timestamp": "0001-01-01T00:00:00Z", "timestamp_ntz": "0001-01-01T00:00:00"}
_GREATEST = {
    "date": "9999-12-31",
    "timestamp": "9999-12-31T23:59:59.999999Z",
    "timestamp_ntz": "9999-12-31T23:59:59.999999",
}
"""What BigQuery holds."""


def typed(
    text: Column, column_type: ColumnType, format_: str | None, dialect: Dialect, *, matched: bool = False
) -> Column:
    """The value, null where the text is none of the type or is null itself.

    Without a datetime pattern (`format_`), dates and times are ISO 8601; an instant without a zone is in UTC.
    `matched` says that a text for which there is a pattern (see `pattern_of`) is known to match it.
    """
    kind = column_type.kind
    if kind == "string":
        return text
    if format_ is not None:
        return _by_format(text, column_type, format_)
    if _has_decimal_comma(kind, dialect):
        text = F.when(~F.contains(text, F.lit(".")), F.translate(text, ",", "."))
        matched = False
    fits = F.lit(True) if matched else text.rlike(rf"\A(?:{_pattern(column_type)})\z")
    if kind == "time":
        return F.when(fits, _canonical_time(text))
    value = text.try_cast(column_type.spark)
    if kind == "double":
        return F.when(fits & (F.abs(value) != F.lit(float("inf"))), value)
    if kind == "timestamp":
        # A zone can carry the first and the last day over the edge.
        return F.when(fits & _is_in_range(value, column_type), value)
    return F.when(fits, value)


def held(value: Column, column_type: ColumnType) -> Column:
    """A value of the type in Spark, as `typed` would give it; null where no text has it, as for an infinite double."""
    kind = column_type.kind
    if kind == "double":
        return F.when(F.abs(value) < F.lit(float("inf")), value)
    if kind == "time":
        return F.when(value.rlike(rf"\A(?:{_TIME})\z"), _canonical_time(value))
    return value if kind not in _LEAST else F.when(_is_in_range(value, column_type), value)


def pattern_of(column_type: ColumnType, format_: str | None, dialect: Dialect) -> str | None:
    """What the whole text of a value has to match, as a regular expression; None where `typed` alone can tell."""
    kind = column_type.kind
    return (
        None if kind == "string" or format_ is not None or _has_decimal_comma(kind, dialect) else _pattern(column_type)
    )


def type_name(column_type: ColumnType) -> str:
    """The type as reasons name it."""
    if column_type.kind == "decimal":
        return f"decimal({column_type.precision},{column_type.scale})"
    return column_type.kind


def _has_decimal_comma(kind: str, dialect: Dialect) -> bool:
    return dialect.decimal_comma and kind in ("decimal", "double")


def _pattern(column_type: ColumnType) -> str:
    if column_type.kind != "decimal":
        return _PATTERNS[column_type.kind]
    whole, scale = column_type.precision - column_type.scale, column_type.scale
    # Zeros that say nothing do not count as digits.
    fraction = rf"\.[0-9]{{0,{scale}}}0*"
    forms = [rf"0*[0-9]{{1,{whole}}}(?:{fraction})?" if whole else rf"0+(?:{fraction})?"]
    if scale:
        forms.append(rf"\.[0-9]{{1,{scale}}}0*")
    return rf"[+-]?(?:{'|'.join(forms)})"


def _by_format(text: Column, column_type: ColumnType, format_: str) -> Column:
    instant = F.try_to_timestamp(text, F.lit(format_))
    if column_type.kind == "time":
        return _canonical_time(F.date_format(instant, "HH:mm:ss.SSSSSS"))
    value = instant.cast(column_type.spark)
    return F.when(_is_in_range(value, column_type), value)


def _is_in_range(value: Column, column_type: ColumnType) -> Column:
    least, greatest = _LEAST[column_type.kind], _GREATEST[column_type.kind]
    return value.between(F.lit(least).cast(column_type.spark), F.lit(greatest).cast(column_type.spark))


def _canonical_time(text: Column) -> Column:
    """`HH:mm:ss`, with a fraction only where there is one that is not zero."""
    with_seconds = F.when(F.length(text) == 5, F.concat(text, F.lit(":00"))).otherwise(text)
    return F.when(
        F.contains(with_seconds, F.lit(".")), F.rtrim(F.rtrim(with_seconds, F.lit("0")), F.lit("."))
    ).otherwise(with_seconds)
