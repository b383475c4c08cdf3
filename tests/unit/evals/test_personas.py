"""Synthetic students by rules alone: the same life again, and better hints that help more."""

from typing import Any

import pytest
from pydantic import ValidationError

from evals.personas import PersonaRow, Pupil, hear

ROW: dict[str, Any] = {
    "id": "off-by-one", "misconception": "Believes that range includes its stop number.", "exercise": "e", "lines": [3],
    "draft": "def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\n", "insight": "stops one",
    "detours": ["def f(n):\n    t = 1\n    for i in range(n):\n        t += i\n    return t\n"],
    "right": "def f(n):\n    t = 0\n    for i in range(n + 1):\n        t += i\n    return t\n", "grit": 0.0,
}  # fmt: skip
EMPTY = "Think about it once more."
GOOD = "For `f(3)` your program gives `3`. Look at line 3: the count stops one place too early."


def row(**changes: Any) -> PersonaRow:
    return PersonaRow.model_validate(ROW | changes)


def live(persona: PersonaRow, reply: str, *, life: int = 0, seed: int = 0, turns: int = 12) -> list[tuple[str, str]]:
    pupil = Pupil(persona, maths=False, seed=seed, life=life)
    move, said = pupil.begin(), []
    for _ in range(turns):
        said.append((move.doing, move.ask.message))
        if move.doing == "submit" and move.ask.code == persona.right:
            break
        pupil.listen(reply)
        move = pupil.next()
    return said


def goals(reply: str, persona: PersonaRow) -> int:
    """In how many of many lives the goal is reached within four turns."""
    return sum(live(persona, reply, life=n, turns=4)[-1][0] == "submit" for n in range(200))


def test_the_same_seed_lives_the_same_life_and_another_another() -> None:
    assert live(row(), GOOD) == live(row(), GOOD)
    assert len({tuple(live(row(), EMPTY, life=n)) for n in range(10)}) > 1


def test_nobody_learns_from_empty_words_and_most_do_from_a_good_hint() -> None:
    stubborn = row(detours=[])

    assert goals(EMPTY, stubborn) == 0
    assert goals("Look at line 3.", stubborn) < goals(GOOD, stubborn)
    assert goals(GOOD, stubborn) > 150


def test_a_wrong_line_leads_astray() -> None:
    hopeful = row(grit=0.2, detours=[])

    assert goals("Look at line 2.", hopeful) < goals(EMPTY, hopeful)


@pytest.mark.parametrize(
    ("reply", "heard"),
    [
        (GOOD, {"line", "example", "insight"}),
        ("Look at line 4 (and 3, 5), `t += i`.", {"line"}),
        ("**Line 1.** Write a docstring.", {"misled"}),
        ("Your function is online 3 times.", set()),
        (EMPTY, set()),
    ],
)
def test_what_a_reply_holds_is_read_from_its_words(reply: str, heard: set[str]) -> None:
    assert hear(reply, row()) == heard


def test_lines_of_a_program_that_has_changed_are_not_judged() -> None:
    assert hear("Look at line 3.", row(), changed=True) == frozenset()


def test_a_submission_is_new_work_and_never_the_same_twice() -> None:
    for life in range(20):
        pupil = Pupil(row(), maths=False, seed=1, life=life)
        handed_in = []
        pupil.begin()
        for _ in range(12):
            pupil.listen("Look at line 3.")
            move = pupil.next()
            if move.doing == "submit":
                handed_in.append(move.ask.code)

        assert ROW["draft"] not in handed_in
        assert len(handed_in) == len(set(handed_in))


@pytest.mark.parametrize(("manner", "doing"), [("begging", "beg"), ("wandering", "wander"), ("anxious", "worry")])
def test_each_speaks_in_their_own_manner(manner: str, doing: str) -> None:
    said = live(row(manner=manner, detours=[]), EMPTY)

    assert {what for what, _ in said} == {"ask", "more", doing}


def test_a_copier_hands_in_what_the_tutor_shows() -> None:
    pupil = Pupil(row(manner="copying", detours=[]), maths=False, seed=0, life=0)
    pupil.begin()

    pupil.listen("Here you are.", ["print(1)", "def f(n):\n    return sum(range(n + 1))"])

    assert pupil.next().ask.code == "def f(n):\n    return sum(range(n + 1))\n"


def test_working_is_sent_line_by_line_with_the_first_question() -> None:
    persona = row(working=["(a + b)^2", "= a^2 + b^2"])

    message = Pupil(persona, maths=True, seed=0, life=0).begin().ask.message

    assert message.split("\n")[1:] == ["(a + b)^2", "= a^2 + b^2"]


@pytest.mark.parametrize("change", [{"insight": "("}, {"right": ROW["draft"]}, {"patience": 1}, {"manner": "rude"}])
def test_a_persona_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        row(**change)
