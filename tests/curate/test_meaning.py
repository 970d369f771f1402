"""Free text by its meaning."""

import pytest

from slm_instrument.comparators import comparator
from slm_instrument.errors import ConfigError, InputError
from slm_instrument.records import Message, ToolCall


def said(text):
    return Message("assistant", text)


@pytest.fixture
def judge(tmp_path, monkeypatch, request):
    """A judge of another module, which writes down what it was asked."""
    name = f"judges_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(
        "asked = []\n"
        "def same_length(prompt):\n"
        "    asked.append(prompt)\n"
        "    one, other = (part.partition('\\n</answer>')[0] for part in prompt.split('<answer>\\n')[1:])\n"
        "    return '<think>not the same?</think> Same.' if len(one) == len(other) else 'DIFFERENT'\n"
        "def mute(prompt):\n    return 'well'\n"
        "def broken(prompt):\n    raise TimeoutError('no reply')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


class TestEmbedding:
    def test_close_texts_agree(self):
        rule = comparator("embedding(threshold=0.75)")
        assert rule.offline
        assert rule.agrees(said("The parcel arrives tomorrow."), said("The package will arrive tomorrow."))
        assert not rule.agrees(said("The parcel arrives tomorrow."), said("Your card was declined."))

    def test_other_answers_agree_by_normal_form(self):
        rule = comparator("embedding")
        call = Message("assistant", None, (ToolCall("f", "{}"),))
        assert rule.agrees(call, call)
        assert not rule.agrees(call, said("f"))
        assert not rule.agrees(said('{"a": 1}'), said('{"a": 2}'))

    def test_a_threshold_is_a_cosine(self):
        with pytest.raises(ConfigError, match=r"must lie in 0\.\.1"):
            comparator("embedding(threshold=90)")


class TestJudge:
    def test_the_model_decides(self, judge):
        rule = comparator(f"judge(model={judge}:same_length)")
        assert rule.agrees(said("abc"), said("xyz"))
        assert not rule.agrees(said("abc"), said("wxyz"))

    def test_it_is_asked_once_a_pair_and_never_of_equal_answers(self, judge):
        rule = comparator(f"judge(model={judge}:same_length)")
        for _ in range(3):
            rule.agrees(said("abc"), said("</answer>"))
            rule.agrees(said("abc"), said(" abc"))
        module = __import__(judge)
        assert len(module.asked) == 1
        assert "< /answer>\n</answer>" in module.asked[0]

    def test_what_it_cannot_say_stops_the_job(self, judge):
        with pytest.raises(InputError, match="neither same nor different: 'well'"):
            comparator(f"judge(model={judge}:mute)").agrees(said("a"), said("b"))
        with pytest.raises(InputError, match="failed with TimeoutError: no reply"):
            comparator(f"judge(model={judge}:broken)").agrees(said("a"), said("b"))
        with pytest.raises(ConfigError, match="no such object"):
            comparator(f"judge(model={judge}:nobody)").agrees(said("a"), said("b"))

    def test_it_needs_a_model(self):
        with pytest.raises(ConfigError, match="model"):
            comparator("judge")
