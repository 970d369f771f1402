"""Prompts as the pretrained tokenizer sees them, and a student of orders that is small enough to train in seconds."""

import pytest
import torch
from transformers import BertConfig, BertModel

from slm_instrument.curate.dataset import build_dataset
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.store import open_store
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.family import Job, Options

from .orders import order_calls, order_task


@pytest.fixture(scope="session")
def tokenizer():
    return find_encoder(None).tokenizer(512)


@pytest.fixture(scope="session")
def prompt_of(tokenizer):
    return lambda text: Prompt.of(text, tokenizer.encode(text).offsets)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory, tokenizer):
    """A folder with an encoder of two narrow layers that has learned nothing."""
    folder = tmp_path_factory.mktemp("tiny")
    config = BertConfig(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    return folder


@pytest.fixture(scope="session")
def job(put_calls, tiny_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pointer")
    store = put_calls(open_store(f"sqlite:///{folder}/calls.db"), order_task(), order_calls(400))
    dataset = build_dataset(store, order_task())
    store.close()
    return Job(task=order_task(), dataset=dataset, workspace=folder, base=str(tiny_encoder), options=Options(epochs=8))
