"""Faults that a test asks for, and a count of the calls."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from errors import BigQueryError

KINDS = ("drop-before", "drop-after", "503", "rateLimit", "jobError", "delay", "hold")
_LONGEST_HOLD_SECONDS = 60


@dataclass
class Fault:
    """A fault for the next `times` calls that match.

    A call is "METHOD path jobId"; the work of a job is "JOB kind jobId", and each statement of a script
    "STATEMENT jobId sql".
    """

    match: re.Pattern[str]
    kind: str
    times: int
    reason: str
    ms: int


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._calls: Counter[str] = Counter()
        self._replaced = threading.Event()
        self._lock = threading.Lock()

    def set(self, faults: list[dict[str, Any]]) -> None:
        """Replaces the faults."""
        wanted = [
            Fault(
                re.compile(fault["match"]),
                fault["kind"],
                int(fault.get("times", 1)),
                fault.get("reason", "backendError"),
                int(fault.get("ms", 0)),
            )
            for fault in faults
        ]
        unknown = sorted({fault.kind for fault in wanted} - set(KINDS))
        if unknown:
            raise BigQueryError("invalid", f"No fault {unknown[0]}; there are {', '.join(KINDS)}")
        with self._lock:
            self._faults = wanted
            self._replaced.set()
            self._replaced = threading.Event()

    def count(self, call: str) -> None:
        """Counts a call."""
        with self._lock:
            self._calls[call] += 1

    def calls(self) -> dict[str, int]:
        """How often each call came."""
        with self._lock:
            return dict(self._calls)

    def take(self, call: str, *kinds: str) -> Fault | None:
        """The first fault of these kinds that is meant for the call, used up by one."""
        with self._lock:
            for fault in self._faults:
                if fault.kind in kinds and fault.times > 0 and fault.match.search(call):
                    fault.times -= 1
                    return fault
        return None

    def hold(self, call: str) -> None:
        """Waits as long as a delay that is meant for the call says, or, held, until the faults are replaced."""
        with self._lock:
            replaced = self._replaced
        fault = self.take(call, "delay", "hold")
        if fault is None:
            return
        if fault.kind == "delay":
            time.sleep(fault.ms / 1000)
        else:
            self.count("held")
            replaced.wait(_LONGEST_HOLD_SECONDS)

    def before(self, call: str) -> bool:
        """Raises, delays, or says (True) that the connection is to be dropped before the call has its effect."""
        self.hold(call)
        fault = self.take(call, "503", "rateLimit", "drop-before")
        if fault is None:
            return False
        if fault.kind == "503":
            raise BigQueryError("backendError", "Service unavailable")
        if fault.kind == "rateLimit":
            raise BigQueryError("rateLimitExceeded", "Exceeded rate limits: too many api requests per user per method")
        return True
