import math

from slm_instrument.analyze.cost import call_cost, call_tokens
from slm_instrument.records import Call, Message, ToolCall, Usage


def test_tokens_are_those_the_provider_counted_else_an_estimate_of_each_number():
    messages = (Message("user", "a" * 400),)
    answer = Message("assistant", None, (ToolCall("f", "1234567"),))
    estimated = call_tokens(Call(messages=messages, response=answer))
    assert (estimated.input, estimated.output, estimated.estimated) == (100, 2, True)
    half = call_tokens(Call(messages=messages, response=answer, usage=Usage(input_tokens=7)))
    assert (half.input, half.output, half.estimated) == (7, 2, True)


def test_a_price_is_the_recorded_one_else_the_lists_else_unknown():
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    assert call_cost(Call(cost_usd=1.5, model="gpt-4o", usage=usage)) == 1.5
    assert call_cost(Call(cost_usd=math.nan)) is None
    priced = call_cost(Call(model="gpt-4o", provider="openai", usage=usage))
    assert priced is not None
    assert 0 < priced < 100
    assert call_cost(Call(model="gpt-4o", provider="a proxy of ours", usage=usage)) == priced
    assert call_cost(Call(model="no such model", usage=usage)) is None
    assert call_cost(Call(model="gpt-4o")) is None
    assert call_cost(Call(model="gpt-4o", usage=Usage(input_tokens=-5, output_tokens=1))) is None
