"""Load jobs: Parquet files of Cloud Storage into a table, all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from catalog import Catalog
from errors import BigQueryError, not_implemented
from field_types import decimal_target, kind_of, parquet_fits

_MAX_URIS = 10_000
_SERVED = {
    "sourceUris",
    "destinationTable",
    "schema",
    "sourceFormat",
    "writeDisposition",
    "createDisposition",
    "decimalTargetTypes",
    "parquetOptions",
    "timePartitioning",
    "clustering",
    "schemaUpdateOptions",
}


def load(catalog: Catalog, gcs_root: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Does a load job's work; gives its statistics. Raises BigQueryError with nothing changed."""
    unknown = sorted(set(config) - _SERVED)
    if unknown:
        raise not_implemented(f"load jobs with {', '.join(unknown)}")
    if config.get("sourceFormat") != "PARQUET":
        raise not_implemented(f"loading {config.get('sourceFormat', 'CSV')}")
    if config.get("schemaUpdateOptions"):
        raise not_implemented("schemaUpdateOptions")
    uris = config.get("sourceUris", [])
    if not uris or len(uris) > _MAX_URIS:
        raise BigQueryError("invalid", f"A load job takes 1 to {_MAX_URIS} source URIs, got {len(uris)}")
    files = {uri: _file(gcs_root, uri) for uri in uris}
    reference = config["destinationTable"]
    catalog.check_project(reference["projectId"])
    dataset, table = reference["datasetId"], reference["tableId"]
    created = _create_missing(catalog, dataset, table, config)
    try:
        fields = catalog.table(dataset, table)["schema"]["fields"]
        targets = config.get("decimalTargetTypes", ["NUMERIC"])
        rows = sum(_check(path, uri, fields, targets) for uri, path in files.items())
        _write(catalog, dataset, table, files, fields, config.get("writeDisposition", "WRITE_APPEND"))
    except BaseException:
        if created:
            catalog.delete_table(dataset, table)
        raise
    size = sum(path.stat().st_size for path in files.values())
    return {
        "load": {
            "inputFiles": str(len(files)),
            "inputFileBytes": str(size),
            "outputRows": str(rows),
            "outputBytes": str(size),
            "badRecords": "0",
        }
    }


def _file(gcs_root: Path, uri: str) -> Path:
    if not uri.startswith("gs://") or "*" in uri:
        raise not_implemented(f"the source URI {uri}: only explicit gs:// URIs are loaded")
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    path = (gcs_root / bucket / name).resolve()
    if not path.is_relative_to(gcs_root.resolve()) or not path.is_file():
        raise BigQueryError("notFound", f"Not found: URI {uri}", uri)
    return path


def _create_missing(catalog: Catalog, dataset: str, table: str, config: dict[str, Any]) -> bool:
    catalog.dataset(dataset)
    try:
        existing = catalog.table(dataset, table)
    except BigQueryError as missing:
        if config.get("createDisposition", "CREATE_IF_NEEDED") == "CREATE_NEVER":
            raise missing
        if "schema" not in config:
            raise not_implemented("loads into a new table without a schema") from missing
        body = {name: config[name] for name in ("schema", "timePartitioning", "clustering") if name in config}
        catalog.create_table(dataset, table, body)
        return True
    if "schema" in config:
        _same_schema(existing["schema"]["fields"], config["schema"]["fields"], f"{catalog.project}:{dataset}.{table}")
    return False


def _same_schema(existing: list[dict[str, Any]], given: list[dict[str, Any]], name: str) -> None:
    known = {field["name"].lower(): field for field in existing}
    for field in given:
        old = known.get(field["name"].lower())
        if old is None:
            raise BigQueryError(
                "invalid", f"Provided Schema does not match Table {name}. Cannot add fields (field: {field['name']})"
            )
        if kind_of(old) != kind_of(field):
            raise BigQueryError(
                "invalid",
                f"Provided Schema does not match Table {name}. Field {field['name']} has changed type from"
                f" {kind_of(old)} to {kind_of(field)}",
            )


def _check(path: Path, uri: str, fields: list[dict[str, Any]], targets: list[str]) -> int:
    try:
        file = pq.ParquetFile(path)
    except Exception as error:
        raise BigQueryError(
            "invalid", "Error while reading data, error message: Input file is not in Parquet format.", uri
        ) from error
    columns = {column.name.lower(): column for column in file.schema_arrow}
    known = {field["name"].lower(): field for field in fields}
    extra = sorted(set(columns) - set(known))
    if extra:
        raise BigQueryError(
            "invalid", f"Provided Schema does not match Table. Cannot add fields (field: {extra[0]})", uri
        )
    for name, field in known.items():
        column = columns.get(name)
        required = field.get("mode") == "REQUIRED"
        if column is None:
            if required:
                raise BigQueryError("invalid", f"Required field {field['name']} is missing in {uri}", uri)
            continue
        target = decimal_target(column.type, targets)
        if target and kind_of(field) in ("NUMERIC", "BIGNUMERIC") and target != kind_of(field):
            raise BigQueryError(
                "invalid",
                f"Provided Schema does not match Table. Field {field['name']} has changed type from {kind_of(field)}"
                f" to {target}",
                uri,
            )
        if not parquet_fits(field, column.type):
            raise BigQueryError(
                "invalid",
                f"Error while reading data, error message: Parquet column '{column.name}' has type {column.type}"
                f" which does not match the target type {kind_of(field)}. File: {uri}",
                uri,
            )
        if required and column.nullable:
            raise BigQueryError(
                "invalid",
                f"Error while reading data, error message: Provided schema is not compatible with the file '{uri}'."
                f" Field '{field['name']}' is specified as REQUIRED in provided schema which does not match NULLABLE"
                " as specified in the file.",
                uri,
            )
    return file.metadata.num_rows


def _write(
    catalog: Catalog, dataset: str, table: str, files: dict[str, Path], fields: list[dict[str, Any]], disposition: str
) -> None:
    rows, _ = catalog.size(dataset, table)
    name = f"{catalog.project}:{dataset}.{table}"
    if disposition == "WRITE_EMPTY" and rows:
        raise BigQueryError("duplicate", f"Already Exists: Table {name}")
    connection = catalog.connection
    connection.execute("BEGIN")
    try:
        if disposition == "WRITE_TRUNCATE":
            connection.execute(f'DELETE FROM "{dataset}"."{table}"')
        for path in files.values():
            # BigQuery takes no column from a path unless it is asked to.
            rows = "SELECT * FROM read_parquet(?, hive_partitioning = false)"
            connection.execute(f'INSERT INTO "{dataset}"."{table}" BY NAME {rows}', [str(path)])
        connection.execute("COMMIT")
    except duckdb.Error as error:
        connection.execute("ROLLBACK")
        raise BigQueryError("invalid", f"Error while reading data, error message: {error}") from error
