"""The README's three acts, word for word, with a scripted model in the LLM's place."""

import os
import re
import subprocess
import sys
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from slm_instrument import open_store

README = Path(__file__).parents[1] / "README.md"


class LabellingModel(BaseChatModel):
    """Knows the label of every message; counts how often it was asked."""

    labels: dict[str, str]
    asked: int = 0

    @property
    def _llm_type(self):
        return "labelling"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.asked += 1
        answer = AIMessage(self.labels[messages[-1].content])
        return ChatResult(generations=[ChatGeneration(message=answer)])


def blocks(section):
    text = README.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"```(python|console)\n(.*?)```", text, flags=re.DOTALL)


def shell(block, env):
    """Run the lines behind ``$`` as a user would; ``export`` holds for the later ones."""
    script = "\n".join(line.removeprefix("$ ") for line in block.splitlines())
    done = subprocess.run(
        ["bash", "-ec", f"{script}\nenv -0 > .env"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    env.update(pair.split("=", 1) for pair in Path(".env").read_text().split("\0") if pair)
    return done.stdout


def test_the_three_acts(tmp_path, monkeypatch, make_calls):
    monkeypatch.chdir(tmp_path)
    labels = {call.messages[-1].text: call.response.text for call in make_calls(520, seed=7)}
    model = LabellingModel(labels=labels)
    names = {
        "model": model,
        "INSTRUCTIONS": "You label a shop's messages. Answer with one word: refund, delivery, broken or cancel.",
        "messages": list(labels),
        "text": next(iter(labels)),
    }
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    acts = blocks("Three acts")
    assert [kind for kind, _ in acts] == ["python", "console", "console", "python"]
    (_, capture), (_, offline), (_, flag), (_, substitute) = acts

    exec(compile(capture, "README act 1", "exec"), names)
    assert model.asked == len(labels)

    store = open_store("sqlite:///calls.db")
    assert store.count_calls() == len(labels)
    analyse, train = offline.split("$ slm-instrument train")
    assert "1 task," in shell(analyse, env)
    (task,) = store.tasks()
    assert "CERTIFIED" in shell(f"$ slm-instrument train{train}".replace("TASK", task.name), env)
    assert shell(flag.replace("TASK", task.name), env) == f"{task.name}: on, 5 % of the traces audited\n"

    exec(compile(substitute, "README act 3", "exec"), names)
    agent, before = names["agent"], model.asked
    config = {"callbacks": [names["SlmCallbackHandler"](names["recorder"])]}
    answers = [agent.invoke({"messages": [("user", text)]}, config)["messages"][-1] for text in list(labels)[:50]]
    asked = model.asked - before
    assert asked <= 25, "the student answers at least half of what it was trained on"
    students = [answer for answer in answers if answer.response_metadata.get("model_name", "").startswith("slm:")]
    assert len(students) == 50 - asked
    assert sum(labels[text] == answer.text for text, answer in zip(labels, answers, strict=False)) >= 47

    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    before = model.asked
    agent.invoke({"messages": [("user", names["text"])]})
    assert model.asked == before + 1
    names["substitutor"].close()
    names["recorder"].close()
    assert store.count_calls() == len(labels) + 1 + len(answers), "the LLM's answers are recorded, and each once"
    assert sum(call.served_by.startswith("slm:") for call in store.iter_calls()) >= len(students)
    store.close()
