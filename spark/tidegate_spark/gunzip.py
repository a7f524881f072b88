"""Gzip, as Hadoop reads it: archives may stand one behind the other."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from tidegate_spark.findings import Finding, UploadRejected


def gunzip(content: Iterable[bytes]) -> Iterator[bytes]:
    """The content decompressed, piece by piece. Raises UploadRejected where it is no gzip or ends too early."""
    archive = zlib.decompressobj(wbits=31)
    for chunk in content:
        rest = chunk
        while rest:
            if archive.eof:
                archive = zlib.decompressobj(wbits=31)
            try:
                plain = archive.decompress(rest)
            except zlib.error as error:
                raise _rejected(str(error)) from error
            if plain:
                yield plain
            rest = archive.unused_data
    if not archive.eof:
        raise _rejected("it ends too early")


def _rejected(problem: str) -> UploadRejected:
    return UploadRejected(Finding("compression", None, f"The file is not whole gzip: {problem}. Upload it again."))
