"""A server on loopback that speaks OpenAI's protocol, and keeps what it was asked."""

import json
import re
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14, "prompt_tokens_details": {"cached_tokens": 5}}
ASKED_TOOL = {
    "id": "c1", "index": 0, "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}
}  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Answers chat completions: as JSON or as a stream, with a tool call where tools are offered."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(asked)
        if asked["model"] == "broken":
            return self.answer(400, {"error": {"message": "too long", "type": "invalid_request_error"}})
        message = self.message(asked)
        if asked.get("stream"):
            return self.stream(asked, message)
        choices = [
            {"index": n, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
            for n in range(asked.get("n") or 1)
        ]
        return self.answer(200, {**self.head("chat.completion"), "choices": choices, "usage": USAGE})

    def message(self, asked):
        if asked.get("tools"):
            name = asked["tools"][0]["function"]["name"]
            function = {"name": name, "arguments": ASKED_TOOL["function"]["arguments"]}
            return {"role": "assistant", "content": None, "tool_calls": [{**ASKED_TOOL, "function": function}]}
        return {"role": "assistant", "content": '{"order": 7}' if asked.get("response_format") else "on its way"}

    def stream(self, asked, message):
        pieces = [{"role": "assistant", "content": ""}]
        words = re.findall(r"\S+\s*", message["content"] or "")
        pieces += [{"content": word} for word in words] or [message]
        chunks = [{"choices": [{"index": 0, "delta": piece, "finish_reason": None}]} for piece in pieces]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (asked.get("stream_options") or {}).get("include_usage"):
            chunks.append({"choices": [], "usage": USAGE})
        events = [json.dumps({**self.head("chat.completion.chunk"), **chunk}) for chunk in chunks]
        self.answer(200, "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]), "text/event-stream")

    def head(self, kind):
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "gpt-test-2026"}

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        with suppress(ConnectionError):  # the reader has left
            self.wfile.write(data)

    def log_message(self, *args):
        pass
