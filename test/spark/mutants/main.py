"""Removes the job's checks one by one, and shows that for each some test fails.

Usage: main.py [WORD ...]    (without words: all mutants; with them: those whose name or file has one)

Ends with `N of M mutants found`, and with exit code 1 if one survived or no longer fits the source.
"""

from __future__ import annotations

import io
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from catalogue import MUTANTS, Mutant
from pyspark.sql import SparkSession

_TESTS = Path(__file__).parents[1]
_MAX_WHY = 120
_SOURCE = _TESTS.parents[1] / "spark/tidegate_spark"


def main(words: list[str]) -> int:
    """Runs the mutants, one after the other, on one Spark session."""
    # The tests' fixture would stop it after each mutant; Java goes when this process does.
    SparkSession.stop = lambda self: None
    wanted = [
        mutant for mutant in MUTANTS if not words or any(word in f"{mutant.file} {mutant.name}" for word in words)
    ]
    found = 0
    with TemporaryDirectory() as folder:
        for mutant in wanted:
            came = _fate(mutant, Path(folder))
            found += came.startswith("found")
            print(f"{mutant.file}: {mutant.name}: {came}", flush=True)
    print(f"{found} of {len(wanted)} mutants found")
    return 0 if found == len(wanted) else 1


def _fate(mutant: Mutant, folder: Path) -> str:
    library = folder / "tidegate_spark"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(_SOURCE, library, ignore=shutil.ignore_patterns("__pycache__"))
    path = library / mutant.file
    source = path.read_text()
    if source.count(mutant.old) != 1:
        return "DOES NOT FIT"
    path.write_text(source.replace(mutant.old, mutant.new))
    for tests in mutant.tests.split():
        failed = _first_failure(_TESTS / f"test_{tests}.py", folder)
        if failed:
            return f"found by {failed}"
    return "SURVIVED"


def _first_failure(tests: Path, library: Path) -> str | None:
    """The name of the first test that fails, without its parameters, and why it does."""
    for name in [name for name in sys.modules if _is_ours(name)]:
        del sys.modules[name]
    report = _Report()
    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={library} {_TESTS} {_SOURCE.parent}"]
    # The tables of the session lie in the folder of the first of these runs, which must not expire.
    options += ["-o", "tmp_path_retention_count=10000"]
    with redirect_stdout(io.StringIO()) as told, redirect_stderr(told):
        code = pytest.main([*options, str(tests)], [report])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise SystemExit(f"{tests.name} does not run:\n{told.getvalue()}")
    return report.failed


def _is_ours(name: str) -> bool:
    return name.startswith(("tidegate_spark", "test", "conftest")) or name in ("factories", "runs", "bigquery")


class _Report:
    failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            name = report.nodeid.rsplit("::", 1)[1].split("[")[0]
            self.failed = f"{name}: {_why(report).splitlines()[0][:_MAX_WHY]}"


def _why(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else str(report.longrepr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
