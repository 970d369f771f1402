"""Parts of the wire benchmark: the recorded exchanges, the server that plays them, and what the SDK finds in them."""

import gzip
import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from openai.types import CompletionUsage

_ENDINGS = {"openai.chat": "/chat/completions", "openai.completions": "/completions", "openai.responses": "/responses"}
_PIECE = 97  # bytes; a prime, so that pieces end in the middle of lines and of characters
_CUT = 0.6  # of the body, in the exchanges that break off


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded exchange."""

    number: int
    kind: str
    path: str
    request: dict[str, Any]
    status: int
    content_type: str
    body: bytes

    @property
    def is_stream(self) -> bool:
        """Whether the answer comes in events."""
        return "event-stream" in self.content_type

    @property
    def prefix(self) -> str:
        """The path before the part that the SDK adds."""
        return self.path.partition("?")[0].removesuffix(_ENDINGS[self.kind])


def load_exchanges(path: Path) -> list[Exchange]:
    """The exchanges of OpenAI endpoints in a file of recorded ones."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raws = [raw for raw in map(json.loads, lines) if raw["kind"] in _ENDINGS]
    return [
        Exchange(
            number,
            raw["kind"],
            raw["path"],
            raw["request"],
            raw["status"],
            raw["content_type"] or "",
            raw["response_body"].encode(),
        )
        for number, raw in enumerate(raws)
    ]


class WireServer:
    """Plays exchanges on loopback, under ``/NUMBER/whole`` or ``/NUMBER/cut``; ``seen`` are the requests that came."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self.seen: list[tuple[Any, ...]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.seen.append((self.path, sorted(self.headers.items()), body))
                _, number, how, _ = self.path.split("/", 3)
                _play(self, exchanges[int(number)], cut=how == "cut")

            def date_time_string(self, timestamp: float | None = None) -> str:
                return "Thu, 01 Jan 2026 00:00:00 GMT"

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client_address: None  # clients that leave early
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take_seen(self) -> list[tuple[Any, ...]]:
        """The requests since the last time."""
        seen, self.seen = self.seen, []
        return seen

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


def _play(handler: BaseHTTPRequestHandler, exchange: Exchange, *, cut: bool) -> None:
    handler.send_response(exchange.status)
    if exchange.content_type:
        handler.send_header("content-type", exchange.content_type)
    body = exchange.body[: int(len(exchange.body) * _CUT)] if cut else exchange.body
    if not exchange.is_stream:
        handler.send_header("content-length", str(len(exchange.body)))
        handler.end_headers()
        handler.wfile.write(body)
    else:
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for at in range(0, len(body), _PIECE):
            piece = body[at : at + _PIECE]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if not cut:
            handler.wfile.write(b"0\r\n\r\n")
    handler.close_connection = cut


@dataclass(slots=True)
class Said:
    """What an answer says: text, refusal, tool calls as (name, arguments), and the four token counts."""

    text: str = ""
    refusal: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    usage: tuple[int | None, int | None, int | None, int | None] | None = None


def said_by(kind: str, answer: Any) -> Said:
    """What the SDK's object of a whole answer says."""
    if kind == "openai.responses":
        return _said_by_response(answer)
    said = Said(usage=_usage(answer.usage, "prompt", "completion"))
    if not answer.choices:
        return said
    if kind == "openai.completions":
        said.text = answer.choices[0].text or ""
        return said
    message = answer.choices[0].message
    if message is None:
        return said
    said.text, said.refusal = message.content or "", message.refusal or ""
    said.calls = [(call.function.name, call.function.arguments) for call in message.tool_calls or ()]
    if message.function_call is not None:
        said.calls.append((message.function_call.name, message.function_call.arguments))
    return said


def said_by_events(kind: str, events: Iterable[Any]) -> Said:
    """What the SDK's objects of a stream say together, as far as they go."""
    if kind == "openai.responses":
        return _said_by_response_events(list(events))
    said = Said()
    calls: dict[int, list[str]] = {}
    for event in events:
        # Groq puts the counts of a stream where the SDK has no field for them.
        of_groq: Any = getattr(event, "x_groq", None) or {}
        usage = event.usage or (of_groq.get("usage") and CompletionUsage.model_construct(**of_groq["usage"]))
        said.usage = _usage(usage, "prompt", "completion") or said.usage
        for choice in event.choices or ():
            if choice.index != 0:
                continue
            if kind == "openai.completions":
                said.text += choice.text or ""
                continue
            said.text += choice.delta.content or ""
            said.refusal += choice.delta.refusal or ""
            for piece in choice.delta.tool_calls or ():
                call = calls.setdefault(piece.index, ["", ""])
                call[0] += piece.function.name or ""
                call[1] += piece.function.arguments or ""
    said.calls = [(name, arguments) for _, (name, arguments) in sorted(calls.items())]
    return said


def _said_by_response(answer: Any) -> Said:
    return Said(
        text=answer.output_text,
        refusal="".join(
            part.refusal
            for item in answer.output
            if item.type == "message"
            for part in item.content
            if part.type == "refusal"
        ),
        calls=[(item.name, item.arguments) for item in answer.output if item.type == "function_call"],
        usage=_usage(answer.usage, "input", "output"),
    )


def _said_by_response_events(events: list[Any]) -> Said:
    for event in events:
        if event.type in ("response.completed", "response.incomplete"):
            return _said_by_response(event.response)
    return Said(text="".join(event.delta for event in events if event.type == "response.output_text.delta"))


def _usage(usage: Any, asked: str, answered: str) -> tuple[int | None, int | None, int | None, int | None] | None:
    if usage is None:
        return None
    given, made = (getattr(usage, f"{name}_tokens_details", None) for name in (asked, answered))
    counts = (
        getattr(usage, f"{asked}_tokens"),
        getattr(usage, f"{answered}_tokens", None),
        getattr(given, "cached_tokens", None),
        getattr(made, "reasoning_tokens", None),
    )
    return None if counts == (None,) * 4 else counts
