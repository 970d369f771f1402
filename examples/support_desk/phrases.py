"""What fills the frames of customer messages, and what stands around them."""

ITEMS = (
    "desk lamp", "camping stove", "coffee grinder", "rain jacket", "yoga mat", "bookshelf", "wall clock", "kettle",
    "office chair", "garden hose", "picnic blanket", "bread maker", "shoe rack", "bath scale", "hammock", "bike pump",
    "sleeping bag", "food processor", "laundry basket", "floor lamp", "fleece blanket", "pressure cooker", "tent",
    "folding table", "water filter", "toaster", "robot vacuum", "electric drill", "bedside table", "thermos flask",
    "hiking backpack", "salad spinner", "space heater", "air purifier", "umbrella stand", "step ladder", "waffle iron",
    "curtain rail", "birdhouse", "baby monitor",
)  # fmt: skip
CITIES = (
    "Leeds", "Porto", "Graz", "Utrecht", "Lyon", "Turin", "Aarhus", "Cork", "Ghent", "Malaga", "Bremen", "Tampere",
    "Basel", "Brno", "Gdansk", "Bergen", "Bristol", "Nantes", "Linz", "Seville", "Split", "Tartu", "Uppsala", "Varna",
)  # fmt: skip
NAMES = (
    "Amira", "Jonas", "Priya", "Mateo", "Ingrid", "Kofi", "Elena", "Tomasz", "Yuki", "Brendan", "Fatima", "Luca",
    "Hannah", "Dmitri", "Chloe", "Rafael", "Nadia", "Oskar", "Leila", "Stefan", "Marta", "Idris", "Paula", "Viktor",
)  # fmt: skip
DATES = (
    "Monday", "last Friday", "3 March", "the 14th", "12 June", "Tuesday", "21 November", "the 2nd of May", "30 August",
    "Saturday", "9 October", "last Wednesday", "17 January", "the 25th", "5 July", "Thursday", "28 February", "1 April",
)  # fmt: skip

OPENERS = (
    "Hi,", "Hello there,", "Good morning,", "Dear support team,", "Hey,", "Good evening,", "To whom it may concern:",
    "Hi, {name} here.", "Hello, my name is {name}.", "Hi team,", "Sorry to bother you.", "I hope you can help me.",
    "Quick question:", "I could not find this on your website.", "I tried to call but nobody picked up.",
    "This is my second message.", "Greetings from {city}!", "I am writing about something I bought from you.",
)  # fmt: skip
CLOSERS = (
    "Thanks!", "Thank you in advance.", "Best regards, {name}", "Regards, {name}", "Cheers", "Many thanks, {name}",
    "Kind regards from {city}", "Looking forward to hearing from you.", "Thanks for your help.", "{name}",
    "Bye for now.", "Have a nice day!", "I would appreciate an answer.", "Yours sincerely, {name}",
)  # fmt: skip
ORDER_NOTES = (
    "My order number is {order}.", "Order: {order}.", "It is order {order}.", "The order number is {order}.",
    "(order {order})", "Reference: {order}.", "You will find it under {order}.", "This concerns order {order}.",
)  # fmt: skip
QUANTITY_NOTES = (
    "I ordered {quantity} of them.", "Quantity: {quantity}.", "There were {quantity} in the order.",
    "We bought {quantity} in total.", "It was {quantity} pieces.", "I took {quantity} at once.",
)  # fmt: skip

URGENT = (
    "This is urgent.", "I need an answer today.", "Please hurry, I leave tomorrow.", "It is very urgent.",
    "Please treat this as urgent.", "We need it tomorrow!", "I need this sorted out today.", "Please hurry!",
    "This is really urgent for us.", "I need it done immediately.", "ASAP please!", "Please answer today.",
    "I need a solution by tomorrow.", "It has to be done today.", "Please answer immediately.", "I need this ASAP.",
    "I am in a great hurry.", "My request is urgent.", "Please do this immediately.", "It is urgent, please hurry.",
)  # fmt: skip
LOYAL = (
    "I have been a customer for eight years.", "I am a gold member.", "I am a loyal customer.",
    "I have been a loyal customer for years.", "As a gold member I expect better.", "I have a premium account.",
    "I am one of your oldest customers.", "I am a premium member.", "We have been customers for ten years.",
    "I am a long-time customer.", "As a loyal customer I am surprised.", "I have been a gold member for years.",
    "I have bought from you for many years.", "I have a gold card.", "As a premium member I expect more.",
    "As a loyal customer I expect better.",
)  # fmt: skip
CALM = (
    "Take your time.", "Whenever you have time.", "This is my first order with you.", "Next week is fine.",
    "I am new here.", "Next week is early enough.", "I only found your shop last week.", "I have time.",
    "Some time next week is fine.", "I have only just opened an account.", "I am just curious.", "I am a new customer.",
    "I came across your shop by chance.", "It was my first purchase here.", "I have all the time in the world.",
    "It was my first order.",
)  # fmt: skip
