"""Text values as the contract's types, by pattern first and cast after, each bad value with its reason."""

from __future__ import annotations

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from tidegate_spark.contract import Column, ColumnType, Contract
from tidegate_spark.reading import REASONS, reason

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_ZONE = r"(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)"
_PATTERNS = {
    "integer": r"[+-]?\d{1,19}",
    "double": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?",
    "boolean": r"(?i:true|false|1|0)",
    "date": _DATE,
    "timestamp": rf"{_DATE}[T ]{_TIME}{_ZONE}?",
    "timestamp_ntz": rf"{_DATE}[T ]{_TIME}",
    "time": _TIME,
}


def validate(rows: DataFrame, contract: Contract) -> DataFrame:
    """Rows of text (as `read_upload` gives them, with `_upload_id`) as typed rows.

    Returns the contract's columns in their types, every other column as it was, and `_reasons` (REASONS) with all that
    is wrong with the row. Columns that `transform.sql` fills are not there yet.
    """
    read = [column for column in contract.columns if not column.derived]
    others = [name for name in rows.columns if name not in {column.name for column in read} | {"_reasons"}]
    texts = {column.name: _plain_number(F.col(column.name), column, contract) for column in read}
    typed = rows.select(
        *[_cast(texts[column.name], column).alias(column.name) for column in read],
        *[F.col(column.name).alias(_text_name(column)) for column in read],
        *others,
        "_reasons",
    )
    findings = [finding for column in read for finding in _column_reasons(column)]
    checked = typed.withColumn("_found", F.array_compact(F.array(*findings)).cast(REASONS))
    for column in read:
        if column.unique:
            checked = _with_duplicates(checked, column)
    # A row that could not be split into fields has no values to be judged.
    readable = F.size("_reasons") == 0
    sound = readable & (F.size("_found") == 0)
    row_rules = [
        reason(sound & ~F.coalesce(F.expr(rule.predicate), F.lit(False)), rule.name, None, F.col("_raw"))
        for rule in contract.row_rules
    ]
    broken = F.array_compact(F.array(*row_rules)) if row_rules else F.array().cast(REASONS)
    reasons = F.when(readable, F.concat("_found", broken.cast(REASONS))).otherwise(F.col("_reasons"))
    return checked.select(*[column.name for column in read], *others, reasons.alias("_reasons"))


def _text_name(column: Column) -> str:
    return f"_text_{column.name}"


def _plain_number(text: SparkColumn, column: Column, contract: Contract) -> SparkColumn:
    """A number with a decimal comma as one with a point; other texts as they are."""
    if contract.csv.decimal_comma and column.type.kind in ("decimal", "double"):
        return F.when(~F.contains(text, F.lit(".")), F.translate(text, ",", ".")).otherwise(text)
    return text


def pattern_of(column_type: ColumnType) -> str | None:
    """The regular expression that the whole text of a value must match before it is cast; None: any text."""
    if column_type.kind == "decimal":
        whole = column_type.precision - column_type.scale
        fraction = rf"(\.\d{{0,{column_type.scale}}}0*)?"
        return rf"[+-]?(0*\d{{1,{whole}}}{fraction})" if whole > 0 else rf"[+-]?0*{fraction}"
    return _PATTERNS.get(column_type.kind)


def _cast(text: SparkColumn, column: Column) -> SparkColumn:
    """The value, null where the text is none of the type."""
    pattern = pattern_of(column.type)
    if pattern is None:
        return text
    kind = column.type.kind
    if column.format and kind in ("date", "timestamp", "timestamp_ntz"):
        return F.try_to_timestamp(text, F.lit(column.format)).cast(column.type.spark)
    fits = text.rlike(rf"\A(?:{pattern})\z")
    if kind == "time":
        return F.when(fits, _canonical_time(text))
    return F.when(fits, text.try_cast(column.type.spark))


def _canonical_time(text: SparkColumn) -> SparkColumn:
    """`HH:mm:ss`, with a fraction only where there is one that is not zero."""
    with_seconds = F.when(F.length(text) == 5, F.concat(text, F.lit(":00"))).otherwise(text)
    return F.when(
        F.contains(with_seconds, F.lit(".")), F.rtrim(F.rtrim(with_seconds, F.lit("0")), F.lit("."))
    ).otherwise(with_seconds)


def _column_reasons(column: Column) -> list[SparkColumn]:
    value, text = F.col(column.name), F.col(_text_name(column))
    reasons = []
    if column.required:
        reasons.append(reason(text.isNull(), "required", column.name, text))
    if column.type.kind != "string":
        reasons.append(reason(text.isNotNull() & value.isNull(), f"type {_name(column.type)}", column.name, text))
    if column.type.kind == "double":
        reasons.append(reason(F.abs(value) == F.lit(float("inf")), "type double", column.name, text))
    rules = column.rules
    literal = _literal(column)
    bounds = {
        "minimum": lambda bound: value < literal(bound),
        "maximum": lambda bound: value > literal(bound),
        "exclusiveMinimum": lambda bound: value <= literal(bound),
        "exclusiveMaximum": lambda bound: value >= literal(bound),
        "multipleOf": lambda bound: (value % literal(bound)) != 0,
        "minLength": lambda bound: F.length(value) < bound,
        "maxLength": lambda bound: F.length(value) > bound,
        "pattern": lambda pattern: ~value.rlike(rf"\A(?:{pattern})\z"),
        "enumeration": lambda allowed: ~value.cast("string").isin(allowed),
    }
    for name, breaks in bounds.items():
        if name in rules:
            reasons.append(reason(breaks(rules[name]), name, column.name, text))
    return reasons


def _literal(column: Column):
    """Bounds come as text, so that they stay exact."""
    if column.type.kind == "decimal":
        return lambda text: F.lit(text).cast("decimal(38,9)") if "." in text else F.lit(text).cast("decimal(38,0)")
    return lambda text: F.lit(text).cast(column.type.spark)


def _name(column_type: ColumnType) -> str:
    if column_type.kind == "decimal":
        return f"decimal({column_type.precision},{column_type.scale})"
    return column_type.kind


def _with_duplicates(rows: DataFrame, column: Column) -> DataFrame:
    """Every row but the first of an upload that has a value of a unique column is a duplicate."""
    same = Window.partitionBy("_upload_id", column.name).orderBy("_row")
    again = F.col(column.name).isNotNull() & (F.row_number().over(same) > 1)
    found = F.array_compact(F.array(reason(again, "unique", column.name, F.col(_text_name(column)))))
    return rows.withColumn("_found", F.concat("_found", found.cast(REASONS)))
