"""Where the source changes, the mutants have to."""

from __future__ import annotations

from pathlib import Path

from mutants.catalogue import MUTANTS

LIBRARY = Path(__file__).parents[2] / "spark/tidegate_spark"


def test_every_mutant_takes_something_from_the_source_as_it_stands() -> None:
    strange = [mutant.name for mutant in MUTANTS if (LIBRARY / mutant.file).read_text().count(mutant.old) != 1]
    assert strange == []
