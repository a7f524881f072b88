"""Query jobs: GoogleSQL statements, one by one, on DuckDB.

A script is a list of statements; of the procedural language only transactions and ASSERT are served. What sqlglot
cannot carry over, or DuckDB does not do as BigQuery does, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb
import sqlglot
from catalog import Catalog
from errors import BigQueryError, not_implemented
from field_types import field_of
from sqlglot import Expr, exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

_DML = (exp.Insert, exp.Update, exp.Delete, exp.Merge)


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


class Script:
    """One run of a query job. A transaction that is open at the end, or when a statement fails, is rolled back."""

    def __init__(self, catalog: Catalog, parameters: dict[str, Expr]) -> None:
        self._catalog = catalog
        self._parameters = parameters
        self._in_transaction = False
        self._result = Result()

    def run(self, sql: str) -> Result:
        """Runs the statements in order."""
        statements = split_statements(sql)
        if not statements:
            raise BigQueryError("invalidQuery", "Syntax error: Unexpected end of statement")
        try:
            for statement in statements:
                self._statement(statement)
        except duckdb.Error as error:
            raise _of_duckdb(error) from error
        finally:
            if self._in_transaction:
                self._catalog.connection.execute("ROLLBACK")
        if len(statements) > 1:
            self._result.statement_type = "SCRIPT"
        return self._result

    def estimate(self, sql: str) -> int:
        """Bytes that the statements would read: those of every table they name, once a statement."""
        total = 0
        for text in split_statements(sql):
            if text.upper().split()[0] in ("BEGIN", "COMMIT", "ROLLBACK", "ASSERT"):
                continue
            tables = {(table.db, table.name) for table in self._parsed(text).find_all(exp.Table) if table.db}
            total += sum(self._catalog.size(dataset, table)[1] for dataset, table in tables)
        return total

    def _statement(self, text: str) -> None:
        words = text.upper().split()
        match words:
            case ["BEGIN", "TRANSACTION"] | ["BEGIN"]:
                if self._in_transaction:
                    raise BigQueryError(
                        "invalidQuery", "Transaction control statements are not supported in a transaction"
                    )
                self._catalog.connection.execute("BEGIN")
                self._in_transaction = True
            case ["COMMIT"] | ["COMMIT", "TRANSACTION"] | ["ROLLBACK"] | ["ROLLBACK", "TRANSACTION"]:
                if not self._in_transaction:
                    raise BigQueryError("invalidQuery", f"There is no active transaction to {words[0].lower()}")
                self._catalog.connection.execute(words[0])
                self._in_transaction = False
            case ["ASSERT", *_]:
                self._assert(text)
            case _:
                self._execute(self._parsed(text))

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
        return node

    def _execute(self, statement: Expr) -> None:
        if isinstance(statement, exp.Query):
            self._select(statement)
        elif isinstance(statement, _DML):
            self._change(statement)
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
        return self._catalog.connection.execute(sql)


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
