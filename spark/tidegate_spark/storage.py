"""Small files and listings by Hadoop's FileSystem: the same on EMR, on Glue and on one machine."""

from __future__ import annotations

import json
import zlib
from typing import Any

from pyspark.sql import SparkSession

_MAX_HEAD_BYTES = 4 * 1024 * 1024


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
        stream = self._open(uri)
        decompress = zlib.decompressobj(wbits=31) if compression == "gzip" else None
        head = b""
        try:
            while len(head) < size_bytes:
                chunk = bytes(stream.readNBytes(min(size_bytes, _MAX_HEAD_BYTES)))
                if not chunk:
                    break
                head += decompress.decompress(chunk) if decompress else chunk
        finally:
            stream.close()
        return head

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
