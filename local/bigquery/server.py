"""A strict stand-in of BigQuery's REST API (v2) for one machine.

Usage: server.py --data-dir DIR --gcs-root DIR [--port N] [--project P] [--location L] [--step-ms N]
"""

from __future__ import annotations

import argparse
import base64
import re
import socket
from pathlib import Path
from typing import Any

from catalog import Catalog
from errors import BigQueryError, not_implemented
from faults import Faults
from field_types import cell
from flask import Flask, Response, jsonify, request
from jobs import Jobs
from querying import Result
from werkzeug.serving import make_server

_BASE = "/bigquery/v2/projects/<project>"
_DEFAULT_WAIT_MS = 10_000


def create_app(catalog: Catalog, jobs: Jobs, faults: Faults) -> Flask:
    """The service's routes."""
    app = Flask("bigquery")
    # A connection that is dropped as a test asks is dropped by the server beneath, instead of being answered with 500.
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.errorhandler(BigQueryError)
    def refuse(error: BigQueryError) -> tuple[Response, int]:
        return jsonify(error.body()), error.code

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(_: Exception) -> tuple[Response, int]:
        error = not_implemented(f"{request.method} {request.path}")
        return jsonify(error.body()), error.code

    @app.before_request
    def refuse_pages() -> tuple[str, int] | None:
        """As `local/http/comes-from-a-page.ts` tells them."""
        is_local = re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d+)?", request.headers.get("Host", ""))
        return None if is_local and "Origin" not in request.headers else ("Web pages are not served here.\n", 403)

    @app.before_request
    def prepare() -> None:
        if request.path.startswith("/__"):
            return
        if request.view_args and "project" in request.view_args:
            catalog.check_project(request.view_args["project"])
        call = _call()
        faults.count(f"{request.method} {request.url_rule}")
        if faults.before(call):
            _drop()

    @app.after_request
    def finish(response: Response) -> Response:
        if not request.path.startswith("/__") and faults.take(_call(), "drop-after"):
            _drop()
        return response

    @app.post("/__faults")
    def set_faults() -> dict[str, Any]:
        faults.set(request.get_json())
        return {}

    @app.get("/__calls")
    def get_calls() -> dict[str, int]:
        return faults.calls()

    _dataset_routes(app, catalog)
    _table_routes(app, catalog)
    _job_routes(app, catalog, jobs)
    return app


def _dataset_routes(app: Flask, catalog: Catalog) -> None:
    @app.post(f"{_BASE}/datasets")
    def insert_dataset(project: str) -> dict[str, Any]:
        body = request.get_json()
        with catalog.lock:
            return catalog.create_dataset(body["datasetReference"]["datasetId"], body)

    @app.get(f"{_BASE}/datasets")
    def list_datasets(project: str) -> dict[str, Any]:
        with catalog.lock:
            return {"kind": "bigquery#datasetList", "datasets": [catalog.dataset(d) for d in catalog.ids("datasets")]}

    @app.get(f"{_BASE}/datasets/<dataset>")
    def get_dataset(project: str, dataset: str) -> dict[str, Any]:
        with catalog.lock:
            return catalog.dataset(dataset)

    @app.delete(f"{_BASE}/datasets/<dataset>")
    def delete_dataset(project: str, dataset: str) -> tuple[str, int]:
        with catalog.lock:
            catalog.delete_dataset(dataset, request.args.get("deleteContents") == "true")
        return "", 204


def _table_routes(app: Flask, catalog: Catalog) -> None:
    tables = f"{_BASE}/datasets/<dataset>/tables"

    @app.post(tables)
    def insert_table(project: str, dataset: str) -> dict[str, Any]:
        body = request.get_json()
        with catalog.lock:
            return catalog.create_table(dataset, body["tableReference"]["tableId"], body)

    @app.get(tables)
    def list_tables(project: str, dataset: str) -> dict[str, Any]:
        with catalog.lock:
            catalog.dataset(dataset)
            found = [catalog.table(dataset, key.split(".", 1)[1]) for key in catalog.ids("tables", f"{dataset}.")]
        return {"kind": "bigquery#tableList", "tables": found, "totalItems": len(found)}

    @app.get(f"{tables}/<table>")
    def get_table(project: str, dataset: str, table: str) -> dict[str, Any]:
        with catalog.lock:
            body = catalog.table(dataset, table)
            rows, size = catalog.size(dataset, table)
        return {**body, "numRows": str(rows), "numBytes": str(size)}

    @app.patch(f"{tables}/<table>")
    def patch_table(project: str, dataset: str, table: str) -> dict[str, Any]:
        with catalog.lock:
            return catalog.patch_table(dataset, table, request.get_json(), request.headers.get("If-Match"))

    @app.delete(f"{tables}/<table>")
    def delete_table(project: str, dataset: str, table: str) -> tuple[str, int]:
        with catalog.lock:
            catalog.delete_table(dataset, table)
        return "", 204


def _job_routes(app: Flask, catalog: Catalog, jobs: Jobs) -> None:
    @app.post(f"{_BASE}/jobs")
    def insert_job(project: str) -> dict[str, Any]:
        return jobs.insert(request.get_json())

    @app.get(f"{_BASE}/jobs/<job>")
    def get_job(project: str, job: str) -> dict[str, Any]:
        return jobs.get(job, request.args.get("location"))

    @app.post(f"{_BASE}/jobs/<job>/cancel")
    def cancel_job(project: str, job: str) -> dict[str, Any]:
        return {"kind": "bigquery#jobCancelResponse", "job": jobs.cancel(job, request.args.get("location"))}

    @app.post(f"{_BASE}/queries")
    def query(project: str) -> dict[str, Any]:
        body = request.get_json()
        members = ("query", "useLegacySql", "parameterMode", "queryParameters")
        configuration = {"query": {name: body[name] for name in members if name in body}}
        job = jobs.insert({"configuration": configuration, "jobReference": {"location": body.get("location")}})
        return _answer(jobs, job["jobReference"]["jobId"], int(body.get("timeoutMs", _DEFAULT_WAIT_MS)), body)

    @app.get(f"{_BASE}/queries/<job>")
    def get_results(project: str, job: str) -> dict[str, Any]:
        wait_ms = int(request.args.get("timeoutMs", _DEFAULT_WAIT_MS))
        return _answer(jobs, job, wait_ms, request.args, request.args.get("location"))


def _answer(jobs: Jobs, job_id: str, wait_ms: int, wish: Any, location: str | None = None) -> dict[str, Any]:
    result = jobs.result(job_id, location, wait_ms)
    reference = jobs.get(job_id, location)["jobReference"]
    base = {"kind": "bigquery#queryResponse", "jobReference": reference, "jobComplete": result is not None}
    if result is None:
        return base
    return {**base, **_page(result, wish)}


def _page(result: Result, wish: Any) -> dict[str, Any]:
    int64 = wish.get("formatOptions.useInt64Timestamp")
    nested = wish.get("formatOptions")
    int64_timestamp = str(int64).lower() == "true" or (
        isinstance(nested, dict) and nested.get("useInt64Timestamp") is True
    )
    token = wish.get("pageToken")
    start = int(base64.b64decode(token)) if token else int(wish.get("startIndex") or 0)
    size = int(wish.get("maxResults") or 10_000)
    rows = result.rows[start : start + size]
    page: dict[str, Any] = {
        "schema": {"fields": result.schema},
        "rows": [{"f": [cell(value, int64_timestamp) for value in row]} for row in rows],
        "totalRows": str(len(result.rows)),
        "totalBytesProcessed": "0",
        "cacheHit": False,
    }
    if result.affected_rows is not None:
        page["numDmlAffectedRows"] = str(result.affected_rows)
    if start + size < len(result.rows):
        page["pageToken"] = base64.b64encode(str(start + size).encode()).decode()
    return page


def _call() -> str:
    body = request.get_json(silent=True) if request.method == "POST" else None
    job_id = (body.get("jobReference") or {}).get("jobId", "") if isinstance(body, dict) else ""
    return f"{request.method} {request.path} {job_id}"


def _drop() -> None:
    """Ends the connection without an answer."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped as asked")


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--gcs-root", type=Path, required=True)
    parser.add_argument("--project", default="tidegate-local")
    parser.add_argument("--location", default="US")
    parser.add_argument("--step-ms", type=int, default=50, help="how long a job is PENDING, and then RUNNING at least")
    options = parser.parse_args()
    options.data_dir.mkdir(parents=True, exist_ok=True)
    catalog = Catalog(options.data_dir / "bigquery.duckdb", options.project, options.location)
    faults = Faults()
    jobs = Jobs(catalog, options.gcs_root, faults, options.step_ms)
    server = make_server("127.0.0.1", options.port, create_app(catalog, jobs, faults), threaded=True)
    print(f"listening http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
