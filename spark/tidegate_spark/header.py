"""The file's header against the contract."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from tidegate_spark.contract import Contract, Dialect
from tidegate_spark.findings import Finding

_HEAD_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 16 * 1024 * 1024
_BYTE_ORDER_MARK = "\ufeff"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True)
class Header:
    """Where the data begins: `names` of the fields in the file's order, and the lines before the first data row."""

    names: tuple[str, ...]
    lines_before_data: int


def read_header(read_head: Callable[[int], bytes], contract: Contract) -> Header | Finding:
    """The header of a file whose first bytes `read_head(size)` gives, or why the file must be rejected."""
    dialect = contract.csv
    size = _HEAD_BYTES
    while True:
        head = read_head(size)
        whole = len(head) < size
        try:
            text = head.decode(dialect.encoding, errors="strict" if whole else "ignore")
        except UnicodeDecodeError as error:
            return Finding("encoding", None, f"The file is not {dialect.encoding}: {error}.")
        found = _header_of(text, whole, dialect)
        if found is not None or whole or size >= _MAX_HEAD_BYTES:
            break
        size *= 8
    if found is None:
        return Finding("header", None, "The file ends before its header.")
    header = Header(found.names if dialect.header else _contract_sources(contract), found.lines_before_data)
    return _misfit(header, contract) or header


def _header_of(text: str, whole: bool, dialect: Dialect) -> Header | None:
    lines = _LINE.findall(text.removeprefix(_BYTE_ORDER_MARK))
    complete = lines if whole else lines[:-1]
    before = dialect.skip_rows
    while before < len(complete) and dialect.comment and complete[before].startswith(dialect.comment):
        before += 1
    if not dialect.header:
        return Header((), before)
    if before >= len(complete):
        return None
    line = complete[before].rstrip("\r\n")
    reader = csv.reader(
        io.StringIO(line),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
    return Header(tuple(next(reader, [])), before + 1)


def _contract_sources(contract: Contract) -> tuple[str, ...]:
    return tuple(column.source for column in contract.columns if not column.derived)


def _misfit(header: Header, contract: Contract) -> Finding | None:
    duplicates = sorted({name for name in header.names if header.names.count(name) > 1})
    if duplicates:
        return Finding("header", None, f"The header names {', '.join(duplicates)} more than once.")
    missing = [
        column.source
        for column in contract.columns
        if column.required and not column.derived and column.source not in header.names
    ]
    if missing:
        return Finding(
            "header",
            None,
            f"The header lacks the required {', '.join(missing)}; it has {', '.join(header.names)}.",
        )
    known = set(_contract_sources(contract))
    unknown = [name for name in header.names if name not in known]
    if unknown and contract.unknown_columns == "reject":
        return Finding("header", None, f"The header has {', '.join(unknown)}, which the contract does not know.")
    if not known & set(header.names):
        return Finding("header", None, "The header has none of the contract's columns.")
    return None
