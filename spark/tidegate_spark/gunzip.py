"""Gzip, as Hadoop reads it: archives may stand one behind the other."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from tidegate_spark.findings import Finding, UploadRejected

_MARK = b"\x1f\x8b"
_NONE = "The file is not gzip, although its name ends in .gz: compress it, or upload it under a name without .gz."


def gunzip(content: Iterable[bytes]) -> Iterator[bytes]:
    """The content decompressed, piece by piece. Raises UploadRejected where it is no gzip or ends too early."""
    archive = zlib.decompressobj(wbits=31)
    is_first = True
    for chunk in content:
        if is_first and not chunk.startswith(_MARK):
            raise UploadRejected(Finding("compression", None, _NONE))
        is_first = False
        rest = chunk
        while rest:
            if archive.eof:
                archive = zlib.decompressobj(wbits=31)
            try:
                plain = archive.decompress(rest)
            except zlib.error as error:
                raise _rejected(str(error).removeprefix("Error -3 while decompressing data: ")) from error
            if plain:
                yield plain
            rest = archive.unused_data
    if not archive.eof:
        raise _rejected("it ends too early")


def _rejected(problem: str) -> UploadRejected:
    return UploadRejected(Finding("compression", None, f"The gzip file is damaged: {problem}. Upload it again."))
