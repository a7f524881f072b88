"""A contract's regular expressions, as Java asks them of values."""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

_MAX_LENGTH = 500
"""Characters of a value that is held against a pattern which repeats a group: Java goes down the stack with each turn,
and a task that comes to its end takes the executor, and so the run, with it."""

_MEANS_ITSELF = re.compile(r"\\[pP]\{\w+\}|\\.|\[(?:\\.|[^\]\\])*\]", re.DOTALL)
_FEW_TIMES = re.compile(r"\{[0-9]{1,2}\}")
_UP_TO_FEW_TIMES = re.compile(r"\{[0-9]{1,2},[0-9]{1,2}\}")
_GROUP_OF_ONE_LENGTH = re.compile(r"\((?:\?(?:[:=!]|<[=!]|<\w+>))?[^()|*+?{]*\)")


def breaks_pattern(value: Column, pattern: str) -> Column:
    """Whether the value as a whole does not match; null where it is null."""
    differs = ~value.rlike(rf"\A(?:{pattern})\z")
    if not _repeats_a_group(pattern):
        return differs
    return F.when(F.length(value) > _MAX_LENGTH, F.lit(True)).otherwise(differs)


def _repeats_a_group(pattern: str) -> bool:
    """Whether a group whose texts may differ in length comes any number of times; of one length, Java just counts."""
    text = _UP_TO_FEW_TIMES.sub("?", _FEW_TIMES.sub("", _MEANS_ITSELF.sub("x", pattern)))
    while (folded := _GROUP_OF_ONE_LENGTH.sub("x", text)) != text:
        text = folded
    return re.search(r"\)[*+{]", text) is not None
