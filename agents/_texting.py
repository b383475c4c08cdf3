"""Spells out the English of text messages ("wat shud i do b4 tmrw"), so that it is read as the rest is."""

import re

from agents._gloss import gloss
from agents._tongue import language_of

_SHORT = (
    "u:you|ur:your|r:are|y:why|k:ok|idk:i do not know|ik:i know|tbh:to be honest|ngl:not going to lie|rn:right now|btw:by the way|pls:please|plz:please|plss:please"
    "|thx:thanks|tnx:thanks|ty:thank you|tysm:thank you so much|tmrw:tomorrow|tmr:tomorrow|tmw:tomorrow|2moro:tomorrow|2day:today|2nite:tonight|tonite:tonight|b4:before|gr8:great|l8r:later|w8:wait|h8:hate|m8:mate"
    "|wat:what|wut:what|wot:what|wats:what is|whats:what is|wht:what|wen:when|wich:which|hw:homework|y'all:you all|shud:should|shld:should|cud:could|cld:could|wud:would|wld:would|hav:have|dis:this|dat:that|da:the|teh:the|thats:that is|hows:how is|wheres:where is|whos:who is"
    "|dont:do not|doesnt:does not|didnt:did not|cant:cannot|wont:will not|isnt:is not|wasnt:was not|arent:are not|couldnt:could not|shouldnt:should not|wouldnt:would not|havent:have not|hasnt:has not|aint:is not|im:i am|ive:i have|id:i would|youre:you are|theyre:they are|shes:she is|lets:let us"
    "|wanna:want to|gonna:going to|gona:going to|gotta:have to|gimme:give me|lemme:let me|dunno:do not know|kinda:kind of|sorta:sort of|coz:because|cuz:because|cos of:because of|bc:because|bcs:because|becuz:because|ppl:people|some1:someone|any1:anyone|every1:everyone|no1:no one|nobdy:nobody|sum1:someone|smth:something|sth:something"
    "|abt:about|w/o:without|thru:through|tho:though|nite:night|luv:love|frnd:friend|frens:friends|hlp:help|halp:help|answr:answer|ansewr:answer|awnser:answer|anwser:answer|ans:answer|qs:questions|exersise:exercise|excercise:exercise|exercize:exercise|probs:probably"
    "|becoz:because|evry:every|rly:really|rlly:really|srsly:seriously|obvs:obviously|wnat:want|wana:want to|dissapear:disappear|dissappear:disappear|alot:a lot|definately:definitely|recieve:receive|funtion:function|fucntion:function|functoin:function|pyhton:python|phyton:python|pyton:python|lsit:list|lop:loop|varible:variable|variabel:variable|dictonary:dictionary|intergrate:integrate|differenciate:differentiate|diferentiate:differentiate|factorize:factorise|equasion:equation|eqation:equation|algabra:algebra"
)
_MEANT = {short: long for short, _, long in (pair.partition(":") for pair in _SHORT.split("|")) if short != long}
_WORD = re.compile(
    r"(?<![\w'`\"(\[.=^*+/-])("
    + "|".join(sorted(map(re.escape, _MEANT), key=len, reverse=True))
    + r")(?![\w'`\"(\[=^*+/-])",
    re.IGNORECASE,
)
"""No word inside a formula, a call or quotes, which may be a name of the program's."""
_APART = {
    "r": re.compile(r"\b(?:u|you|we|they|ur|these|those|what|how|where|why)\b", re.IGNORECASE),
    "u": re.compile(r"^(?!.*(?:\bu\s*[=*+^/-]|\b(?:let|du|return|sub\w*|vector)\b))", re.IGNORECASE | re.DOTALL),
}
"""A letter that names a thing as often stands for a word only where this holds of the whole."""
_ALONE = frozenset(["y", "k"])
_LONG = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)


def in_plain_english(words: str, language: str | None = None) -> str:
    """The words as the rest of triage knows them: spelled out, or put into English word for word. A part of a message is in
    the language of the whole."""
    language = language_of(words) if language is None else language
    return written_out(words) if language == "en" else gloss(words, language)


def written_out(words: str) -> str:
    """The words with the abbreviations and the commonest slips of the keyboard written out."""

    def long(found: re.Match[str]) -> str:
        short = found[1].casefold()
        if short in _ALONE and found.string.strip(" ?!.").casefold() != short:
            return found[0]
        if short in _APART and not _APART[short].search(found.string):
            return found[0]
        return _MEANT[short]

    return _WORD.sub(long, _LONG.sub(r"\1\1", words))
