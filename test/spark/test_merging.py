"""What a dataset's table holds after uploads, whatever their order, batching and repetition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import column, contract_json
from pyspark.sql import SparkSession
from runs import File, Runs

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


@pytest.fixture
def runs(spark: SparkSession, tmp_path: Path) -> Iterator[Runs]:
    runs = Runs(spark, tmp_path, "merging")
    runs.drop()
    yield runs
    runs.drop()


def file(order: int, *lines: str) -> File:
    return File(order, "\n".join(["id,value,changed_at", *lines]) + "\n")


def values(runs: Runs) -> list[tuple[int, str, int | None]]:
    return sorted((row["id"], row["value"], row["changed_at"]) for row in runs.rows())


def test_the_newer_upload_wins_a_key_whichever_comes_first(runs: Runs) -> None:
    runs.run(KEYED, [file(2, "1,new,", "2,other,")], "run-1")
    older = runs.run(KEYED, [file(1, "1,old,", "3,third,")], "run-2")
    assert values(runs) == [(1, "new", None), (2, "other", None), (3, "third", None)]
    assert older["rows"] == {"read": 2, "kept": 2, "quarantined": 0, "current": 1, "superseded": 1}
    assert [row["id"] for row in runs.changes(older)] == [3]


def test_one_upload_brings_new_keys_and_newer_rows_of_old_ones(runs: Runs) -> None:
    runs.run(KEYED, [file(1, "1,a,", "2,a,")], "run-1")
    runs.run(KEYED, [file(2, "2,b,", "3,b,", "4,b,")], "run-2")
    assert values(runs) == [(1, "a", None), (2, "b", None), (3, "b", None), (4, "b", None)]


def test_the_later_row_of_one_upload_wins_a_key(runs: Runs) -> None:
    manifest = runs.run(KEYED, [file(1, "1,first,", "2,x,", "1,last,")])
    assert values(runs) == [(1, "last", None), (2, "x", None)]
    assert manifest["rows"]["superseded"] == 1


def test_the_newest_upload_of_a_batch_wins_a_key(runs: Runs) -> None:
    runs.run(KEYED, [file(3, "1,c,"), file(1, "1,a,"), file(2, "1,b,", "2,b,")])
    assert values(runs) == [(1, "c", None), (2, "b", None)]


def test_the_order_column_outweighs_the_order_of_uploads(runs: Runs) -> None:
    runs.run(ORDERED, [file(1, "1,later,20", "2,none,", "3,same,5")], "run-1")
    runs.run(ORDERED, [file(2, "1,earlier,10", "2,some,1", "3,newer,5")], "run-2")
    assert values(runs) == [(1, "later", 20), (2, "some", 1), (3, "newer", 5)]


def test_rows_say_where_they_come_from(runs: Runs) -> None:
    runs.run(KEYED, [file(7, "1,a,", "2,b,")], "run-9")
    first, second = runs.rows()
    assert (first["_upload_id"], first["_row"], first["_run_id"]) == (f"{7:032x}", 2, "run-9")
    assert (second["_row"], second["_upload_order"]) == (3, "00000007")
    assert str(second["_uploaded_at"]) == "2024-01-01 00:00:07"


def test_the_change_set_holds_what_an_earlier_attempt_has_merged_already(runs: Runs) -> None:
    first = runs.run(KEYED, [file(1, "1,a,", "2,b,")], "run-1", 1)
    second = runs.run(KEYED, [file(1, "1,a,", "2,b,")], "run-1", 2)
    assert second["table"]["snapshotId"] == first["table"]["snapshotId"]
    assert second["rows"]["current"] == 2
    assert runs.changes(second) == runs.changes(first)


def test_a_replay_corrects_and_delivers_and_leaves_keys_that_it_no_longer_brings(runs: Runs) -> None:
    upload = [file(1, "1,x,", "2,b,")]
    runs.run(KEYED, upload, "run-1")
    replay = runs.run({**KEYED, **STRICT}, upload, "run-2")
    assert values(runs) == [(1, "x", None), (2, "b", None)]
    assert [row["id"] for row in runs.changes(replay)] == [2]
    assert {row["id"]: row["_run_id"] for row in runs.rows()} == {1: "run-1", 2: "run-2"}


def test_an_older_run_that_comes_late_does_not_undo_a_replay(runs: Runs) -> None:
    upload = [file(1, "1,a,", "2,b,")]
    runs.run(KEYED, upload, "run-2")
    late = runs.run(KEYED, upload, "run-1")
    assert {row["_run_id"] for row in runs.rows()} == {"run-2"}
    assert late["rows"]["superseded"] == 2


def test_append_keeps_equal_rows_and_adds_no_upload_twice(runs: Runs) -> None:
    runs.run(APPENDED, [file(1, "1,a,", "1,a,")], "run-1")
    runs.run(APPENDED, [file(2, "1,a,"), file(1, "1,a,", "1,a,")], "run-2")
    assert values(runs) == [(1, "a", None)] * 3


def test_a_replay_into_an_append_table_takes_away_what_the_contract_now_rejects(runs: Runs) -> None:
    upload = [file(1, "1,x,", "2,b,")]
    runs.run(APPENDED, upload, "run-1")
    runs.run({**APPENDED, **STRICT}, upload, "run-2")
    assert values(runs) == [(2, "b", None)]
    late = runs.run(APPENDED, upload, "run-1", 2)
    assert values(runs) == [(2, "b", None)]
    assert late["rows"] == {"read": 2, "kept": 2, "quarantined": 0, "current": 0, "superseded": 2}


def test_a_replay_that_rejects_every_row_of_an_append_upload_takes_them_all_away(runs: Runs) -> None:
    runs.run(APPENDED, [file(1, "1,x,"), file(2, "2,b,")], "run-1")
    runs.run({**APPENDED, **STRICT}, [file(1, "1,x,")], "run-2")
    assert values(runs) == [(2, "b", None)]


def test_replace_keeps_the_rows_of_the_newest_upload(runs: Runs) -> None:
    runs.run(REPLACED, [file(2, "1,b,", "2,b,"), file(1, "9,a,")], "run-1")
    assert values(runs) == [(1, "b", None), (2, "b", None)]
    older = runs.run(REPLACED, [file(1, "9,a,")], "run-2")
    assert values(runs) == [(1, "b", None), (2, "b", None)]
    assert older["rows"]["current"] == 0
    runs.run({**REPLACED, **STRICT}, [file(2, "1,x,", "2,b,")], "run-3")
    assert values(runs) == [(2, "b", None)]
    runs.run(REPLACED, [file(3, "3,c,")], "run-4")
    assert values(runs) == [(3, "c", None)]


def test_an_upload_without_rows_leaves_a_replaced_table_as_it_is(runs: Runs) -> None:
    runs.run(REPLACED, [file(1, "1,a,")], "run-1")
    empty = runs.run(REPLACED, [file(2)], "run-2")
    assert values(runs) == [(1, "a", None)]
    assert empty["uploads"][0]["outcome"] == "LOADED"
