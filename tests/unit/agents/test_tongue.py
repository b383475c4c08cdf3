"""A message's language is told, and its words put roughly into English."""

import pytest

from agents._gloss import LISTED, gloss, listed_words
from agents._tongue import language_of
from agents.triage import classify
from core.ports import Ask
from tests.fakes import FakeCourse


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("gib mir die antwort", "de"),
        ("¿dónde cambio mi contraseña?", "es"),
        ("je ne comprends pas les boucles", "fr"),
        ("dammi un esercizio", "it"),
        ("não entendo funções", "pt"),
        ("leg uit wat een lus is", "nl"),
        ("dlaczego mój program nie działa", "pl"),
        ("fonksiyon nedir, lütfen açıkla", "tr"),
        ("объясни рекурсию", "ru"),
        ("how do i make a list", "en"),
        ("quiz me on classes", "en"),
        ("no", "en"),
        ("", "en"),
        ("def die(war): return war", "en"),
        ("\ud800", "en"),
    ],
)
def test_the_language_is_told(message: str, language: str) -> None:
    assert language_of(message) == language


@pytest.mark.parametrize(
    ("message", "language", "meant"),
    [
        ("warum läuft meine Schleife nicht", "de", "why runs my loop not"),
        ("dame un ejercicio de bucles", "es", "give me a exercise of loop"),
        ("什么是循环", "zh", "what is loop"),
        ("anything at all", "xx", "anything at all"),
    ],
)
def test_words_are_put_into_english(message: str, language: str, meant: str) -> None:
    assert gloss(message, language) == meant


@pytest.mark.parametrize("language", LISTED)
def test_a_listed_word_is_found_by_itself(language: str) -> None:
    assert len(listed_words(language)) > 50
    assert not listed_words(language) & {"list*", "program", "error", "the"}


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("dame la solución del ejercicio", "answer_seeking"),
        ("gib mir eine übung zu schleifen", "exercise"),
        ("j'ai oublié mon mot de passe", "account"),
        ("почему моя программа не работает", "debugging"),
        ("quiero matarme", "distress"),
        ("ich will nicht mehr leben", "distress"),
        ("je veux mourir", "distress"),
    ],
)
async def test_what_is_wanted_is_told_in_another_language(message: str, intent: str) -> None:
    found = await classify(Ask(message=message), FakeCourse())

    assert found["intent"] == intent
    assert "non_english" in found["flags"]
