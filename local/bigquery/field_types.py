"""BigQuery's column types: in DuckDB, in Parquet, and as text in answers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
from errors import BigQueryError, not_implemented

_ALIASES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
_DUCKDB = {
    "STRING": "VARCHAR",
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "BOOL": "BOOLEAN",
    "DATE": "DATE",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMPTZ",
    "TIME": "TIME",
    "BYTES": "BLOB",
}
_LEGACY = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


def kind_of(field: dict[str, Any]) -> str:
    """The standard name of a schema field's type."""
    kind = str(field["type"]).upper()
    return _ALIASES.get(kind, kind)


def as_told(field: dict[str, Any]) -> dict[str, Any]:
    """The field as the API tells of it, however it was given: some types by their older names."""
    return {**field, "type": _LEGACY.get(kind_of(field), kind_of(field))}


def check_field(field: dict[str, Any]) -> None:
    """Refuses a schema field that BigQuery would refuse, or that is not served here."""
    kind = kind_of(field)
    if kind not in _DUCKDB and kind not in ("NUMERIC", "BIGNUMERIC"):
        raise not_implemented(f"columns of type {kind} ({field['name']})")
    if field.get("mode") == "REPEATED":
        raise not_implemented(f"repeated columns ({field['name']})")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,299}", field["name"]):
        raise BigQueryError("invalid", f'Invalid field name "{field["name"]}".')


def duckdb_type(field: dict[str, Any]) -> str:
    """The column's type in DuckDB."""
    kind = kind_of(field)
    if kind in ("NUMERIC", "BIGNUMERIC"):
        precision, scale = decimal_size(field)
        return f"DECIMAL({precision},{scale})"
    return _DUCKDB[kind]


def decimal_size(field: dict[str, Any]) -> tuple[int, int]:
    """Precision and scale of a NUMERIC or BIGNUMERIC; DuckDB holds 38 digits, so a BIGNUMERIC has no more here."""
    if "precision" in field:
        precision, scale = int(field["precision"]), int(field.get("scale", 0))
        limits = (29, 9) if kind_of(field) == "NUMERIC" else (38, 38)
        if precision > 38 or scale > limits[1] or precision - scale > limits[0]:
            raise BigQueryError(
                "invalid", f"{kind_of(field)}({precision}, {scale}) of {field['name']} is outside the type's limits."
            )
        return precision, scale
    return (38, 9) if kind_of(field) == "NUMERIC" else (38, 18)


def parquet_fits(field: dict[str, Any], arrow: pa.DataType) -> bool:
    """Whether a Parquet column of an Arrow type may be loaded into the field."""
    match kind_of(field):
        case "STRING":
            return pa.types.is_string(arrow) or pa.types.is_large_string(arrow)
        case "INT64":
            return pa.types.is_integer(arrow)
        case "FLOAT64":
            return pa.types.is_floating(arrow)
        case "BOOL":
            return pa.types.is_boolean(arrow)
        case "DATE":
            return pa.types.is_date32(arrow)
        case "TIMESTAMP":
            return pa.types.is_timestamp(arrow) and arrow.tz is not None
        case "DATETIME":
            return pa.types.is_timestamp(arrow) and arrow.tz is None
        case "TIME":
            return pa.types.is_time(arrow)
        case "NUMERIC" | "BIGNUMERIC":
            precision, scale = decimal_size(field)
            return (
                pa.types.is_decimal(arrow)
                and arrow.scale <= scale
                and arrow.precision - arrow.scale <= precision - scale
            )
        case _:
            return pa.types.is_binary(arrow)


def decimal_target(arrow: pa.DataType, targets: list[str]) -> str | None:
    """The one of a load job's decimalTargetTypes that a decimal becomes: the first to hold it, else the roomiest."""
    if not pa.types.is_decimal(arrow):
        return None
    known = [kind for kind in ("NUMERIC", "BIGNUMERIC", "STRING") if kind in targets]
    for kind in known:
        if kind != "NUMERIC" or (arrow.scale <= 9 and arrow.precision - arrow.scale <= 29):
            return kind
    return known[-1] if known else None


def field_of(name: str, duckdb: str) -> dict[str, Any]:
    """The schema field of a result column, by its type in DuckDB."""
    text = str(duckdb).upper()
    if text.startswith("DECIMAL"):
        return {"name": name, "type": "NUMERIC", "mode": "NULLABLE"}
    if text in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        return {"name": name, "type": "TIMESTAMP", "mode": "NULLABLE"}
    if text in ("HUGEINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER"):
        return {"name": name, "type": "INTEGER", "mode": "NULLABLE"}
    for kind, type_name in _DUCKDB.items():
        if text == type_name:
            return {"name": name, "type": _LEGACY.get(kind, kind), "mode": "NULLABLE"}
    raise not_implemented(f"results of type {text} ({name})")


def cell(value: Any, int64_timestamp: bool) -> dict[str, Any]:
    """A result's value in the form of an answer's row."""
    match value:
        case None:
            return {"v": None}
        case bool():
            return {"v": "true" if value else "false"}
        case datetime() if value.tzinfo is not None:
            since = value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
            micros = since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds
            return {"v": str(micros) if int64_timestamp else f"{micros / 1e6!r}"}
        case datetime() | time():
            return {"v": value.isoformat()}
        case date():
            return {"v": value.isoformat()}
        case Decimal():
            text = format(value, "f")
            return {"v": text.rstrip("0").rstrip(".") if "." in text else text}
        case float():
            return {"v": repr(value) if value == value and abs(value) != float("inf") else _not_finite(value)}
        case _:
            return {"v": str(value)}


def _not_finite(value: float) -> str:
    if value != value:
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
