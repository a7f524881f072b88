"""The file's header against the contract."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from tidegate_spark.contract import Contract, Dialect
from tidegate_spark.findings import ENCODING, MAX_SHOWN, Finding

_HEAD_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 16 * 1024 * 1024
BYTE_ORDER_MARK = "\ufeff"
_GZIP = b"\x1f\x8b\x08"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ONE_BYTE_ENCODINGS = ("ISO-8859-1", "windows-1252")
_WESTERN = re.compile(r"[\u00a0-\u00ff\u2000-\u2fff]")
_MANY_WESTERN = 3
"""So many different Latin letters, quotes, dashes and signs of UTF-8 make a text UTF-8 that is nothing else
(decision 0054)."""
_ZIP = (
    "The file is a zip archive: unpack it and upload the CSV file in it;"
    " if it is an Excel workbook, export the sheet as CSV."
)
_NO_TEXT = (
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), _ZIP),
    (
        re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        "The file is an old Excel workbook (.xls): export the sheet as CSV.",
    ),
    (re.compile(rb"PAR1[\x00-\x08\x0e-\x1f]"), "The file is Parquet: export it as CSV."),
)
"""What files begin with that many take for CSV, and what to do about them."""
_DELIMITERS = (",", ";", "\t", "|")
_LINES = {
    "\n": re.compile(r"[^\n]*\n|[^\n]+\Z"),
    "\r": re.compile(r"[^\r]*\r|[^\r]+\Z"),
}


@dataclass(frozen=True)
class Header:
    """Where a file's data begins and how its text is written.

    `names` are those of the fields in the file's order, `text` is the header's record as it stands there (None without
    one), `line_end` the character that ends a line (LF also where CR stands before it), `encoding` the contract's,
    with the byte order that the file has.
    """

    names: tuple[str, ...]
    text: str | None
    lines_before_data: int
    line_end: str
    encoding: str


def read_header(read_head: Callable[[int], bytes], contract: Contract) -> Header | Finding:
    """The header of a file whose first bytes `read_head(size)` gives, or why the file must be rejected."""
    size = _HEAD_BYTES
    while True:
        head = read_head(size)
        other = _other_form(head, contract.csv.encoding) or _utf8_in_disguise(head, contract.csv.encoding)
        if other is not None:
            return other
        whole = len(head) < size
        encoding = _with_byte_order(contract.csv.encoding, head)
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            text = decoder.decode(head, whole).removeprefix(BYTE_ORDER_MARK)
        except UnicodeDecodeError as error:
            line = 1 + head.count(b"\n", 0, error.start)
            problem = f"Line {line} is not {encoding}, the contract's encoding: {error.reason}."
            return Finding(ENCODING, line, f"{problem} {_set_encoding(encoding)}")
        found = _header_of(text, whole, encoding, contract)
        if found is not None or whole or size >= _MAX_HEAD_BYTES:
            break
        size *= 8
    if found is None:
        return _without_end(text, len(head), whole, encoding)
    return (_misfit(found, contract) if isinstance(found, Header) else None) or found


def _without_end(text: str, size: int, whole: bool, encoding: str) -> Finding:
    """Why the first `size` bytes, which say this, hold no header, or no line where there is none."""
    if whole:
        return Finding("header", None, "The file ends before its header does.")
    if "\n" in text or "\r" in text:
        return Finding("header", None, f"The header does not end within the first {size} bytes of the file.")
    problem = f"No line end was found in the first {size} bytes, read as {encoding}, the contract's encoding."
    return Finding("header", None, f"{problem} {_set_encoding(encoding)}")


def _other_form(head: bytes, encoding: str) -> Finding | None:
    """Why bytes that begin so are no text of the encoding, where their first ones say what they are instead."""
    if head.startswith(_GZIP):
        return Finding("compression", None, "The file is gzip: upload it under a name that ends in .gz.")
    for first, told in _NO_TEXT:
        if first.match(head):
            return Finding("file_format", None, told)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not encoding.startswith("UTF-16"):
        problem = f"The file is UTF-16 by its byte order mark, and not {encoding}, the contract's encoding."
        return Finding(ENCODING, 1, f"{problem} {_set_encoding(encoding, 'UTF-16')}")
    return None


def _utf8_in_disguise(head: bytes, encoding: str) -> Finding | None:
    """Why bytes that would pass as text of an encoding of one byte a letter are none: as UTF-8 they make sense."""
    if encoding not in _ONE_BYTE_ENCODINGS or head.isascii():
        return None
    try:
        # The last letter may be cut.
        text = codecs.getincrementaldecoder("UTF-8")("strict").decode(head)
    except UnicodeDecodeError:
        return None
    if len(set(_WESTERN.findall(text))) < _MANY_WESTERN and not text.startswith(BYTE_ORDER_MARK):
        return None
    first = next(_BEYOND_ASCII.finditer(text))
    line = 1 + text.count("\n", 0, first.start())
    problem = f"The file reads as UTF-8 from line {line} on, but the contract says {encoding}."
    return Finding(ENCODING, line, f"{problem} {_set_encoding(encoding, 'UTF-8')}")


def _set_encoding(expected: str, came: str = "the file's encoding") -> str:
    return f"Save the file as {expected}, or set csv.encoding in the contract to {came}."


def _with_byte_order(encoding: str, head: bytes) -> str:
    """Says which UTF-16 a file is: by its mark, else by the byte that is zero in digits, delimiters and line ends."""
    if encoding != "UTF-16":
        return encoding
    if head.startswith(codecs.BOM_UTF16_LE):
        return "UTF-16LE"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "UTF-16BE"
    return "UTF-16LE" if head[1::2].count(0) > head[::2].count(0) else "UTF-16BE"


def _header_of(text: str, whole: bool, encoding: str, contract: Contract) -> Header | Finding | None:
    """The header; None where the text ends before it does."""
    dialect = contract.csv
    line_end = "\r" if "\r" in text and "\n" not in text else "\n"
    lines = _LINES[line_end].findall(text)
    complete = lines if whole else lines[:-1]
    before = dialect.skip_rows
    if not dialect.header:
        sources = tuple(column.source for column in contract.read_columns)
        return Header(sources, None, before, line_end, encoding) if whole or complete else None
    while before < len(complete) and dialect.comment and complete[before].startswith(dialect.comment):
        before += 1
    length = 1
    while _is_open("".join(complete[before : before + length]), dialect) and before + length < len(complete):
        length += 1
    record = "".join(complete[before : before + length])
    if not record or (_is_open(record, dialect) and not whole):
        return None
    record = record.removesuffix("\n").removesuffix("\r")
    names = _names(record, dialect)
    if names is None:
        problem = "a quote is not closed after a name, or a line break differs from the file's line ends"
        return Finding("header", before + 1, f"Line {before + 1} is not a header: {problem}: {record[:MAX_SHOWN]!r}.")
    return Header(names, record, before + length, line_end, encoding)


def _names(record: str, dialect: Dialect) -> tuple[str, ...] | None:
    """The names in a header's record; None where they cannot be told apart."""
    delimiter, quote, escape = (re.escape(sign or "") for sign in (dialect.delimiter, dialect.quote, dialect.escape))
    field = rf"(?P<bare>[^{delimiter}\r\n]*)"
    if quote:
        escaped = f"|{escape}{quote}" if escape == quote else f"|{escape}." if escape else ""
        field = rf"{quote}(?P<quoted>(?:[^{quote}{escape}]{escaped})*+){quote}|(?!{quote}){field}"
    pattern = re.compile(rf"(?s:{field})(?P<end>{delimiter}|\Z)")
    names: list[str] = []
    end = 0
    while found := pattern.match(record, end):
        text = found.groupdict().get("quoted")
        names.append(found["bare"] if text is None else re.sub(rf"{escape}([{escape}{quote}])", r"\1", text))
        if not found["end"]:
            return tuple(names)
        end = found.end()
    return None


def _is_open(record: str, dialect: Dialect) -> bool:
    """Whether the record goes on behind its line end."""
    if not dialect.multi_line or dialect.quote is None:
        return False
    if dialect.escape and dialect.escape != dialect.quote:
        record = record.replace(dialect.escape * 2, "").replace(dialect.escape + dialect.quote, "")
    return record.count(dialect.quote) % 2 == 1


def _misfit(header: Header, contract: Contract) -> Finding | None:
    line = header.lines_before_data if contract.csv.header else None
    sources = {column.source: column for column in contract.read_columns}
    twice = sorted({name for name in header.names if header.names.count(name) > 1 and name in sources})
    if twice:
        return Finding("header", line, f"The header names {_list(twice)} more than once.")
    if len(header.names) == 1 and len(sources) > 1 and header.names[0] not in sources:
        (name,) = header.names
        came = max(_DELIMITERS, key=name.count)
        if came in name and came != contract.csv.delimiter:
            problem = (
                f"expected {contract.csv.delimiter!r} between fields (csv.delimiter of the contract), found {came!r}"
            )
            return Finding("header", line, f"The header is one field, {name[:MAX_SHOWN]!r}: {problem}.")
    missing = [name for name, column in sources.items() if column.required and name not in header.names]
    if missing:
        came = _list(header.names) if header.names else "nothing"
        return Finding("header", line, f"The header lacks the required {_list(missing)}; it has {came}.")
    unknown = [name for name in header.names if name not in sources]
    if unknown and contract.unknown_columns == "reject":
        return Finding("header", line, f"The header has {_list(unknown)}, which the contract does not know.")
    if not sources.keys() & set(header.names):
        return Finding("header", line, f"The header has none of the contract's columns; it has {_list(header.names)}.")
    return None


def _list(names: list[str] | tuple[str, ...]) -> str:
    """Names for a message, quoted where spaces or emptiness would not be seen."""
    shown = [_shown(name) for name in names[:_MAX_NAMES]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _shown(name: str) -> str:
    cut = name[:MAX_SHOWN]
    plain = re.fullmatch(r"[\w.-]+( [\w.-]+)*", cut)
    return (cut if plain else repr(cut)) + ("..." if len(name) > MAX_SHOWN else "")


_MAX_NAMES = 50
