"""Packs the jobs as EMR and Glue fetch them: the programs, and their library as a zip; the same bytes every time.

Usage: package.py FOLDER
"""

import shutil
import sys
import zipfile
from pathlib import Path

_ROOM = Path(__file__).parent
# The earliest time that a zip can hold: the content alone decides the bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def main(folder: Path) -> None:
    """Writes the files into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in (_ROOM / "job.py", _ROOM.parent / "glue/maintain.py"):
        shutil.copyfile(program, folder / program.name)
    with zipfile.ZipFile(folder / "tidegate_spark.zip", "w") as archive:
        for source in sorted((_ROOM / "tidegate_spark").rglob("*.py")):
            entry = zipfile.ZipInfo(source.relative_to(_ROOM).as_posix(), _NO_TIME)
            archive.writestr(entry, source.read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
