"""A server on loopback that takes whatever recorders export, throws it away, and knows which calls were in it.

    python -m benchmarks.peers.sink          prints its address

It answers at once, as the best of backends would: OTLP (Langfuse, OpenInference, Traceloop), LangSmith's batches, and
MLflow's tracking server with an SQL store. ``GET /seen`` says how many distinct calls came since it was asked last.
"""

import gzip
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import zstandard

_MARK = re.compile(rb"Call (\w+-\d+):")

# What LangSmith's service says of itself: batches of 100 runs, as compressed multipart.
_LANGSMITH = {
    "version": "0.11.0",
    "instance_flags": {"zstd_compression_enabled": True},
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
    },
}
# What MLflow's tracking server answers to what its client asks when it begins, and to a trace.
_MLFLOW_VERSION = b"3.17.2"
_MLFLOW_EXPERIMENT = {"experiment": {"experiment_id": "1", "name": "benchmark", "lifecycle_stage": "active"}}
_MLFLOW_TRACES = "/api/3.0/mlflow/traces"


class Sink(ThreadingHTTPServer):
    """Keeps the bodies until it is asked: to look into them meanwhile would take a core from what is measured."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.bodies: list[tuple[str, bytes]] = []

    def seen(self) -> int:
        """How many distinct calls the bodies hold; forgets them."""
        with self.lock:
            bodies, self.bodies = self.bodies, []
        return len({mark for encoding, body in bodies for mark in _MARK.findall(_decoded(encoding, body))})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # a response is one packet

    @property
    def _sink(self) -> Sink:
        return cast("Sink", self.server)

    def do_GET(self) -> None:
        """What clients ask before they export, and what the benchmark asks."""
        if self.path == "/seen":
            self._answer(str(self._sink.seen()).encode())
        elif self.path.startswith("/version"):
            self._answer(_MLFLOW_VERSION, "text/plain")
        else:
            known = {"info": _LANGSMITH, "get-by-name": _MLFLOW_EXPERIMENT}
            name = self.path.partition("?")[0].rpartition("/")[2]
            self._answer(json.dumps(known.get(name, {})).encode())

    def do_POST(self) -> None:
        """An export."""
        body = self._body()
        with self._sink.lock:
            self._sink.bodies.append((self.headers.get("Content-Encoding", ""), body))
        if self.path == _MLFLOW_TRACES:
            self._answer(_stored_trace(body))
        else:
            self._answer(b"" if self.path.endswith("/v1/traces") else b"{}", self.headers.get("Content-Type", ""))

    do_PATCH = do_PUT = do_POST

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, body: bytes, kind: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _stored_trace(body: bytes) -> bytes:
    """The trace as MLflow's server gives it back when it has stored its spans."""
    answer = json.loads(body)
    answer["trace"]["trace_info"].setdefault("tags", {})["mlflow.trace.spansLocation"] = "TRACKING_STORE"
    return json.dumps(answer).encode()


def _decoded(encoding: str, body: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True).read()
    return body


def main() -> None:
    sink = Sink()
    print(f"http://127.0.0.1:{sink.server_port}", flush=True)
    sink.serve_forever()


if __name__ == "__main__":
    main()
