"""Why a row is bad: the rule it breaks, the column, and the value as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as t

from tidegate_spark.contract import Contract
from tidegate_spark.findings import ENCODING, UNCLOSED_QUOTE

_MEANINGS = {
    UNCLOSED_QUOTE: "a quote that is not closed",
    "quoting": "a quote that neither encloses a field nor is escaped within one",
    "line_break": "a line break outside quotes that differs from the file's line ends",
    "header_again": "the header again",
}
_MAX_VALUES = 10
_MAX_LENGTH = 100

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


def any_of(conditions: Sequence[Column]) -> Column:
    """Whether one of them is true; one that is null, as of a value that is, counts as false."""
    some = list(conditions)
    # By halves: Spark goes down the stack with each link of a chain, and a thousand columns make a long one.
    while len(some) > 1:
        some = [reduce(or_, some[at : at + 2]) for at in range(0, len(some), 2)]
    return F.coalesce(*some, F.lit(False))


def told(rule: str, column: str | None, value: str | None, contract: Contract) -> str:
    """A reason for people: what was expected, and what came."""
    return f"{meaning(rule, column, contract)}, but found {'nothing' if value is None else repr(value)}"


def meaning(rule: str, column: str | None, contract: Contract) -> str:
    """A rule for people: with its bound, its values or its condition, as the contract has them."""
    if rule == ENCODING:
        return f"bytes that are not {contract.csv.encoding}"
    if rule == "field_count":
        return f"not as many fields as {'the header has' if contract.csv.header else 'the contract has columns'}"
    if column is None:
        predicates = {rule.name: rule.predicate for rule in contract.row_rules}
        return _MEANINGS.get(rule) or (f"{rule} ({_short(predicates[rule])})" if rule in predicates else rule)
    (of,) = (one for one in contract.columns if one.name == column)
    if rule == "enumeration":
        values = of.rules[rule]
        more = len(values) - _MAX_VALUES
        listed = _short(", ".join(str(value) for value in values[:_MAX_VALUES]))
        return f"{column}: validValues {listed}{f' and {more} more' if more > 0 else ''}"
    if rule in of.rules:
        return f"{column}: {rule} {_short(str(of.rules[rule]))}"
    form = f" in the form {of.format}" if rule.startswith("type ") and of.format else ""
    return f"{column}: {rule}{form}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}..."
