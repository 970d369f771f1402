"""The card of a bundle, on a terminal, as Markdown and as a plot."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from rich.console import Console

from slm_instrument.card import Card, render, to_markdown, to_svg
from slm_instrument.card.curve import point_at
from slm_instrument.card.facts import percent
from slm_instrument.card.terminal import plot_text
from slm_instrument.cli.cards import card as command
from slm_instrument.errors import BundleError, InputError
from slm_instrument.privacy.retired import retire
from slm_instrument.runtime.bundle import BaseModel
from slm_instrument.runtime.held_out import HELD_OUT, read_held_out
from slm_instrument.store import Verdict


@pytest.fixture
def card(make_bundle):
    return Card.read(make_bundle().path)


def on_terminal(card, width=100):
    console = Console(width=width, force_terminal=False)
    with console.capture() as captured:
        console.print(render(card))
    return captured.get()


def with_verdict(card, verdict):
    return replace(
        card,
        manifest=replace(
            card.manifest, certificate=replace(card.manifest.certificate, verdict=verdict, threshold=None, accepted=0)
        ),
    )


def test_a_card_needs_no_model_libraries():
    heavy = "{'numpy', 'onnxruntime', 'scipy', 'torch'}"
    run = [sys.executable, "-c", f"import sys, slm_instrument.card; sys.exit(bool({heavy} & set(sys.modules)))"]
    subprocess.run(run, check=True)


class TestTerminal:
    def test_it_says_what_the_student_is_and_what_was_shown(self, card):
        text = " ".join(on_terminal(card).split())
        for part in (
            "CERTIFIED: with probability 0.95, it agrees with its teacher on at least 95 %",
            "acme/big-1, 900 calls; training on its answers is restricted",
            "sentence-transformers/all-MiniLM-L6-v2, licence apache-2.0",
            "field order.id 75 % of 200 test calls",
            "at 90 % CERTIFIED",
            "The terms of acme/big-1: no rivals.",
            "◆ certified",
        ):
            assert part in text
        assert "never" not in text.split("What was shown")[1].split("Speed")[0]  # a field that no answer has

    def test_hostile_names_do_nothing(self, card):
        text = on_terminal(card)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert r"\x1b[31m\u202e" in " ".join(text.split())

    @pytest.mark.parametrize("width", [30, 60, 200])
    def test_it_fits(self, card, width):
        assert all(len(line) <= width for line in on_terminal(card, width).splitlines())

    @pytest.mark.parametrize("verdict", [Verdict.INSUFFICIENT, Verdict.FAILED])
    def test_a_student_that_may_not_answer_is_said_to(self, card, verdict):
        text = " ".join(on_terminal(with_verdict(card, verdict)).split())
        assert f"{verdict}: the held-out calls" in text
        assert "It may not answer." in text
        assert "◆" not in text

    def test_calls_that_change_are_told_of(self, card):
        test = replace(card.manifest.test, agreement=0.9, agreement_low=0.86, agreement_high=0.93)
        changing = replace(card, manifest=replace(card.manifest, test=test))
        assert not any("may be changing" in limit for limit in card.limits)
        assert any("may be changing" in limit for limit in changing.limits)


class TestPlot:
    def test_the_curve_the_target_and_the_gate_are_where_they_should_be(self, card):
        lines = plot_text(card, ascii_only=True).splitlines()
        assert lines[0].startswith("100% |*")
        (target,) = [line for line in lines if line.startswith(" 95%")]
        assert set(target[6:]) <= set("-*:O")
        (marked,) = [line for line in lines[:-1] if "O" in line]
        coverage = (marked.index("O") - 5) / 64
        assert coverage == pytest.approx(card.manifest.certificate.coverage, abs=0.05)
        assert all(ord(character) < 128 for line in lines for character in line)

    def test_the_svg_is_sound_and_acts_on_nothing(self, card):
        svg = to_svg(card)
        root = ElementTree.fromstring(svg)
        assert {element.tag.rpartition("}")[2] for element in root.iter()} == {
            *("svg", "title", "style", "text", "path", "circle")
        }
        assert "<script" not in svg
        assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("http://x.example", "")
        texts = [element.text for element in root.iter() if element.text]
        assert any("target 95 %" in text for text in texts)
        assert any("certified: " in text for text in texts)
        places = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", svg)]
        assert all(64 <= y <= 364 for y in places)

    def test_without_scores_there_is_a_card_and_no_plot(self, make_bundle):
        card = Card.read(make_bundle(held_out=None).path)
        assert "coverage".center(10) not in on_terminal(card)
        assert plot_text(card) == ""
        assert "![" not in to_markdown(card, plot="plot.svg")
        with pytest.raises(InputError, match="nothing to draw"):
            to_svg(card)

    def test_plot_and_card_say_the_same_and_the_band_keeps_over_the_target(self, card):
        certificate = card.manifest.certificate
        certified = point_at(card.certified_on, certificate.threshold, certificate.confidence)
        assert (certified.accepted, certified.agreement) == (certificate.accepted, certificate.agreement)
        assert certified.low == pytest.approx(certificate.agreement_low)
        assert certified.low >= certificate.target
        assert f"certified: {percent(certificate.coverage)} answered, {percent(certificate.agreement)}" in to_svg(card)
        assert "400 calibration calls" in to_svg(card)

    def test_the_gates_line_does_not_cross_the_words(self, card):
        svg = to_svg(card)
        gate = float(re.search(r'class="gate" d="M([\d.]+)', svg)[1])
        start, words = re.search(r'<text x="(\d+)" y="[\d.]+" text-anchor="start">(target 95 %)', svg).groups()
        assert float(start) + 10 * len(words) < gate


class TestRetired:
    def test_every_form_says_that_it_may_not_answer_and_why(self, make_bundle):
        path = make_bundle().path
        assert Card.read(path).retirement is None
        assert "RETIRED" not in on_terminal(Card.read(path))
        retire(path, "a person was *erased*")
        card = Card.read(path)
        assert "RETIRED: it may not answer any more: a person was *erased*." in on_terminal(card)
        assert r"**RETIRED**: it may not answer any more: a person was \*erased\*." in to_markdown(card)
        assert "RETIRED" in to_svg(card)
        printed = CliRunner().invoke(command, [str(path), "--json"])
        assert json.loads(printed.output)["retired"] == "a person was *erased*"


class TestMarkdown:
    def test_the_header_is_what_the_hub_reads(self, card):
        from huggingface_hub import ModelCard

        data = ModelCard(to_markdown(card)).data
        assert data.license == "apache-2.0"
        assert data.base_model == "sentence-transformers/all-MiniLM-L6-v2"
        assert data.pipeline_tag == "text-classification"
        assert {"onnx", "classifier"} <= set(data.tags)
        accuracies = {result.metric_name: result.metric_value for result in data.eval_results}
        assert accuracies["coverage"] == pytest.approx(card.manifest.test.coverage, abs=1e-4)

    def test_names_are_shown_and_do_nothing(self, card):
        body = to_markdown(card).split("---\n", 2)[2]
        assert "\n# heading" not in body
        assert "\n--- " not in body
        assert re.search(r"(?<!\\)<script", body) is None
        assert re.search(r"(?<!\\)\[link", body) is None
        assert all(
            line.count(" | ") == 1 for line in re.findall(r"^\| task .*$", body.replace(r"\|", ""), re.MULTILINE)
        )

    def test_a_folder_that_a_model_came_from_is_not_told(self, make_bundle, card):
        private = replace(card.manifest, base_model=BaseModel("/home/someone/model", None, "0" * 64))
        header = to_markdown(replace(card, manifest=private)).split("---\n")[1]
        assert "someone" not in header
        assert 'license: "unknown"' in header

    def test_the_plot_is_drawn_or_shown_from_its_file(self, card):
        assert "```text\n100% │" in to_markdown(card)
        assert "![Agreement with the teacher by coverage](<my plot.svg>)" in to_markdown(card, plot="my plot.svg")


class TestCommand:
    def test_it_prints_and_draws(self, make_bundle, tmp_path):
        path = make_bundle().path
        plain = CliRunner().invoke(command, [str(path)])
        assert plain.exit_code == 0
        assert "What was shown on held-out calls" in plain.output
        plot = tmp_path / "plot.svg"
        marked = CliRunner().invoke(command, [str(path), "--markdown", "--plot", str(plot)])
        assert marked.exit_code == 0
        assert marked.stdout.startswith("---\nlicense:")
        assert "](<plot.svg>)" in marked.output
        assert plot.read_text("utf-8").startswith("<svg")
        assert "the plot is in " in marked.stderr

    def test_a_plot_is_an_svg_and_a_card_has_one_form(self, make_bundle, tmp_path):
        path = make_bundle().path
        refused = CliRunner().invoke(command, [str(path), "--plot", str(tmp_path / "x.png")])
        assert (refused.exit_code, list(tmp_path.glob("x.*"))) == (2, [])
        assert "x.png has to end in .svg" in refused.output
        assert CliRunner().invoke(command, [str(path), "--markdown", "--json"]).exit_code == 2

    def test_what_is_no_bundle(self, tmp_path):
        result = CliRunner().invoke(command, [str(tmp_path)])
        assert isinstance(result.exception, BundleError)


class TestHeldOut:
    def test_it_is_read_as_it_was_written(self, make_bundle):
        held_out = read_held_out(make_bundle())
        assert len(held_out.calibration.scores) == 400
        assert [one.target for one in held_out.also] == [0.9, 0.99]

    @pytest.mark.parametrize(
        "content", [b"no json", b"{}", b'{"validation":[[0.5],[]],"calibration":[[],[]],"test":[[],[]]}']
    )
    def test_what_is_none_is_refused(self, make_bundle, tmp_path, content):
        from slm_instrument.runtime.bundle import write_bundle

        made = make_bundle()
        (tmp_path / "bad.json").write_bytes(content)
        files = {name: made.path / name for name in made.manifest.files} | {HELD_OUT: tmp_path / "bad.json"}
        bad = write_bundle(tmp_path / "bad", made.manifest, files)
        with pytest.raises(BundleError, match=HELD_OUT):
            read_held_out(bad)
