"""The AWS emulator for one machine: moto's server, with two of its habits changed.

DynamoDB's calls come one after another: moto takes a refused transaction back by putting a copy of the table from
before it in its place, and with calls at the same time, what others wrote meanwhile would be gone with it.

Of an object, only the range that is asked for is read, and sent piece by piece: moto reads all of it for each of the 64
small ranges that a plan looks at, and for each part that is copied; and Spark asks for all from where its part begins,
though it reads no more than its part.

Usage: server.py -H HOST -p PORT
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from threading import Lock, local
from typing import Any

from moto.dynamodb.responses import DynamoHandler
from moto.s3.models import FakeKey
from moto.s3.responses import S3Response
from moto.server import main

_call_action = DynamoHandler.call_action
_one_at_a_time = Lock()


def _call_action_alone(handler: DynamoHandler) -> Any:
    with _one_at_a_time:
        return _call_action(handler)


_key_response = S3Response.key_response
_value = FakeKey.value
_call = local()
"""Of the call that a thread answers, whether it is for a range of an object (`of_range`)."""
_PIECE_BYTES = 1024 * 1024


def _key_response_of_range(self: S3Response, request: Any, full_url: str, headers: Any) -> Any:
    _call.of_range = "range" in request.headers or "x-amz-copy-source-range" in request.headers
    try:
        status, answer_headers, body = _key_response(self, request, full_url, headers)
        return status, answer_headers, _pieces(body) if isinstance(body, memoryview) else body
    finally:
        _call.of_range = False


def _pieces(body: memoryview) -> Iterator[bytes]:
    for start in range(0, len(body), _PIECE_BYTES):
        yield bytes(body[start : start + _PIECE_BYTES])


def _mapped_value(key: FakeKey) -> bytes | memoryview:
    """What moto slices, and measures: the object's bytes, or its file, once it is large enough to have one."""
    if not getattr(_call, "of_range", False) or key.contentsize <= key._max_buffer_size:
        return _value.fget(key)  # pyright: ignore[reportOptionalCall]
    with key.lock:
        key._value_buffer.flush()
        return memoryview(mmap(key._value_buffer.fileno(), 0, access=ACCESS_READ))


if __name__ == "__main__":
    DynamoHandler.call_action = _call_action_alone
    S3Response.key_response = _key_response_of_range
    FakeKey.value = _value.getter(_mapped_value)  # pyright: ignore[reportAttributeAccessIssue]
    main()
