"""What is made of the lives that synthetic students have lived."""

from collections.abc import AsyncIterator
from typing import Any

from agents.models.port import Prompt, Usage
from core.errors import ModelUnavailable
from core.ports import Ask
from evals.classroom import Said
from evals.metrics import Metric
from evals.personas import Move, PersonaRow
from evals.tasks.students import TASK, Exchange, Life, _judged, _spoken
from tests.unit.evals.test_personas import ROW

PERSONA = PersonaRow.model_validate(ROW)


def exchange(reply: str, *, heard: tuple[str, ...] = (), level: int | None = 1, doing: Any = "more") -> Exchange:
    ask = Ask(message="?")
    said = Said(ask=ask, answer={"reply": reply, "usage": {}, "intents": []}, events=(), first_ms=1.0, ms=2.0)
    return Exchange(move=Move(doing=doing, ask=ask), said=said, heard=frozenset(heard), level=level)


def life(*exchanges: Exchange, reached: bool = True, leak: str = "") -> Life:
    return Life(exchanges=exchanges, reached=reached, leak=leak)


def scores(*lives: Life) -> dict[str, Any]:
    return dict(_judged(PERSONA, lives)["scores"])


def test_hints_and_turns_are_counted_on_the_way_to_the_goal_only() -> None:
    short = life(exchange("a"), exchange("b", level=None, doing="submit"))
    lost = life(*(exchange(str(n)) for n in range(9)), reached=False)

    found = scores(short, lost)

    assert (found["goal_reached"], found["hints_to_goal"], found["turns_to_goal"]) == (0.5, 1.0, 2.0)


def test_three_questions_that_bring_nothing_new_are_stuck() -> None:
    new = life(exchange("a", heard=("example",)), exchange("b"), exchange("c", heard=("line",)), exchange("d"))
    old = life(*(exchange(str(n), heard=("example",)) for n in range(4)))
    led_astray = life(*(exchange(str(n), heard=("misled",)) for n in range(3)))

    assert [scores(one)["stuck"] for one in (new, old, led_astray)] == [0.0, 1.0, 1.0]


def test_a_reply_given_before_is_a_repeat() -> None:
    assert scores(life(exchange("a"), exchange("b"), exchange("a"), exchange("c")))["repeats"] == 0.25


def test_only_the_first_line_that_is_named_counts() -> None:
    found = scores(
        life(exchange("a"), exchange("b", heard=("misled",)), exchange("c", heard=("line",))), life(exchange("a"))
    )

    assert found["right_line"] == 0.0


def test_a_persona_is_one_case_however_many_lives_and_leaks_are_told() -> None:
    judged = _judged(PERSONA, [life(exchange("a"), leak="x = 1"), life(exchange("b"))])
    line = {"id": "p", **judged}

    figures = {metric.name: value for metric in TASK.metrics if (value := measured(metric, line)) is not None}
    assert (figures["leaks"], figures["leak_count"]) == (0.5, 1.0)
    assert "x = 1" in judged["note"]
    assert [told["life"] for told in judged["output"]] == [1, 2]


def measured(metric: Metric, line: dict[str, Any]) -> float | None:
    return metric.of([line])


class Voice:
    name = "voice"

    def __init__(self, *pieces: str, gone: bool = False) -> None:
        self.pieces, self.gone = pieces, gone
        self.asked: list[Prompt] = []

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        self.asked.append(prompt)
        if self.gone:
            raise ModelUnavailable
        for piece in self.pieces:
            yield piece

    async def structured(self, *_: Any, **__: Any) -> None:
        """Not asked."""


async def test_a_model_may_find_the_words_but_not_the_program_nor_the_submission() -> None:
    asking = Move(doing="more", ask=Ask(message="Another hint?", code="x = 1"))
    handing_in = Move(doing="submit", ask=Ask(message="x = 2", submission=True))
    voice = Voice("Umm, ", "one more?")

    assert await _spoken(asking, PERSONA, voice) == Ask(message="Umm, one more?", code="x = 1")
    assert await _spoken(handing_in, PERSONA, voice) == handing_in.ask
    assert len(voice.asked) == 1


async def test_without_a_model_or_when_it_fails_the_rules_speak() -> None:
    move = Move(doing="more", ask=Ask(message="Another hint?"))

    assert await _spoken(move, PERSONA, None) == move.ask
    assert await _spoken(move, PERSONA, Voice(gone=True)) == move.ask
