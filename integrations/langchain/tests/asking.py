"""What several tests need: all ways of asking a chat model, a listener, a substitutor that keeps what it decides."""

import asyncio

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage

from slm_instrument.runtime import Substitutor

MATCHING = "Intent of: hello"
OTHER = "Something else"


def say_hello(_):
    return "You said: hello there"


def joined(came):
    """What came of a stream, or whole, as one message."""
    whole, *rest = came
    for chunk in rest:
        whole += chunk
    return whole


async def collect(stream):
    return [item async for item in stream]


def _generate(model, asked, config=None):
    result = model.generate([[HumanMessage(asked)]], callbacks=(config or {}).get("callbacks"))
    return [each[0].message for each in result.generations]


def _agenerate(model, asked, config=None):
    result = asyncio.run(model.agenerate([[HumanMessage(asked)]], callbacks=(config or {}).get("callbacks")))
    return [each[0].message for each in result.generations]


WAYS = {
    "invoke": lambda model, asked, config=None: [model.invoke(asked, config)],
    "ainvoke": lambda model, asked, config=None: [asyncio.run(model.ainvoke(asked, config))],
    "stream": lambda model, asked, config=None: list(model.stream(asked, config)),
    "astream": lambda model, asked, config=None: asyncio.run(collect(model.astream(asked, config))),
    "batch": lambda model, asked, config=None: model.batch([asked], config),
    "abatch": lambda model, asked, config=None: asyncio.run(model.abatch([asked], config)),
    "generate": _generate,
    "agenerate": _agenerate,
}
"""Each gives the list of the messages that came."""


class Listener(BaseCallbackHandler):
    """Writes down what is heard of chat models, as any other tool would."""

    def __init__(self) -> None:
        self.heard = []
        self.runs = set()
        self.metadata = []
        self.answers = []

    def on_chat_model_start(self, serialized, messages, *, run_id, metadata=None, **kwargs):
        self.heard.append("start")
        self.runs.add(run_id)
        self.metadata.append(metadata)

    def on_llm_new_token(self, token, *, run_id, **kwargs):
        self.heard.append("token")
        self.runs.add(run_id)

    def on_llm_end(self, response, *, run_id, **kwargs):
        self.heard.append("end")
        self.runs.add(run_id)
        self.answers.append(response.generations[0][0].message)

    def on_llm_error(self, error, *, run_id, **kwargs):
        self.heard.append("error")
        self.runs.add(run_id)


class Spy(Substitutor):
    """Keeps calls and decisions; may be told to decide on the first call only."""

    first_only = False

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.seen = []
        self.patience = []

    @property
    def reasons(self):
        return [str(decision.reason) for _, decision in self.seen]

    @property
    def bundle_id(self):
        return self.seen[0][1].bundle_id

    def decide(self, call, *, within_s=None):
        if self.first_only and self.seen:
            return self.refuse("only the first")
        self.patience.append(within_s)
        self.seen.append((call, super().decide(call, within_s=within_s)))
        return self.seen[-1][1]

    async def adecide(self, call, *, within_s=None):
        if self.first_only and self.seen:
            return self.refuse("only the first")
        self.patience.append(within_s)
        self.seen.append((call, await super().adecide(call, within_s=within_s)))
        return self.seen[-1][1]
