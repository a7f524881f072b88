"""What is wrong with an upload as a whole."""

from __future__ import annotations

from dataclasses import dataclass

UNCLOSED_QUOTE = "unclosed_quote"
ENCODING = "encoding"
FATAL_RULES = (UNCLOSED_QUOTE, ENCODING)
"""Rules whose breach leaves no doubt that the file as a whole was misread: the upload is rejected."""
MAX_SHOWN = 200
"""Characters of a file's text that a finding shows."""


@dataclass(frozen=True)
class Finding:
    """A reason to reject a whole upload: the rule it breaks, the line where, and what was expected and came."""

    rule: str
    row: int | None
    message: str


class UploadRejected(Exception):
    """An upload that cannot be read as its contract says; its neighbours can."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
