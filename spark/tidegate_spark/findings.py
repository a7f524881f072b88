"""What is wrong with an upload or a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A reason to reject a whole upload: the rule it breaks, the line where, and what was expected and came."""

    rule: str
    row: int | None
    message: str
