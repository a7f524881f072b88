"""Spark's settings that the job depends on, whoever submits it; the others (catalog, memory) come from the plan."""

from __future__ import annotations

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.partitionOverwriteMode": "static",
    # Iceberg's cache would hide what another job has committed meanwhile.
    "spark.sql.catalog.lake.cache-enabled": "false",
    # Checked rows are cached for one attempt: finding the best encoding of each column costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Changes are written as two kinds of part; without this, Spark would sort all of them by kind first.
    "spark.sql.maxConcurrentOutputFileWriters": "4",
    # Of a wide contract, Spark makes one Java method of tens of kilobytes of bytecode, and the JVM compiles none above
    # 8000 bytes: it would run interpreted. Split by expression instead, all of it is compiled.
    "spark.sql.codegen.hugeMethodLimit": "8000",
}
