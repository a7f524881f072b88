"""Why a row is bad: the rule it breaks, the column, and the value as it was read."""

from __future__ import annotations

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
    """A list of one reason where the condition holds, the empty list elsewhere."""
    found = F.struct(F.lit(rule).alias("rule"), F.lit(column).cast("string").alias("column"), value.alias("value"))
    return F.when(condition, F.array(found).cast(REASONS)).otherwise(no_reasons())
