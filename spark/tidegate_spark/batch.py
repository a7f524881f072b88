"""The uploads of a run (`tasks/core/batch.ts` is the schema of `batch.json`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Upload:
    """One upload: `input` is the URI of its pinned bytes, `order_stamp` its rank among uploads (greater is newer).

    `mended` are URIs of files whose rows come in the place of the upload's.
    """

    upload_id: str
    input: str
    uploaded_at: str
    order_stamp: str
    size_bytes: int
    compression: str
    mended: tuple[str, ...] = ()

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
            mended=tuple(value.get("mended", ())),
        )
