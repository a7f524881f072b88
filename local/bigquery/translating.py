"""GoogleSQL statements as DuckDB's, without a look at any table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlglot
from errors import BigQueryError, not_implemented
from sqlglot import Expr, exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

_CACHED = 2000


@dataclass(frozen=True)
class Query:
    """A query in DuckDB's SQL, and the parameters that it takes."""

    sql: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Translation:
    """A statement in GoogleSQL's syntax tree, its tables without their project, and in DuckDB's SQL."""

    tree: Expr
    query: Query
    # Project ('' if none is named), dataset and table.
    tables: tuple[tuple[str, str, str], ...]
    # Of a MERGE: what finds a row of the target with several of the source.
    several_sources: Query | None


@lru_cache(_CACHED)
def translate(text: str, types: tuple[tuple[str, str], ...]) -> Translation:
    """Translates one statement; `types` are those of the query's parameters, by their names."""
    known = dict(types)
    try:
        parsed = sqlglot.parse_one(text, read="bigquery")
    except (ParseError, TokenError) as error:
        raise BigQueryError("invalidQuery", f"Syntax error: {error}") from error
    tables = tuple(dict.fromkeys((t.catalog, t.db, t.name) for t in parsed.find_all(exp.Table) if t.db))
    unknown = [p.name for p in parsed.find_all(exp.Parameter) if p.name.lower() not in known]
    if unknown:
        raise BigQueryError("invalidQuery", f"Query parameter '{unknown[0]}' not found")
    _check_names(parsed)
    tree = parsed.transform(lambda node: _translated(node, known))
    several = _several_sources(tree) if isinstance(tree, exp.Merge) else None
    return Translation(tree, _duckdb(tree), tables, several and _duckdb(several))


def _check_names(tree: Expr) -> None:
    """Refuses a column that is named as a table of the statement is: BigQuery takes it for the table's whole row."""
    tables = {node.alias_or_name.lower() for node in tree.find_all(exp.Table, exp.Subquery)}
    for column in tree.find_all(exp.Column):
        if not column.table and column.name.lower() in tables:
            raise not_implemented(f"{column.name} alone, the name of a table of the statement")


def _translated(node: Expr, types: dict[str, str]) -> Expr:
    if isinstance(node, exp.Parameter):
        name = node.name.lower()
        return exp.cast(exp.Parameter(this=exp.var(name)), exp.DataType.build(types[name], dialect="duckdb"))
    if isinstance(node, exp.Table) and node.db:
        return exp.table_(node.name, db=node.db, quoted=True, alias=node.alias or None)
    if isinstance(node, exp.Literal) and not node.is_string and not node.is_int:
        # 1.5 is a FLOAT64 in GoogleSQL, a decimal in DuckDB.
        return exp.cast(node.copy(), "DOUBLE")
    return node


def _duckdb(tree: Expr) -> Query:
    names = dict.fromkeys(parameter.name for parameter in tree.find_all(exp.Parameter))
    return Query(tree.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE), tuple(names))


def _several_sources(merge: exp.Merge) -> Expr | None:
    target, source, on = merge.this, merge.args["using"], merge.args["on"]
    if isinstance(on, exp.Boolean):
        return None
    return (
        exp.select(exp.Literal.number(1))
        .from_(target.copy())
        .join(source.copy(), on=on.copy())
        .group_by(exp.column("rowid", table=target.alias_or_name))
        .having("count(*) > 1")
        .limit(1)
    )


@lru_cache(_CACHED)
def split_statements(sql: str) -> tuple[str, ...]:
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
    return tuple(statement.strip() for statement in statements)


@dataclass(frozen=True)
class Parameter:
    """A query parameter: its type in DuckDB, and its value as text or a list of texts."""

    type: str
    value: Any


def parameters_of(config: dict[str, Any]) -> dict[str, Parameter]:
    """The named parameters of a query job."""
    given = config.get("queryParameters") or []
    if given and str(config.get("parameterMode", "NAMED")).upper() != "NAMED":
        raise not_implemented("positional parameters")
    return {
        str(parameter["name"]).lower(): _parameter(parameter["parameterType"], parameter.get("parameterValue") or {})
        for parameter in given
    }


def _parameter(kind: dict[str, Any], value: dict[str, Any]) -> Parameter:
    name = str(kind["type"]).upper()
    if name == "ARRAY":
        items = [_parameter(kind["arrayType"], item) for item in value.get("arrayValues") or []]
        return Parameter(f"{_type(kind['arrayType']['type'])}[]", [item.value for item in items])
    text = value.get("value")
    return Parameter(_type(name), None if text is None else str(text))


def _type(name: str) -> str:
    if name.upper() == "NUMERIC":
        return "DECIMAL(38, 9)"
    return exp.DataType.build(name, dialect="bigquery").sql(dialect="duckdb")
