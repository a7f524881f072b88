"""Which tables are being changed: two transactions that change rows of one table cannot both go through."""

from __future__ import annotations

import itertools
import threading
import uuid

from errors import BigQueryError

_QUEUE_LIMIT_SECONDS = 60


class Transactions:
    """The open transactions. Callers hold `lock`, the catalog's, in every call."""

    def __init__(self, lock: threading.RLock, project: str) -> None:
        self._ended = threading.Condition(lock)
        self._project = project
        self._commits = itertools.count(1)
        self._last_commit = 0
        self._committed: dict[str, int] = {}
        self._open: dict[str, Transaction] = {}

    def begin(self) -> Transaction:
        """A transaction that sees what was committed until now."""
        transaction = Transaction(uuid.uuid4().hex, self._last_commit)
        self._open[transaction.id] = transaction
        return transaction

    def mutate(self, table: str, transaction: Transaction | None) -> None:
        """Before rows of a table are updated, deleted or merged.

        Raises BigQueryError when another open transaction did so, or one that was committed since this one began. A
        statement outside of a transaction waits for its turn instead.
        """
        if transaction is None:
            if not self._ended.wait_for(lambda: not self._holders(table, None), _QUEUE_LIMIT_SECONDS):
                raise BigQueryError("resourcesExceeded", f"Too many DML statements outstanding against table {table}")
            self._note(table)
            return
        if self._holders(table, transaction) or self._committed.get(table, 0) > transaction.began_at:
            raise BigQueryError(
                "invalidQuery",
                f"Transaction is aborted due to concurrent update against table {self._project}:{table}."
                f" Transaction ID: {transaction.id}",
            )
        transaction.mutated.add(table)

    def end(self, transaction: Transaction, committed: bool) -> None:
        """After a commit or a roll-back."""
        del self._open[transaction.id]
        if committed:
            for table in transaction.mutated:
                self._note(table)
        self._ended.notify_all()

    def _note(self, table: str) -> None:
        self._last_commit = next(self._commits)
        self._committed[table] = self._last_commit

    def _holders(self, table: str, asking: Transaction | None) -> list[str]:
        return [one.id for one in self._open.values() if one is not asking and table in one.mutated]


class Transaction:
    """One transaction: when it began, and the tables that it changed rows of."""

    def __init__(self, transaction_id: str, began_at: int) -> None:
        self.id = transaction_id
        self.began_at = began_at
        self.mutated: set[str] = set()
