"""Undoes the plain ways of hiding an order in a message: figures for letters, spread letters, base64, rot13, backwards."""

import base64
import binascii
import codecs
import re
import unicodedata

_LEET = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457@$])[\w@$]{3,}", re.IGNORECASE)
_SPREAD = re.compile(r"\b(?:[A-Za-z][ .\-_*]){4,}[A-Za-z]\b(?:  ?(?:[A-Za-z][ .\-_*]){2,}[A-Za-z]\b)*")
_BETWEEN = re.compile(r"(?<=[A-Za-z])[.\-_*|](?=[A-Za-z])")
_CODED = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff01-\uff5e\u24b6-\u24e9]")
_UNSEEN = re.compile(
    "[\u0334-\u0338\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]|(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])"
)
"""Strokes through letters, and signs without a shape; joiners stay where other scripts need them."""


def plain_letters(message: str) -> str:
    """The message with letters in fancy dress as plain ones; powers, fractions and other scripts stay as they are."""
    if message.isascii():
        return message
    return _STYLED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), _UNSEEN.sub("", message))


def openly(message: str) -> list[str]:
    """The message without signs that are not seen, then with figures read as letters, spread letters joined, and words
    without what is set between their letters ("sui.cide")."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", message) if unicodedata.category(c) != "Cf")
    letters = _MIXED.sub(lambda found: found[0].translate(_LEET), plain)
    joined = _SPREAD.sub(lambda found: re.sub(r"(?<=\S)[ .\-_*](?=\S)", "", found[0]), plain)
    return list(dict.fromkeys([plain, letters, joined, _BETWEEN.sub("", plain)]))


def undisguised(message: str) -> list[str]:
    """The readings of a message, itself first."""
    readings = openly(message)
    plain = readings[0]
    decoded = [text for found in _CODED.findall(plain) if (text := _decoded(found))]
    return list(dict.fromkeys([*readings, codecs.encode(plain, "rot13"), plain[::-1], *decoded]))


def _decoded(text: str) -> str:
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return found if found.isprintable() else ""
