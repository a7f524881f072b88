"""What the Spark job does with the benchmark's file, done by DuckDB: the same checks, outputs and merged table."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import duckdb
from process_usage import usage

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_INTEGER = r"[+-]?\d{1,19}"
_DOUBLE = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_COUNTRIES = ("AT", "BE", "CH", "DE", "DK", "ES", "FR", "IT", "NL", "PL", "PT", "SE")
_STATUSES = ("open", "packed", "sent", "delivered", "returned")

# Column: DuckDB's type, the pattern of its text, whether it is required, the rule of its value.
_COLUMNS: dict[str, tuple[str, str | None, bool, str | None]] = {
    "order_id": ("BIGINT", _INTEGER, True, "v >= 1"),
    "line": ("BIGINT", _INTEGER, True, "v BETWEEN 1 AND 9"),
    "updated_at": ("TIMESTAMP", rf"{_DATE}[T ]{_TIME}(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)?", True, None),
    "ordered_on": ("DATE", _DATE, True, "v >= DATE '2000-01-01'"),
    "customer_id": ("BIGINT", _INTEGER, True, None),
    "customer_name": ("VARCHAR", None, True, "length(v) <= 80"),
    "email": ("VARCHAR", None, False, "regexp_full_match(v, '[^@ ]+@[^@ ]+')"),
    "street": ("VARCHAR", None, False, None),
    "city": ("VARCHAR", None, True, None),
    "country": ("VARCHAR", None, True, f"v IN {_COUNTRIES}"),
    "sku": ("VARCHAR", None, True, "regexp_full_match(v, '[A-Z]{3}-[0-9]{6}')"),
    "quantity": ("BIGINT", _INTEGER, True, "v BETWEEN 1 AND 1000"),
    "unit_price": ("DECIMAL(12,2)", r"[+-]?(0*\d{1,10}(\.\d{0,2}0*)?)", True, "v >= 0"),
    "tax": ("DECIMAL(12,4)", r"[+-]?(0*\d{1,8}(\.\d{0,4}0*)?)", False, None),
    "discount": ("DOUBLE", _DOUBLE, False, "v BETWEEN 0 AND 1"),
    "weight_grams": ("DOUBLE", _DOUBLE, False, None),
    "paid": ("BOOLEAN", "(?i:true|false|1|0)", True, None),
    "deliver_at": ("TIME", _TIME, False, None),
    "status": ("VARCHAR", None, True, f"v IN {_STATUSES}"),
    "note": ("VARCHAR", None, False, "length(v) <= 200"),
}


def main(upload: Path, existing: Path, output: Path) -> None:
    """Prints `seconds STAGE SECONDS` and `rows OUTPUT COUNT`."""
    output.mkdir(parents=True)
    database = duckdb.connect(str(output / "table.duckdb"), config={"threads": 2, "memory_limit": "6GB"})
    database.execute(f"CREATE TABLE orders AS FROM '{existing}'")
    database.execute("CHECKPOINT")
    stages = {
        "read": _read(upload),
        "quarantine": f"COPY ({_QUARANTINE}) TO '{output}/quarantine.parquet' (FORMAT parquet)",
        "changes": f"COPY ({_CHANGES}) TO '{output}/changes.parquet' (FORMAT parquet)",
        "merge": f"{_merge(output / 'changes.parquet')}; CHECKPOINT",
    }
    total = 0.0
    cpu_before, _ = usage(os.getpid())
    for name, statements in stages.items():
        started = time.monotonic()
        database.execute(statements)
        took = time.monotonic() - started
        total += took
        print("seconds", name, round(took, 3))
    cpu_after, peak = usage(os.getpid())
    print("seconds total", round(total, 3))
    print("rows cpuSeconds", round(cpu_after - cpu_before))
    print("rows peakMebibytes", peak)
    for name, rows in {
        "read": "staged",
        "quarantined": f"'{output}/quarantine.parquet'",
        "current": f"'{output}/changes.parquet'",
        "table": "orders",
    }.items():
        counted = database.execute(f"SELECT count(*) FROM {rows}").fetchone()
        print("rows", name, counted[0] if counted else 0)


def _read(upload: Path) -> str:
    typed = []
    reasons = []
    for name, (kind, pattern, required, rule) in _COLUMNS.items():
        value = f"CASE WHEN regexp_full_match({name}, '{pattern}') THEN try_cast({name} AS {kind}) END"
        typed.append(f"{name} AS _text_{name}, {value if pattern else name} AS {name}")
        if pattern:
            reasons.append(f"CASE WHEN _text_{name} IS NOT NULL AND {name} IS NULL THEN '{name}: type' END")
        if required:
            reasons.append(f"CASE WHEN _text_{name} IS NULL THEN '{name}: required' END")
        if rule:
            reasons.append(
                f"CASE WHEN NOT ({rule.replace('v ', name + ' ').replace('(v', '(' + name)}) THEN '{name}: rule' END"
            )
    reasons.append("CASE WHEN NOT (paid OR status <> 'sent') THEN 'only_sent_once_paid' END")
    raw = ", ".join(f"_text_{name}" for name in _COLUMNS)
    return f"""
        CREATE TEMP TABLE staged AS
        SELECT {", ".join(_COLUMNS)}, 'upload-1' AS _upload_id, _row, 'run-1' AS _run_id,
            TIMESTAMP '2024-07-01' AS _uploaded_at, '2024-07-01-1' AS _upload_order, _reasons,
            CASE WHEN _reasons <> '' THEN concat_ws(',', {raw}) END AS _raw
        FROM (
            SELECT *, concat_ws('; ', {", ".join(reasons)}) AS _reasons FROM (
                SELECT {", ".join(typed)}, row_number() OVER () AS _row
                FROM read_csv('{upload}', all_varchar = true, header = true, delim = ',', quote = '"', escape = '"')
            )
        )
    """


_QUARANTINE = "SELECT _upload_id, _row, _run_id, _raw, _reasons FROM staged WHERE _reasons <> ''"
_RANK = ("updated_at", "_upload_order", "_upload_id", "_row", "_run_id")
_CHANGES = f"""
    SELECT w.* FROM (
        SELECT * EXCLUDE (_reasons, _raw) FROM staged WHERE _reasons = ''
        QUALIFY row_number() OVER (PARTITION BY order_id, line ORDER BY {", ".join(f"{c} DESC" for c in _RANK)}) = 1
    ) w LEFT JOIN orders o USING (order_id, line)
    WHERE o.order_id IS NULL OR ({", ".join(f"w.{c}" for c in _RANK)}) >= ({", ".join(f"o.{c}" for c in _RANK)})
"""


def _merge(changes: Path) -> str:
    ranks = [", ".join(f"{side}.{column}" for column in _RANK) for side in "st"]
    return f"""
        MERGE INTO orders t USING '{changes}' s ON t.order_id = s.order_id AND t.line = s.line
        WHEN MATCHED AND ({ranks[0]}) >= ({ranks[1]}) THEN UPDATE
        WHEN NOT MATCHED THEN INSERT
    """


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
