"""A strict stand-in of Cloud Storage's JSON API for one machine.

Usage: server.py --root DIR [--port N]
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults import Faults
from flask import Flask, Response, jsonify, request, send_file
from store import ObjectFiles, StorageError
from werkzeug.serving import make_server

_OBJECT = "/storage/v1/b/<bucket>/o/<path:name>"
_CHUNK = 1 << 20
_STEP = 1 << 18


@dataclass
class Upload:
    """A resumable upload that is under way."""

    bucket: str
    name: str
    wish: dict[str, Any]
    if_generation_match: str | None
    content: Path
    done: dict[str, Any] | None = None


def create_app(files: ObjectFiles, scratch: Path) -> Flask:
    """The service's routes, and `POST /__faults`."""
    app = Flask("gcs")
    # A connection that is dropped as a test asks is dropped by the server beneath, instead of being answered with 500.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    uploads: dict[str, Upload] = {}
    faults = Faults()

    @app.post("/__faults")
    def set_faults() -> dict[str, Any]:
        faults.set(request.get_json())
        return {}

    @app.before_request
    def refuse_pages() -> tuple[str, int] | None:
        """As `local/http/comes-from-a-page.ts` tells them."""
        is_local = re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d+)?", request.headers.get("Host", ""))
        return None if is_local and "Origin" not in request.headers else ("Web pages are not served here.\n", 403)

    @app.before_request
    def before() -> None:
        fault = faults.take(_call(), "drop-before", "503")
        if fault and fault.kind == "503":
            raise StorageError(503, "backendError", "We encountered an internal error. Please try again.")
        if fault:
            _drop()

    @app.after_request
    def after(response: Response) -> Response:
        if faults.take(_call(), "drop-after"):
            _drop()
        return response

    @app.errorhandler(StorageError)
    def refuse(error: StorageError) -> tuple[Response, int]:
        detail = {"domain": "global", "reason": error.reason, "message": error.message}
        return jsonify({"error": {"code": error.code, "message": error.message, "errors": [detail]}}), error.code

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(_: Exception) -> tuple[Response, int]:
        return refuse(StorageError(501, "notImplemented", f"Not served here: {request.method} {request.path}"))

    @app.post("/storage/v1/b")
    def insert_bucket() -> dict[str, Any]:
        name = request.get_json()["name"]
        files.create_bucket(name)
        return _bucket(name)

    @app.get("/storage/v1/b")
    def list_buckets() -> dict[str, Any]:
        return {"kind": "storage#buckets", "items": [_bucket(name) for name in files.buckets()]}

    @app.get("/storage/v1/b/<bucket>")
    def get_bucket(bucket: str) -> dict[str, Any]:
        files.check_bucket(bucket)
        return _bucket(bucket)

    @app.get("/storage/v1/b/<bucket>/o")
    def list_objects(bucket: str) -> dict[str, Any]:
        if request.args.get("delimiter"):
            raise StorageError(501, "notImplemented", "Listing by delimiter is not served here")
        names = files.names(bucket, request.args.get("prefix", ""))
        start = request.args.get("pageToken", "")
        size = int(request.args.get("maxResults", "1000"))
        rest = [name for name in names if name > start]
        page = {"kind": "storage#objects", "items": [files.get(bucket, name) for name in rest[:size]]}
        return {**page, "nextPageToken": rest[size - 1]} if len(rest) > size else page

    @app.get(_OBJECT)
    @app.get("/download" + _OBJECT)
    def get_object(bucket: str, name: str) -> Any:
        metadata = files.get(bucket, name)
        if request.args.get("alt") != "media":
            return metadata
        answer = send_file(files.path(bucket, name), mimetype=metadata["contentType"], conditional=True, etag=False)
        answer.headers["x-goog-hash"] = f"crc32c={metadata['crc32c']}"
        answer.headers["x-goog-generation"] = metadata["generation"]
        return answer

    @app.delete(_OBJECT)
    def delete_object(bucket: str, name: str) -> tuple[str, int]:
        files.check_generation(bucket, name, request.args.get("ifGenerationMatch"))
        files.delete(bucket, name)
        return "", 204

    @app.post("/upload/storage/v1/b/<bucket>/o")
    def begin_upload(bucket: str) -> Any:
        kind = request.args.get("uploadType")
        condition = request.args.get("ifGenerationMatch")
        if kind == "resumable":
            wish = {**(request.get_json(silent=True) or {})}
            wish.setdefault("contentType", request.headers.get("X-Upload-Content-Type", "application/octet-stream"))
            name = request.args.get("name") or wish.get("name", "")
            files.check_bucket(bucket)
            files.path(bucket, name)
            files.check_generation(bucket, name, condition)
            upload_id = uuid.uuid4().hex
            uploads[upload_id] = Upload(bucket, name, wish, condition, _scratch_file(scratch))
            location = f"{request.base_url}?uploadType=resumable&upload_id={upload_id}"
            return Response(status=200, headers={"Location": location, "X-GUploader-UploadID": upload_id})
        content = _scratch_file(scratch)
        if kind == "media":
            wish = {"contentType": request.headers.get("Content-Type", "application/octet-stream")}
            _receive(content)
        elif kind == "multipart":
            wish = _receive_multipart(content)
        else:
            raise StorageError(400, "invalid", f"Invalid upload type: {kind}")
        wish |= {"crc32c": _hash_header() or wish.get("crc32c")}
        return files.finish(bucket, request.args.get("name") or wish.get("name", ""), content, wish, condition)

    @app.put("/upload/storage/v1/b/<bucket>/o")
    def continue_upload(bucket: str) -> Any:
        upload = uploads.get(request.args.get("upload_id", ""))
        if upload is None:
            raise StorageError(410, "gone", "The upload session is gone; begin again.")
        if upload.done:
            return upload.done
        received = upload.content.stat().st_size
        spans = re.fullmatch(r"bytes (?:(\d+)-(\d+|\*)|\*)/(\d+|\*)", request.headers.get("Content-Range", ""))
        if spans and spans[1] is None:
            if spans[3] == str(received):
                return _finish(files, upload)
            return _go_on(received)
        start = int(spans[1]) if spans else 0
        if start > received:
            raise StorageError(400, "invalid", f"Expected bytes from {received}, got them from {start}.")
        with upload.content.open("r+b") as content:
            content.seek(start)
            content.truncate()
            cut = faults.take(_call(), "cut")
            # What has arrived is kept in steps of this size, when the sender breaks off.
            while chunk := request.stream.read(min(_STEP, cut.bytes + start - content.tell()) if cut else _STEP):
                content.write(chunk)
                if cut and content.tell() - start >= cut.bytes:
                    content.flush()
                    _drop()
            if faults.take(_call(), "corrupt") and content.tell():
                content.seek(0)
                content.write(b"\0")
        received = upload.content.stat().st_size
        # A body without an end that is known beforehand ends the object, unless its size was told and is not reached.
        ends = spans is None or (spans[2] == "*" and spans[3] == "*") or spans[3] == str(received)
        return _finish(files, upload) if ends else _go_on(received)

    @app.delete("/upload/storage/v1/b/<bucket>/o")
    def cancel_upload(bucket: str) -> tuple[str, int]:
        uploads.pop(request.args.get("upload_id", ""), None)
        return "", 499

    return app


def _finish(files: ObjectFiles, upload: Upload) -> dict[str, Any]:
    wish = {**upload.wish, "crc32c": _hash_header() or upload.wish.get("crc32c")}
    upload.done = files.finish(upload.bucket, upload.name, upload.content, wish, upload.if_generation_match)
    return upload.done


def _go_on(received: int) -> Response:
    return Response(status=308, headers={"Range": f"bytes=0-{received - 1}"} if received else {})


def _hash_header() -> str | None:
    found = re.search(r"crc32c=([A-Za-z0-9+/=]+)", request.headers.get("X-Goog-Hash", ""))
    return found[1] if found else None


def _receive(content: Path) -> None:
    with content.open("wb") as file:
        while chunk := request.stream.read(_CHUNK):
            file.write(chunk)


def _receive_multipart(content: Path) -> dict[str, Any]:
    boundary = re.search(r'boundary="?([^";]+)"?', request.headers.get("Content-Type", ""))
    parts = request.get_data().split(f"--{boundary[1]}".encode()) if boundary else []
    if len(parts) != 4:
        raise StorageError(
            400, "invalid", f"Expected two parts of a multipart/related body, got {max(len(parts) - 2, 0)}"
        )
    (_, metadata), (head, body) = (part.lstrip(b"\r\n").split(b"\r\n\r\n", 1) for part in parts[1:3])
    content.write_bytes(body.removesuffix(b"\r\n"))
    wish = json.loads(metadata)
    kind = re.search(rb"(?i)content-type:\s*([^\r\n]+)", head)
    return {"contentType": kind[1].decode() if kind else "application/octet-stream", **wish}


def _scratch_file(scratch: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as file:
        return Path(file.name)


def _drop() -> None:
    """Ends the connection without an answer."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped as asked")


def _call() -> str:
    return f"{request.method} {request.path}?{request.query_string.decode()}"


def _bucket(name: str) -> dict[str, Any]:
    return {"kind": "storage#bucket", "id": name, "name": name, "location": "US", "storageClass": "STANDARD"}


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--root", type=Path, required=True)
    options = parser.parse_args()
    files = ObjectFiles(options.root)
    scratch = options.root / ".uploads"
    scratch.mkdir(exist_ok=True)
    server = make_server("127.0.0.1", options.port, create_app(files, scratch), threaded=True)
    print(f"listening http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
