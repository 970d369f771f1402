"""Shapes of sentences and questions, with slots in braces, that texts are put together from."""

from benchmarks.agents.words import split

OPENERS = (
    "In {month}",
    "After months of talks",
    "According to {person}",
    "Despite the cost",
    "Last {weekday}",
    "For the {ordinal} time",
    "Near {city}",
    "To everyone's surprise",
    "As expected",
    "Under the new plan",
    "Within {number} days",
    "Behind closed doors",
    "While {actor} waited",
    "Compared with {year}",
    "By the end of {year}",
    "Because of the {adjective} {noun}",
    "Without the {noun}",
    "Once the {noun} was known",
    "On paper",
    "At {company}",
)
TAILS = (
    "in {city}",
    "for {money}",
    "within {number} weeks",
    "although {actor} objected",
    "before the {noun} was ready",
    "because the {noun} had {verb} nothing",
    "together with {person}",
    "and asked for a {adjective} {noun}",
    "which {actor} had {verb} in {year}",
    "without a {noun}",
    "by about {number} percent",
    "according to {company}",
    "instead of the {adjective} {noun}",
    "after {person} left {company}",
    "until further notice",
    "more than {number} times",
    "as {person} put it",
    "with the help of {actor}",
    "at the cost of the {noun}",
    "unless the {noun} changes",
)
LINKS = ("However, ", "Meanwhile, ", "In addition, ", "Still, ", "As a result, ", "For example, ", "", "", "", "", "")
FOREIGN: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "de": (
        split(
            "ich, meine Nachbarin, der Fahrer, {person}, unsere Firma, jemand von {company}, mein Sohn, die Stadt", ","
        ),
        split("sucht, hat bestellt:, fragt nach:, braucht, vermisst, bekam, reklamiert, beschreibt", ","),
        split("das Paket, eine Rechnung, den Vertrag, {product}, die Karte, zwei Termine, das neue Gerät, {city}", ","),
        split(
            "seit {number} Tagen, aber ohne Erfolg, wegen des Umzugs, für {money}, und zwar dringend, wie immer, nur "
            "heute",
            ",",
        ),
    ),
    "fr": (
        split("je, ma voisine, le livreur, {person}, notre société, quelqu'un de {company}, mon fils, la mairie", ","),
        split("cherche, attend, demande, réclame, a perdu, décrit, veut changer, a reçu", ","),
        split(
            "le colis, une facture, le contrat, {product}, la carte, deux rendez-vous, le nouvel appareil, {city}", ","
        ),
        split(
            "depuis {number} jours, mais sans succès, à cause du déménagement, pour {money}, c'est urgent, comme "
            "toujours",
            ",",
        ),
    ),
    "es": (
        split(
            "mi vecina, el conductor, {person}, nuestra empresa, alguien de {company}, mi hijo, el ayuntamiento", ","
        ),
        split("busca, espera, pide, reclama, ha perdido, describe, quiere cambiar, recibió", ","),
        split("el paquete, una factura, el contrato, {product}, la tarjeta, dos citas, el aparato nuevo, {city}", ","),
        split("desde hace {number} días, pero sin éxito, por la mudanza, por {money}, es urgente, como siempre", ","),
    ),
    "pl": (
        split("sąsiadka, kierowca, {person}, nasza firma, ktoś z {company}, mój syn, urząd miasta", ","),
        split("szuka:, czeka na:, pyta o:, reklamuje:, zgubił:, opisuje:, chce zmienić:", ","),
        split("paczka, faktura, umowa, {product}, karta, dwa terminy, nowe urządzenie, {city}", ","),
        split("od {number} dni, ale bez skutku, z powodu przeprowadzki, za {money}, to pilne, jak zawsze", ","),
    ),
}
"""Language -> subjects, verbs, objects and ends of sentences."""

QUESTIONS = (
    "Why was the {a} {verb} in {year}?",
    "Who {verb} the {a} and when?",
    "What is the difference between a {a} and a {b}?",
    "How many times was the {a} {verb} before {year}?",
    "Which {noun} did {company} choose for {city}?",
    "Does the {a} affect the {b}?",
    "what happens if my {a} is {verb} twice",
    "how long does it take until the {a} is {verb}",
    "Is it true that {person} {verb} the {a}?",
    "When will {actor} decide about the {a}?",
    "Explain the role of {actor} in the {a}.",
    "Where can I read more about the {a} at {company}?",
    "What did {person} say about the {adjective} {noun}?",
    "Can {actor} still change the {a} after {month}?",
    "{company} or {city}, who {verb} more of the {b}?",
    "In what year did {actor} first {verb} a {noun}?",
    "cheapest way to get a {a} in {city}?",
    "Compare the {a} of {year} with that of {company}.",
    "Would a {adjective} {noun} have been better than the {b}?",
    "I was told the {a} is {adjective}. Since when?",
    "List everybody who {verb} the {noun} with {person}.",
    "How much of the {money} went into the {a}?",
    "Should we keep the {a}, given the {b}?",
    "Tell me the number of {adjective} cases of {noun} in {city}.",
)
ASKING = (
    "",
    "",
    "",
    "",
    "Quick one: ",
    "Hi, ",
    "For a report in {city}: ",
    "Following up on the {noun}, ",
    "{person} wants to know this. ",
    "Sorry to ask again. ",
    "Leaving the {noun} aside, ",
)
ASKED = (
    "",
    "",
    "",
    "",
    " Only the year, please.",
    " I could not find it at {company}.",
    " It is about the {adjective} one.",
    " Thanks, {person}",
    " My guess is {number}.",
    " Not the one in {city}.",
    " and what about the {b}",
)
