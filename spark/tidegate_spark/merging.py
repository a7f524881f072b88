"""Brings a change set into the table, in one atomic step, so that whatever else is merged meanwhile is not lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from tidegate_spark.contract import Contract
from tidegate_spark.failure import JobFailure
from tidegate_spark.lake_table import LakeTable
from tidegate_spark.placing import NEW, UPDATE
from tidegate_spark.ranking import rank_columns

_BRANCH = "tidegate_"
_TRIES = 8
# What Iceberg says where another commit came first.
_CONFLICTS = (
    "CommitFailedException",
    "ValidationException",
    "Found conflicting files",
    "Cannot fast-forward",
    "is not an ancestor of",
    "Cannot commit",
)


@dataclass(frozen=True)
class Replacement:
    """Rows that come in the place of those that the condition (SQL; None: none) names; no rows: those only go."""

    rows: DataFrame | None
    condition: str | None


class Merger:
    """Commits changes on a branch of the snapshot that they were made for, and then makes main what the branch is.

    The last step is refused where main has moved since: everything that was decided by the snapshot then is decided
    anew. A branch that a killed attempt left behind is removed by the run's next attempt, or expires.
    """

    def __init__(self, spark: SparkSession, table: LakeTable, contract: Contract, run_id: str, attempt: int) -> None:
        self._spark = spark
        self._table = table
        self._contract = contract
        self._run = _BRANCH + re.sub(r"\W", "_", run_id)
        self._branch = f"{self._run}_{attempt}"

    def sweep(self) -> None:
        """Removes the branches of the run's earlier attempts."""
        for branch in self._table.branches():
            if branch.startswith(f"{self._run}_"):
                self._table.drop_branch(branch)

    def merge_by_key(self, changes: dict[str, DataFrame], snapshot_id: int | None) -> None:
        """Merges rows, by their place in the snapshot, into a keyed table: the greater rank of a key stays."""

        def write(branch: str) -> None:
            if NEW in changes:
                self._table.in_form(changes[NEW]).writeTo(branch).append()
            if UPDATE in changes:
                self._merge_into(branch, changes[UPDATE])

        if not self._commit(snapshot_id, write):
            # Places no longer hold. The statement decides by what it meets, and Iceberg checks that it still holds.
            everything = [rows for place, rows in changes.items() if place in (NEW, UPDATE)]
            self._merge_into_main(everything)

    def replace(self, decide: Callable[[int | None], Replacement | None]) -> None:
        """Puts rows in the place of others, as is decided by the snapshot that they are then committed to."""
        for _ in range(_TRIES):
            snapshot_id = self._table.snapshot_id()
            replacement = decide(snapshot_id)
            if replacement is None or self._commit(snapshot_id, lambda branch, r=replacement: self._replace(branch, r)):
                return
        raise _contended(self._table.name)

    def _replace(self, branch: str, replacement: Replacement) -> None:
        if replacement.condition is not None:
            self._spark.sql(f"DELETE FROM {branch} WHERE {replacement.condition}")
        if replacement.rows is not None:
            self._table.in_form(replacement.rows).writeTo(branch).append()

    def _commit(self, snapshot_id: int | None, write: Callable[[str], None]) -> bool:
        branch = self._table.create_branch(self._branch, snapshot_id)
        try:
            write(branch)
            self._table.fast_forward(self._branch)
            return True
        except Exception as error:
            if not is_conflict(error):
                raise
            return False
        finally:
            self._table.drop_branch(self._branch)

    def _merge_into_main(self, changes: list[DataFrame]) -> None:
        rows = changes[0]
        for more in changes[1:]:
            rows = rows.unionByName(more)
        for _ in range(_TRIES):
            try:
                self._merge_into(self._table.name, rows)
                return
            except Exception as error:
                if not is_conflict(error):
                    raise
        raise _contended(self._table.name)

    def _merge_into(self, table: str, changes: DataFrame) -> None:
        view = f"{self._branch}_changes"
        # In all of the table's columns: what stands in one that the contract lacks is of the row that gives way.
        rows = self._table.in_form(changes)
        rows.createOrReplaceTempView(view)
        same_key = " AND ".join(f"t.`{column}` = s.`{column}`" for column in self._contract.merge_key)
        names = ", ".join(f"`{column}`" for column in rows.columns)
        values = ", ".join(f"s.`{column}`" for column in rows.columns)
        sets = ", ".join(f"t.`{column}` = s.`{column}`" for column in rows.columns)
        ranks = [", ".join(f"{side}.`{column}`" for column in rank_columns(self._contract)) for side in ("s", "t")]
        # Without the MATCHED clause Iceberg would make an append of it, which is not checked against other commits.
        self._spark.sql(
            f"MERGE INTO {table} t USING {view} s ON {same_key}"
            f" WHEN MATCHED AND struct({ranks[0]}) >= struct({ranks[1]}) THEN UPDATE SET {sets}"
            f" WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
        )


def is_conflict(error: Exception) -> bool:
    """Whether another commit came first, so that the same work may be tried again."""
    text = f"{type(error).__name__} {error}"
    return any(sign in text for sign in _CONFLICTS)


def _contended(name: str) -> JobFailure:
    return JobFailure("SparkJobFailed", f"Other jobs committed to {name} before this one, {_TRIES} times in a row.")
