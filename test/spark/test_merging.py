"""What a dataset's table holds after uploads, whatever their order, batching and repetition."""

from __future__ import annotations

import pytest
from factories import column, contract_json
from runs import File, Runs, upload_id
from tidegate_spark import change_set
from tidegate_spark.merging import is_conflict
from tidegate_spark.placing import NEW, PRESENT, UPDATE

KEYED = contract_json(
    column("id", "integer", required=True),
    column("value"),
    column("changed_at", "integer"),
    key=["id"],
    write={"mode": "merge", "orderBy": None},
)
ORDERED = {**KEYED, "write": {"mode": "merge", "orderBy": "changed_at"}}
APPENDED = {**KEYED, "key": [], "write": {"mode": "append", "orderBy": None}}
REPLACED = {**KEYED, "key": [], "write": {"mode": "replace", "orderBy": None}}
STRICT = {"rowRules": [{"name": "no_x", "predicate": "value <> 'x'"}]}


def file(order: int, *lines: str) -> File:
    return File(order, "\n".join(["id,value,changed_at", *lines]) + "\n")


def values(runs: Runs) -> list[tuple[int, str, int | None]]:
    return sorted((row["id"], row["value"], row["changed_at"]) for row in runs.rows())


def test_of_the_rows_of_a_key_the_one_of_the_greatest_rank_stays(runs: Runs) -> None:
    batch = [file(3, "1,newest,"), file(2, "1,b,", "2,b,", "4,first,", "4,last,")]
    first = runs.run(KEYED, batch, "run-1")
    assert first["rows"] == {"read": 5, "kept": 5, "quarantined": 0, "current": 3, "superseded": 2}

    older = runs.run(KEYED, [file(1, "1,late,", "2,late,", "3,a,")], "run-2")
    assert older["rows"] == {"read": 3, "kept": 3, "quarantined": 0, "current": 1, "superseded": 2}
    assert [row["id"] for row in runs.changes(older)] == [3]

    runs.run(KEYED, [file(64, "2,d,", "5,d,", "6,d,")], "run-3")
    assert values(runs) == [(id_, value, None) for id_, value in enumerate(["newest", "d", "a", "last", "d", "d"], 1)]
    updated = runs.rows()[1]
    provenance = [updated[name] for name in ("_upload_id", "_row", "_run_id", "_upload_order")]
    assert provenance == [upload_id(64), 2, "run-3", "00000064"]
    assert str(updated["_uploaded_at"]) == "2024-01-01 00:01:04"


def test_the_order_column_outweighs_the_order_of_uploads(runs: Runs) -> None:
    runs.run(ORDERED, [file(1, "1,later,20", "2,none,", "3,same,5", "4,some,1", "4,none,")], "run-1")
    runs.run(ORDERED, [file(2, "1,earlier,10", "2,some,1", "3,newer,5")], "run-2")
    assert values(runs) == [(1, "later", 20), (2, "some", 1), (3, "newer", 5), (4, "some", 1)]


def test_a_replay_corrects_and_leaves_keys_that_it_no_longer_brings_and_no_older_attempt_undoes_it(runs: Runs) -> None:
    upload = [file(1, "1,x,", "2,b,")]
    first = runs.run(KEYED, upload, "run-1")
    # What an earlier attempt has merged belongs to the change set of the next, and needs no merge.
    second = runs.run(KEYED, upload, "run-1", 2)
    assert second["table"]["snapshotId"] == first["table"]["snapshotId"]
    assert runs.changes(second) == runs.changes(first)

    replay = runs.run({**KEYED, **STRICT}, upload, "run-2")
    assert [row["id"] for row in runs.changes(replay)] == [2]
    corrected = [(1, "x", "run-1"), (2, "b", "run-2")]
    assert [(row["id"], row["value"], row["_run_id"]) for row in runs.rows()] == corrected

    late = runs.run(KEYED, upload, "run-1", 3)
    assert [(row["id"], row["value"], row["_run_id"]) for row in runs.rows()] == corrected
    assert (late["rows"]["current"], late["rows"]["superseded"]) == (1, 1)


def test_an_append_table_holds_each_upload_once_in_the_form_of_its_newest_run(runs: Runs) -> None:
    uploads = [file(1, "1,a,", "1,a,", "1,x,"), file(2, "2,x,")]
    runs.run(APPENDED, uploads, "run-1")
    runs.run(APPENDED, [file(3, "3,c,"), uploads[0]], "run-2")
    assert values(runs) == [(1, "a", None), (1, "a", None), (1, "x", None), (2, "x", None), (3, "c", None)]

    runs.run({**APPENDED, **STRICT}, uploads, "run-3")
    strict = [(1, "a", None), (1, "a", None), (3, "c", None)]
    assert values(runs) == strict
    # The second upload has no row left that could tell which run was its newest.
    late = runs.run(APPENDED, uploads, "run-1", 2)
    assert values(runs) == strict
    assert late["rows"] == {"read": 4, "kept": 4, "quarantined": 0, "current": 0, "superseded": 4}

    runs.run(APPENDED, uploads, "run-4")
    assert len(values(runs)) == 5


def test_replace_keeps_the_rows_of_the_newest_upload(runs: Runs) -> None:
    runs.run(REPLACED, [file(2, "1,x,", "2,b,"), file(1, "9,a,")], "run-1")
    assert values(runs) == [(1, "x", None), (2, "b", None)]
    older = runs.run(REPLACED, [file(1, "9,a,")], "run-2")
    assert values(runs) == [(1, "x", None), (2, "b", None)]
    assert older["rows"]["current"] == 0
    runs.run({**REPLACED, **STRICT}, [file(2, "1,x,", "2,b,")], "run-3")
    assert values(runs) == [(2, "b", None)]
    # One without rows changes nothing.
    empty = runs.run(REPLACED, [file(3)], "run-4")
    assert values(runs) == [(2, "b", None)]
    assert empty["uploads"][0]["outcome"] == "LOADED"
    runs.run(REPLACED, [file(4, "3,c,")], "run-5")
    assert values(runs) == [(3, "c", None)]


def test_an_upload_that_its_transformation_leaves_no_row_of_replaces_nothing_in_whatever_batch(runs: Runs) -> None:
    transformed = {**REPLACED, "transform": "select * from upload where value <> 'x'"}
    runs.run(transformed, [file(2, "3,x,", "4,x,"), file(1, "1,a,", "2,x,")], "run-1")
    assert values(runs) == [(1, "a", None)]
    runs.run(transformed, [file(3, "3,x,")], "run-2")
    assert values(runs) == [(1, "a", None)]


def test_rows_may_be_partitioned_by_texts_that_are_longer_than_a_files_name(runs: Runs) -> None:
    runs.run({**APPENDED, "partitionBy": ["value"]}, [file(1, f"1,{'ж' * 2000},", "2,../a/b=c,")])
    assert [(number, len(text)) for number, text, _ in values(runs)] == [(1, 2000), (2, 8)]


def test_a_change_set_has_no_more_parts_than_one_load_job_takes(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len((NEW, UPDATE, PRESENT)) * change_set.MAX_TASKS <= 10_000
    monkeypatch.setattr(change_set, "MAX_TASKS", 2)
    runs.spark.conf.set("spark.sql.files.maxPartitionBytes", "4000")
    try:
        manifest = runs.run(KEYED, [file(1, *(f"{n},a," for n in range(3_000)))], "run-1")
    finally:
        runs.spark.conf.unset("spark.sql.files.maxPartitionBytes")
    assert manifest["rows"]["current"] == 3_000
    assert len(manifest["changes"]["parts"]) == 2


def test_only_what_iceberg_says_of_other_commits_is_tried_again() -> None:
    said = [
        "Cannot commit: stale table metadata",
        "org.apache.iceberg.exceptions.CommitFailedException: Version 3 already exists",
        "Found conflicting files that can contain records matching true",
        "Cannot fast-forward: main is not an ancestor of tidegate_1",
    ]
    assert all(is_conflict(RuntimeError(text)) for text in said)
    assert not is_conflict(RuntimeError("No space left on device"))
