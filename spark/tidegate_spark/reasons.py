"""Why a row is bad: the rule it breaks, the column, and the value as it was read."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as t

REASONS = t.ArrayType(
    t.StructType(
        [
            t.StructField("rule", t.StringType(), nullable=False),
            t.StructField("column", t.StringType()),
            t.StructField("value", t.StringType()),
        ]
    ),
    containsNull=False,
)
"""The type of `_reasons`; a row with an empty list is good."""


def no_reasons() -> Column:
    """The empty list."""
    return F.array().cast(REASONS)


def reason(condition: Column, rule: str, column: str | None, value: Column) -> Column:
    """A reason where the condition holds, null elsewhere."""
    name = F.lit(None).cast("string") if column is None else F.lit(column)
    return F.when(condition, F.named_struct(F.lit("rule"), F.lit(rule), F.lit("column"), name, F.lit("value"), value))


def those_of(reasons: Sequence[Column]) -> Column:
    """The list of the reasons that are not null."""
    return F.array_compact(F.array(*reasons)).cast(REASONS) if reasons else no_reasons()
