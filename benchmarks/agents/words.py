"""Tables of words that the content of the made calls is drawn from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """What texts of one subject are about; verbs are in the past tense and take an object."""

    name: str
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    actors: tuple[str, ...]


def split(text: str, by: str | None = None) -> tuple[str, ...]:
    """The parts of a text, which spaces or what is given divides."""
    return tuple(part.strip() for part in text.split(by))


def _topic(name: str, nouns: str, verbs: str, adjectives: str, actors: str) -> Topic:
    return Topic(name, split(nouns, ","), split(verbs), split(adjectives), split(actors, ","))


TOPICS = (
    _topic(
        "finance",
        "interest rate, bond issue, quarterly result, balance sheet, loan book, dividend, currency swap, credit line, "
        "pension fund, audit trail, tax credit, share price, money market, hedge, mortgage portfolio, payment rail, "
        "reserve, margin, invoice backlog, merger, clearing house, deposit, default, rating, fee schedule",
        "raised lowered refinanced audited questioned repaid restructured hedged sold acquired reported delayed",
        "volatile secured long-term quarterly unhedged subordinated liquid overdue domestic taxable",
        "the central bank, the regulator, a pension trustee, the chief financial officer, an analyst, the auditors",
    ),
    _topic(
        "health",
        "clinical trial, vaccine, blood pressure, hospital ward, dosage, screening programme, sleep study, diagnosis, "
        "waiting list, antibiotic, nursing shift, insulin pump, side effect, emergency room, scan, therapy, recovery "
        "plan, allergy, prescription, immune response, rehabilitation, lab result, outbreak, surgery, biopsy",
        "reduced prescribed monitored tested approved treated worsened improved delayed confirmed reviewed replaced",
        "chronic acute seasonal preventive experimental paediatric elderly mild severe outpatient",
        "the ward sister, a research team, the ministry of health, the surgeon, a family doctor, the trial board",
    ),
    _topic(
        "software",
        "release branch, cache layer, message queue, login page, memory leak, build server, rate limiter, test suite, "
        "search index, mobile client, race condition, config file, retry policy, web hook, feature flag, container "
        "image, stack trace, session token, type checker, database migration, thread pool, log shipper, dashboard",
        "rewrote reverted deployed profiled deprecated patched blocked refactored benchmarked isolated broke shipped",
        "flaky stateless nightly experimental undocumented idempotent slow internal asynchronous legacy",
        "the platform team, an on-call engineer, the maintainer, a contributor, the release manager, the vendor",
    ),
    _topic(
        "travel",
        "night train, boarding gate, hotel lobby, ferry crossing, visa form, city tour, luggage belt, mountain hut, "
        "airport lounge, rental car, coastal path, travel insurance, museum pass, layover, island hopper, guide book, "
        "train strike, breakfast buffet, border control, cable car, old town, harbour, campsite, sleeping car",
        "booked cancelled crossed visited delayed recommended missed upgraded explored photographed reached closed",
        "scenic overbooked remote crowded cheap sleepless sunny direct guided historic",
        "the tour operator, a stranded passenger, the conductor, the tourist board, a couple, the hotel manager",
    ),
    _topic(
        "logistics",
        "shipping container, warehouse, delivery van, customs form, pallet, cold chain, freight rate, loading dock, "
        "parcel locker, route plan, fuel surcharge, barcode scanner, return label, forklift, depot, cargo ship, "
        "stock level, last mile, driver shortage, packing slip, transit time, conveyor, port fee, tracking number",
        "rerouted shipped scanned unloaded lost delayed consolidated tracked returned weighed insured dispatched",
        "refrigerated oversized bonded express damaged inbound outbound mislabelled urgent bulky",
        "the carrier, a dispatcher, the customs office, the warehouse lead, a forwarder, the port authority",
    ),
    _topic(
        "law",
        "non-compete clause, appeal, privacy notice, witness statement, licence agreement, patent claim, settlement, "
        "data breach, tenancy contract, injunction, liability cap, court fee, arbitration, warranty, copyright notice, "
        "employment tribunal, due diligence, power of attorney, consent form, deadline, statute, precedent, remedy",
        "dismissed upheld signed disputed drafted enforced waived amended terminated filed settled challenged",
        "binding unlawful exclusive retroactive implied joint confidential reasonable void perpetual",
        "the court of appeal, the claimant, a landlord, the licensing body, the defendant, an ombudsman",
    ),
    _topic(
        "energy",
        "wind farm, heat pump, power grid, battery plant, gas pipeline, solar roof, carbon price, smart meter, "
        "reactor, peak load, district heating, transformer, hydrogen station, tariff, outage, biogas digester, "
        "offshore cable, storage site, emission target, charging point, dam, insulation grant, turbine blade",
        "commissioned curtailed subsidised connected decommissioned metered expanded exported insulated upgraded",
        "renewable offshore intermittent municipal flexible nuclear costly efficient underground regional",
        "the grid operator, a village cooperative, the utility, the energy agency, a turbine maker, the mayor",
    ),
    _topic(
        "education",
        "exam timetable, reading group, school meal, lecture hall, scholarship, language course, homework policy, "
        "teacher training, campus, science fair, admission test, library card, apprenticeship, student loan, syllabus, "
        "classroom, graduation, online seminar, tuition fee, field trip, thesis, kindergarten, essay, grading scale",
        "taught failed funded translated graded introduced attended postponed simplified published tutored enrolled",
        "bilingual optional practical advanced rural free interactive mandatory annual gifted",
        "the head teacher, a doctoral student, the school board, an exchange student, the union, the dean",
    ),
    _topic(
        "food",
        "sourdough loaf, olive harvest, vegan menu, coffee roastery, food truck, spice blend, cheese cellar, vineyard, "
        "tasting menu, pressure cooker, farmers market, seafood platter, soup kitchen, chocolate cake, food label, "
        "street stall, fermentation jar, kitchen garden, brunch, noodle bar, cookbook, honey, oven, recipe",
        "baked tasted served roasted seasoned praised burned fermented grilled plated imported invented",
        "crispy smoky seasonal gluten-free spicy homemade bitter organic salty overpriced",
        "the head chef, a food critic, the baker, a wine merchant, the farm shop, an inspector",
    ),
    _topic(
        "sport",
        "penalty shootout, marathon, training camp, transfer fee, relay team, home stadium, cycling stage, doping "
        "test, semi-final, injury list, world record, youth academy, ski slope, rowing club, tennis court, referee, "
        "free kick, swimming heat, chess opening, gold medal, fan club, season ticket, substitute, title race",
        "won lost equalised postponed signed injured coached broke defended cheered replaced celebrated",
        "unbeaten veteran indoor injured amateur record-breaking muddy decisive youthful tactical",
        "the captain, a rookie, the association, the goalkeeper, an olympic champion, the home crowd",
    ),
    _topic(
        "climate",
        "heat wave, flood barrier, coral reef, glacier, drought map, wetland, carbon sink, forest fire, sea level, "
        "river basin, storm surge, soil sample, migration route, ice core, green roof, weather station, peat bog, "
        "bird count, air quality, mangrove, landslide, snow cover, tree ring, plastic gyre, rainfall record",
        "measured flooded restored protected mapped warmed eroded predicted damaged surveyed drained replanted",
        "rising arid tropical endangered polluted melting coastal extreme alpine unprecedented",
        "the weather service, a field biologist, the fire brigade, the river authority, volunteers, a geologist",
    ),
    _topic(
        "city",
        "tram line, bicycle lane, housing estate, city budget, noise map, playground, parking permit, town hall, "
        "bus depot, library roof, street market, sewage plant, bridge repair, rent cap, night bus, zoning plan, "
        "public square, recycling yard, street lamp, council vote, metro tunnel, allotment, skate park, fountain",
        "approved demolished renovated widened closed planned financed opposed repaved opened relocated surveyed",
        "municipal derelict pedestrian affordable noisy central suburban accessible temporary listed",
        "the city council, a residents' group, the planning office, the deputy mayor, a cyclist, the architect",
    ),
)

FIRST_NAMES = split(
    "Amara Bogdan Carla Dmitri Elena Farid Greta Hiroshi Ines Jonas Katya Liam Mei Nadia Omar Priya Quentin Rosa "
    "Sven Tomoko Uma Viktor Wanda Xavier Yara Zoltan Aisha Bruno Chidi Dalia Emeka Fiona Gustavo Helga Ivan "
    "Jamila Kofi Lucia Marek Noor Olga Pedro Ronja Salma Tariq Ursula Vera Wei Yusuf Zeynep Anders Beatriz Cyril "
    "Dorota Esra Felix Gina Hamid Irene Jakub Kirsten Lorenzo Maya Nils Odile Pavel Rania Stefan Tuva Ulrich "
    "Violet Wim Yolanda Arjun Bianca Cosmo Delphine Edgar Freya Gideon Hana Isak Joelle Kenji Leila Magnus Nuria "
    "Oskar Petra Rafael Sadia Theo Ulla Vasil Xenia Ylva Zara"
)
LAST_NAMES = split(
    "Abara Becker Castellano Dvorak Eriksen Fontaine Grabowski Haddad Ivanova Jensen Kowalski Lindqvist Moreau "
    "Nakamura Okafor Petrov Quispe Rossi Schneider Tanaka Ueda Vargas Weber Xu Yilmaz Zhang Almeida Bianchi "
    "Chaudhry Dubois Espinoza Fischer Georgiou Hernandez Ito Janssen Khan Laurent Mbeki Novak Olsen Papadakis "
    "Rahman Sato Takahashi Usman Vasquez Wagner Yamamoto Zimmermann Adeyemi Bergstrom Cohen Delgado Engel Ferrari "
    "Gupta Hoffmann Iyer Jovanovic Keller Lopez Martinez Nguyen Ortega Pereira Ramirez Silva Torres Volkov "
    "Winkler Yadav Zielinski"
)
COMPANY_STEMS = split(
    "Alder Brightway Corvus Delta Everlin Fjord Granite Halcyon Inkwell Juniper Kestrel Lumen Meridian Nimbus "
    "Orchard Pinnacle Quarry Redwood Summit Tidal Umbra Verdant Willow Xenon Yonder Zephyr Amberly Basalt Cobalt "
    "Driftwood Elmstone Foxglove Glasswing Harbour Ironbark Jade Lantern Mosaic Northgate Osprey"
)
COMPANY_KINDS = split(
    "Systems Logistics Foods Health Energy Robotics Media Bank Insurance Outfitters Labs Airlines Telecom Retail "
    "Motors Analytics"
)
CITIES = split(
    "Lisbon Gdansk Nairobi Osaka Leipzig Toronto Bergen Valencia Izmir Porto Krakow Lyon Accra Denver Hanoi Malmo "
    "Turin Ghent Riga Cork Tallinn Quito Pune Graz Bilbao Aarhus Boston Seville Adelaide Utrecht"
)
PRODUCTS = split(
    "wireless headphones, standing desk, espresso machine, hiking boots, robot vacuum, phone case, rain jacket, "
    "air fryer, bike helmet, desk lamp, yoga mat, smart watch, travel backpack, water bottle, gaming chair, baby "
    "monitor, electric kettle, camping tent, board game, e-book reader, garden hose, sewing machine, microphone, "
    "dash camera, wool blanket, cast iron pan, projector, ski goggles, fountain pen, plant pot",
    by=",",
)
QUALITIES = split("black white compact foldable refurbished second-generation large waterproof premium limited")
MONTHS = split("January February March April May June July August September October November December")
LANGUAGES = split("German French Spanish Italian Dutch Polish Portuguese Japanese Turkish Swedish Czech Korean")

WEEKDAYS = split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
ORDINALS = split("first second third fourth fifth")

VERB_STEMS = split(
    "load parse merge fetch build filter format render encode resolve compute validate schedule update collect "
    "split read write find convert"
)
CODE_NOUNS = split(
    "config user order token batch index session record event cache invoice path header payload report node queue "
    "schema metric template account cursor snapshot bucket"
)
ERRORS = split("ValueError KeyError TypeError TimeoutError AttributeError IndexError RuntimeError OSError")
LIBRARIES = split("json re os logging itertools datetime pathlib functools collections asyncio hashlib csv")
