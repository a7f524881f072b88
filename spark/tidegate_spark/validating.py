"""Values as the contract's types, texts by pattern first and cast after, each bad value with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark.errors import AnalysisException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as t

from tidegate_spark.casting import held, type_name, typed
from tidegate_spark.contract import Column, Contract, RowRule
from tidegate_spark.failure import JobFailure, first_line
from tidegate_spark.patterns import breaks_pattern
from tidegate_spark.reasons import any_of, no_reasons, reason, those_of


@dataclass(frozen=True)
class _Breach:
    """What a row does where `condition` is true."""

    condition: SparkColumn
    rule: str
    column: str | None
    value: SparkColumn

    @property
    def reason(self) -> SparkColumn:
        return reason(self.condition, self.rule, self.column, self.value)


def validate(rows: DataFrame, contract: Contract) -> DataFrame:
    """Rows of text (as `read_upload` gives them, with `_upload_id`) as typed rows.

    Returns the contract's columns in their types, every other column as it was, and `_reasons` (REASONS) with all that
    is wrong with the row; row rules are asked of rows that are sound without them. Columns that `transform.sql` fills
    are not there yet.

    Raises JobFailure (ContractIncompatible) for a row rule that is no condition on these columns.
    """
    return _reasoned(_Checks(rows, contract, contract.read_columns, _values_of_text(contract), "_reasons"))


def validate_typed(rows: DataFrame, contract: Contract) -> DataFrame:
    """Rows with all of the contract's columns in their types, and `_upload_id` and `_row`, as `validate` gives them.

    Values that no text of the type has break it: a double that is not finite, a year beyond 9999.
    Raises JobFailure (ContractIncompatible) for a row rule that is no condition on these columns.
    """
    columns = contract.columns
    values = [held(F.col(column.name), column.type) for column in columns]
    row = F.to_json(F.struct(*[column.name for column in columns]))
    return _reasoned(_Checks(rows.withColumn("_reasons", no_reasons()), contract, columns, values, "_reasons", row))


def validate_matched(rows: DataFrame, contract: Contract) -> DataFrame:
    """Rows of text that is known to match the patterns of its types where `_matched` is true, as typed rows.

    Returns the contract's columns in their types, every other column as it was, and, in the place of `_matched`,
    `_sound` (BOOLEAN): whether it was true and the row breaks no rule. A contract with unique columns is not asked.

    Raises JobFailure (ContractIncompatible) for a row rule that is no condition on these columns.
    """
    values = _values_of_text(contract, matched=True)
    checks = _Checks(rows, contract, contract.read_columns, values, "_matched")
    breaches = [*checks.in_columns, *checks.in_rows]
    return checks.select((F.col("_matched") & ~_does_any(breaches)).alias("_sound"))


def _values_of_text(contract: Contract, *, matched: bool = False) -> list[SparkColumn]:
    return [
        typed(F.col(column.name), column.type, column.format, contract.csv, matched=matched)
        for column in contract.read_columns
    ]


class _Checks:
    """The values of rows, and what is asked of them; `raw` is what is shown of a row that breaks a row rule."""

    def __init__(
        self,
        rows: DataFrame,
        contract: Contract,
        columns: Sequence[Column],
        values: Sequence[SparkColumn],
        own: str,
        raw: SparkColumn | None = None,
    ) -> None:
        others = [name for name in rows.columns if name not in {*[column.name for column in columns], own}]
        self._values = rows.select(
            *[value.alias(column.name) for column, value in zip(columns, values, strict=True)],
            *[F.col(column.name).cast("string").alias(_text_name(column)) for column in columns],
            *others,
            own,
        )
        for column in columns:
            if column.unique:
                self._values = self._values.withColumn(_again_name(column), _is_repeated(column))
        self._kept = [*[column.name for column in columns], *others]
        self._row_rules = contract.row_rules
        shown = F.col("_raw") if raw is None else raw
        self.in_columns = [breach for column in columns for breach in _column_breaches(column)]
        self.in_rows = [_Breach(_is_untrue(rule), rule.name, None, shown) for rule in contract.row_rules]

    def select(self, verdict: SparkColumn) -> DataFrame:
        """The rows with the verdict on each."""
        with _lenient(self._values.sparkSession):
            for rule in self._row_rules:
                _check(rule, self._values)
            return self._values.select(*self._kept, verdict)


def _reasoned(checks: _Checks) -> DataFrame:
    """The rows, each with all that is wrong with it in `_reasons`."""
    unreadable = F.size("_reasons") > 0
    reasons = F.when(unreadable, F.col("_reasons"))
    for breaches in (checks.in_columns, checks.in_rows):
        if breaches:
            # The list is made for bad rows only: this is asked of every row.
            reasons = reasons.when(_does_any(breaches), those_of([breach.reason for breach in breaches]))
    return checks.select(reasons.otherwise(no_reasons()).alias("_reasons"))


def _does_any(breaches: list[_Breach]) -> SparkColumn:
    """Whether the row does any of them."""
    return any_of([breach.condition for breach in breaches])


def _is_untrue(rule: RowRule) -> SparkColumn:
    return ~F.coalesce(F.expr(rule.predicate), F.lit(False))


def _check(rule: RowRule, values: DataFrame) -> None:
    try:
        kind = values.select(F.expr(rule.predicate)).schema[0].dataType
    except AnalysisException as error:
        problem = f"Row rule {rule.name} cannot be evaluated: {first_line(error)}"
        raise JobFailure("ContractIncompatible", problem) from error
    if not isinstance(kind, (t.BooleanType, t.NullType)):
        problem = f"it must be a condition that is true or false, but {rule.predicate} is {kind.simpleString()}"
        raise JobFailure("ContractIncompatible", f"Row rule {rule.name} cannot be evaluated: {problem}.")


@contextmanager
def _lenient(spark: SparkSession) -> Iterator[None]:
    """Makes a predicate that cannot be computed for a row (1 / 0) null instead of the job's failure."""
    ansi = str(spark.conf.get("spark.sql.ansi.enabled"))
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        yield
    finally:
        spark.conf.set("spark.sql.ansi.enabled", ansi)


def _text_name(column: Column) -> str:
    return f"_text_{column.name}"


def _again_name(column: Column) -> str:
    return f"_again_{column.name}"


def _is_repeated(column: Column) -> SparkColumn:
    """Whether an earlier row of the upload has the value. A row that could not be read has no values."""
    readable = F.size("_reasons") == 0
    same = Window.partitionBy("_upload_id", readable, column.name).orderBy("_row")
    return readable & F.col(column.name).isNotNull() & (F.row_number().over(same) > 1)


def _column_breaches(column: Column) -> list[_Breach]:
    value, text = F.col(column.name), F.col(_text_name(column))
    breaches: list[tuple[str, SparkColumn]] = []
    if column.required:
        breaches.append(("required", text.isNull()))
    if column.type.kind != "string":
        breaches.append((f"type {type_name(column.type)}", text.isNotNull() & value.isNull()))
    if column.unique:
        breaches.append(("unique", F.col(_again_name(column))))

    def literal(bound: str) -> SparkColumn:
        return F.lit(bound).cast(column.type.spark)

    rules = {
        "minimum": lambda bound: value < literal(bound),
        "maximum": lambda bound: value > literal(bound),
        "exclusiveMinimum": lambda bound: value <= literal(bound),
        "exclusiveMaximum": lambda bound: value >= literal(bound),
        "multipleOf": lambda bound: (value % literal(bound)) != 0,
        "minLength": lambda bound: F.length(value) < bound,
        "maxLength": lambda bound: F.length(value) > bound,
        "pattern": lambda pattern: breaks_pattern(value, pattern),
        "enumeration": lambda allowed: ~value.isin([literal(one) for one in allowed]),
    }
    breaches += [(name, breaks(column.rules[name])) for name, breaks in rules.items() if name in column.rules]
    return [_Breach(condition, rule, column.name, text) for rule, condition in breaches]
