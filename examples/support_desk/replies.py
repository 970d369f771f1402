"""The stand-in's letters to customers: no two messages get quite the same one."""

import random

from examples.support_desk.messages import Meaning

GREETINGS = ("Hello,", "Dear customer,", "Hi there,", "Good day,")
THANKS = (
    "thank you for writing to us about {it}.",
    "thanks for getting in touch regarding {it}.",
    "I have read your message about {it} and will gladly help.",
    "I am sorry that you had to write to us about {it}.",
    "it is good that you told us about {it}.",
)
STEPS = {
    "order_status": (
        "I asked the carrier where the parcel is and will write to you as soon as they answer, within two days.",
        "The parcel has left our warehouse; if it is not with you in three working days, we send another one.",
        "Our depot scans parcels every evening, so the tracking page should move by tomorrow morning.",
    ),
    "return_item": (
        "You can print the return label in your account; the parcel shop around the corner takes it from there.",
        "Put it into any sturdy box, with the label that I attach, and hand it to the courier or at a parcel shop.",
        "You have thirty days from delivery, unused or not, and we pay for the postage.",
    ),
    "refund_status": (
        "Our accounting pays refunds on Tuesdays and Fridays, and banks take up to three days more.",
        "I have asked accounting to look at the payment and to tell you the reference number.",
        "The refund goes to the means of payment that you used, so please look at that statement first.",
    ),
    "change_address": (
        "I have put the new address on the parcel, and you will get a new confirmation within the hour.",
        "As long as the parcel is not packed we can change where it goes; I have marked it for the warehouse.",
        "Please reply with street, number and postcode, and I will pass them on to the warehouse.",
    ),
    "cancel_order": (
        "I have stopped it before packing, and nothing will be charged to you.",
        "If it is already on the van, simply refuse it at the door, and it comes back to us at no cost.",
        "You will receive a confirmation by email; the payment is undone at the same time.",
    ),
    "damaged_item": (
        "That is not how it should be: a replacement leaves our warehouse tomorrow; keep the broken one for now.",
        "Please send us a photo of the parcel and of the damage, so that we can take it up with the carrier.",
        "You may choose between a replacement and your money back; just tell me which you prefer.",
    ),
    "invoice_request": (
        "The document is in your account under Orders, and I have attached a copy as well.",
        "I have asked accounting to issue it anew with the details that you gave; it comes by email within a day.",
        "Please tell me the exact name and VAT number that it should show, and I will have it made out.",
    ),
    "technical_help": (
        "Please unplug it for ten minutes, then hold the main button for five seconds; that helps in most cases.",
        "The manual is on our website under the product's page, and chapter three answers this.",
        "It is covered by our guarantee of two years; a colleague from the workshop will call you.",
    ),
    "payment_problem": (
        "I see the booking on our side and have asked the payment company to release what was taken too much.",
        "Please try again with another browser or another card; the order stays reserved for you until then.",
        "I have forwarded the two amounts to accounting, who compare them and write to you.",
    ),
    "other": (
        "I have passed it on to a colleague who knows more about this than I do.",
        "Could you tell me a little more, so that I can find the right person for you?",
    ),
}
ENDINGS = (
    "Please reply to this email if anything is unclear.",
    "We are here on weekdays from eight to six if you want to talk about it.",
    "I will keep an eye on it and write again when there is news.",
    "Thank you for your patience.",
)
SIGNATURES = ("Kind regards, your support desk", "All the best from the support desk", "Yours, the support desk")


def write_reply(text: str, meaning: Meaning) -> str:
    """A letter that answers a message, the same one for the same message."""
    rng = random.Random(text)
    subject = f"the {meaning.item}" if meaning.item else "your request"
    if meaning.order_id:
        subject += f" (order {meaning.order_id})"
    steps = rng.sample(STEPS[meaning.intent], k=rng.choice((1, 2)))
    body = " ".join([rng.choice(THANKS).format(it=subject), *steps, rng.choice(ENDINGS)])
    return f"{rng.choice(GREETINGS)}\n\n{body}\n\n{rng.choice(SIGNATURES)}"
