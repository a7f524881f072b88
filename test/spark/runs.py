"""Runs of the job on files of a test's folder, and what they leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
from pyspark.sql import Row, SparkSession
from tidegate_spark.run import Attempt, run

_LAST = 1_000_000
_SCHEMAS = Path(__file__).parents[2] / "spark/schemas"


@dataclass(frozen=True)
class File:
    """An upload: its content, and its order among uploads (greater is newer)."""

    order: int
    text: str
    mended: tuple[str | bytes | tuple[str, str | bytes | None], ...] = ()
    """Contents of files that mend rows of it, the newest last, under names of their own or with a name; None: gone."""

    @property
    def upload_id(self) -> str:
        """The same for the same file; ids do not sort as the uploads do."""
        return upload_id(self.order)


def upload_id(order: int) -> str:
    """The id of the upload of that order."""
    return f"{_LAST - order:032x}"


class Runs:
    """Runs one dataset's job in a folder; the table outlives its runs."""

    def __init__(self, spark: SparkSession, folder: Path, table: str = "things") -> None:
        self.spark = spark
        self.folder = folder
        self.name = f"lake.tidegate.{table}"
        self._table = table

    def drop(self) -> None:
        """Forgets the table."""
        self.spark.sql(f"DROP TABLE IF EXISTS {self.name} PURGE")

    def attempt(self, contract: dict[str, Any], files: Sequence[File], run_id: str, attempt: int = 1) -> Attempt:
        """Lays out what an attempt reads; the contract is the one that the run's first attempt was given."""
        folder = self.folder / run_id
        folder.mkdir(parents=True, exist_ok=True)
        uploads = []
        check("contract", contract)
        for file in files:
            path = folder / f"{file.upload_id}.csv"
            path.write_text(file.text)
            mended = []
            for nth, given in enumerate(file.mended):
                name, text = given if isinstance(given, tuple) else (f"mended-{nth}.csv", given)
                place = folder / f"{file.upload_id}.mended-{nth}.csv"
                mended.append({"name": name, "uri": f"file://{place}"})
                if text is not None:
                    place.write_bytes(text.encode() if isinstance(text, str) else text)
            uploads.append(
                {
                    "uploadId": file.upload_id,
                    "input": f"file://{path}",
                    "uploadedAt": f"2024-01-01T00:{file.order // 60:02}:{file.order % 60:02}.000Z",
                    "orderStamp": f"{file.order:08}",
                    "sizeBytes": path.stat().st_size,
                    "compression": "none",
                    **({"mended": mended} if mended else {}),
                }
            )
        pinned = folder / "contract.json"
        if not pinned.exists():
            pinned.write_text(json.dumps({**contract, "table": self._table}))
        (folder / "batch.json").write_text(json.dumps({"uploads": uploads}))
        return Attempt(
            run_id,
            attempt,
            f"file://{pinned}",
            f"file://{folder}/batch.json",
            f"file://{folder}/attempts/{attempt}",
            f"file://{self.folder}/references",
            f"file://{folder}/exports",
        )

    def run(
        self, contract: dict[str, Any], files: Sequence[File], run_id: str = "run-1", attempt: int = 1
    ) -> dict[str, Any]:
        """Runs an attempt; gives its manifest, which keeps the schema that the Lambdas read it by."""
        manifest = run(self.spark, self.attempt(contract, files, run_id, attempt))
        check("manifest", manifest)
        return manifest

    def rows(self) -> list[Row]:
        """The table's rows, in the order of their values."""
        return in_order(self.spark.table(self.name).collect())

    def changes(self, manifest: dict[str, Any]) -> list[Row]:
        """The rows of the change set that the manifest names."""
        paths = [part["path"] for part in manifest["changes"]["parts"]]
        schema = self.spark.table(self.name).schema
        return in_order(self.spark.read.schema(schema).parquet(*paths).collect()) if paths else []


def check(name: str, value: dict[str, Any]) -> None:
    """Holds a file's content to its JSON Schema; a test's folder stands for a bucket."""
    schema = json.loads((_SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.validate(json.loads(json.dumps(value).replace("file://", "s3://")), schema)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Rows sorted by their text, whatever their types."""
    return sorted(rows, key=lambda row: [str(value) for value in row])
