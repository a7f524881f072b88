"""Archives the classes that the job loads (Java's AppCDS), so that each local Spark starts in half the time.

Usage: archive_classes.py    (writes `local_spark.CLASSES`; the next Java or the next jars need it anew)

The job runs here against a local S3 and Glue catalog as it does in the local stack: two uploads, the second with rows
that replace others and with broken ones.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import boto3
from local_spark import CLASSES, QUICK_JAVA, start
from moto.server import ThreadedMotoServer
from pyspark.sql import SparkSession
from tidegate_spark.run import Attempt, run

_REGION = "us-east-1"
_BUCKET = "classes"
_EXIT_SECONDS = 300
_TYPES = ["integer", "decimal", "double", "boolean", "date", "timestamp", "string"]
_UPLOADS = [
    ["1,1.50,0.5,true,2024-01-01,2024-01-01T00:00:00Z,a", "2,2.50,1e3,false,2024-01-02,2024-01-02T00:00:00Z,b"],
    ["2,3.50,,true,2024-01-03,2024-01-03T00:00:00Z,", '3,x,1,true,2024-01-03,2024-01-03T00:00:00Z,"c, ""c"""'],
]


def main() -> None:
    """Makes the archive anew."""
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_REGION=_REGION)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    unfinished = CLASSES.with_suffix(".unfinished")
    try:
        host, port = server.get_host_and_port()
        _run_the_job(f"http://{host}:{port}", unfinished)
    finally:
        server.stop()
    unfinished.replace(CLASSES)


def _run_the_job(endpoint: str, archive: Path) -> None:
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name=_REGION)
    s3.create_bucket(Bucket=_BUCKET)
    boto3.client("glue", endpoint_url=endpoint, region_name=_REGION).create_database(DatabaseInput={"Name": "tidegate"})

    def put(key: str, text: str) -> str:
        s3.put_object(Bucket=_BUCKET, Key=key, Body=text.encode())
        return f"s3://{_BUCKET}/{key}"

    contract = put("contract.json", json.dumps(_contract()))
    with tempfile.TemporaryDirectory() as scratch:
        spark = _session(endpoint, scratch, archive)
        for number, lines in enumerate(_UPLOADS, 1):
            csv = put(f"{number}.csv", "\n".join([",".join(_TYPES), *lines, ""]))
            stamp = f"2024-01-0{number}T00:00:00.000Z"
            upload = {"uploadId": f"{number:032x}", "input": csv, "uploadedAt": stamp, "orderStamp": stamp}
            batch = put(f"{number}.json", json.dumps({"uploads": [{**upload, "sizeBytes": 1, "compression": "none"}]}))
            folder = f"s3://{_BUCKET}/{number}"
            run(spark, Attempt(f"run-{number}", 1, contract, batch, folder, f"s3://{_BUCKET}", f"{folder}/exports"))
        gateway: Any = spark.sparkContext._gateway
        spark.stop()
        # The archive is written when Java ends.
        gateway.proc.stdin.close()
        gateway.proc.wait(_EXIT_SECONDS)


def _session(endpoint: str, scratch: str, archive: Path) -> SparkSession:
    settings = {
        "spark.driver.extraJavaOptions": f"{QUICK_JAVA} -XX:ArchiveClassesAtExit={archive}",
        "spark.local.dir": scratch,
        "spark.sql.shuffle.partitions": "2",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": _REGION,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.sql.catalog.lake.type": "glue",
        "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.lake.client.region": _REGION,
        "spark.sql.catalog.lake.glue.endpoint": endpoint,
        "spark.sql.catalog.lake.s3.endpoint": endpoint,
        "spark.sql.catalog.lake.s3.path-style-access": "true",
    }
    return start("tidegate classes", 2, f"s3://{_BUCKET}/warehouse", settings)


def _contract() -> dict[str, Any]:
    columns = [
        {
            "name": kind,
            "source": kind,
            "type": {"kind": kind, **({"precision": 12, "scale": 2} if kind == "decimal" else {})},
            "required": kind == "integer",
            "unique": False,
            "description": "",
            "format": None,
            "rules": {"minimum": "0"} if kind == "double" else {},
        }
        for kind in _TYPES
    ]
    dialect = {
        "delimiter": ",",
        "quote": '"',
        "escape": '"',
        "encoding": "UTF-8",
        "header": True,
        "nulls": [""],
        "multiLine": True,
        "skipRows": 0,
        "comment": None,
        "decimalComma": False,
    }
    return {
        "formatVersion": 1,
        "dataset": "classes",
        "table": "classes",
        "contractId": "urn:tidegate:classes",
        "version": "1.0.0",
        "description": "",
        "columns": columns,
        "key": ["integer"],
        "partitionBy": [],
        "rowRules": [{"name": "positive", "predicate": "integer > 0"}],
        "tableRules": [],
        "csv": dialect,
        "write": {"mode": "merge", "orderBy": "timestamp"},
        "unknownColumns": "reject",
        "quarantineMaxShare": 1.0,
        "engine": "auto",
        "deliver": "none",
        "export": ["csv"],
        "maxCostPerRunUsd": None,
        "batch": {"maxUploads": 200, "maxBytes": 50_000_000_000},
        "latencySeconds": 3600,
        "references": [],
        "transform": "select * from upload",
    }


if __name__ == "__main__":
    main()
