"""The school's words for things, in everyday words: told to who is new to a topic, spared who knows it."""

import re
from collections.abc import Sequence

WORDS_MAX = 2
_PLAIN = {
    "python": {
        "iterable": "anything a loop can go through, such as a list or a text",
        "iterator": "a helper that hands out one item after another",
        "mutable": "it can be changed after it was made",
        "immutable": "it can never be changed once it was made",
        "argument": "the value you hand to a function when you call it",
        "parameter": "the name a function gives to a value it is handed",
        "expression": "a piece of code that has a value",
        "statement": "one whole order to Python",
        "instance": "one thing made from a class",
        "attribute": "a name that belongs to one thing, written after a dot",
        "method": "a function that belongs to a thing, called after a dot",
        "boolean": "either True or False",
        "scope": "the part of the program where a name is known",
        "recursion": "a function that calls itself on a smaller task",
        "base case": "the smallest task, answered without another call",
        "exception": "Python's signal that something went wrong",
        "index": "the place of an item, counted from 0",
        "slice": "a part of a list or text, from one place up to another",
        "concatenation": "joining texts end to end",
        "literal": "a value written out in the program",
        "namespace": "a list of names and what they stand for",
        "key": "the label under which a dictionary keeps a value",
        "hashable": "it can serve as a key of a dictionary",
        "inheritance": "a class takes over what another class can do",
        "constructor": "what runs when a new thing is made from a class",
        "module": "a file of code that others can import",
        "return value": "what a function hands back to its caller",
        "iteration": "one round of a loop",
        "block": "lines with the same indent that belong together",
        "condition": "a question that is either true or false",
        "operator": "a sign such as + or == that works on values",
        "string": "a text, written in quotes",
        "float": "a number with a decimal point",
        "integer": "a whole number",
        "tuple": "a list that cannot be changed",
    },
    "maths": {
        "coefficient": "the number in front of a letter",
        "derivative": "how steep a curve is at each point",
        "gradient": "how steep a line is: up divided by along",
        "integral": "a sum of very many thin strips, such as an area",
        "integrand": "what stands behind the integral sign",
        "discriminant": "the part under the root in the quadratic formula",
        "quadratic": "with a square as its highest power",
        "polynomial": "a sum of powers with numbers in front",
        "exponent": "the small raised number that counts the factors",
        "index": "the small raised number that counts the factors",
        "indices": "the small raised numbers that count the factors",
        "base": "the number that is raised to a power",
        "logarithm": "the power that a base needs to give a number",
        "surd": "a root that is no whole number or fraction",
        "constant": "a number that stays the same",
        "variable": "a letter for a number that may change",
        "modulus": "the size without its sign",
        "magnitude": "the length, without the direction",
        "vector": "an arrow: so far along and so far up",
        "scalar": "a plain number, without a direction",
        "perpendicular": "at a right angle",
        "tangent": "a line that just touches a curve",
        "stationary point": "a point where the curve is flat",
        "asymptote": "a line that a curve comes near to but never meets",
        "domain": "the numbers that may be put in",
        "range": "the numbers that can come out",
        "radian": "an angle measured by the arc it cuts off",
        "hypotenuse": "the longest side, opposite the right angle",
        "common ratio": "what each term is multiplied by to give the next",
        "common difference": "what is added to each term to give the next",
        "factorise": "write as a product of brackets",
        "variance": "how far the values lie from their mean, squared and averaged",
        "mutually exclusive": "the two cannot both happen",
        "independent": "one tells nothing about the other",
        "velocity": "speed with a direction",
        "acceleration": "how fast the speed changes",
    },
}


def plain_words(text: str, subject: str) -> str:
    """A sentence on the first WORDS_MAX hard words of the text, in the order in which they stand; empty without any.
    A word that the text itself explains ("is called", "means") is left alone."""
    known = _PLAIN.get(subject, {})
    found = [(match.start(), word) for word in known if (match := _standing(word).search(text))]
    hard = [word for _, word in sorted(found) if not _explained(word, text)][:WORDS_MAX]
    return _sentence([f"**{word}** means: {known[word]}" for word in hard])


def _standing(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w`]){re.escape(word)}(?:s|es)?(?![\w`(])", re.IGNORECASE)


def _explained(word: str, text: str) -> bool:
    """The text says what the word is: "A string is a text", "This is called recursion"."""
    name = rf"{re.escape(word)}(?:s|es)?"
    return bool(
        re.search(rf"\b(?:called|named)\s+(?:an?\s+|the\s+)?\**{name}\b|\b{name}\**\s+(?:is|are|means?)\s+(?:an?|the)\b", text, re.IGNORECASE)
    )  # fmt: skip


def _sentence(parts: Sequence[str]) -> str:
    return f"In plain words: {'; '.join(parts)}." if parts else ""
