"""Faults that a test asks for."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

from store import StorageError

KINDS = ("drop-before", "drop-after", "503", "cut", "corrupt")


@dataclass
class Fault:
    """A fault for the next `times` requests whose "METHOD path" matches; `cut` takes so many bytes of a body first."""

    match: re.Pattern[str]
    kind: str
    times: int
    bytes: int


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def set(self, faults: list[dict[str, Any]]) -> None:
        """Replaces the faults."""
        unknown = sorted({fault["kind"] for fault in faults} - set(KINDS))
        if unknown:
            raise StorageError(400, "invalid", f"No fault {unknown[0]}; there are {', '.join(KINDS)}")
        wanted = [
            Fault(re.compile(f["match"]), f["kind"], int(f.get("times", 1)), int(f.get("bytes", 0))) for f in faults
        ]
        with self._lock:
            self._faults = wanted

    def take(self, request: str, *kinds: str) -> Fault | None:
        """The first fault of these kinds that is meant for the request, used up by one."""
        with self._lock:
            for fault in self._faults:
                if fault.kind in kinds and fault.times > 0 and fault.match.search(request):
                    fault.times -= 1
                    return fault
        return None
