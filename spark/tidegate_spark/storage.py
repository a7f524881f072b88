"""Small files and listings by Hadoop's FileSystem: the same on EMR, on Glue and on one machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from tidegate_spark.gunzip import gunzip

_CHUNK_BYTES = 128 * 1024


class Storage:
    """Reads and writes whole small objects by URI."""

    def __init__(self, spark: SparkSession) -> None:
        context: Any = spark.sparkContext
        self._jvm = context._jvm
        self._conf = context._jsc.hadoopConfiguration()

    def read_json(self, uri: str) -> dict[str, Any]:
        """The JSON object at the URI."""
        stream = self._open(uri)
        try:
            return json.loads(bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream)))
        finally:
            stream.close()

    def written_at(self, uri: str) -> datetime:
        """When the object at the URI was written."""
        path = self._path(uri)
        milliseconds = path.getFileSystem(self._conf).getFileStatus(path).getModificationTime()
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    def write_json(self, uri: str, value: dict[str, Any]) -> None:
        """Writes the value as one JSON object, over whatever is there."""
        path = self._path(uri)
        stream = path.getFileSystem(self._conf).create(path, True)
        try:
            stream.write(bytearray(json.dumps(value, ensure_ascii=False, indent=1).encode()))
        finally:
            stream.close()

    def read_head(self, uri: str, size_bytes: int, compression: str) -> bytes:
        """At least the first `size_bytes` of the content, decompressed, or all of it when it is shorter."""
        content = self.chunks(uri)
        if compression == "gzip":
            content = gunzip(content)
        head = b""
        while len(head) < size_bytes and (chunk := next(content, None)) is not None:
            head += chunk
        return head

    def chunks(self, uri: str) -> Iterator[bytes]:
        """The content as it is stored, piece by piece."""
        stream = self._open(uri)
        try:
            while chunk := bytes(stream.readNBytes(_CHUNK_BYTES)):
                yield chunk
        finally:
            stream.close()

    def exists(self, uri: str) -> bool:
        """Whether there is an object at the URI."""
        path = self._path(uri)
        return bool(path.getFileSystem(self._conf).exists(path))

    def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of each file right under a folder, by URI; empty when there is no such folder."""
        path = self._path(folder)
        files = path.getFileSystem(self._conf)
        if not files.exists(path):
            return {}
        return {
            f"{folder}/{status.getPath().getName()}": int(status.getLen())
            for status in files.listStatus(path)
            if status.isFile()
        }

    def _open(self, uri: str) -> Any:
        path = self._path(uri)
        return path.getFileSystem(self._conf).open(path)

    def _path(self, uri: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(uri)
