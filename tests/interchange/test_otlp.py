"""OTLP JSON, as the collector's file exporter and others write it."""

import base64
import json

import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.errors import InputError
from slm_instrument.interchange import otlp
from slm_instrument.interchange.files import LogFile
from slm_instrument.interchange.reading import calls_in
from slm_instrument.records import Failure, Message

TRACE = "0af7651916cd43dd8448eb211c80319c"
DETAILS = "gen_ai.client.inference.operation.details"
PROMPT = [{"role": "user", "parts": [{"type": "text", "content": "Where is my parcel?"}]}]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "On its way."}], "finish_reason": "stop"}]
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 11}
ASKED = {**CHAT, "gen_ai.input.messages": json.dumps(PROMPT)}
ANSWERED = {**ASKED, "gen_ai.output.messages": json.dumps(ANSWER)}
RECORDED = ((Message("user", "Where is my parcel?"),), Message("assistant", "On its way."))


def value(given):
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list):
        return {"arrayValue": {"values": [value(item) for item in given]}}
    if isinstance(given, dict):
        return {"kvlistValue": {"values": attributes(given)}}
    return {"stringValue": given}


def attributes(given):
    return [{"key": name, "value": value(item)} for name, item in given.items()]


def span(number, given=ANSWERED, *, parent=None, ends=None, **fields):
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent else {}),
        "name": "chat gpt-4o-mini",
        "startTimeUnixNano": "1750000000000000000",
        "endTimeUnixNano": str(1_750_000_001_500_000_000 + (number if ends is None else ends)),
        "attributes": attributes(given),
        **fields,
    }


def traces(*spans, scope="opentelemetry.instrumentation.openai_v2"):
    resource = {"attributes": attributes({"service.name": "desk"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": scope}, "spans": list(spans)}]}]}


def logs(*records):
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {"name": "x"}, "logRecords": list(records)}]}]}


def log(number, name, body=None, given=(), **fields):
    ids = {"traceId": TRACE, "spanId": f"{number:016x}"} if number else {}
    return {
        "timeUnixNano": "1750000000500000000",
        "eventName": name,
        **ids,
        **({"body": value(body)} if body else {}),
        "attributes": attributes(dict(given)),
        **fields,
    }


USER = ("gen_ai.user.message", {"content": "Where is my parcel?"})
CHOICE = ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "On its way."}})


def read(*records):
    reader = otlp.OtlpReader()
    found = [call for record in records for call in reader.read(record) or ()]
    return [*found, *reader.finish()]


def exchange(calls):
    (call,) = calls
    return call.messages, call.response


def test_a_span():
    (call,) = read(traces(span(1, parent=9)))
    assert (call.messages, call.response) == RECORDED
    assert (call.id, call.trace_id, call.parent_id) == (TRACE + f"{1:016x}", TRACE, f"{9:016x}")
    assert (call.app, call.framework, call.model, call.usage.input_tokens) == ("desk", "openai", "gpt-4o-mini", 11)
    assert call.started_at.isoformat() == "2025-06-15T15:06:40+00:00"
    assert call.duration_ms == pytest.approx(1500)


def test_ids_in_base64_are_the_same():
    def encoded(hexed):
        return base64.b64encode(bytes.fromhex(hexed)).decode()

    one, other = span(1), span(1)
    other |= {"traceId": encoded(other["traceId"]), "spanId": encoded(other["spanId"])}
    assert read(traces(one)) == read(traces(other))


def test_structured_values():
    structured = {**CHAT, "gen_ai.input.messages": PROMPT, "gen_ai.output.messages": ANSWER}
    assert exchange(read(traces(span(1, structured)))) == RECORDED


@pytest.mark.parametrize("code", [2, "STATUS_CODE_ERROR"])
def test_a_failure(code):
    raised = {"exception.type": "openai.RateLimitError", "exception.message": "slow down"}
    events = [{"name": "exception", "timeUnixNano": "1", "attributes": attributes(raised)}]
    (call,) = read(traces(span(1, ASKED, status={"code": code, "message": "no"}, events=events)))
    assert (call.error, call.response) == (Failure("RateLimitError", "slow down"), None)


def test_other_spans_and_signals_are_passed_over():
    reader = otlp.OtlpReader()
    assert reader.read(traces(span(1, {"http.method": "GET"}))) is None
    assert reader.read({"resourceMetrics": []}) is None
    assert reader.read(logs(log(1, "user.clicked"))) is None
    assert list(reader.finish()) == []


def test_of_spans_inside_each_other_the_innermost_is_the_call_wherever_they_stand():
    inner, between, outer = span(3, parent=2), span(2, {"x": 1}, parent=1, ends=5), span(1, ends=9)
    for records in ([traces(inner, between, outer)], [traces(outer, between, inner)]):
        assert [call.id[-1] for call in read(*records)] == ["3"]
    assert [call.id[-1] for call in read(traces(inner), traces(between), traces(outer))] == ["3"]


def test_the_innermost_without_its_prompt_gives_way():
    inner, outer = span(2, CHAT, parent=1), span(1, ends=9)
    reader = otlp.OtlpReader()
    assert [call.id[-1] for call in reader.read(traces(inner, outer))] == ["1"]


def test_what_a_tool_asks_is_another_call():
    tool = span(2, {"gen_ai.operation.name": "execute_tool"}, parent=1, ends=5)
    inner, outer = span(3, parent=2), span(1, ends=9)
    assert sorted(call.id[-1] for call in read(traces(inner, tool, outer))) == ["1", "3"]


def test_the_agent_is_looked_for_around():
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support", "user.id": "u1"}
    (call,) = read(traces(span(3, parent=2), span(2, {"x": 1}, parent=1), span(1, agent)))
    assert (call.agent, call.origin) == ("support", "u1")


def test_parents_in_a_ring_are_no_trap():
    assert len(read(traces(span(1, parent=2), span(2, {"x": 1}, parent=1)))) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (0, 2, 1), (1, 0, 2)])
def test_log_events_before_and_after_their_span(order):
    records = [logs(log(1, *USER)), logs(log(1, *CHOICE)), traces(span(1, CHAT))]
    assert exchange(read(*[records[each] for each in order])) == RECORDED


def test_an_answer_that_never_comes():
    assert exchange(read(logs(log(1, *USER)), traces(span(1, CHAT)))) == (RECORDED[0], None)


def test_an_event_that_holds_all_of_a_call():
    assert exchange(read(traces(span(1, CHAT)), logs(log(1, DETAILS, given=ANSWERED)))) == RECORDED
    assert exchange(read(logs(log(1, DETAILS, given=ANSWERED)))) == RECORDED
    assert exchange(read(logs(log(None, DETAILS, given=ANSWERED)))) == RECORDED
    assert exchange(read(traces(span(1)), logs(log(1, DETAILS, given=ANSWERED)))) == RECORDED


def test_spans_without_a_prompt_are_told_of_at_the_end():
    reader = otlp.OtlpReader()
    assert list(reader.read(traces(span(1), span(2, CHAT)))) == read(traces(span(1)))
    with pytest.raises(InputError, match=r"^1 LLM span\(s\) hold no prompt"):
        list(reader.finish())


@pytest.mark.parametrize("record", [None, 7, [], {}, {"messages": []}])
def test_what_is_no_export_request(record):
    with pytest.raises(InputError, match="not an export request of OTLP"):
        otlp.OtlpReader().read(record)


@pytest.mark.parametrize("written", [json.dumps, lambda document: json.dumps(document, indent=2)])
def test_a_file_of_lines_and_one_document(tmp_path, written):
    file = tmp_path / "traces.json"
    file.write_text(written(traces(span(1), span(2))) + "\n")
    assert len(list(calls_in([LogFile(file)], otlp.FORMAT, strict=True))) == 2


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr(otlp, "MAX_WAITING", 5)
    monkeypatch.setattr(otlp, "MAX_SETTLED", 5)
    reader = otlp.OtlpReader()
    found = [call for n in range(1, 50) for call in reader.read(traces(span(n, ASKED, parent=n + 1000))) or ()]
    assert len(found) == 44
    for n in range(1000, 1100):
        reader.read(logs(log(n, *USER)))
    assert max(map(len, (reader._waiting, reader._events, reader._settled, reader._done))) <= 5


LEAVES = st.sampled_from([None, 0, 1, "", "x", True, 0.5, TRACE, "AAAA", "=", [], {}, "99999999999999999999999"])
NAMES = """
    resource scopeSpans scope spans attributes key value stringValue arrayValue values kvlistValue intValue traceId
    spanId parentSpanId events name status code startTimeUnixNano scopeLogs logRecords body eventName
""".split()  # noqa: SIM905
ODD = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner), max_leaves=12
)
SPANS = st.dictionaries(st.sampled_from(NAMES), ODD)


@settings(max_examples=100)
@given(st.lists(SPANS, max_size=2), st.lists(SPANS, max_size=2), ODD, ODD)
def test_nothing_makes_reading_raise(spans, records, resources, events):
    reader = otlp.OtlpReader()
    odd = [{**each, "attributes": attributes(ANSWERED)} for each in spans]
    for record in (traces(*odd), logs(*records), {"resourceSpans": resources}, {"resourceLogs": events}):
        list(reader.read(record) or ())
    assert len(list(reader.finish())) == 0
