"""Counts rows and reasons, and judges each upload as a whole."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from tidegate_spark.batch import Upload
from tidegate_spark.contract import Contract
from tidegate_spark.findings import ENCODING, FATAL_RULES, UNCLOSED_QUOTE
from tidegate_spark.manifest import UploadCounts
from tidegate_spark.reasons import meaning, told

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "mustBe": operator.eq,
    "mustBeGreaterThan": operator.gt,
    "mustBeGreaterOrEqualTo": operator.ge,
    "mustBeLessThan": operator.lt,
    "mustBeLessOrEqualTo": operator.le,
}
_MEASURES = {"rows": "The count of rows", "freshnessSeconds": "The age in seconds of the newest row at its upload"}
MAX_EXAMPLE_LENGTH = 200


def count_rows(checked: DataFrame, counts: dict[str, UploadCounts], contract: Contract, uploads: list[Upload]) -> None:
    """Fills in how many rows of each upload were read, kept and quarantined, and for which reasons; and its age."""
    bad = F.size("_reasons") > 0
    measures = [F.count("*").alias("read"), F.count_if(bad).alias("quarantined")]
    ages = any(rule.measure == "freshnessSeconds" for rule in contract.table_rules)
    if ages:
        newest = F.max(F.when(~bad, F.col(contract.order_by or "").cast("timestamp")))
        measures.append(F.unix_micros(newest).alias("newest"))
    uploaded = {upload.upload_id: datetime.fromisoformat(upload.uploaded_at).timestamp() for upload in uploads}
    for row in checked.groupBy("_upload_id").agg(*measures).collect():
        upload = counts[row["_upload_id"]]
        upload.read, upload.quarantined = row["read"], row["quarantined"]
        upload.kept = upload.read - upload.quarantined
        if ages and row["newest"] is not None:
            upload.age_seconds = uploaded[upload.upload_id] - row["newest"] / 1_000_000
    if any(upload.quarantined for upload in counts.values()):
        _count_reasons(checked, counts, contract)


def _count_reasons(checked: DataFrame, counts: dict[str, UploadCounts], contract: Contract) -> None:
    found = checked.where(F.size("_reasons") > 0).select("_upload_id", "_row", F.explode("_reasons").alias("reason"))
    example = F.min(F.struct("_row", F.left("reason.value", F.lit(MAX_EXAMPLE_LENGTH)).alias("value")))
    grouped = found.groupBy("_upload_id", "reason.rule", "reason.column").agg(
        F.count("*").alias("count"), example.alias("example")
    )
    for row in grouped.orderBy(F.desc("count"), "rule", "column").collect():
        value = row["example"]["value"]
        counts[row["_upload_id"]].reasons.append(
            {
                "rule": row["rule"],
                "column": row["column"],
                "count": row["count"],
                "example": {"row": row["example"]["_row"], "value": value},
                "meaning": meaning(row["rule"], row["column"], contract),
                "message": told(row["rule"], row["column"], value, contract),
            }
        )


def reject_by_rules(counts: dict[str, UploadCounts], contract: Contract) -> None:
    """Rejects the uploads whose rows, taken together, show that the file is not what the contract says."""
    for upload in counts.values():
        if upload.outcome == "LOADED":
            _reject_misread(upload, contract)
        if upload.outcome == "LOADED":
            _reject_by_share(upload, contract)
        if upload.outcome == "LOADED":
            _reject_by_table_rules(upload, contract)


def _reject_misread(upload: UploadCounts, contract: Contract) -> None:
    for found in upload.reasons:
        if found["rule"] in FATAL_RULES:
            row = found["example"]["row"]
            explanations = {
                UNCLOSED_QUOTE: f"A quote that opens in row {row} is not closed "
                + (
                    "where a field ends: from there on rows cannot be told apart."
                    if contract.csv.multi_line
                    else "in its line: fix it, or set multiLine in the contract if values hold line breaks."
                ),
                ENCODING: f"Row {row} is not {contract.csv.encoding}, the contract's encoding. Save the file as"
                f" {contract.csv.encoding}, or set csv.encoding in the contract to the file's encoding.",
            }
            upload.reject(found["rule"], row, explanations[found["rule"]])
            return


def _reject_by_share(upload: UploadCounts, contract: Contract) -> None:
    if upload.read and upload.quarantined / upload.read > contract.quarantine_max_share:
        upload.reject(
            "quarantine.maxShare",
            None,
            f"{upload.quarantined} of {upload.read} rows broke rules, more than the share of"
            f" {contract.quarantine_max_share:g} that the contract tolerates.",
        )


def _reject_by_table_rules(upload: UploadCounts, contract: Contract) -> None:
    for rule in contract.table_rules:
        came = upload.read if rule.measure == "rows" else upload.age_seconds
        # An upload without a value of the order column has no age.
        if came is not None and not _HOLDS[rule.operator](came, rule.value):
            upload.reject(
                rule.name, None, f"{_MEASURES[rule.measure]} {rule.operator} {rule.value:g}, but is {came:g}."
            )
