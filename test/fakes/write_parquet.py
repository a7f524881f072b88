"""Parquet files for tests: reads `[{"fields": [[name, type, required]], "rows": [{...}]}]` as JSON, and writes a JSON
array of the files in base64. Types are those of a contract; values are text, as a CSV has them."""

from __future__ import annotations

import base64
import io
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_TYPES: dict[str, tuple[pa.DataType, Any]] = {
    "string": (pa.string(), str),
    "integer": (pa.int64(), int),
    "int32": (pa.int32(), int),
    "double": (pa.float64(), float),
    "boolean": (pa.bool_(), lambda text: text == "true"),
    "date": (pa.date32(), date.fromisoformat),
    "timestamp": (pa.timestamp("us", tz="UTC"), lambda text: datetime.fromisoformat(text).astimezone(UTC)),
    "timestamp_ntz": (pa.timestamp("us"), datetime.fromisoformat),
    "time": (pa.string(), str),
    # The reasons of a quarantined row, as JSON.
    "reasons": (
        pa.list_(pa.struct([("rule", pa.string()), ("column", pa.string()), ("value", pa.string())])),
        json.loads,
    ),
}


def _type(name: str) -> tuple[pa.DataType, Any]:
    if name.startswith("decimal"):
        precision, scale = name.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale)), Decimal
    return _TYPES[name]


def _file(spec: dict[str, Any]) -> bytes:
    columns, fields = [], []
    for name, kind, required in spec["fields"]:
        arrow, convert = _type(kind)
        values = [row.get(name) for row in spec["rows"]]
        columns.append(pa.array([None if v is None else convert(str(v)) for v in values], arrow))
        fields.append(pa.field(name, arrow, nullable=not required))
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, schema=pa.schema(fields)), buffer)
    return buffer.getvalue()


print(json.dumps([base64.b64encode(_file(spec)).decode() for spec in json.load(sys.stdin)]))
