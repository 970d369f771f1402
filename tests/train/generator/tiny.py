"""A language model small enough to be made and trained in a test: two layers, on a vocabulary of its own."""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

from slm_instrument.curate.sample import Sample
from slm_instrument.records import Message
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.generator.data import Example, encode
from slm_instrument.train.generator.lesson import learn_wording
from slm_instrument.train.generator.recipe import Recipe

TEMPLATE = (
    "{% for m in messages %}{{ '<|start|>' + m['role'] + '\n' + m['content'] + '<|end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\n' }}{% endif %}"
)
QUICK = Recipe(method="full", epochs=4, step_examples=3, learning_rate=1e-3)
CITIES = ("Lyon", "Oslo", "Rome", "Bern", "Kyiv", "Lima")


def say(city: str, days: int) -> tuple[str, str]:
    return f"weather in {city} for {days} days", json.dumps({"city": city, "days": days})


def samples(count: int) -> list[Sample]:
    made = [say(CITIES[at % len(CITIES)], 1 + at // len(CITIES) % 9) for at in range(count)]
    return [Sample(str(at), text, answer, Message("assistant", answer)) for at, (text, answer) in enumerate(made)]


def write_model(folder: Path, *, licence: str | None = "apache-2.0", template: str | None = TEMPLATE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    texts = [part for sample in samples(54) for part in (sample.text, sample.label, sample.label.replace(" ", ""))]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|none|>", "<|start|>", "<|end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[AddedToken(token, normalized=False, special=True) for token in special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "pad_token": "<|end|>"}
    settings |= {"chat_template": template} if template else {}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    if licence:
        (folder / "README.md").write_text(f"---\nlicense: {licence}\n---\n")
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            max_position_embeddings=512,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
            tie_word_embeddings=True,
        )
    ).save_pretrained(folder)
    return folder


def examples(base: BaseLM, count: int = 12) -> list[Example]:
    wording = learn_wording(base, samples(count))
    return encode(samples(count), wording.prompter, wording.form, wording.ends[0], base.context)


def write_gguf(base: BaseLM, file: Path) -> Path:
    """The tiny model as llama.cpp would have it: other names, and queries and keys in the order of its rotation."""
    config = json.loads((base.path / "config.json").read_text())
    tokenizer = json.loads((base.path / "tokenizer.json").read_text())
    words = sorted(tokenizer["model"]["vocab"].items(), key=lambda item: item[1])
    special = {token["id"] for token in tokenizer["added_tokens"]}
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("tiny")
    writer.add_license("mit")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([word for word, _ in words])
    writer.add_token_types([3 if at in special else 1 for _, at in words])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    for name, value in base.load().model.named_parameters():
        writer.add_tensor(*_llama_cpp(name, value.detach().numpy(), config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


_NAMES = {
    "embed_tokens": "token_embd",
    "norm": "output_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def _llama_cpp(name: str, value: Any, config: dict[str, Any]) -> tuple[str, Any]:
    stem = name.removesuffix(".weight")
    if not stem.startswith("layers."):
        return f"{_NAMES[stem]}.weight", value
    _, layer, part = stem.split(".", 2)
    heads = {"self_attn.q_proj": "num_attention_heads", "self_attn.k_proj": "num_key_value_heads"}.get(part)
    if heads:
        halves = value.reshape(config[heads], 2, -1, value.shape[1])
        value = np.ascontiguousarray(halves.swapaxes(1, 2).reshape(value.shape))
    return f"blk.{layer}.{_NAMES[part]}.weight", value
