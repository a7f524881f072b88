"""The manifest of an attempt (`tasks/core/manifest.ts` is its schema): what was read, kept, quarantined, current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tidegate_spark.contract import Contract
from tidegate_spark.executors import Executor, mean_cores
from tidegate_spark.table import identifier


@dataclass
class UploadCounts:
    """One upload's outcome; counts are rows."""

    upload_id: str
    header: str | None = None
    """As it stands in the file, or else of the contract's names; None where that does not fit."""
    outcome: str = "LOADED"
    read: int = 0
    kept: int = 0
    quarantined: int = 0
    current: int = 0
    age_seconds: float | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)
    mends_not_taken: dict[str, str] = field(default_factory=dict)
    """Files of mended rows that do not count, and why."""

    def reject(self, rule: str, row: int | None, message: str) -> None:
        """Makes the whole upload rejected, for a reason that comes before those of its rows."""
        self.outcome = "REJECTED"
        self.reasons.insert(
            0,
            {
                "rule": rule,
                "column": None,
                "count": 1,
                "example": {"row": row, "value": None},
                "message": message,
            },
        )


@dataclass(frozen=True)
class Part:
    """One file, Parquet or CSV."""

    path: str
    rows: int
    bytes: int


def manifest_json(
    *,
    contract: Contract,
    run_id: str,
    attempt: int,
    spark_version: str,
    started_at: datetime,
    stage_seconds: dict[str, float],
    snapshot_id: str | None,
    uploads: list[UploadCounts],
    changes: list[Part],
    quarantine: list[Part],
    exports: list[Part],
    executors: Sequence[Executor] | None = None,
) -> dict[str, Any]:
    """The manifest's content."""
    finished_at = datetime.now(UTC)
    loaded = [upload for upload in uploads if upload.outcome == "LOADED"]
    totals = _balanced(
        read=sum(upload.read for upload in loaded),
        kept=sum(upload.kept for upload in loaded),
        quarantined=sum(upload.quarantined for upload in loaded),
        current=sum(upload.current for upload in loaded),
    )
    return {
        "formatVersion": 1,
        "dataset": contract.dataset,
        "runId": run_id,
        "attempt": attempt,
        "sparkVersion": spark_version,
        "startedAt": _instant(started_at),
        "finishedAt": _instant(finished_at),
        "stageSeconds": {name: round(seconds, 3) for name, seconds in stage_seconds.items()},
        **({} if executors is None else {"executorCores": round(mean_cores(executors, started_at, finished_at), 3)}),
        "table": {
            "identifier": identifier(contract),
            "snapshotId": snapshot_id,
            "columns": [
                {"name": column.name, "type": column.type.to_json(), "required": column.required}
                for column in contract.columns
            ],
        },
        "rows": totals,
        "uploads": [
            {
                "uploadId": upload.upload_id,
                "outcome": upload.outcome,
                **_balanced(upload.read, upload.kept, upload.quarantined, upload.current),
                **({} if upload.header is None else {"header": upload.header}),
                "reasons": upload.reasons,
                **(
                    {
                        "mendsNotTaken": [
                            {"name": name, "message": message} for name, message in upload.mends_not_taken.items()
                        ]
                    }
                    if upload.mends_not_taken
                    else {}
                ),
            }
            for upload in uploads
        ],
        "changes": {"parts": [vars(part) for part in changes]},
        "quarantine": {"parts": [vars(part) for part in quarantine]},
        **({"exports": {"parts": [vars(part) for part in exports]}} if contract.exports_csv else {}),
    }


def _balanced(read: int, kept: int, quarantined: int, current: int) -> dict[str, int]:
    return {
        "read": read,
        "kept": kept,
        "quarantined": quarantined,
        "current": current,
        "superseded": kept - current,
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
