"""The AWS emulator for one machine: moto's server, with DynamoDB's calls one after another.

moto takes a refused transaction back by putting a copy of the table from before it in its place. With calls at the same
time, what others wrote meanwhile would be gone with it.

Usage: server.py -H HOST -p PORT
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from moto.dynamodb.responses import DynamoHandler
from moto.server import main

_call_action = DynamoHandler.call_action
_one_at_a_time = Lock()


def _call_action_alone(handler: DynamoHandler) -> Any:
    with _one_at_a_time:
        return _call_action(handler)


if __name__ == "__main__":
    DynamoHandler.call_action = _call_action_alone
    main()
