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
from tidegate_spark.failure import JobFailure
from tidegate_spark.reasons import REASONS, any_of
from tidegate_spark.validating import validate


def rows_of(spark: SparkSession, texts: list[tuple[str | None, ...]], the_contract: Contract) -> DataFrame:
    """Rows as `read_upload` gives them, one for each tuple."""
    names = [column.name for column in the_contract.read_columns]
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
        "1e0005": 100000.0,
        "0e99999999999": 0.0,
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
        "1e309", "1e0309", "-1e999", "5D", "5f", " 5", "NaN", "Infinity", "inf", "1,5", "", ".", "e5", "0x1p3",
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


RULES: list[tuple[str, dict[str, Any], list[str | None], dict[str, str]]] = [
    ("integer", {"minimum": "-5", "maximum": "5"}, ["-5", "5", None], {"-6": "minimum", "6": "maximum"}),
    (
        "integer",
        {"exclusiveMinimum": "0", "exclusiveMaximum": "9223372036854775807"},
        ["1", "9223372036854775806"],
        {"0": "exclusiveMinimum", "9223372036854775807": "exclusiveMaximum"},
    ),
    ("integer", {"multipleOf": "5"}, ["0", "-10", "15"], {"1": "multipleOf", "-11": "multipleOf"}),
    ("integer", {"enumeration": ["1", "-2"]}, ["1", "+01", "-2"], {"2": "enumeration"}),
    (
        "decimal(20,12)",
        {"minimum": "0.000000000001", "maximum": "99999999.999999999999"},
        ["0.000000000001", "99999999.999999999999"],
        {"0": "minimum"},
    ),
    ("decimal(12,2)", {"exclusiveMinimum": "0", "exclusiveMaximum": "0.1"}, ["0.01"], {"0.00": "exclusiveMinimum"}),
    ("decimal(12,2)", {"multipleOf": "0.25"}, ["0.75", "-0.5", "0"], {"0.3": "multipleOf"}),
    ("decimal(38,0)", {"maximum": "9" * 37 + "8"}, ["9" * 37 + "8"], {"9" * 38: "maximum"}),
    ("double", {"minimum": "0.5", "maximum": "1.5"}, ["0.5", "1.5"], {"0.4999": "minimum", "1.50001": "maximum"}),
    (
        "date",
        {"minimum": "2020-01-01", "exclusiveMaximum": "2021-01-01"},
        ["2020-01-01", "2020-12-31"],
        {"2019-12-31": "minimum", "2021-01-01": "exclusiveMaximum"},
    ),
    (
        "timestamp",
        {"minimum": "2020-01-01T00:00:00.5Z"},
        ["2020-01-01T00:00:00.5Z", "2020-01-01T00:30:00+00:10"],
        {"2020-01-01T00:00:00.499999Z": "minimum", "2020-01-01T00:05:00+00:10": "minimum"},
    ),
    (
        "timestamp_ntz",
        {"maximum": "2020-01-01T00:00:00"},
        ["2020-01-01T00:00"],
        {"2020-01-01T00:00:00.000001": "maximum"},
    ),
    (
        "time",
        {"minimum": "08:00:00", "exclusiveMaximum": "18:00:00.5"},
        ["08:00", "18:00:00.49"],
        {"07:59:59.999999": "minimum", "18:00:00.500": "exclusiveMaximum"},
    ),
    (
        "string",
        {"minLength": 2, "maxLength": 3},
        ["ab", "😀éx", None],
        {"a": "minLength", "": "minLength", "abcd": "maxLength"},
    ),
    (
        "string",
        {"pattern": "^[A-Z]{2}$"},
        ["AB", None],
        {"ABC": "pattern", "xAB": "pattern", "AB\n": "pattern", "": "pattern"},
    ),
    ("string", {"pattern": "a|b"}, ["a", "b"], {"ab": "pattern", "xa": "pattern"}),
    # Java goes down the stack with each turn of such a group: of long texts it would end the whole job.
    (
        "string",
        {"pattern": "(a|b)*"},
        ["", "ab" * 250],
        {"ab" * 250 + "a": "pattern", "ab" * 10_000: "pattern", "c": "pattern"},
    ),
    ("string", {"pattern": r"[a-z]+([.][a-z]+)+"}, ["a.b" + ".c" * 248], {"a" + ".b" * 10_000: "pattern"}),
    ("string", {"pattern": r"(?:([a-z]){2}[\d)])*[^(]*"}, ["ab1" * 10_000, "ab)"], {"(x(": "pattern"}),
    ("string", {"enumeration": ["x", ""]}, ["x", "", None], {"X": "enumeration", " x": "enumeration"}),
]


def test_a_value_keeps_each_rule_up_to_its_edge(spark: SparkSession) -> None:
    columns = [column(f"c{index}", kind, **rules) for index, (kind, rules, _, _) in enumerate(RULES)]
    # Each row has the text of one column, and nothing in the others.
    texts, expected = [], []
    for index, (_, _, good, bad) in enumerate(RULES):
        for text, rule in [*((text, None) for text in good), *bad.items()]:
            texts.append(tuple(text if index == at else None for at in range(len(RULES))))
            expected.append([(rule, f"c{index}")] if rule else [])
    rows = validated(spark, texts, contract(*columns))
    assert [rules_broken(row) for row in rows] == expected


def test_a_row_has_all_its_reasons_with_the_values_as_read(spark: SparkSession) -> None:
    the_contract = contract(
        column("a", "integer", required=True), column("b", minLength=3, pattern="x+"), column("c", "date")
    )
    (row,) = validated(spark, [(None, "y", " 2024-01-01")], the_contract)
    assert [tuple(reason) for reason in row["_reasons"]] == [
        ("required", "a", None),
        ("minLength", "b", "y"),
        ("pattern", "b", "y"),
        ("type date", "c", " 2024-01-01"),
    ]


def test_a_value_of_no_type_breaks_no_further_rule(spark: SparkSession) -> None:
    the_contract = contract(column("a", "integer", minimum="0"), rowRules=[{"name": "even", "predicate": "a % 2 = 0"}])
    (row,) = validated(spark, [("x",)], the_contract)
    assert rules_broken(row) == [("type integer", "a")]


def test_the_conditions_of_thousands_of_columns_fit_the_stack(spark: SparkSession) -> None:
    unknown, odd = F.lit(None).cast("boolean"), F.col("id") % 2 == 1
    several = [
        any_of(conditions).alias(name) for name, conditions in (("none", []), ("many", [unknown] * 5000 + [odd]))
    ]
    rows = spark.range(2).select(*several).collect()
    assert [(row["none"], row["many"]) for row in rows] == [(False, False), (False, True)]


def test_row_rules_must_be_true(spark: SparkSession) -> None:
    rules = [
        {"name": "ratio", "predicate": "a / b > 1"},
        {"name": "known", "predicate": "a is not null"},
        {"name": "fits", "predicate": "cast(c as int) < 10"},
    ]
    the_contract = contract(column("a", "integer"), column("b", "integer"), column("c"), rowRules=rules)
    rows = validated(
        spark,
        [("4", "2", "5"), ("1", "2", "5"), ("4", "0", "5"), (None, "2", "5"), ("4", "2", "five"), ("1", "2", "50")],
        the_contract,
    )
    assert [[rule for rule, _ in rules_broken(row)] for row in rows] == [
        [],
        ["ratio"],
        ["ratio"],
        ["ratio", "known"],
        ["fits"],
        ["ratio", "fits"],
    ]
    assert rows[1]["_reasons"][0]["value"] == "1,2,5"
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"


def test_unique_values_are_kept_once_in_each_upload(spark: SparkSession) -> None:
    the_contract = contract(column("a", "integer", unique=True), column("b"))
    texts: list[tuple[str | None, ...]] = [("1", "x"), ("01", "y"), (None, "x"), (None, "x"), ("2", "x"), ("2", "y")]
    rows = rows_of(spark, texts, the_contract)
    unreadable = F.array(F.struct(F.lit("quoting"), F.lit(None).cast("string"), F.lit("raw"))).cast(REASONS)
    rows = rows.withColumn("_reasons", F.when(F.col("_row") == 5, unreadable).otherwise(F.col("_reasons")))
    both = rows.union(rows.withColumn("_upload_id", F.lit("v")).where("_row > 1"))
    found = validate(both, the_contract).collect()
    repeated = {(row["_upload_id"], row["_row"]) for row in found if ("unique", "a") in rules_broken(row)}
    # A row that could not be read has no value that another could repeat.
    assert repeated == {("u", 2)}
    assert len(found) == 11


FORMATS = [
    (
        "date",
        "dd/MM/yyyy",
        {"31/01/2024": dt.date(2024, 1, 31)},
        ["1/1/2024", "31/02/2024", "2024-01-31", "31/01/24", ""],
    ),
    (
        "date",
        "d.M.yyyy",
        {"1.2.2024": dt.date(2024, 2, 1), "31.12.9999": dt.date(9999, 12, 31)},
        [" 1.2.2024", "1.2.2024x"],
    ),
    ("date", "yyyyMMdd", {"20240131": dt.date(2024, 1, 31)}, ["2024131", "20240132", "00000101"]),
    ("date", "MMM d, yyyy", {"Jan 5, 2024": dt.date(2024, 1, 5)}, ["Foo 5, 2024"]),
    (
        "timestamp",
        "yyyy-MM-dd'T'HH:mm:ssX",
        {"2024-01-02T03:04:05+01": "2024-01-02 02:04:05"},
        ["2024-01-02T03:04:05", "0001-01-01T00:00:00+01"],
    ),
    (
        "timestamp",
        "dd/MM/yyyy HH:mm:ss[.SSS]",
        {"31/01/2024 23:59:59.123": "2024-01-31 23:59:59.123", "31/01/2024 23:59:59": "2024-01-31 23:59:59"},
        ["31/01/2024 24:00:00"],
    ),
    ("timestamp_ntz", "yyyy-MM-dd HH.mm", {"2024-01-02 03.04": "2024-01-02 03:04:00"}, ["2024-01-02 03:04"]),
    ("time", "h:mm a", {"3:04 PM": "15:04:00", "12:00 AM": "00:00:00"}, ["15:04", "13:04 PM"]),
    ("time", "HHmmss", {"030405": "03:04:05"}, ["03:04:05", "250000"]),
]


@pytest.mark.parametrize(("kind", "pattern", "good", "bad"), FORMATS, ids=[f[1] for f in FORMATS])
def test_formats_are_read_to_the_letter(
    spark: SparkSession, kind: str, pattern: str, good: dict[str, Any], bad: list[str]
) -> None:
    the_contract = contract(column("x", kind, format=pattern))
    checked = validate(rows_of(spark, [(text,) for text in [*good, *bad]], the_contract), the_contract)
    if kind.startswith("timestamp"):
        checked = checked.withColumn("x", F.col("x").cast("string"))
    rows = sorted(checked.collect(), key=lambda row: row["_row"])
    assert [row["x"] for row in rows[: len(good)]] == list(good.values())
    assert [rules_broken(row) for row in rows] == [[]] * len(good) + [[(f"type {kind}", "x")]] * len(bad)


def test_a_decimal_comma_is_one_where_the_contract_says_so(spark: SparkSession) -> None:
    the_contract = contract(
        column("a", "decimal(12,2)"), column("b", "double"), column("c", "integer"), csv={"decimalComma": True}
    )
    texts: list[tuple[str | None, ...]] = [("1,5", "-2,5e3", "7"), ("1.5", "2.5", "7"), ("1.000,5", "1", "1,0")]
    rows = validated(spark, texts, the_contract)
    assert (rows[0]["a"], rows[0]["b"], rows[0]["c"]) == (Decimal("1.50"), -2500.0, 7)
    assert [[name for _, name in rules_broken(row)] for row in rows] == [[], ["a", "b"], ["a", "c"]]


def test_derived_columns_are_left_to_the_transformation(spark: SparkSession) -> None:
    the_contract = contract(column("a"), column("b", "integer", required=True, derived=True))
    rows = validate(rows_of(spark, [("x",)], the_contract), the_contract)
    assert rows.columns == ["a", "_row", "_raw", "_upload_id", "_reasons"]
    assert rows.collect()[0]["_reasons"] == []


@pytest.mark.parametrize(
    ("predicate", "told"),
    [
        ("a >", ""),
        ("b > 0", "`b` cannot be resolved"),
        ("a + 1", "it must be a condition that is true or false, but a + 1 is bigint."),
        ("'true'", "it must be a condition that is true or false, but 'true' is string."),
        ("no_function(a) > 1", "no_function"),
    ],
)
def test_a_row_rule_that_is_no_condition_on_the_columns_is_told_by_name(
    spark: SparkSession, predicate: str, told: str
) -> None:
    the_contract = contract(column("a", "integer"), rowRules=[{"name": "odd_rule", "predicate": predicate}])
    with pytest.raises(JobFailure, match="Row rule odd_rule cannot be evaluated") as failure:
        validate(rows_of(spark, [("1",)], the_contract), the_contract)
    assert failure.value.error == "ContractIncompatible"
    assert told in str(failure.value)
