"""Addresses of machines: IP, MAC, and addresses with a password in them."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address

from slm_instrument.redaction.patterns import Pattern


def ipv4(text: str) -> bool:
    """An address that is one machine's: not loopback, not the address of none or all, not a net's."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return not (
        address.is_loopback or address.is_unspecified or address.is_multicast or text.startswith(("0.", "255."))
    )


def ipv6(text: str) -> bool:
    """The same for IPv6; names of C++ like "face::cafe" are none."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified) and len(text) > 6 and any(map(str.isdigit, text))


_IP_WORDS = r"\bip\b|ip_|_ip|ipv4|address|\bhost|server|\bdns\b|client|network|router|ping|gateway|subnet|://"

_HEX = r"[\da-fA-F]{1,4}"

NETWORK: tuple[Pattern, ...] = (
    Pattern("IP_ADDRESS", r"\b[1-9]\d{1,2}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", ipv4),
    # One digit first: as often the version of a program.
    Pattern("IP_ADDRESS", r"\b[1-9]\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", ipv4, _IP_WORDS),
    Pattern("IP_ADDRESS", r"\b[1-9]\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", ipv4, score=0.4),
    Pattern("IP_ADDRESS", rf"\b(?:{_HEX}:){{7}}{_HEX}\b", ipv6),
    Pattern(
        "IP_ADDRESS",
        rf"(?:^|[^\w:])((?:{_HEX}(?::{_HEX}){{0,5}})?::(?:{_HEX}(?::{_HEX}){{0,5}})?(?:\.\d{{1,3}}){{0,3}})",
        ipv6,
    ),
    Pattern("MAC_ADDRESS", r"\b(?:[\da-fA-F]{2}[:-]){5}[\da-fA-F]{2}\b"),
    Pattern(
        "URL_CREDENTIALS", r"\b[a-zA-Z][a-zA-Z\d+.-]{1,20}://([^\s/?#@:'\"<>]*:[^\s/?#@'\"<>]+)@[\w\[]", score=0.98
    ),
)
