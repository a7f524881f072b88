"""Quarantined rows that people mended: they take the place, and the rank, of the rows that they were."""

from __future__ import annotations

import pytest
from factories import column, contract_json
from runs import File, Runs

KEYED = contract_json(
    column("id", "integer", required=True),
    column("price", "decimal(6,2)"),
    column("name"),
    key=["id"],
    write={"mode": "merge", "orderBy": None},
)
APPENDED = {**KEYED, "key": [], "write": {"mode": "append", "orderBy": None}}
REPLACED = {**KEYED, "key": [], "write": {"mode": "replace", "orderBy": None}}
UPLOAD = "price,id,name\n1.00,1,a\nx,2,b\n3.00,3,c,surplus\n4.00,4,d\n"


def values(runs: Runs) -> list[tuple[int, str, str, int]]:
    return sorted((row["id"], str(row["price"]), row["name"], row["_row"]) for row in runs.rows())


def quarantined(runs: Runs, run_id: str) -> list[tuple[int, str, list[str]]]:
    rows = runs.spark.read.parquet(f"file://{runs.folder}/{run_id}/attempts/1/quarantine").collect()
    return sorted((row["_row"], row["_raw"], [reason["rule"] for reason in row["reasons"]]) for row in rows)


def test_mended_rows_keep_the_rank_of_the_rows_that_they_were(runs: Runs) -> None:
    runs.run(KEYED, [File(1, UPLOAD)], "run-1")
    runs.run(KEYED, [File(2, "price,id,name\n9.00,2,newer\n")], "run-2")
    mended = "_row,_reasons,price,id,name\n3,price: type,2.00,2,b\n4,field_count,3.00,3,c\n"
    manifest = runs.run(KEYED, [File(1, UPLOAD, (mended,))], "run-3")
    assert manifest["rows"] == {"read": 4, "kept": 4, "quarantined": 0, "current": 3, "superseded": 1}
    assert values(runs) == [(1, "1.00", "a", 2), (2, "9.00", "newer", 2), (3, "3.00", "c", 4), (4, "4.00", "d", 5)]


@pytest.mark.parametrize("contract", [APPENDED, REPLACED], ids=["append", "replace"])
def test_mended_rows_join_those_of_their_upload(runs: Runs, contract: dict) -> None:
    runs.run(contract, [File(1, UPLOAD)], "run-1")
    runs.run(contract, [File(1, UPLOAD, ("_row,id,name,price\n4,3,c,3.00\n",))], "run-2")
    assert values(runs) == [(1, "1.00", "a", 2), (3, "3.00", "c", 4), (4, "4.00", "d", 5)]


def test_what_is_not_mended_rightly_is_quarantined_as_it_stands_now_and_the_last_file_counts(runs: Runs) -> None:
    first = '_row,_reasons,price,id,name\n3,"was x",y,2,b\n4,"was long",3.00,3,"c"\n'
    second = "_row,price,id,name\n4,5.00,3,c\n4,6.00,3,c\n"
    runs.run(KEYED, [File(1, UPLOAD, (first, second))], "run-1")
    assert values(runs) == [(1, "1.00", "a", 2), (3, "6.00", "c", 4), (4, "4.00", "d", 5)]
    assert quarantined(runs, "run-1") == [(3, "y,2,b", ["type decimal(6,2)"])]


def test_mended_files_that_do_not_fit_are_not_taken_and_each_is_told_with_the_reason(runs: Runs) -> None:
    good = "_row,price,id,name\n4,3.00,3,c\n"
    misfits: dict[str | bytes, str] = {
        "_row,price,id,name\n3,2.00,2,b\n17,1.00,9,z\n": "line 3: the upload has no row 17: '1.00,9,z'.",
        "_row,price,id,name\nx,2.00,2,b\n": "line 2: it names no row of the upload: '2.00,2,b'.",
        "price,id,name\n2.00,2,b\n": "lacks the required _row",
        "\ufeff_row,price,id,name\n3,2.00,2,b\n".encode("utf-16-le"): "line 1: it is not UTF-8.",
        "price,_row,id,name\n2.00,3,2,b\n": "the first column must be _row, but is price",
    }
    names = [f"bad {nth}.csv" for nth in range(len(misfits))]
    files = [*zip(names, misfits, strict=True), ("gone.csv", None), ("good.csv", good)]
    runs.run(APPENDED, [File(1, UPLOAD)], "run-1")
    manifest = runs.run(APPENDED, [File(1, UPLOAD, tuple(files))], "run-2")
    (upload,) = manifest["uploads"]
    assert (upload["outcome"], upload["kept"], upload["quarantined"]) == ("LOADED", 3, 1)
    told = {file["name"]: file["message"] for file in upload["mendsNotTaken"]}
    assert sorted(told) == [*names, "gone.csv"]
    for name, part in zip(names, misfits.values(), strict=True):
        assert part in told[name]
    assert told["gone.csv"] == "the file was missing or could not be read when the run began."
    assert values(runs) == [(1, "1.00", "a", 2), (3, "3.00", "c", 4), (4, "4.00", "d", 5)]


@pytest.mark.parametrize("contract", [KEYED, REPLACED], ids=["merge", "replace"])
def test_a_mended_row_that_would_have_its_upload_rejected_leaves_it_loaded_with_what_else_mends_it(
    monkeypatch: pytest.MonkeyPatch, runs: Runs, contract: dict
) -> None:
    monkeypatch.setattr("tidegate_spark.storage._CHUNK_BYTES", 64 * 1024)
    older = "_row,price,id,name\n3,2.00,2,older\n"
    torn = '_row,price,id,name\n3,2.00,2,"b\n4,3.00,3,"c\n'
    beyond_the_head = b"_row,price,id,name\n" + b"5,4.00,4,d\n" * 7000 + b"4,3.00,3,\xff\n"
    files = (
        ("a.csv", older),
        ("b.csv", "_row,price,id,name\n4,3.00,3,c\n"),
        ("a.csv", torn),
        ("c.csv", beyond_the_head),
    )
    runs.run(contract, [File(1, UPLOAD)], "run-1")
    manifest = runs.run(contract, [File(1, UPLOAD, files)], "run-2")
    (upload,) = manifest["uploads"]
    assert (upload["outcome"], upload["kept"], upload["quarantined"]) == ("LOADED", 4, 0)
    assert {file["name"]: file["message"] for file in upload["mendsNotTaken"]} == {
        "a.csv": "line 2: a quote that is not closed: '2.00,2,\"b'.",
        "c.csv": "line 7002: bytes that are not UTF-8: '3.00,3,ÿ'.",
    }
    assert [row[2] for row in values(runs)] == ["a", "older", "c", "d"]


def test_what_is_not_taken_leaves_what_came_before_under_its_name_and_in_its_place(runs: Runs) -> None:
    first, second = "_row,price,id,name\n3,2.00,2,first\n4,3.00,3,c\n", "_row,price,id,name\n3,2.00,2,second\n"
    strange = "_row,price,id,name\n3,2.00,2,third\n99,9.00,9,z\n"
    files = (("a.csv", first), ("b.csv", second), ("a.csv", strange), ("a.csv", "no header"))
    manifest = runs.run(APPENDED, [File(1, UPLOAD, files)])
    (upload,) = manifest["uploads"]
    assert [file["name"] for file in upload["mendsNotTaken"]] == ["a.csv"]
    assert "lacks the required _row" in upload["mendsNotTaken"][0]["message"]
    assert [row[2] for row in values(runs)] == ["a", "second", "c", "d"]
    taken_back = runs.run(APPENDED, [File(1, UPLOAD, (*files, ("a.csv", "_row,price,id,name\n")))], "run-2")
    assert "mendsNotTaken" not in taken_back["uploads"][0]
    assert [row[2] for row in values(runs)] == ["a", "second", "d"]


def test_a_row_can_be_mended_whose_number_is_a_text_that_means_null(runs: Runs) -> None:
    contract = {**APPENDED, "csv": {**APPENDED["csv"], "nulls": ["", "3", "4"]}}
    runs.run(contract, [File(1, UPLOAD, ('_row,price,id,name\n3,2.00,2,b\n"4",3.00,9,4\n',))])
    assert [(row["_row"], row["id"], row["name"]) for row in sorted(runs.rows(), key=lambda row: row["_row"])] == [
        (2, 1, "a"),
        (3, 2, "b"),
        (4, 9, None),
    ]


def test_a_file_whose_rows_cannot_be_told_apart_is_not_mended(runs: Runs) -> None:
    torn = File(8, 'price,id,name\n1.00,1,"a\n2.00,2,b\n', ("_row,price,id,name\n2,1.00,1,a\n",))
    manifest = runs.run(KEYED, [torn, File(9, "price,id,name\n9.00,9,n\n")])
    rejected, neighbour = manifest["uploads"]
    assert rejected["outcome"] == "REJECTED"
    assert "A quote that opens in row 2" in rejected["reasons"][0]["message"]
    assert neighbour["outcome"] == "LOADED"
    assert [row[0] for row in values(runs)] == [9]
