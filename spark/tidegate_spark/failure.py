"""How the job says why it failed."""

from __future__ import annotations

import traceback
from typing import Any

_TRACE_LINES = 30


class JobFailure(Exception):
    """A failure under a name of the workflow's error table (`tasks/core/errors.ts`)."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def first_line(error: Exception) -> str:
    """What Spark says of an error, without the plan and the place in the SQL that follow."""
    return str(error).strip().split("\n")[0]


def error_json(failure: BaseException, run_id: str, attempt: int, stage: str) -> dict[str, Any]:
    """The content of `error.json`: what failed, where and why."""
    return {
        "formatVersion": 1,
        "runId": run_id,
        "attempt": attempt,
        "error": failure.error if isinstance(failure, JobFailure) else "SparkJobFailed",
        "pythonClass": type(failure).__name__,
        "message": str(failure).strip().split("\n\nJVM stacktrace")[0][:4000] or type(failure).__name__,
        "stage": stage,
        "trace": traceback.format_exception(failure)[-_TRACE_LINES:],
    }
