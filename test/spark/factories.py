"""Compiled contracts and files for tests; what a test does not name takes the compiler's defaults."""

from __future__ import annotations

import re
from typing import Any

from tidegate_spark.contract import Contract


def column(
    name: str,
    kind: str = "string",
    *,
    source: str | None = None,
    required: bool = False,
    unique: bool = False,
    derived: bool = False,
    format: str | None = None,
    **rules: Any,
) -> dict[str, Any]:
    """A column of a compiled contract; `kind` is a type such as `integer` or `decimal(12,2)`."""
    value = {
        "name": name,
        "source": source or name,
        "type": _type(kind),
        "required": required,
        "unique": unique,
        "description": "",
        "format": format,
        "rules": rules,
    }
    return {**value, "derived": True} if derived else value


def contract_json(*columns: dict[str, Any], csv: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """A compiled contract as JSON; `csv` and `others` replace the defaults by their names in the JSON."""
    dialect = {
        "delimiter": ",",
        "quote": '"',
        "escape": '"',
        "encoding": "UTF-8",
        "header": True,
        "nulls": [""],
        "multiLine": False,
        "skipRows": 0,
        "comment": None,
        "decimalComma": False,
    }
    unknown = set(csv or {}) - set(dialect)
    assert not unknown, f"no such setting of the dialect: {unknown}"
    value = {
        "formatVersion": 1,
        "dataset": "things",
        "table": "things",
        "contractId": "urn:test:things",
        "version": "1.0.0",
        "description": "",
        "columns": list(columns),
        "key": [],
        "partitionBy": [],
        "rowRules": [],
        "tableRules": [],
        "csv": dialect | (csv or {}),
        "write": {"mode": "append", "orderBy": None},
        "unknownColumns": "reject",
        "quarantineMaxShare": 1.0,
        "engine": "auto",
        "deliver": "bigquery",
        "export": [],
        "maxCostPerRunUsd": None,
        "batch": {"maxUploads": 200, "maxBytes": 50_000_000_000},
        "latencySeconds": 3600,
        "references": [],
        "transform": None,
    }
    unknown = set(others) - set(value)
    assert not unknown, f"no such setting of a contract: {unknown}"
    return value | others


def contract(*columns: dict[str, Any], csv: dict[str, Any] | None = None, **others: Any) -> Contract:
    """As `contract_json`, as the job reads it."""
    return Contract.from_json(contract_json(*columns, csv=csv, **others))


def _type(kind: str) -> dict[str, Any]:
    parts = re.fullmatch(r"decimal\((\d+),(\d+)\)", kind)
    if parts is None:
        return {"kind": kind}
    return {"kind": "decimal", "precision": int(parts[1]), "scale": int(parts[2])}
