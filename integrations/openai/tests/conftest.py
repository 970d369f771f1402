import gc
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI

from slm_instrument import Recorder, open_store
from slm_instrument.dialects import openai_chat, openai_responses
from slm_instrument.runtime import Substitutor
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument_openai import wrap_openai

USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}


@dataclass
class Answer:
    """What the server says: a body at once, or in ``chunks``; ``cut`` hangs up before the end."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] | None = None
    cut: bool = False
    pause_s: float = 0.0  # before the head, and before each chunk but the first


class Server:
    """Answers on loopback in the order it was told; the last answer stands. ``requests`` are (path, headers, body)."""

    def __init__(self):
        self.answers, self.requests = [], []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                server.requests.append((self.path, dict(self.headers), body))
                answer = server.answers[0] if len(server.answers) == 1 else server.answers.pop(0)
                play(self, answer)

            def date_time_string(self, timestamp=None):
                return "Thu, 01 Jan 2026 00:00:00 GMT"

            def log_message(self, format, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client_address: None  # a client that hung up
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def say(self, *answers):
        self.answers = [answer if isinstance(answer, Answer) else Answer(answer) for answer in answers]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def play(handler, answer):
    time.sleep(answer.pause_s)
    handler.send_response(answer.status)
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {"content-type": "application/json" if answer.chunks is None else "text/event-stream; charset=utf-8"}
    headers["x-request-id"] = "req_1"
    headers["transfer-encoding" if answer.chunks is not None else "content-length"] = (
        "chunked" if answer.chunks is not None else str(len(body))
    )
    for name, value in (headers | answer.headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    if answer.chunks is None:
        handler.wfile.write(body[: len(body) // 2] if answer.cut else body)
    for n, chunk in enumerate(answer.chunks or ()):
        if n:
            time.sleep(answer.pause_s)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.flush()
    if answer.chunks is not None and not answer.cut:
        handler.wfile.write(b"0\r\n\r\n")
    handler.close_connection = answer.cut


def completion(content="Hello!", **message):
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-x-2026",
        "choices": [choice],
        "usage": USAGE,
    }


def chunk(delta, finish_reason=None, **fields):
    """A chunk of a chat completion, as an event."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-x-2026",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
    return event(body | fields)


def event(body, name=None):
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def words(*said, usage=False):
    """The events of a streamed chat completion, one for each word."""
    chunks = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": word}) for word in said)]
    chunks.append(chunk({}, "stop"))
    if usage:
        chunks.append(chunk({}, choices=[], usage=USAGE))
    return [*chunks, DONE]


def response(*output, **fields):
    """A response of the Responses API."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "gpt-x-2026",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 4},
            "output_tokens": 3,
            "output_tokens_details": {"reasoning_tokens": 2},
            "total_tokens": 14,
        },
        **fields,
    }


def said(text):
    """A message item of a response."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": content}


@pytest.fixture(scope="module", autouse=True)
def quick_collections():
    """The SDK's thousands of classes are left out of what the tests collect, which then takes no time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def running_server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(running_server):
    running_server.answers, running_server.requests = [], []
    return running_server


@pytest.fixture
def store():
    store = open_store("memory://")
    yield store
    store.close()


@pytest.fixture
def recorder(store):
    with Recorder(store) as recorder:
        yield recorder


@pytest.fixture
def calls(recorder, store):
    """What has been recorded so far."""

    def read():
        gc.collect()  # streams that nobody holds; some versions of the SDK leave them open after an error
        assert recorder.flush(20)
        return list(store.iter_calls())

    return read


@pytest.fixture
def call(calls):
    """The one call that has been recorded."""

    def read():
        (found,) = calls()
        return found

    return read


@pytest.fixture(scope="module")
def http():
    with DefaultHttpxClient() as http:  # one for all: reading certificates takes its time
        yield http


@pytest.fixture
def bare(server, http):
    return OpenAI(api_key="key", base_url=f"{server.url}/v1", max_retries=0, http_client=http)


@pytest.fixture
def client(bare, recorder):
    return wrap_openai(bare, recorder)


@pytest.fixture
def substitute(tmp_path, store, recorder):
    """Makes a substitutor whose one student, of the task ``sort``, is there for requests like a given one."""
    made = []

    def make(body, student, mode="on", **options):
        """``student`` is one, or what one says: text, a message, or a function of the text asked."""
        body = json.loads(body) if isinstance(body, bytes) else body
        request = (openai_responses if "input" in body else openai_chat).read_request(body)
        tools = [tool.name for tool in request.tools]
        write_fake_bundle(
            tmp_path / "models",
            task_name="sort",
            system=Pattern((SLOT,)),
            tools=tools,
            response_format=request.response_format,
        )
        answer = student if callable(student) else lambda text: student
        asked = student if isinstance(student, ScriptedStudent) else ScriptedStudent(answer)
        options = {"store": store, "recorder": recorder, **options}
        made.append(
            Substitutor(tmp_path / "models", modes={"sort": mode}, load_student=lambda bundle: asked, **options)
        )
        return made[-1]

    yield make
    for substitutor in made:
        substitutor.close()


@pytest.fixture
def make_async(server):
    """Makes the async client; to be called in the event loop that uses it."""
    return lambda: AsyncOpenAI(api_key="key", base_url=f"{server.url}/v1", max_retries=0)


@pytest.fixture
def say():
    """Makers of what a server says."""

    class Say:
        pass

    for maker in (Answer, completion, chunk, event, words, response, said):
        setattr(Say, maker.__name__, staticmethod(maker))
    Say.DONE, Say.USAGE = DONE, USAGE
    return Say
