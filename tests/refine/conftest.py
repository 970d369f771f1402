"""An agent's log of two tasks, an embedder of words, a small base model, and a refinement that waits to be killed."""

import random
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from zlib import crc32

import numpy as np
import pytest

from slm_instrument.records import Call, Message

SUMMARISE = "You give a title to the report of a customer. Four words at most."


class Words:
    """Texts of the same words are alike: for tests in which meaning is not needed, in a hundredth of the time."""

    name = "words"

    def __call__(self, texts):
        vectors = np.zeros((len(texts), 256), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[0] = 0.1
            for word in re.findall(r"\w+", text.lower()):
                vector[crc32(word.encode("utf-8", "surrogatepass")) % 256] += 1
            vector /= np.linalg.norm(vector)
        return vectors


def titles(count):
    """Calls whose answers are never the same twice: no lookup can give them."""
    draw = random.Random(0)
    words = [f"{a}{b}" for a in ("lamp", "sofa", "boot", "desk", "tent") for b in ("ware", "less", "like", "wise")]
    for number in range(count):
        said = " ".join(draw.choice(words) for _ in range(6))
        messages = (Message("system", SUMMARISE), Message("user", f"Report: {said} {number}\nTitle:"))
        yield Call(
            id=f"title-{number}",
            trace_id=f"title-{number}",
            app="desk",
            messages=messages,
            response=Message("assistant", f"{said[:20]} {number}"),
        )


@pytest.fixture(scope="session")
def words():
    return Words()


@pytest.fixture(scope="session")
def desk_calls(make_calls):
    """Calls of the labelling agent, by number; answered by whom is said."""

    def made(count, seed=0, **more):
        return [replace(call, app="desk", **more) for call in make_calls(count, seed=seed)]

    return made


@pytest.fixture(scope="session")
def title_calls():
    return titles


@pytest.fixture(scope="session")
def base(make_calls, tmp_path_factory):
    """An untrained BERT of two layers: the mean of its vectors still tells texts by their words."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.trainers import WordLevelTrainer
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    texts = [call.messages[-1].content for call in make_calls(300)]
    tokenizer.train_from_iterator(texts, WordLevelTrainer(special_tokens=["[UNK]"], show_progress=False))
    tokenizer.save(str(folder / "tokenizer.json"))
    shape = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **shape)).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    return str(folder)


@contextmanager
def running(script, *arguments):
    """A process of a script beside this file that has said ``there``; it is killed at the end."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        while (line := process.stdout.readline()) != "there\n":
            assert line, process.stderr.read()
        yield SimpleNamespace(kill=process.kill, wait=process.wait)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture(scope="session")
def run_until_there():
    return running
