"""Where a person is reached: e-mail and postal addresses as they are written in many countries."""

from slm_instrument.redaction.patterns import Pattern

_MAIL = r"A-Za-z\d\x80-\xff"  # letters and digits, those beyond ASCII too

# A word of a street's name, capital first, and the names that streets end or begin with.
_WORDS = r"(?:[A-Z\xc0-\xff\d][\w.'\x80-\xff-]{0,30} ){1,3}"
_STREETS = (
    r"Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Place|Pl|Way|Terrace|Circle|Cir|Square|Sq"
    r"|Highway|Hwy|Parkway|Pkwy|Trail|Crescent|Close|Mews|Alley|Loop"
)
_ROMANCE = r"Rua|Rue|Via|Viale|Calle|Avenida|Av\.|Avenue|Boulevard|Piazza|Plaza|Paseo|Chemin|Ulica|ul\."
_GERMANIC = r"stra(?:\xdf|ss)e|str\.|gasse|allee|platz|weg|straat|laan|plein|gracht|gatan|v\xe4gen|vej|gade|veien|katu"
_STATES = (
    r"A[EKLPRZ]|AA|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]"
)


def _numbers_a_house(text: str) -> bool:
    """Not a year: "2011 Broadway" is a season, "2008 Lost Highway" a tour."""
    return not (text.endswith(("Broadway", "Highway")) and text[:2] in ("19", "20") and text[4] == " ")


CONTACT: tuple[Pattern, ...] = (
    Pattern(
        "EMAIL_ADDRESS",
        rf"[{_MAIL}_][{_MAIL}._%+'&~-]*@[{_MAIL}](?:[{_MAIL}.-]*[{_MAIL}])?\.[A-Za-z\x80-\xff][{_MAIL}-]*[A-Za-z\x80-\xff]",
        score=0.97,
        hint=r"@[^\s]",
    ),
    Pattern(
        "STREET_ADDRESS",
        rf"\b\d{{1,5}}[A-Za-z]? (?:[NSEW]\.? )?(?:{_WORDS}(?:{_STREETS})|Broadway)\b",
        _numbers_a_house,
        score=0.7,
    ),
    Pattern("STREET_ADDRESS", rf"\b(?:{_ROMANCE}) {_WORDS}?\d{{1,5}}\b", score=0.7),
    Pattern(
        "STREET_ADDRESS",
        rf"\b[A-Z\xc0-\xff][a-z\x80-\xff-]{{2,30}}(?:{_GERMANIC}) \d{{1,4}} ?[a-zA-Z]?\b",
        score=0.7,
    ),
    Pattern("STREET_ADDRESS", r"(?i)\b(?:suite|apt\.?|apartment|p\.? ?o\.? box|psc) #?\d{1,5}[a-z]?\b", score=0.7),
    Pattern("ZIP_CODE", rf"\b(?:{_STATES}),? (\d{{5}}(?:-\d{{4}})?)\b", score=0.7),
    Pattern("ZIP_CODE", r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b", score=0.6),  # United Kingdom
    Pattern("ZIP_CODE", r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b", score=0.6),  # Canada
)
