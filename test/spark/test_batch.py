"""The uploads of a run, as its plan wrote them down."""

from __future__ import annotations

from tidegate_spark.batch import MendedFile, Upload

UPLOAD = {
    "uploadId": "u1",
    "input": "s3://runs/input/u1.csv",
    "uploadedAt": "2024-01-01T00:00:00.000Z",
    "orderStamp": "1",
    "sizeBytes": 10,
    "compression": "none",
}


def test_files_of_mended_rows_are_read_with_their_names_and_from_plans_that_had_none() -> None:
    uri = "s3://runs/input/u1.mended-2.csv"
    assert Upload.from_json(UPLOAD).mended == ()
    named = {**UPLOAD, "mended": [{"name": "prices.csv", "uri": uri}]}
    assert Upload.from_json(named).mended == (MendedFile("prices.csv", uri),)
    assert Upload.from_json({**UPLOAD, "mended": [uri]}).mended == (MendedFile("u1.mended-2.csv", uri),)
