"""Which of several rows of a key is the current one: the one with the greatest rank, whatever order they came in."""

from __future__ import annotations

from tidegate_spark.contract import Contract

PROVENANCE = ("_upload_id", "_row", "_run_id", "_uploaded_at", "_upload_order")
"""Columns that every kept row carries beside the contract's: where it came from."""


def rank_columns(contract: Contract) -> list[str]:
    """The columns of the rank, the weightiest first; a null is the least of its column."""
    order = [contract.order_by] if contract.order_by else []
    return [*order, "_upload_order", "_upload_id", "_row", "_run_id"]
