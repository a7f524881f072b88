"""Which texts are values of a type, and which rules a row breaks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from factories import column, contract
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tidegate_spark.contract import Contract
from tidegate_spark.reasons import REASONS
from tidegate_spark.validating import validate


def rows_of(spark: SparkSession, texts: list[tuple[str | None, ...]], the_contract: Contract) -> DataFrame:
    """Rows as `read_upload` gives them, one for each tuple."""
    names = [column.name for column in the_contract.columns if not column.derived]
    schema = ", ".join(f"`{name}` string" for name in names)
    numbered = spark.createDataFrame([(*row, index + 1) for index, row in enumerate(texts)], f"{schema}, _row bigint")
    return numbered.withColumns(
        {"_raw": F.concat_ws(",", *names), "_reasons": F.array().cast(REASONS), "_upload_id": F.lit("u")}
    )


def validated(spark: SparkSession, texts: list[tuple[str | None, ...]], the_contract: Contract) -> list[Any]:
    rows = validate(rows_of(spark, texts, the_contract), the_contract).collect()
    return sorted(rows, key=lambda row: row["_row"])


def rules_broken(row: Any) -> list[tuple[str, str | None]]:
    return [(reason["rule"], reason["column"]) for reason in row["_reasons"]]


GOOD: dict[str, dict[str, Any]] = {
    "integer": {
        "0": 0,
        "-0": 0,
        "+5": 5,
        "007": 7,
        "9223372036854775807": 9223372036854775807,
        "-9223372036854775808": -9223372036854775808,
        "00000000000000000000001": 1,
    },
    "decimal(12,2)": {
        "1.23": Decimal("1.23"),
        "-1.2": Decimal("-1.20"),
        "+1": Decimal("1.00"),
        "1.": Decimal("1.00"),
        ".5": Decimal("0.50"),
        "1.2300": Decimal("1.23"),
        "0009999999999.99": Decimal("9999999999.99"),
        "9999999999.99": Decimal("9999999999.99"),
    },
    "decimal(38,0)": {
        "99999999999999999999999999999999999999": Decimal("99999999999999999999999999999999999999"),
        "-99999999999999999999999999999999999999": Decimal("-99999999999999999999999999999999999999"),
        "5.00": Decimal("5"),
    },
    "decimal(38,9)": {
        "99999999999999999999999999999.999999999": Decimal("99999999999999999999999999999.999999999"),
        "0.000000001": Decimal("1E-9"),
    },
    "decimal(38,38)": {
        "0.11111111111111111111111111111111111111": Decimal("0.11111111111111111111111111111111111111"),
        ".11111111111111111111111111111111111111": Decimal("0.11111111111111111111111111111111111111"),
        "0": Decimal("0"),
    },
    "double": {
        "1.5": 1.5,
        "-1e-3": -0.001,
        "+.5": 0.5,
        "5.": 5.0,
        "1E+10": 10000000000.0,
        "0.1": 0.1,
        "1.7976931348623157e308": 1.7976931348623157e308,
        "4.9e-324": 5e-324,
        "123456789012345678": 1.2345678901234568e17,
    },
    "boolean": {
        "true": True,
        "FALSE": False,
        "True": True,
        "1": True,
        "0": False,
    },
    "date": {
        "2024-02-29": dt.date(2024, 2, 29),
        "0001-01-01": dt.date(1, 1, 1),
        "9999-12-31": dt.date(9999, 12, 31),
        "1582-10-15": dt.date(1582, 10, 15),
        "1582-10-04": dt.date(1582, 10, 4),
    },
    "timestamp": {
        "2024-01-02T03:04:05Z": "2024-01-02 03:04:05",
        "2024-01-02 03:04:05": "2024-01-02 03:04:05",
        "2024-01-02T03:04:05+05:30": "2024-01-01 21:34:05",
        "2024-01-02T03:04:05-0800": "2024-01-02 11:04:05",
        "2024-01-02T03:04:05+01": "2024-01-02 02:04:05",
        "2024-01-02T03:04:05.123456Z": "2024-01-02 03:04:05.123456",
        "2024-01-02T03:04:05.1Z": "2024-01-02 03:04:05.1",
        "0001-01-01T00:00:00Z": "0001-01-01 00:00:00",
        "9999-12-31T23:59:59.999999Z": "9999-12-31 23:59:59.999999",
    },
    "timestamp_ntz": {
        "2024-01-02T03:04:05": "2024-01-02 03:04:05",
        "2024-01-02 03:04": "2024-01-02 03:04:00",
        "2024-03-31T02:30:00": "2024-03-31 02:30:00",
        "0001-01-01T00:00:00": "0001-01-01 00:00:00",
        "9999-12-31T23:59:59.999999": "9999-12-31 23:59:59.999999",
    },
    "time": {
        "03:04": "03:04:00",
        "03:04:05": "03:04:05",
        "03:04:05.120": "03:04:05.12",
        "03:04:05.000": "03:04:05",
        "23:59:59.999999": "23:59:59.999999",
        "00:00:00": "00:00:00",
        "10:20:30": "10:20:30",
    },
    "string": {
        "": "",
        " x ": " x ",
        "\0": "\0",
        "5": "5",
    },
}
"""Texts and the values that they are; instants as Spark shows them in UTC."""

BAD: dict[str, list[str]] = {
    "integer": [
        "9223372036854775808", "-9223372036854775809", " 5 ", "5 ", "5.0", "5.", "1e3", "1,000", "", "-", "0x10",
        "5D", "\u0665", "5\n", "NaN", "1_000",
    ],
    "decimal(12,2)": [
        "1.239", "1.234", "10000000000", "1e3", " 1.2", "1,2", "", ".", "5D", "--1", "1.2.3", "$5", "NaN",
    ],
    "decimal(38,0)": [
        "100000000000000000000000000000000000000", "5.1",
    ],
    "decimal(38,9)": [
        "0.0000000001", "100000000000000000000000000000",
    ],
    "decimal(38,38)": [
        "1", "", "+",
    ],
    "double": [
        "1e309", "-1e999", "5D", "5f", " 5", "NaN", "Infinity", "inf", "1,5", "", ".", "e5", "0x1p3",
    ],
    "boolean": [
        "yes", "t", " true", "", "2",
    ],
    "date": [
        "2023-02-29", "2023-04-31", "0000-01-01", "10000-01-01", "2024", "2024-1-2", "2024-01", "20240102",
        "2024-01-02T00:00:00", " 2024-01-02", "2024-01-02 ", "2024-13-01", "today", "",
    ],
    "timestamp": [
        "2024-01-02T03:04Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2024-01-02T03:04:05.1234567Z", "2024-01-02",
        "2024", "2024-01-02T24:00:00Z", "2024-01-02T03:60:00Z", "2024-02-30T00:00:00Z",
        "2024-01-02T03:04:05+19:00", "2024-01-02T03:04:05 Europe/Paris", "2024-01-02T03:04:05Z ", "12:00:00",
        "now", "", "1704164645",
    ],
    "timestamp_ntz": [
        "2024-01-02T03:04:05Z", "2024-01-02", "0000-12-31T00:00:00", "",
    ],
    "time": [
        "24:00", "3:04", "03:04:05.1234567", "03:04Z", "", "030405",
    ],
    "string": [

    ],
}  # fmt: skip
"""Texts that are none of the type."""


@pytest.mark.parametrize("kind", GOOD)
def test_only_the_texts_of_a_type_are_values_of_it(spark: SparkSession, kind: str) -> None:
    the_contract = contract(column("x", kind))
    texts: list[tuple[str | None, ...]] = [(text,) for text in [*GOOD[kind], *BAD[kind], None]]
    checked = validate(rows_of(spark, texts, the_contract), the_contract)
    if kind.startswith("timestamp"):
        # Python's own times reach less far.
        checked = checked.withColumn("x", F.col("x").cast("string"))
    rows = sorted(checked.collect(), key=lambda row: row["_row"])
    assert {texts[row["_row"] - 1][0]: row["x"] for row in rows if not row["_reasons"]} == {**GOOD[kind], None: None}
    bad = [row for row in rows if row["_reasons"]]
    assert [(texts[row["_row"] - 1][0], rules_broken(row)) for row in bad] == [
        (text, [(f"type {kind}", "x")]) for text in BAD[kind]
    ]
