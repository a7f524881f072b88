"""BigQuery's errors: an HTTP status and a reason, in the body's form that its clients read."""

from __future__ import annotations

from typing import Any

_STATUS = {
    "notFound": 404,
    "duplicate": 409,
    "invalid": 400,
    "invalidQuery": 400,
    "notImplemented": 501,
    "backendError": 503,
}


class BigQueryError(Exception):
    """An error that the service answers, or that a job ends with."""

    def __init__(self, reason: str, message: str, location: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.location = location

    @property
    def code(self) -> int:
        """The HTTP status of the reason."""
        return _STATUS.get(self.reason, 403 if self.reason.endswith("Exceeded") else 400)

    def body(self) -> dict[str, Any]:
        """The answer's body."""
        detail = {"domain": "global", **self.result()}
        return {"error": {"code": self.code, "message": self.message, "errors": [detail]}}

    def result(self) -> dict[str, Any]:
        """The error as it stands in a job's status."""
        result = {"reason": self.reason, "message": self.message}
        return {**result, "location": self.location} if self.location else result


def not_implemented(what: str) -> BigQueryError:
    """For what the real service does and this one does not: refused rather than done differently."""
    return BigQueryError("notImplemented", f"This stand-in does not serve {what}; see local/bigquery/README.md.")
