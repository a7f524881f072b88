"""The benchmark's data: a table of orders that is there already, and a file that is uploaded."""

from __future__ import annotations

from pathlib import Path

import duckdb

EXISTING_ROWS = 1_000_000
_BYTES_PER_ROW = 224
# Of a file's rows, one in so many is broken, repeats another row's key, or has the key of an existing row.
_ONE_IN_BAD = 100
_ONE_IN_REPEATED = 50
_ONE_IN_EXISTING = 10
_REPEATED_AFTER = 10_001

_STREETS = "['Hauptstrasse', 'Rue de la Paix', 'Calle Mayor', 'Via Roma', 'Kerkstraat', 'Storgatan', 'Ulica Długa']"
_CITIES = "['Wien', 'Gent', 'Bern', 'Köln', 'Odense', 'Sevilla', 'Lyon', 'Torino', 'Utrecht', 'Łódź', 'Porto', 'Malmö']"
_COUNTRIES = "['AT', 'BE', 'CH', 'DE', 'DK', 'ES', 'FR', 'IT', 'NL', 'PL', 'PT', 'SE']"
_STATUSES = "['open', 'packed', 'sent', 'delivered', 'returned']"
_NAMES = "['Maria Garcia', 'Jan de Vries', 'Anna Müller', 'O''Brien, Sean', 'Zoë \"Zo\" Li', 'Lars Åberg']"

_ORDERS = f"""
    SELECT
        (i * 2654435761) % 4294967296 + 1 AS order_id,
        i % 9 + 1 AS line,
        TIMESTAMP '2024-01-01' + INTERVAL (h % 30000000) SECOND + INTERVAL (version * 40000000) SECOND AS updated_at,
        DATE '2023-06-01' + (h % 700)::INT AS ordered_on,
        h % 90000000 AS customer_id,
        {_NAMES}[h % 6 + 1] AS customer_name,
        CASE WHEN h % 7 > 0 THEN 'customer' || h % 90000000 || '@example.com' END AS email,
        {_STREETS}[h % 7 + 1] || ' ' || h % 300 AS street,
        {_CITIES}[h % 12 + 1] AS city,
        {_COUNTRIES}[h % 12 + 1] AS country,
        chr((65 + h % 26)::INT) || chr((65 + h // 26 % 26)::INT) || 'X-' || lpad((h % 1000000)::VARCHAR, 6, '0') AS sku,
        h % 1000 + 1 AS quantity,
        (h % 1000000 / 100)::DECIMAL(12,2) AS unit_price,
        CASE WHEN h % 5 > 0 THEN (h % 77777777 / 10000)::DECIMAL(12,4) END AS tax,
        h % 100 / 100 AS discount,
        h % 5000000 / 7 AS weight_grams,
        h % 3 > 0 OR h % 5 = 2 AS paid,
        CASE WHEN h % 4 > 0 THEN TIME '00:00:00' + INTERVAL (h % 86400) SECOND END AS deliver_at,
        {_STATUSES}[h % 5 + 1] AS status,
        CASE WHEN h % 3 > 0 THEN 'Leave it with the neighbour at number ' || h % 300 || ', please.' END AS note
    FROM source
"""

# What goes wrong with a broken line: its column's text becomes another.
_BREAKS = {
    "order_id": "'1e3'",
    "updated_at": "'yesterday'",
    "ordered_on": "'2024-02-30'",
    "customer_id": "NULL",
    "email": "'nobody'",
    "country": "'XX'",
    "quantity": "'0'",
    "unit_price": "'12.345'",
    "discount": "'2'",
    "deliver_at": "'25:00'",
}


def write_existing(file: Path, uploaded_at: str) -> None:
    """Writes the table as it is before the upload, with the columns of provenance, as Parquet."""
    _connection().execute(f"""
        COPY (
            WITH source AS (SELECT i, (hash(i, 0) >> 8)::BIGINT AS h, 0 AS version FROM range({EXISTING_ROWS}) r(i))
            SELECT * REPLACE (
                order_id::BIGINT AS order_id, line::BIGINT AS line, customer_id::BIGINT AS customer_id,
                quantity::BIGINT AS quantity,
                deliver_at::VARCHAR AS deliver_at
            ), '00000000000000000000000000000000' AS _upload_id, row_number() OVER () AS _row, 'run-0' AS _run_id,
            TIMESTAMP '{uploaded_at}' AS _uploaded_at, '{uploaded_at}-0' AS _upload_order
            FROM ({_ORDERS})
        ) TO '{file}' (FORMAT parquet)
    """)


def write_upload(file: Path, megabytes: int) -> None:
    """Writes a CSV of about so many megabytes: new orders, newer and older forms of existing ones, repeated and bad."""
    rows = megabytes * 1_000_000 // _BYTES_PER_ROW
    first = EXISTING_ROWS - rows // _ONE_IN_EXISTING
    # Whole text, for broken values are none of the type.
    broken = (
        f"CASE WHEN h2 % {_ONE_IN_BAD * len(_BREAKS)} = {index * _ONE_IN_BAD}"
        f" THEN {value} ELSE {name}::VARCHAR END AS {name}"
        for index, (name, value) in enumerate(_BREAKS.items())
    )
    back = f"CASE WHEN n % {_ONE_IN_REPEATED} <> 1 THEN 0 WHEN n > {_REPEATED_AFTER} THEN {_REPEATED_AFTER} ELSE 1 END"
    _connection().execute(f"""
        COPY (
            WITH numbered AS (
                SELECT {first} + n - {back} AS i, (hash(n, 1) >> 8)::BIGINT AS h, hash(n, 2) AS h2,
                    hash(n, 3) % 3 > 0 AS newer
                FROM range({rows}) r(n)
            ), source AS (SELECT *, CASE WHEN newer THEN 1 ELSE 0 END AS version FROM numbered)
            SELECT * EXCLUDE (h2) REPLACE ({", ".join(broken)}) FROM ({_ORDERS.replace("AS note", "AS note, h2")})
        ) TO '{file}' (FORMAT csv, HEADER)
    """)


def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 2, "preserve_insertion_order": True})
