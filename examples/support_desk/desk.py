"""The support desk: a LangChain agent that makes up to four LLM calls for a customer message.

``intent`` and ``routing`` choose from a closed set, ``details`` copies facts into JSON, ``reply`` writes a letter. Each
step is a small agent of its own, so that middleware sees its calls. There is nothing of slm_instrument in this file:
the recorder is a callback given to ``invoke``, the students come in by ``middleware``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import tool

from examples.support_desk.messages import INTENTS, ORDER_NUMBER

INTENT_PROMPT = f"""You read messages that customers send to an online shop for household and outdoor goods.
Say which one intent the message has. Answer with the name of the intent and nothing else.
The intents: {", ".join(INTENTS)}."""

DETAILS_PROMPT = """You read messages that customers send to an online shop for household and outdoor goods.
Copy the details of the order out of the message. Answer with a JSON object and nothing else:
{"order_id": text or null, "item": text or null, "quantity": number}
Copy the order number and the item exactly as the customer wrote them. The quantity is 1 unless another is named."""

ROUTING_PROMPT = """You route messages that customers send to an online shop for household and outdoor goods.
Call route_to_queue once. The queues: shipping (where an order is, where it goes, cancelling it before it is sent),
returns (sending goods back, damaged goods), billing (payments, refunds, invoices), technical (using and mending
goods), general (all else). The priority is high when the customer says that it is pressing or is a customer of long
standing; otherwise it is normal."""

REPLY_PROMPT = """You answer customers of an online shop for household and outdoor goods for the support desk.
Write a short and friendly letter that takes up what the customer says and names the next step. Promise no money."""

DRAFTED = ("technical", "billing")  # what is pressing, or about parcels, is answered by a person


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the desk found out about a message, and its answer where no person has to write one."""

    intent: str
    details: dict[str, Any] | None
    queue: str
    priority: str
    reply: str | None


@tool(return_direct=True)  # what it returns ends the step: no second LLM call
def route_to_queue(
    queue: Literal["shipping", "returns", "billing", "technical", "general"], priority: Literal["normal", "high"]
) -> str:
    """Put the message into a queue."""
    return f"{queue} {priority}"


def build_desk(llm: BaseChatModel, middleware: Sequence[AgentMiddleware[Any, Any, Any]] = ()) -> Runnable[str, Ticket]:
    """Build the agent: a runnable from a customer's message to its ticket, one trace each."""

    def step(name: str, prompt: str, *tools: Any) -> Runnable[Any, Any]:
        return create_agent(llm, tools, system_prompt=prompt, middleware=middleware, name=name)

    classify = step("intent", INTENT_PROMPT)
    extract = step("details", DETAILS_PROMPT)
    route = step("routing", ROUTING_PROMPT, route_to_queue)
    write = step("reply", REPLY_PROMPT)

    def handle(message: str) -> Ticket:
        intent = _ask(classify, message)
        details = _object(_ask(extract, message)) if ORDER_NUMBER.search(message) else None
        queue, _, priority = _ask(route, f"Intent: {intent}\nMessage: {message}").partition(" ")
        drafted = queue in DRAFTED and priority == "normal"
        reply = _ask(write, f"Queue: {queue}\nMessage: {message}") if drafted else None
        return Ticket(intent=intent, details=details, queue=queue, priority=priority, reply=reply)

    return RunnableLambda(handle, name="support_desk")


def _ask(agent: Runnable[Any, Any], text: str) -> str:
    """The text that an agent ends with: the LLM's answer, or what its tool returned."""
    messages: list[BaseMessage] = agent.invoke({"messages": [{"role": "user", "content": text}]})["messages"]
    return messages[-1].text


def _object(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        return {}
