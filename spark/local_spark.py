"""How Spark starts on this machine: with the jars that EMR and Glue bring along, and with its classes ready-made."""

from __future__ import annotations

from pathlib import Path

_LOCAL = Path(__file__).parents[1] / ".local"
CLASSES = _LOCAL / "spark-classes.jsa"
"""What `archive_classes.py` makes; a Java that cannot use it (another version) goes without."""

# Small jobs end before the optimising compiler has paid for itself.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
JAVA_OPTIONS = f"{QUICK_JAVA} -XX:SharedArchiveFile={CLASSES}"
"""For jobs on little data."""


def class_path() -> str:
    """Iceberg, and S3; in the very order that the archive of classes was made with.

    Spark logs through a newer SLF4J of its own: an older one before it on the class path would silence it.
    """
    jars = sorted((_LOCAL / "ivy/jars").glob("*.jar"))
    return ":".join(str(jar) for jar in jars if "slf4j" not in jar.name)
