"""The way of a change set into the BigQuery stand-in, by the delivery itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PROJECT = "/bigquery/v2/projects/tidegate-local"


class BigQuery:
    """The stand-in in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._gcs = folder / "gcs"
        (self._gcs / "b").mkdir(parents=True)
        self._parts = 0
        server = [sys.executable, str(_ROOT / "local/bigquery/server.py"), "--step-ms", "1"]
        options = ["--data-dir", str(folder / "bq"), "--gcs-root", str(self._gcs)]
        self._process = subprocess.Popen([*server, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._url = self._process.stdout.readline().split()[-1]
        for dataset in ("d", "s"):
            self._post("/datasets", {"datasetReference": {"datasetId": dataset}})

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()

    def deliver(self, contract: dict[str, Any], manifest: dict[str, Any]) -> None:
        """Brings a manifest's parts into the contract's table, in the dataset `d`."""
        parts = []
        for part in manifest["changes"]["parts"]:
            self._parts += 1
            name = f"{self._parts}.parquet"
            shutil.copy(part["path"].removeprefix("file://"), self._gcs / "b" / name)
            parts.append({**part, "path": f"s3://destination/{name}"})
        whole = {**manifest, "changes": {"parts": parts}, "quarantine": {"parts": []}}
        node = [str(_ROOT / "node_modules/.bin/node"), str(_ROOT / "test/spark/deliver.ts")]
        environment = {
            **os.environ,
            "TIDEGATE_BIGQUERY_ENDPOINT": self._url,
            "TIDEGATE_BIGQUERY_PROJECT": "tidegate-local",
            "TIDEGATE_BIGQUERY_LOCATION": "US",
        }
        subprocess.run([*node, json.dumps(contract), json.dumps(whole)], check=True, env=environment)

    def rows(self, sql: str) -> list[list[str | None]]:
        """A query's rows as the API gives them, instants in microseconds."""
        body = {"query": sql, "useLegacySql": False, "formatOptions": {"useInt64Timestamp": True}}
        answer = self._post("/queries", body)
        return [[cell["v"] for cell in row["f"]] for row in answer["rows"]]

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self._url}{_PROJECT}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
