"""Names, places, dates, ages and health data in texts, many at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
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
        """For each text its findings, in order and without overlaps; of any length, in memory bounded by a batch's."""
        covered = [cover(text) for text in texts]
        found = self._by_models([cover.text for cover in covered])
        return [self._finish(cover, found[index]) for index, cover in enumerate(covered)]

    def _by_models(self, texts: Sequence[str]) -> "defaultdict[int, list[Finding]]":
        found: defaultdict[int, list[Finding]] = defaultdict(list)
        for batch in _batches(texts):
            pieces = [piece.text for piece in batch]
            of_tagger: list[list[Finding]] = self._tagger.find(pieces) if self._tagger else [[] for _ in pieces]
            for piece, by_spacy, by_tagger in zip(batch, self._spacy.find(pieces), of_tagger, strict=True):
                found[piece.index] += (_moved(finding, piece.offset) for finding in (*by_spacy, *by_tagger))
        return found

    def _finish(self, covered: Covered, by_models: Sequence[Finding]) -> list[Finding]:
        text = covered.text
        findings = list(tidied(text, by_models))
        for piece in pieces_of([text]):  # the rules' time is bounded by a piece's length
            findings += (_moved(finding, piece.offset) for rule in _RULES for finding in rule(piece.text))
        findings += [*repeated(text, findings), *codes_behind(text, findings)]
        outside = [part for finding in findings for part in covered.outside(finding)]
        return settled(finding for finding in outside if finding.type in self.settings.types)


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(finding.start + by, finding.end + by, finding.type, finding.score)


def _tagger(settings: NamesSettings) -> Tagger | None:
    if settings.tagger is None:
        return None
    return Tagger(Path(settings.tagger)) if settings.tagger else Tagger.installed()


def _batches(texts: Sequence[str]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    size = 0
    for piece in pieces_of(texts):
        batch.append(piece)
        size += len(piece.text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
