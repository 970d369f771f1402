"""Names, places, dates, ages and health data in texts, many at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from slm_instrument.privacy.names.addresses import codes_behind, find_addresses, find_postal_codes
from slm_instrument.privacy.names.cues import find_numbers_of_people, find_people
from slm_instrument.privacy.names.health import find_health
from slm_instrument.privacy.names.models import SpacyFinder
from slm_instrument.privacy.names.pieces import Covered, Piece, cover, pieces_of
from slm_instrument.privacy.names.settings import NamesSettings
from slm_instrument.privacy.names.tagger import Tagger
from slm_instrument.privacy.names.tidy import repeated, settled, tidied
from slm_instrument.redaction.findings import Finding

_BATCH = 64_000  # characters that the models look at together
_DEFAULTS = NamesSettings()
_Found = Mapping[str, Sequence[Finding]]  # by the text of a piece
_RULES = (find_people, find_numbers_of_people, find_addresses, find_postal_codes, find_health)


class NamesRecogniser:
    """Finds what stage one cannot: names, places, dates, ages, and health data where a person is spoken of.

    A spaCy model under Presidio reads the text, where it is installed a token classifier beside it, and rules add what
    small models miss: names after "my name is" or under a key of JSON, in whatever case; street addresses and postal
    codes; user ids. Tokens and placeholders of stage one are covered up first, and no finding touches them.

    It is a sieve with holes, not a proof: names in small letters without a cue, foreign names in passing, nicknames,
    and hints that point to a person without naming one pass through. Of health data it knows the words listed in
    :mod:`~slm_instrument.privacy.names.health` and nothing said in other words.

    Nothing is fetched, and no connection opened. One object may be used by one thread at a time.

    Raises:
        MissingExtraError: Presidio, spaCy or a spaCy model is not installed.
        ConfigError: a model or tagger that the settings name is not there.
    """

    def __init__(self, settings: NamesSettings = _DEFAULTS) -> None:
        self.settings = settings
        self._spacy = SpacyFinder(settings)
        self._tagger = _tagger(settings)

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        """For each text its findings, in order and without overlaps; of any length.

        What stands in several texts, as the beginning of a dialogue does in all of its calls, is looked through once.
        """
        covered = [cover(text) for text in texts]
        pieces = list(pieces_of([cover.text for cover in covered]))
        by_models = self._by_models(list(dict.fromkeys(piece.text for piece in pieces)))
        by_rules = {text: [finding for rule in _RULES for finding in rule(text)] for text in by_models}
        of_text: defaultdict[int, list[Piece]] = defaultdict(list)
        for piece in pieces:
            of_text[piece.index].append(piece)
        return [self._finish(each, of_text[index], by_models, by_rules) for index, each in enumerate(covered)]

    def _by_models(self, texts: Sequence[str]) -> dict[str, list[Finding]]:
        """What the models find in each of these texts, in memory bounded by a batch's."""
        found: dict[str, list[Finding]] = {}
        for batch in _batches(texts):
            of_tagger: list[list[Finding]] = self._tagger.find(batch) if self._tagger else [[] for _ in batch]
            for text, by_spacy, by_tagger in zip(batch, self._spacy.find(batch), of_tagger, strict=True):
                found[text] = [*by_spacy, *by_tagger]
        return found

    def _finish(self, covered: Covered, pieces: Sequence[Piece], by_models: _Found, by_rules: _Found) -> list[Finding]:
        text = covered.text
        findings = [
            *tidied(text, [_moved(finding, piece.offset) for piece in pieces for finding in by_models[piece.text]]),
            *(_moved(finding, piece.offset) for piece in pieces for finding in by_rules[piece.text]),
        ]
        findings += [*repeated(text, findings), *codes_behind(text, findings)]
        outside = [part for finding in findings for part in covered.outside(finding)]
        return settled(finding for finding in outside if finding.type in self.settings.types)


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(finding.start + by, finding.end + by, finding.type, finding.score)


def _tagger(settings: NamesSettings) -> Tagger | None:
    if settings.tagger is None:
        return None
    return Tagger(Path(settings.tagger)) if settings.tagger else Tagger.installed()


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
