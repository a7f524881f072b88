"""What a process has used so far."""

from __future__ import annotations

import os
import re
from pathlib import Path


def usage(process: int) -> tuple[float, int]:
    """CPU seconds, and the most memory it ever held in MiB (Linux's /proc)."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(peak[1]) // 1024 if peak else 0
