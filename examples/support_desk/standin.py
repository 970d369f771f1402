"""A stand-in for the LLM: an OpenAI-compatible endpoint on loopback whose answers come from a script.

It reads a customer message with the grammar that made it (:mod:`examples.support_desk.messages`) and answers each of
the desk's prompts as a good LLM would. It sees what any LLM would see, the request, and nothing else. It waits for
nothing, so its latency says nothing about an LLM's; its token counts are characters divided by four.
"""

import json
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from examples.support_desk.messages import read
from examples.support_desk.replies import write_reply

CHARACTERS_PER_TOKEN = 4


def answer(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The assistant's message to a prompt: a tool call where a tool is offered, JSON or a label where that is asked."""
    system = " ".join(str(one["content"]) for one in messages if one["role"] == "system")
    text = next((str(one["content"]) for one in reversed(messages) if one["role"] == "user"), "")
    meaning = read(text)
    if tools:
        arguments = json.dumps({"queue": meaning.queue, "priority": meaning.priority})
        return _message(tool=(tools[0]["function"]["name"], arguments))
    if "JSON" in system:
        return _message(json.dumps({"order_id": meaning.order_id, "item": meaning.item, "quantity": meaning.quantity}))
    return _message(meaning.intent if "one intent" in system else write_reply(text, meaning))


def complete(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a chat completion."""
    messages: list[dict[str, Any]] = request["messages"]
    tools: list[dict[str, Any]] = request.get("tools") or []
    message = answer(messages, tools)
    asked = _tokens([*messages, *tools])
    answered = _tokens([message["content"] or message.get("tool_calls")])
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": None,
                "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
            }
        ],
        "usage": {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered},
    }


@contextmanager
def running() -> Generator[str]:
    """Run the stand-in in a process of its own; gives its base URL. The process ends with this one, however it ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the demo, which then ends the stand-in
    )
    with process:  # closes its standard input, which ends it
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        if not base_url:
            raise RuntimeError("the stand-in did not start; its own message is above")
        yield base_url


def serve() -> ThreadingHTTPServer:
    """A server on a free port of loopback, its thread started."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def base_url(server: ThreadingHTTPServer) -> str:
    """What an OpenAI client takes as ``base_url``."""
    return f"http://127.0.0.1:{server.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    wbufsize = -1  # head and body in one packet: in two, the second waits for an acknowledgement

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.endswith("/chat/completions"):
            return self._send(404, _error(f"the stand-in has no {self.path}"))
        try:
            request = json.loads(body)
            if request.get("stream"):
                return self._send(400, _error("the stand-in does not stream"))
            return self._send(200, complete(request))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return self._send(400, _error(f"not a chat completion request: {error!r}"))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the demo's terminal is for the demo."""

    def _send(self, status: int, body: Mapping[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _message(content: str | None = None, *, tool: tuple[str, str] | None = None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    if tool is not None:
        name, arguments = tool
        call = {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function"}
        message["tool_calls"] = [{**call, "function": {"name": name, "arguments": arguments}}]
    return message


def _tokens(what: Sequence[Any]) -> int:
    return max(1, len(json.dumps(what)) // CHARACTERS_PER_TOKEN)


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


def main() -> None:
    """Serve until standard input closes, which it does when the demo ends, even if that was killed."""
    with serve() as server:
        print(base_url(server), flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
