"""Query jobs: GoogleSQL statements, one by one, on DuckDB.

A script is a list of statements; of the procedural language only transactions and ASSERT are served. What sqlglot
cannot carry over, or DuckDB does not do as BigQuery does, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
import sqlglot
from catalog import Catalog
from concurrency import Transaction
from errors import BigQueryError, not_implemented
from field_types import field_of
from sqlglot import Expr, exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

_DML = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_DDL = (exp.Create, exp.Alter, exp.Drop)


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

    def __init__(self, catalog: Catalog, parameters: dict[str, Expr], before: Callable[[str], None]) -> None:
        self._catalog = catalog
        self._connection = catalog.connection.cursor()
        self._parameters = parameters
        self._before = before
        self._transaction: Transaction | None = None
        self._result = Result()

    def run(self, sql: str) -> Result:
        """Runs the statements in order."""
        statements = split_statements(sql)
        if not statements:
            raise BigQueryError("invalidQuery", "Syntax error: Unexpected end of statement")
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
                self._estimate(self._parsed(text))
                for text in split_statements(sql)
                if text.upper().split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK", "ASSERT")
            )
        finally:
            self._connection.close()

    def _estimate(self, statement: Expr) -> int:
        named = {(table.db, table.name) for table in statement.find_all(exp.Table) if table.db}
        tables = {(db, name) for db, name in named if db.upper() != "INFORMATION_SCHEMA"}
        return sum(self._bytes(dataset, table, statement) for dataset, table in tables)

    def _bytes(self, dataset: str, table: str, statement: Expr) -> int:
        """A table's bytes; of a parted one those of the months that a BETWEEN of constants leaves."""
        rows, size = self._catalog.size(dataset, table)
        column = self._catalog.table(dataset, table).get("timePartitioning", {}).get("field")
        for between in statement.find_all(exp.Between):
            low, high = between.args["low"], between.args["high"]
            constant = not low.find(exp.Column) and not high.find(exp.Column)
            if column and constant and between.this.name.lower() == column.lower():
                month = f"date_trunc('month', \"{column}\")"
                bounds = [f"date_trunc('month', {bound.sql(dialect='duckdb')})" for bound in (low, high)]
                kept = self._connection.execute(
                    f'SELECT count(*) FROM "{dataset}"."{table}" WHERE {month} BETWEEN {bounds[0]} AND {bounds[1]}'
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
            case ["ASSERT", *_]:
                self._assert(text)
            case _:
                self._execute(self._parsed(text))

    def _end(self, how: str) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction:
            self._connection.execute(how)
            self._catalog.transactions.end(transaction, committed=how == "COMMIT")

    def _assert(self, text: str) -> None:
        body = text.strip()[len("ASSERT") :]
        condition, _, message = body.rpartition(" AS ")
        if not condition:
            condition, message = body, "''"
        description = self._parsed(f"SELECT {message}").expressions[0]
        if not isinstance(description, exp.Literal) or not description.is_string:
            raise BigQueryError("invalidQuery", "Syntax error: ASSERT takes a string literal after AS")
        row = self._query(self._parsed(f"SELECT {condition}")).fetchone()
        if row is None or row[0] is not True:
            raise BigQueryError("invalidQuery", f"Assertion failed: {description.this}")

    def _parsed(self, text: str) -> Expr:
        try:
            statement = sqlglot.parse_one(text, read="bigquery")
        except (ParseError, TokenError) as error:
            raise BigQueryError("invalidQuery", f"Syntax error: {error}") from error
        return statement.transform(self._resolved)

    def _resolved(self, node: Expr) -> Expr:
        if isinstance(node, exp.Parameter):
            name = node.this.name.lower()
            if name not in self._parameters:
                raise BigQueryError("invalidQuery", f"Query parameter '{name}' not found")
            return self._parameters[name].copy()
        if isinstance(node, exp.Table) and node.db:
            if node.catalog:
                self._catalog.check_project(node.catalog)
            if node.db.upper() != "INFORMATION_SCHEMA":
                self._catalog.table(node.db, node.name)
            return exp.table_(node.name, db=node.db, quoted=True, alias=node.alias or None)
        if isinstance(node, exp.Literal) and not node.is_string and not node.is_int:
            # 1.5 is a FLOAT64 in GoogleSQL, a decimal in DuckDB.
            return exp.cast(node.copy(), "DOUBLE")
        return node

    def _execute(self, statement: Expr) -> None:
        if isinstance(statement, (exp.Query, *_DML)):
            self._result.bytes_read += self._estimate(statement)
        if isinstance(statement, exp.Query):
            self._select(statement)
        elif isinstance(statement, _DML):
            self._change(statement)
        elif isinstance(statement, _DDL):
            self._define(statement)
        else:
            raise not_implemented(f"the statement {statement.key.upper()}")

    def _select(self, statement: Expr) -> None:
        cursor = self._query(statement)
        self._result.schema = [field_of(column[0], str(column[1])) for column in cursor.description or []]
        # By Arrow: DuckDB's own Python rows need another package for time zones.
        columns = [column.to_pylist() for column in cursor.to_arrow_table().columns]
        self._result.rows = list(zip(*columns, strict=True))
        self._result.statement_type = "SELECT"

    def _change(self, statement: Expr) -> None:
        if isinstance(statement, (exp.Update, exp.Delete)) and not statement.args.get("where"):
            raise BigQueryError("invalidQuery", f"{statement.key.upper()} must have a WHERE clause")
        if not isinstance(statement, exp.Insert):
            target = statement.this
            self._catalog.transactions.mutate(f"{target.db}.{target.name}", self._transaction)
        if isinstance(statement, exp.Merge):
            self._check_single_source(statement)
        counted = self._query(statement).fetchone()
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

    def _check_single_source(self, merge: exp.Merge) -> None:
        """BigQuery refuses a MERGE in which a row of the target matches several of the source; DuckDB does not."""
        target, source, on = merge.this, merge.args["using"], merge.args["on"]
        if isinstance(on, exp.Boolean):
            return
        alias = target.alias_or_name
        several = (
            exp.select(exp.Literal.number(1))
            .from_(target.copy())
            .join(source.copy(), on=on.copy())
            .group_by(exp.column("rowid", table=alias))
            .having("count(*) > 1")
            .limit(1)
        )
        if self._query(several).fetchone():
            raise BigQueryError("invalidQuery", "UPDATE/MERGE must match at most one source row for each target row")

    def _query(self, statement: Expr) -> duckdb.DuckDBPyConnection:
        sql = statement.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
        return self._connection.execute(sql)


def split_statements(sql: str) -> list[str]:
    """The statements of a script; semicolons in strings, names and comments do not end one."""
    try:
        tokens = sqlglot.tokenize(sql, read="bigquery")
    except TokenError as error:
        raise BigQueryError("invalidQuery", f"Syntax error: {error}") from error
    statements: list[str] = []
    begin: int | None = None
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            if begin is not None:
                statements.append(sql[begin : token.start])
            begin = None
        elif begin is None:
            begin = token.start
    if begin is not None:
        statements.append(sql[begin : tokens[-1].end + 1])
    return [statement.strip() for statement in statements]


def parameters_of(config: dict[str, Any]) -> dict[str, Expr]:
    """The named parameters of a query job as literals of their types."""
    given = config.get("queryParameters") or []
    if given and str(config.get("parameterMode", "NAMED")).upper() != "NAMED":
        raise not_implemented("positional parameters")
    return {
        str(parameter["name"]).lower(): _literal(parameter["parameterType"], parameter.get("parameterValue") or {})
        for parameter in given
    }


def _literal(kind: dict[str, Any], value: dict[str, Any]) -> Expr:
    name = str(kind["type"]).upper()
    if name == "ARRAY":
        values = [_literal(kind["arrayType"], item) for item in value.get("arrayValues") or []]
        return exp.Array(expressions=values)
    text = value.get("value")
    target = exp.DataType.build(
        "DECIMAL(38, 9)" if name == "NUMERIC" else name, dialect=None if name == "NUMERIC" else "bigquery"
    )
    literal = exp.null() if text is None else exp.Literal.string(str(text))
    return exp.cast(literal, target)


def _of_duckdb(error: duckdb.Error) -> BigQueryError:
    text = str(error)
    if isinstance(error, duckdb.ConstraintException) and "NOT NULL" in text:
        column = text.rsplit(".", 1)[-1].strip()
        return BigQueryError("invalidQuery", f"Required field {column} cannot be null")
    return BigQueryError("invalidQuery", text)
