"""Query jobs: GoogleSQL statements, one by one, on DuckDB.

A script is a list of statements; of the procedural language only transactions are served. What sqlglot
cannot carry over, or DuckDB does not do as BigQuery does, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from catalog import Catalog
from concurrency import Transaction
from errors import BigQueryError, not_implemented
from field_types import field_of
from sqlglot import Expr, exp
from translating import Parameter, Query, Translation, split_statements, translate

_DML = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_DDL = (exp.Create, exp.Alter, exp.Drop)
_MAX_BYTES = 1024 * 1024
_DECIMALS = {exp.DType.DECIMAL: "NUMERIC", exp.DType.BIGDECIMAL: "BIGNUMERIC"}


@dataclass
class Result:
    """What a query came to: the last statement's rows, and what data statements changed in all."""

    schema: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    statement_type: str = "SELECT"
    affected_rows: int | None = None
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    bytes_read: int = 0


class Script:
    """One run of a query job, on a connection of its own, statement by statement: two scripts may interleave.

    A transaction that is open at the end, or when a statement fails, is rolled back.
    """

    def __init__(self, catalog: Catalog, parameters: dict[str, Parameter], before: Callable[[str], None]) -> None:
        self._catalog = catalog
        self._connection = catalog.connection.cursor()
        self._parameters = parameters
        self._before = before
        self._transaction: Transaction | None = None
        self._result = Result()

    def run(self, sql: str) -> Result:
        """Runs the statements in order."""
        statements = _statements(sql)
        try:
            for statement in statements:
                self._before(statement)
                with self._catalog.lock:
                    self._statement(statement)
        except duckdb.Error as error:
            raise _of_duckdb(error) from error
        finally:
            with self._catalog.lock:
                if self._transaction:
                    self._end("ROLLBACK")
                self._connection.close()
        if len(statements) > 1:
            self._result.statement_type = "SCRIPT"
        return self._result

    def estimate(self, sql: str) -> int:
        """Bytes that the statements would read: those of every table they name, once a statement."""
        try:
            return sum(
                self._estimate(self._translated(text))
                for text in _statements(sql)
                if text.upper().split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK")
            )
        finally:
            self._connection.close()

    def _estimate(self, translation: Translation) -> int:
        return sum(self._bytes(dataset, table, translation) for _, dataset, table in translation.tables)

    def _bytes(self, dataset: str, table: str, translation: Translation) -> int:
        """A table's bytes; of a parted one those of the months that a BETWEEN of constants leaves."""
        rows, size = self._catalog.size(dataset, table)
        column = self._catalog.table(dataset, table).get("timePartitioning", {}).get("field")
        for between in translation.tree.find_all(exp.Between) if column else ():
            low, high = between.args["low"], between.args["high"]
            constant = not low.find(exp.Column) and not high.find(exp.Column)
            if constant and between.this.name.lower() == column.lower():
                month = f"date_trunc('month', \"{column}\")"
                bounds = [f"date_trunc('month', {bound.sql(dialect='duckdb')})" for bound in (low, high)]
                used = {p.name for bound in (low, high) for p in bound.find_all(exp.Parameter)}
                kept = self._connection.execute(
                    f'SELECT count(*) FROM "{dataset}"."{table}" WHERE {month} BETWEEN {bounds[0]} AND {bounds[1]}',
                    {name: self._parameters[name].value for name in used} or None,
                ).fetchone()
                return size * (kept[0] if kept else 0) // max(rows, 1)
        return size

    def _statement(self, text: str) -> None:
        words = text.upper().split()
        match words:
            case ["BEGIN", "TRANSACTION"] | ["BEGIN"]:
                if self._transaction:
                    raise BigQueryError(
                        "invalidQuery", "Transaction control statements are not supported in a transaction"
                    )
                self._connection.execute("BEGIN")
                self._transaction = self._catalog.transactions.begin()
            case ["COMMIT"] | ["COMMIT", "TRANSACTION"] | ["ROLLBACK"] | ["ROLLBACK", "TRANSACTION"]:
                if not self._transaction:
                    raise BigQueryError("invalidQuery", f"There is no active transaction to {words[0].lower()}")
                self._end(words[0])
            case ["CREATE" | "ALTER" | "DROP", *_] if self._transaction:
                raise BigQueryError(
                    "invalidQuery",
                    "DDL statements are not supported in a transaction, except for those creating or dropping"
                    " temporary tables or temporary functions.",
                )
            case _:
                self._execute(self._translated(text))

    def _end(self, how: str) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction:
            self._connection.execute(how)
            self._catalog.transactions.end(transaction, committed=how == "COMMIT")

    def _translated(self, text: str) -> Translation:
        """The statement in DuckDB's terms; a table that it names and that is not there is an error."""
        types = tuple((name, parameter.type) for name, parameter in self._parameters.items())
        translation = translate(text, types)
        for project, dataset, table in translation.tables:
            if project:
                self._catalog.check_project(project)
            self._catalog.table(dataset, table)
        return translation

    def _execute(self, translation: Translation) -> None:
        statement = translation.tree
        if isinstance(statement, (exp.Query, *_DML)):
            self._result.bytes_read += self._estimate(translation)
        if isinstance(statement, exp.Query):
            self._select(translation)
        elif isinstance(statement, _DML):
            self._change(translation)
        elif isinstance(statement, _DDL):
            self._define(statement)
        else:
            raise not_implemented(f"the statement {statement.key.upper()}")

    def _select(self, translation: Translation) -> None:
        cursor = self._run(translation.query)
        self._result.schema = [field_of(column[0], str(column[1])) for column in cursor.description or []]
        # By Arrow: DuckDB's own Python rows need another package for time zones.
        columns = [column.to_pylist() for column in cursor.to_arrow_table().columns]
        self._result.rows = list(zip(*columns, strict=True))
        self._result.statement_type = "SELECT"

    def _change(self, translation: Translation) -> None:
        statement = translation.tree
        if isinstance(statement, (exp.Update, exp.Delete)) and not statement.args.get("where"):
            raise BigQueryError("invalidQuery", f"{statement.key.upper()} must have a WHERE clause")
        if not isinstance(statement, exp.Insert):
            target = statement.this
            self._catalog.transactions.mutate(f"{target.db}.{target.name}", self._transaction)
        # DuckDB does not refuse it.
        if translation.several_sources and self._run(translation.several_sources).fetchone():
            raise BigQueryError("invalidQuery", "UPDATE/MERGE must match at most one source row for each target row")
        counted = self._run(translation.query).fetchone()
        affected = int(counted[0]) if counted else 0
        result = self._result
        result.affected_rows = (result.affected_rows or 0) + affected
        result.statement_type = statement.key.upper()
        match statement:
            case exp.Insert():
                result.inserted += affected
            case exp.Update():
                result.updated += affected
            case exp.Delete():
                result.deleted += affected

    def _define(self, statement: Expr) -> None:
        """Of DDL only a decimal column that gets more digits."""
        actions = statement.args.get("actions") or []
        if not isinstance(statement, exp.Alter) or len(actions) != 1 or not isinstance(actions[0], exp.AlterColumn):
            raise not_implemented(f"the statement {statement.key.upper()}")
        column, wanted = actions[0].this.name, actions[0].args.get("dtype")
        kind = _DECIMALS.get(wanted.this) if isinstance(wanted, exp.DataType) else None
        if wanted is None or kind is None or len(wanted.expressions) != 2:
            raise not_implemented(f"ALTER COLUMN {column} other than SET DATA TYPE of a decimal(p, s)")
        precision, scale = (size.name for size in wanted.expressions)
        table = statement.this
        wider = {"type": kind, "precision": precision, "scale": scale}
        self._catalog.widen_column(table.db, table.name, column, wider)
        self._result.statement_type = "ALTER_TABLE"

    def _run(self, query: Query) -> duckdb.DuckDBPyConnection:
        values = {name: self._parameters[name].value for name in query.parameters}
        return self._connection.execute(query.sql, values or None)


def _statements(sql: str) -> tuple[str, ...]:
    if len(sql.encode()) > _MAX_BYTES:
        raise BigQueryError(
            "invalid", "The query is too large. The maximum standard SQL query length is 1024.00K characters."
        )
    statements = split_statements(sql)
    if not statements:
        raise BigQueryError("invalidQuery", "Syntax error: Unexpected end of statement")
    return statements


def _of_duckdb(error: duckdb.Error) -> BigQueryError:
    text = str(error)
    if isinstance(error, duckdb.ConstraintException) and "NOT NULL" in text:
        column = text.rsplit(".", 1)[-1].strip()
        return BigQueryError("invalidQuery", f"Required field {column} cannot be null")
    # What ERROR says.
    if isinstance(error, duckdb.InvalidInputException):
        return BigQueryError("invalidQuery", text.removeprefix("Invalid Input Error: "))
    return BigQueryError("invalidQuery", text)
