"""The uploads of a run (`tasks/core/batch.ts` is the schema of `batch.json`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MendedFile:
    """A file of mended rows: the name that people gave it, and the URI of its pinned bytes."""

    name: str
    uri: str

    @classmethod
    def from_json(cls, value: dict[str, Any] | str) -> MendedFile:
        """The file of its JSON; a run that was planned before files had names gives nothing but its URI."""
        if isinstance(value, str):
            return cls(value.rsplit("/", 1)[-1], value)
        return cls(value["name"], value["uri"])


@dataclass(frozen=True)
class Upload:
    """One upload: `input` is the URI of its pinned bytes, `order_stamp` its rank among uploads (greater is newer).

    `mended` are the files whose rows come in the place of the upload's, oldest first.
    """

    upload_id: str
    input: str
    uploaded_at: str
    order_stamp: str
    size_bytes: int
    compression: str
    mended: tuple[MendedFile, ...] = ()

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Upload:
        """The upload of its JSON."""
        return cls(
            upload_id=value["uploadId"],
            input=value["input"],
            uploaded_at=value["uploadedAt"],
            order_stamp=value["orderStamp"],
            size_bytes=value["sizeBytes"],
            compression=value["compression"],
            mended=tuple(MendedFile.from_json(file) for file in value.get("mended", ())),
        )
