"""The way of a change set into the BigQuery stand-in, by the table definitions and the SQL of the delivery itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PROJECT = "/bigquery/v2/projects/tidegate-local"
_DEFINITIONS = """
import { tableOf, stagingOf, LEDGER } from './tasks/deliver/tables.ts';
import { mergeScript } from './tasks/adapters/merge-sql.ts';
const { contract, ...merge } = JSON.parse(process.argv[1]);
const ref = (dataset, table) => ({ dataset, table });
const all = { contract, target: ref('d', 't'), staging: ref('d', 's'), ledger: ref('d', 'l'), range: null,
  otherColumns: [], estimatedBytes: 0, ...merge };
console.log(JSON.stringify({ table: tableOf(contract).fields, staging: stagingOf(contract, 0).fields,
  ledger: LEDGER.fields, merge: mergeScript(all, ({ dataset, table }) => `${dataset}.${table}`) }));
"""


class BigQuery:
    """The stand-in in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._gcs = folder / "gcs"
        (self._gcs / "b").mkdir(parents=True)
        server = [sys.executable, str(_ROOT / "local/bigquery/server.py"), "--step-ms", "1"]
        options = ["--data-dir", str(folder / "bq"), "--gcs-root", str(self._gcs)]
        self._process = subprocess.Popen([*server, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._url = self._process.stdout.readline().split()[-1]

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()

    def deliver(self, contract: dict[str, Any], manifest: dict[str, Any]) -> None:
        """Loads a manifest's parts into a staging table and merges it."""
        merge = {
            "contract": contract,
            "runId": manifest["runId"],
            "attempt": manifest["attempt"],
            "expectedRows": manifest["rows"]["current"],
            "uploadIds": [upload["uploadId"] for upload in manifest["uploads"]],
        }
        node = [str(_ROOT / "node_modules/.bin/node"), "--input-type=module", "--eval", _DEFINITIONS]
        made = json.loads(subprocess.check_output([*node, json.dumps(merge)], text=True, cwd=_ROOT))
        self._post("/datasets", {"datasetReference": {"datasetId": "d"}})
        for table, fields in (("t", "table"), ("s", "staging"), ("l", "ledger")):
            body = {"tableReference": {"tableId": table}, "schema": {"fields": made[fields]}}
            self._post("/datasets/d/tables", body)
        uris = []
        for number, part in enumerate(manifest["changes"]["parts"]):
            shutil.copy(part["path"].removeprefix("file://"), self._gcs / "b" / f"{number}.parquet")
            uris.append(f"gs://b/{number}.parquet")
        table = {"projectId": "tidegate-local", "datasetId": "d", "tableId": "s"}
        load = {"sourceUris": uris, "sourceFormat": "PARQUET", "destinationTable": table}
        self._job({"load": {**load, "schema": {"fields": made["staging"]}}})
        parameters = [
            {"name": name, "parameterType": _type(value["type"]), "parameterValue": _value(value["value"])}
            for name, value in made["merge"]["parameters"].items()
        ]
        query = {"query": made["merge"]["sql"], "useLegacySql": False, "queryParameters": parameters}
        self._job({"query": query})

    def rows(self, sql: str) -> list[list[str | None]]:
        """A query's rows as the API gives them, instants in microseconds."""
        body = {"query": sql, "useLegacySql": False, "formatOptions": {"useInt64Timestamp": True}}
        answer = self._post("/queries", body)
        return [[cell["v"] for cell in row["f"]] for row in answer["rows"]]

    def _job(self, configuration: dict[str, Any]) -> None:
        job = self._post("/jobs", {"configuration": configuration})["jobReference"]["jobId"]
        while True:
            with urllib.request.urlopen(f"{self._url}{_PROJECT}/jobs/{job}") as answer:
                status = json.load(answer)["status"]
            if status["state"] == "DONE":
                assert "errorResult" not in status, status
                return
            time.sleep(0.01)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self._url}{_PROJECT}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def _type(name: str) -> dict[str, Any]:
    return {"type": "ARRAY", "arrayType": {"type": "STRING"}} if name == "STRINGS" else {"type": name}


def _value(value: Any) -> dict[str, Any]:
    return {"arrayValues": [{"value": one} for one in value]} if isinstance(value, list) else {"value": str(value)}
