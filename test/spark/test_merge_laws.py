"""Any order, batching and repetition of the same uploads gives the same table."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from factories import column, contract_json
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from runs import File, Runs, upload_id

EXAMPLES = int(os.environ.get("TIDEGATE_EXAMPLES", "2"))
Line = tuple[int, str, int | None]
NUMBERS = itertools.count()

# Many keys of few rows each: what a run costs does not depend on how many meet in it.
lines = st.tuples(st.integers(0, 15), st.sampled_from("abc"), st.none() | st.integers(0, 3))
uploads = st.lists(st.lists(lines, max_size=15), min_size=2, max_size=4)


def winners(
    table: dict[int, list[Line]], mode: str, order_by: str | None
) -> list[tuple[int, str, int | None, int, int]]:
    """What the table must hold: id, value, version, upload and row of each row."""
    rows = [(*line, upload, row) for upload, own in table.items() for row, line in enumerate(own, start=2)]
    if mode == "append":
        return sorted(rows, key=str)
    if mode == "replace":
        newest = max((upload for upload, own in table.items() if own), default=None)
        return sorted((row for row in rows if row[3] == newest), key=str)

    def rank(row: tuple[int, str, int | None, int, int]) -> tuple[int, int, int]:
        version = -1 if row[2] is None else row[2]
        return (version if order_by else 0, row[3], row[4])

    by_id = itertools.groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0])
    return sorted((max(own, key=rank) for _, own in by_id), key=str)


@pytest.mark.parametrize(
    ("mode", "order_by"), [("merge", None), ("merge", "version"), ("append", None), ("replace", None)]
)
def test_order_batching_and_repetition_of_uploads_do_not_matter(
    spark: SparkSession, tmp_path: Path, mode: str, order_by: str | None
) -> None:
    contract = contract_json(
        column("id", "integer", required=True),
        column("value"),
        column("version", "integer"),
        key=["id"] if mode == "merge" else [],
        write={"mode": mode, "orderBy": order_by},
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=EXAMPLES < 10,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(content=uploads, data=st.data())
    def holds(content: list[list[Line]], data: st.DataObject) -> None:
        # Each upload at least once, some again, in any order, cut into batches anywhere.
        number = len(content)
        again = data.draw(st.lists(st.integers(0, number - 1), max_size=2))
        order = data.draw(st.permutations([*range(number), *again]))
        cuts = data.draw(st.sets(st.integers(1, len(order) - 1), max_size=2))
        batches = [order[start:end] for start, end in itertools.pairwise([0, *sorted(cuts), len(order)])]
        runs = Runs(spark, tmp_path / str(next(NUMBERS)), "laws")
        runs.drop()
        for index, batch in enumerate(batches):
            files = [
                File(upload, "id,value,version\n" + "".join(f"{i},{v},{'' if n is None else n}\n" for i, v, n in own))
                for upload, own in ((upload, content[upload]) for upload in sorted(set(batch), key=batch.index))
            ]
            manifest = runs.run(contract, files, f"run-{index}")
            rows = manifest["rows"]
            assert rows["read"] == sum(len(content[upload]) for upload in set(batch))
            assert rows["read"] == rows["kept"] == rows["current"] + rows["superseded"]
            assert rows["current"] == len(runs.changes(manifest))
        orders = {upload_id(order): order for order in range(number)}
        held = [
            (row["id"], row["value"], row["version"], orders[row["_upload_id"]], row["_row"]) for row in runs.rows()
        ]
        assert sorted(held, key=str) == winners(dict(enumerate(content)), mode, order_by)

    holds()
