"""The compiled contract (`tasks/core/contract.ts` is its schema) as dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import types as t


@dataclass(frozen=True)
class ColumnType:
    """A column's type; `precision` and `scale` have meaning for decimals only."""

    kind: str
    precision: int = 0
    scale: int = 0

    @property
    def spark(self) -> t.DataType:
        """The type in Spark, Iceberg and Parquet. A time of day is canonical text: Iceberg's is unknown to Spark."""
        match self.kind:
            case "decimal":
                return t.DecimalType(self.precision, self.scale)
            case kind:
                return _SPARK_TYPES[kind]

    def to_json(self) -> dict[str, Any]:
        """The form that the contract and the manifest have it in."""
        if self.kind == "decimal":
            return {"kind": self.kind, "precision": self.precision, "scale": self.scale}
        return {"kind": self.kind}


_SPARK_TYPES: dict[str, t.DataType] = {
    "string": t.StringType(),
    "integer": t.LongType(),
    "double": t.DoubleType(),
    "boolean": t.BooleanType(),
    "date": t.DateType(),
    "timestamp": t.TimestampType(),
    "timestamp_ntz": t.TimestampNTZType(),
    "time": t.StringType(),
}


@dataclass(frozen=True)
class Column:
    """One column: `source` is its name in the file's header, `format` a Spark datetime pattern."""

    name: str
    source: str
    type: ColumnType
    required: bool
    unique: bool
    derived: bool
    format: str | None
    rules: dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """How the file's text is to be read; `nulls` are unquoted texts that mean null."""

    delimiter: str
    quote: str | None
    escape: str | None
    encoding: str
    header: bool
    nulls: tuple[str, ...]
    multi_line: bool
    skip_rows: int
    comment: str | None
    decimal_comma: bool


@dataclass(frozen=True)
class RowRule:
    """A predicate over one row's columns that must be true."""

    name: str
    predicate: str


@dataclass(frozen=True)
class TableRule:
    """A bound on a measure of one upload."""

    name: str
    measure: str
    operator: str
    value: float


@dataclass(frozen=True)
class Reference:
    """A table of the second source bucket that `transform.sql` may join."""

    name: str
    location: str
    format: str


@dataclass(frozen=True)
class Contract:
    """What a dataset's files must keep, and what becomes of their rows."""

    dataset: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition_by: tuple[str, ...]
    row_rules: tuple[RowRule, ...]
    table_rules: tuple[TableRule, ...]
    csv: Dialect
    mode: str
    order_by: str | None
    unknown_columns: str
    quarantine_max_share: float
    exports_csv: bool
    references: tuple[Reference, ...]
    transform: str | None

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns that the file has; `transform.sql` fills the others."""
        return tuple(column for column in self.columns if not column.derived)

    @property
    def merge_key(self) -> tuple[str, ...]:
        """The columns that say which rows are the same one: an append table's row is its place in its upload."""
        return self.key if self.mode == "merge" else ("_upload_id", "_row")

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Contract:
        """The contract of its compiled JSON; the compiler has checked it."""
        csv = value["csv"]
        return cls(
            dataset=value["dataset"],
            table=value["table"],
            columns=tuple(_column(column) for column in value["columns"]),
            key=tuple(value["key"]),
            partition_by=tuple(value["partitionBy"]),
            row_rules=tuple(RowRule(**rule) for rule in value["rowRules"]),
            table_rules=tuple(TableRule(**rule) for rule in value["tableRules"]),
            csv=Dialect(
                delimiter=csv["delimiter"],
                quote=csv["quote"],
                escape=csv["escape"],
                encoding=csv["encoding"],
                header=csv["header"],
                nulls=tuple(csv["nulls"]),
                multi_line=csv["multiLine"],
                skip_rows=csv["skipRows"],
                comment=csv["comment"],
                decimal_comma=csv["decimalComma"],
            ),
            mode=value["write"]["mode"],
            order_by=value["write"]["orderBy"],
            unknown_columns=value["unknownColumns"],
            quarantine_max_share=value["quarantineMaxShare"],
            exports_csv="csv" in value["export"],
            references=tuple(Reference(**reference) for reference in value["references"]),
            transform=value["transform"],
        )


def _column(value: dict[str, Any]) -> Column:
    kind = value["type"]
    return Column(
        name=value["name"],
        source=value["source"],
        type=ColumnType(kind["kind"], kind.get("precision", 0), kind.get("scale", 0)),
        required=value["required"],
        unique=value["unique"],
        derived=value.get("derived", False),
        format=value["format"],
        rules=value["rules"],
    )
