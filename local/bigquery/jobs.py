"""Jobs: PENDING, RUNNING, DONE; an id is used once, whatever became of it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from catalog import Catalog
from errors import BigQueryError, not_implemented
from faults import Faults
from loading import load
from querying import Result, Script
from translating import parameters_of

_RETRYABLE_MESSAGE = "Error encountered during execution. Retrying may solve the problem."


class Jobs:
    """Runs jobs one at a time; what they came to outlives the process, their rows do not."""

    def __init__(self, catalog: Catalog, gcs_root: Path, faults: Faults, step_ms: int) -> None:
        self._catalog = catalog
        self._gcs_root = gcs_root
        self._faults = faults
        self._step_ms = step_ms
        self._pool = ThreadPoolExecutor(max_workers=8)
        self._results: dict[str, Result] = {}
        self._done: dict[str, threading.Event] = {}
        with catalog.lock:
            for job_id in catalog.ids("jobs"):
                body = catalog.get("jobs", job_id) or {}
                if body["status"]["state"] != "DONE":
                    self._end(job_id, body, error=BigQueryError("backendError", "The service was restarted"))

    def insert(self, body: dict[str, Any]) -> dict[str, Any]:
        """Takes a job and answers at once."""
        reference = body.get("jobReference") or {}
        location = str(reference.get("location") or self._catalog.location)
        if location.upper() != self._catalog.location.upper():
            raise not_implemented(f"jobs in {location}; everything is in {self._catalog.location}")
        job_id = reference.get("jobId") or f"job_{uuid.uuid4().hex}"
        configuration = body["configuration"]
        kinds = [kind for kind in ("load", "query") if kind in configuration]
        if not kinds:
            raise not_implemented(f"jobs of {', '.join(configuration)}")
        if configuration.get("dryRun"):
            return self._dry_run(configuration)
        with self._catalog.lock:
            if self._catalog.get("jobs", job_id):
                name = f"{self._catalog.project}:{self._catalog.location}.{job_id}"
                raise BigQueryError("duplicate", f"Already Exists: Job {name}")
            job = {
                "kind": "bigquery#job",
                "id": f"{self._catalog.project}:{self._catalog.location}.{job_id}",
                "jobReference": {
                    "projectId": self._catalog.project,
                    "jobId": job_id,
                    "location": self._catalog.location,
                },
                "configuration": {**configuration, "jobType": kinds[0].upper()},
                "statistics": {"creationTime": _now()},
                "status": {"state": "PENDING"},
            }
            self._catalog.put("jobs", job_id, job)
            self._done[job_id] = threading.Event()
        self._pool.submit(self._run, job_id, kinds[0])
        return job

    def get(self, job_id: str, location: str | None) -> dict[str, Any]:
        """The job as it stands; one asked for in another location is not found."""
        with self._catalog.lock:
            job = self._catalog.get("jobs", job_id)
        wanted = location or self._catalog.location
        if not job or wanted.upper() != self._catalog.location.upper():
            raise BigQueryError("notFound", f"Not found: Job {self._catalog.project}:{wanted}.{job_id}")
        return job

    def result(self, job_id: str, location: str | None, wait_ms: int) -> Result | None:
        """A query's result when it is done, or becomes so within the time; raises the error it ended with."""
        self.get(job_id, location)
        event = self._done.get(job_id)
        if event and not event.wait(wait_ms / 1000):
            return None
        error = self.get(job_id, location)["status"].get("errorResult")
        if error:
            raise BigQueryError(error["reason"], error["message"], error.get("location"))
        return self._results.get(job_id, Result())

    def cancel(self, job_id: str, location: str | None) -> dict[str, Any]:
        """Answers as for a job that ended before the request for its end came to it."""
        return self.get(job_id, location)

    def _run(self, job_id: str, kind: str) -> None:
        time.sleep(self._step_ms / 1000)
        job = self.get(job_id, None)
        job["status"] = {"state": "RUNNING"}
        job["statistics"]["startTime"] = _now()
        with self._catalog.lock:
            self._catalog.put("jobs", job_id, job)
        time.sleep(self._step_ms / 1000)
        error: BigQueryError | None = None
        try:
            fault = self._faults.take(f"JOB {kind} {job_id}", "jobError")
            if fault:
                raise BigQueryError(fault.reason, _RETRYABLE_MESSAGE)
            job["statistics"].update(self._work(job_id, job["configuration"]))
        except BigQueryError as failed:
            error = failed
        except Exception as bug:
            error = BigQueryError("internalError", f"{type(bug).__name__}: {bug}")
        with self._catalog.lock:
            self._end(job_id, job, error)

    def _work(self, job_id: str, configuration: dict[str, Any]) -> dict[str, Any]:
        if "load" in configuration:
            with self._catalog.lock:
                return load(self._catalog, self._gcs_root, configuration["load"])
        query = configuration["query"]
        script = _script(self._catalog, query, lambda statement: self._faults.hold(f"STATEMENT {job_id} {statement}"))
        result = script.run(query["query"])
        self._results[job_id] = result
        statistics: dict[str, Any] = {
            "statementType": result.statement_type,
            "totalBytesProcessed": str(result.bytes_read),
        }
        if result.affected_rows is not None:
            statistics["numDmlAffectedRows"] = str(result.affected_rows)
            statistics["dmlStats"] = {
                "insertedRowCount": str(result.inserted),
                "updatedRowCount": str(result.updated),
                "deletedRowCount": str(result.deleted),
            }
        return {"query": statistics, "totalBytesProcessed": statistics["totalBytesProcessed"]}

    def _end(self, job_id: str, job: dict[str, Any], error: BigQueryError | None) -> None:
        job["status"] = {"state": "DONE"}
        if error:
            job["status"] |= {"errorResult": error.result(), "errors": [error.result()]}
        job["statistics"]["endTime"] = _now()
        self._catalog.put("jobs", job_id, job)
        if job_id in self._done:
            self._done[job_id].set()

    def _dry_run(self, configuration: dict[str, Any]) -> dict[str, Any]:
        if "query" not in configuration:
            raise not_implemented("dry runs of load jobs")
        with self._catalog.lock:
            script = _script(self._catalog, configuration["query"], lambda _: None)
            bytes_read = script.estimate(configuration["query"]["query"])
        return {
            "kind": "bigquery#job",
            "jobReference": {"projectId": self._catalog.project, "location": self._catalog.location},
            "configuration": {**configuration, "jobType": "QUERY"},
            "statistics": {
                "creationTime": _now(),
                "totalBytesProcessed": str(bytes_read),
                "query": {"totalBytesProcessed": str(bytes_read)},
            },
            "status": {"state": "DONE"},
        }


def _script(catalog: Catalog, query: dict[str, Any], before: Callable[[str], None]) -> Script:
    if query.get("useLegacySql") is not False:
        raise not_implemented("legacy SQL: send useLegacySql false")
    for unknown in ("destinationTable", "userDefinedFunctionResources", "externalTableDefinitions"):
        if unknown in query:
            raise not_implemented(f"queries with {unknown}")
    return Script(catalog, parameters_of(query), before)


def _now() -> str:
    return str(int(time.time() * 1000))
