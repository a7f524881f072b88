"""Buckets and objects on disk: an object's bytes in a file of its own name, its metadata beside all others'."""

from __future__ import annotations

import base64
import json
import threading
import time
from pathlib import Path
from typing import Any

import google_crc32c

_META = ".metadata"


class StorageError(Exception):
    """An error as the JSON API answers it."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message


class ObjectFiles:
    """All objects under a root folder; `gs://bucket/name` is the file `root/bucket/name`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._generation = time.time_ns() // 1000

    def create_bucket(self, bucket: str) -> None:
        """A new bucket."""
        folder = self._bucket_folder(bucket)
        if folder.exists():
            raise StorageError(409, "conflict", f"Your previous request to create the named bucket {bucket} succeeded.")
        folder.mkdir()

    def buckets(self) -> list[str]:
        """All buckets' names."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir() and not path.name.startswith("."))

    def check_bucket(self, bucket: str) -> None:
        """Raises notFound for an unknown bucket."""
        if not self._bucket_folder(bucket).is_dir():
            raise StorageError(404, "notFound", "The specified bucket does not exist.")

    def get(self, bucket: str, name: str) -> dict[str, Any]:
        """An object's metadata."""
        self.check_bucket(bucket)
        meta = self._meta_path(bucket, name)
        if not meta.is_file():
            raise StorageError(404, "notFound", f"No such object: {bucket}/{name}")
        return json.loads(meta.read_text())

    def path(self, bucket: str, name: str) -> Path:
        """The file that holds an object's bytes."""
        path = (self._bucket_folder(bucket) / name).resolve()
        if not path.is_relative_to(self._bucket_folder(bucket)) or not name or path == self._bucket_folder(bucket):
            raise StorageError(400, "invalid", f"Object names that leave the bucket's folder are not served: {name}")
        return path

    def check_generation(self, bucket: str, name: str, if_generation_match: str | None) -> None:
        """Raises conditionNotMet unless the object has the generation that is wanted (0: there is none)."""
        if if_generation_match is None:
            return
        try:
            generation = self.get(bucket, name)["generation"]
        except StorageError:
            generation = "0"
        if generation != if_generation_match:
            raise StorageError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")

    def finish(self, bucket: str, name: str, content: Path, wish: dict[str, Any], if_generation_match: str | None):
        """Makes an object of a file that was received; the checksums that came with it must be its own."""
        self.check_bucket(bucket)
        crc32c, size = _crc32c_of(content)
        if wish.get("crc32c") and wish["crc32c"] != crc32c:
            raise StorageError(
                400,
                "invalid",
                f'Provided CRC32C "{wish["crc32c"]}" doesn\'t match calculated CRC32C "{crc32c}".',
            )
        with self.lock:
            self.check_generation(bucket, name, if_generation_match)
            path = self.path(bucket, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            content.replace(path)
            self._generation = max(self._generation + 1, time.time_ns() // 1000)
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            metadata = {
                "kind": "storage#object",
                "id": f"{bucket}/{name}/{self._generation}",
                "name": name,
                "bucket": bucket,
                "generation": str(self._generation),
                "metageneration": "1",
                "contentType": wish.get("contentType", "application/octet-stream"),
                "size": str(size),
                "crc32c": crc32c,
                "etag": base64.b64encode(str(self._generation).encode()).decode(),
                "timeCreated": now,
                "updated": now,
                **({"metadata": wish["metadata"]} if wish.get("metadata") else {}),
            }
            meta = self._meta_path(bucket, name)
            meta.parent.mkdir(parents=True, exist_ok=True)
            meta.write_text(json.dumps(metadata))
        return metadata

    def delete(self, bucket: str, name: str) -> None:
        """Removes an object."""
        with self.lock:
            self.get(bucket, name)
            self._meta_path(bucket, name).unlink()
            self.path(bucket, name).unlink()

    def names(self, bucket: str, prefix: str) -> list[str]:
        """The names of a bucket's objects that begin with a prefix, sorted."""
        self.check_bucket(bucket)
        folder = self.root / _META / bucket
        metas = (json.loads(path.read_text())["name"] for path in folder.rglob("*.json")) if folder.exists() else ()
        return sorted(name for name in metas if name.startswith(prefix))

    def _bucket_folder(self, bucket: str) -> Path:
        if not bucket or "/" in bucket or bucket.startswith("."):
            raise StorageError(400, "invalid", f"Invalid bucket name: {bucket}")
        return self.root / bucket

    def _meta_path(self, bucket: str, name: str) -> Path:
        path = self.path(bucket, name)
        relative = path.relative_to(self.root)
        return self.root / _META / relative.parent / f"{relative.name}.json"


def _crc32c_of(file: Path) -> tuple[str, int]:
    checksum = google_crc32c.Checksum()
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            checksum.update(chunk)
    return base64.b64encode(checksum.digest()).decode(), file.stat().st_size
