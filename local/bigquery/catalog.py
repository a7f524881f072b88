"""Datasets and tables: their metadata as JSON and their rows, in one DuckDB file."""

from __future__ import annotations

import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import duckdb
from concurrency import Transactions
from errors import BigQueryError, not_implemented
from field_types import as_told, check_field, decimal_size, duckdb_type, kind_of

_TABLE_MEMBERS = {
    "kind",
    "tableReference",
    "schema",
    "timePartitioning",
    "rangePartitioning",
    "clustering",
    "expirationTime",
    "labels",
    "description",
    "friendlyName",
    "tableConstraints",
    "location",
    "id",
    "etag",
    "type",
    "requirePartitionFilter",
    "defaultCollation",
}


class Catalog:
    """All that the service holds. Callers hold `lock` while they use `connection`."""

    def __init__(self, file: Path, project: str, location: str) -> None:
        self.connection = duckdb.connect(str(file))
        self.lock = threading.RLock()
        self.transactions = Transactions(self.lock, project)
        self.project = project
        self.location = location
        self.connection.execute("CREATE SCHEMA IF NOT EXISTS _meta")
        # What is on disk, as JSON, by kind and id: it is read for every table that a statement names.
        self._bodies: dict[str, dict[str, str]] = {}
        for kind in ("datasets", "tables", "jobs"):
            self.connection.execute(f"CREATE TABLE IF NOT EXISTS _meta.{kind} (id VARCHAR PRIMARY KEY, body VARCHAR)")
            self._bodies[kind] = dict(self.connection.execute(f"SELECT id, body FROM _meta.{kind}").fetchall())
        self._expirations = {key: self._expiration(json.loads(body)) for key, body in self._bodies["tables"].items()}

    def check_project(self, project: str) -> None:
        """Every project but the service's own is unknown."""
        if project != self.project:
            raise BigQueryError("notFound", f"Not found: Project {project}")

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """One item's body."""
        body = self._bodies[kind].get(key)
        return json.loads(body) if body else None

    def put(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Writes one item's body over what is there."""
        text = json.dumps(body)
        self.connection.execute(f"INSERT OR REPLACE INTO _meta.{kind} VALUES (?, ?)", [key, text])
        self._bodies[kind][key] = text
        if kind == "tables":
            self._expirations[key] = self._expiration(body)

    def delete(self, kind: str, key: str) -> None:
        """Removes one item."""
        self.connection.execute(f"DELETE FROM _meta.{kind} WHERE id = ?", [key])
        self._bodies[kind].pop(key, None)
        if kind == "tables":
            self._expirations.pop(key, None)

    def ids(self, kind: str, prefix: str = "") -> list[str]:
        """The ids of a kind that begin with a prefix, sorted."""
        return sorted(key for key in self._bodies[kind] if key.startswith(prefix))

    def create_dataset(self, dataset: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new dataset in the service's location."""
        if self.get("datasets", dataset):
            raise BigQueryError("duplicate", f"Already Exists: Dataset {self.project}:{dataset}")
        location = str(body.get("location", self.location))
        if location.upper() != self.location.upper():
            raise not_implemented(f"a dataset in {location}; everything is in {self.location}")
        self.connection.execute(f'CREATE SCHEMA "{dataset}"')
        stored = {
            **body,
            "kind": "bigquery#dataset",
            "id": f"{self.project}:{dataset}",
            "datasetReference": {"projectId": self.project, "datasetId": dataset},
            "location": self.location,
            "etag": uuid.uuid4().hex,
        }
        self.put("datasets", dataset, stored)
        return stored

    def dataset(self, dataset: str) -> dict[str, Any]:
        """The dataset, or notFound."""
        found = self.get("datasets", dataset)
        if not found:
            raise BigQueryError("notFound", f"Not found: Dataset {self.project}:{dataset}")
        return found

    def delete_dataset(self, dataset: str, with_contents: bool) -> None:
        """Removes a dataset; one that has tables only when asked to."""
        self.dataset(dataset)
        tables = self.ids("tables", f"{dataset}.")
        if tables and not with_contents:
            raise BigQueryError("resourceInUse", f"Dataset {self.project}:{dataset} is still in use")
        self.connection.execute(f'DROP SCHEMA "{dataset}" CASCADE')
        for table in tables:
            self.delete("tables", table)
        self.delete("datasets", dataset)

    def create_table(self, dataset: str, table: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new table of an explicit schema."""
        self._expire()
        parent = self.dataset(dataset)
        if self.get("tables", f"{dataset}.{table}"):
            raise BigQueryError("duplicate", f"Already Exists: Table {self.project}:{dataset}.{table}")
        unknown = sorted(set(body) - _TABLE_MEMBERS)
        if unknown:
            raise not_implemented(f"tables with {', '.join(unknown)}")
        fields = body.get("schema", {}).get("fields", [])
        if not fields:
            raise not_implemented("tables without a schema")
        if body.get("defaultCollation", parent.get("defaultCollation")):
            raise not_implemented("text that is compared whatever its case")
        _check_fields(fields, body)
        columns = ", ".join(_column(field) for field in fields)
        self.connection.execute(f'CREATE TABLE "{dataset}"."{table}" ({columns})')
        told = {**body, "schema": {"fields": [as_told(field) for field in fields]}}
        stored = self._with_identity(dataset, table, told)
        default_expiry = parent.get("defaultTableExpirationMs")
        default_of_partitions = parent.get("defaultPartitionExpirationMs")
        if "timePartitioning" in stored and default_of_partitions:
            stored["timePartitioning"] = {"expirationMs": default_of_partitions, **stored["timePartitioning"]}
        elif default_expiry and "expirationTime" not in stored:
            stored["expirationTime"] = str(int(time.time() * 1000) + int(default_expiry))
        self.put("tables", f"{dataset}.{table}", stored)
        return stored

    def _with_identity(self, dataset: str, table: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            **body,
            "kind": "bigquery#table",
            "type": "TABLE",
            "id": f"{self.project}:{dataset}.{table}",
            "tableReference": {"projectId": self.project, "datasetId": dataset, "tableId": table},
            "location": self.location,
            "creationTime": str(int(time.time() * 1000)),
            "etag": uuid.uuid4().hex,
        }

    def table(self, dataset: str, table: str) -> dict[str, Any]:
        """The table's metadata, or notFound."""
        self._expire()
        self.dataset(dataset)
        found = self.get("tables", f"{dataset}.{table}")
        if not found:
            raise BigQueryError(
                "notFound",
                f"Not found: Table {self.project}:{dataset}.{table} was not found in location {self.location}",
            )
        return found

    def patch_table(self, dataset: str, table: str, changes: dict[str, Any], if_match: str | None) -> dict[str, Any]:
        """Changes a table as BigQuery allows: columns may be added (nullable) and relaxed, nothing else."""
        stored = self.table(dataset, table)
        if if_match and if_match != stored["etag"]:
            raise BigQueryError("conditionNotMet", "Precondition Failed")
        unknown = sorted(set(changes) - _TABLE_MEMBERS)
        if unknown:
            raise not_implemented(f"patching {', '.join(unknown)}")
        if changes.get("timePartitioning"):
            changes = {
                **changes,
                "timePartitioning": _patched(stored.get("timePartitioning", {}), changes["timePartitioning"]),
            }
        for fixed in ("timePartitioning", "rangePartitioning"):
            if fixed in changes and _lasting(changes[fixed] or {}) != _lasting(stored.get(fixed, {})):
                raise BigQueryError("invalid", f"Cannot change {fixed} of {self.project}:{dataset}.{table}")
        if "schema" in changes:
            fields = changes["schema"].get("fields", [])
            self._evolve(dataset, table, stored, fields)
            changes = {**changes, "schema": {"fields": [as_told(field) for field in fields]}}
        patched = {**_patched(stored, changes), "etag": uuid.uuid4().hex}
        self.put("tables", f"{dataset}.{table}", patched)
        return patched

    def _evolve(self, dataset: str, table: str, stored: dict[str, Any], fields: list[dict[str, Any]]) -> None:
        name = f"{self.project}:{dataset}.{table}"
        new = {field["name"].lower(): field for field in fields}
        for old in stored["schema"]["fields"]:
            field = new.pop(old["name"].lower(), None)
            if field is None:
                raise BigQueryError(
                    "invalid",
                    f"Provided Schema does not match Table {name}. Field {old['name']} is missing in new schema",
                )
            if kind_of(field) != kind_of(old) or duckdb_type(field) != duckdb_type(old):
                raise BigQueryError(
                    "invalid",
                    f"Provided Schema does not match Table {name}. Field {old['name']} has changed type from"
                    f" {kind_of(old)} to {kind_of(field)}",
                )
            if field.get("mode") == "REQUIRED" and old.get("mode") != "REQUIRED":
                raise BigQueryError(
                    "invalid",
                    f"Provided Schema does not match Table {name}. Field {old['name']} has changed mode from"
                    " NULLABLE to REQUIRED",
                )
            if old.get("mode") == "REQUIRED" and field.get("mode") != "REQUIRED":
                self.connection.execute(f'ALTER TABLE "{dataset}"."{table}" ALTER COLUMN "{old["name"]}" DROP NOT NULL')
        for field in new.values():
            check_field(field)
            if field.get("mode") == "REQUIRED":
                raise BigQueryError(
                    "invalid",
                    f"Provided Schema does not match Table {name}. Cannot add required columns to an existing schema."
                    f" (field: {field['name']})",
                )
            self.connection.execute(f'ALTER TABLE "{dataset}"."{table}" ADD COLUMN {_column(field)}')

    def widen_column(self, dataset: str, table: str, name: str, wider: dict[str, Any]) -> None:
        """Gives a decimal column more digits; every other change of a type is refused."""
        stored = self.table(dataset, table)
        old = next((f for f in stored["schema"]["fields"] if f["name"].lower() == name.lower()), None)
        if old is None:
            raise BigQueryError("invalidQuery", f"Column not found: {name}")
        key = stored.get("tableConstraints", {}).get("primaryKey", {}).get("columns", [])
        if name.lower() in (one.lower() for one in key):
            raise BigQueryError("invalidQuery", f"The type of {name} cannot be changed: it is of the primary key")
        field = {**{member: old[member] for member in old if member not in ("precision", "scale")}, **wider}
        check_field(field)
        (old_precision, old_scale), (precision, scale) = decimal_size(old), decimal_size(field)
        if precision - scale < old_precision - old_scale or scale < old_scale:
            raise BigQueryError(
                "invalidQuery",
                f"ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type"
                f" ({kind_of(old)}({old_precision}, {old_scale})) is assignable to the new type"
                f" ({kind_of(field)}({precision}, {scale}))",
            )
        self.connection.execute(
            f'ALTER TABLE "{dataset}"."{table}" ALTER COLUMN "{old["name"]}" TYPE {duckdb_type(field)}'
        )
        fields = [as_told(field) if one is old else one for one in stored["schema"]["fields"]]
        patched = {**stored, "schema": {"fields": fields}, "etag": uuid.uuid4().hex}
        self.put("tables", f"{dataset}.{table}", patched)

    def delete_table(self, dataset: str, table: str) -> None:
        """Removes a table with its rows."""
        self.table(dataset, table)
        self.connection.execute(f'DROP TABLE "{dataset}"."{table}"')
        self.delete("tables", f"{dataset}.{table}")

    def size(self, dataset: str, table: str) -> tuple[int, int]:
        """Rows of a table, and an estimate of its bytes."""
        rows = self.connection.execute(f'SELECT count(*) FROM "{dataset}"."{table}"').fetchone()
        fields = self.table(dataset, table)["schema"]["fields"]
        count = int(rows[0]) if rows else 0
        return count, count * 8 * len(fields)

    def _expire(self) -> None:
        now = time.time() * 1000
        for key in [key for key, expires_at in self._expirations.items() if expires_at <= now]:
            dataset, table = key.split(".", 1)
            self.connection.execute(f'DROP TABLE IF EXISTS "{dataset}"."{table}"')
            self.delete("tables", key)

    @staticmethod
    def _expiration(table: dict[str, Any]) -> float:
        return float(table.get("expirationTime", "inf"))


def _patched(stored: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """With the changes' members, null for what is to be removed."""
    return {name: value for name, value in {**stored, **changes}.items() if value is not None}


def _lasting(partitioning: dict[str, Any]) -> dict[str, Any]:
    """What of a table's partitioning cannot be changed."""
    return {name: value for name, value in partitioning.items() if name != "expirationMs"}


def _check_fields(fields: list[dict[str, Any]], body: dict[str, Any]) -> None:
    for field in fields:
        check_field(field)
    names = {field["name"].lower(): field for field in fields}
    if len(names) < len(fields):
        raise BigQueryError("invalid", "Duplicate field names in the schema")
    partition = body.get("timePartitioning", {}).get("field")
    if partition and (
        partition.lower() not in names or kind_of(names[partition.lower()]) not in ("DATE", "TIMESTAMP", "DATETIME")
    ):
        raise BigQueryError("invalid", f"The field specified for partitioning cannot be used: {partition}")
    clustering = body.get("clustering", {}).get("fields", [])
    if len(clustering) > 4:
        raise BigQueryError("invalid", "At most 4 clustering columns are allowed")
    for name in clustering:
        if name.lower() not in names or kind_of(names[name.lower()]) in ("FLOAT64", "TIME"):
            raise BigQueryError("invalid", f"The field specified for clustering cannot be used: {name}")
    key = body.get("tableConstraints", {}).get("primaryKey", {}).get("columns", [])
    if len(key) > 16:
        raise BigQueryError("invalid", "Primary key cannot exceed 16 columns")
    for name in key:
        if name.lower() not in names:
            raise BigQueryError("invalid", f"Primary key column {name} does not exist")
        kind = kind_of(names[name.lower()])
        if kind in ("FLOAT64", "TIME", "BYTES"):
            raise BigQueryError("invalid", f"Primary key column cannot be of type {kind}. Invalid column: {name}.")


def _column(field: dict[str, Any]) -> str:
    required = " NOT NULL" if field.get("mode") == "REQUIRED" else ""
    return f'"{field["name"]}" {duckdb_type(field)}{required}'
