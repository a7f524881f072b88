"""What Iceberg itself says of a table, and its branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as t


class LakeTable:
    """One Iceberg table as it is in the catalog now."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self.name = name
        self._spark = spark
        jvm: Any = spark.sparkContext._jvm
        session: Any = spark
        self._table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(session._jsparkSession, name)

    def snapshot_id(self) -> int | None:
        """The newest snapshot of the table's main branch; None before the first commit."""
        self._table.refresh()
        snapshot = self._table.currentSnapshot()
        return None if snapshot is None else int(snapshot.snapshotId())

    def properties(self) -> dict[str, str]:
        """The table's properties as they are now, and what Spark adds to them."""
        # Not of the table in the JVM, each of whose properties would be a call: there may be thousands.
        return {row["key"]: row["value"] for row in self._spark.sql(f"SHOW TBLPROPERTIES {self.name}").collect()}

    def set_properties(self, properties: dict[str, str]) -> None:
        """Sets some of the table's properties; it makes no snapshot."""
        if properties:
            settings = ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())
            self.alter(f"SET TBLPROPERTIES ({settings})")

    def unset_properties(self, names: Sequence[str]) -> None:
        """Takes away some of the table's properties; it makes no snapshot."""
        if names:
            quoted = ", ".join(f"'{name}'" for name in names)
            self.alter(f"UNSET TBLPROPERTIES IF EXISTS ({quoted})")

    def alter(self, change: str) -> None:
        """Changes what the table is, as the SQL says; it makes no snapshot."""
        self._spark.sql(f"ALTER TABLE {self.name} {change}")

    def row_count(self, snapshot_id: int | None) -> int:
        """Rows of a snapshot, those that delete files mark as gone included."""
        if snapshot_id is None:
            return 0
        return int(self._table.snapshot(snapshot_id).summary().get("total-records") or 0)

    def schema(self) -> t.StructType:
        """The table's columns as they are now."""
        self._table.refresh()
        return self._spark.table(self.name).schema

    def partitioned_by(self) -> list[str]:
        """The columns that the table's files are parted by."""
        schema = self._table.schema()
        return [str(schema.findColumnName(field.sourceId())) for field in self._table.spec().fields()]

    def rows(self, snapshot_id: int | None) -> DataFrame:
        """The rows of a snapshot, whatever is committed meanwhile, with the columns that the table has now."""
        if snapshot_id is None:
            return self._spark.table(self.name).limit(0)
        return self.in_form(self._spark.read.option("versionAsOf", snapshot_id).table(self.name))

    def in_form(self, rows: DataFrame) -> DataFrame:
        """Rows with the table's columns in its types and order: null in those that they lack."""
        own = {name.lower() for name in rows.columns}
        return rows.select(
            *[
                (F.col(field.name) if field.name.lower() in own else F.lit(None)).cast(field.dataType).alias(field.name)
                for field in self.schema()
            ]
        )

    def create_branch(self, branch: str, snapshot_id: int | None) -> str:
        """Makes a branch of a snapshot and gives its name as a table; maintenance removes it where nobody did."""
        self.drop_branch(branch)
        version = "" if snapshot_id is None else f" AS OF VERSION {snapshot_id}"
        self.alter(f"CREATE BRANCH `{branch}`{version} RETAIN 2 DAYS")
        return f"{self.name}.branch_{branch}"

    def drop_branch(self, branch: str) -> None:
        """Removes a branch if it is there."""
        self.alter(f"DROP BRANCH IF EXISTS `{branch}`")

    def branches(self) -> list[str]:
        """All branches but main."""
        self._table.refresh()
        return [str(name) for name in self._table.refs().keySet() if str(name) != "main"]

    def fast_forward(self, branch: str) -> None:
        """Makes main what the branch is, in one step that Iceberg refuses if main has moved since it began."""
        catalog, _, table = self.name.partition(".")
        self._spark.sql(f"CALL {catalog}.system.fast_forward('{table}', 'main', '{branch}')")
