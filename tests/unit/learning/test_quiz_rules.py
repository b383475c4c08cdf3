"""The next question fits the student, and a placement finds in few questions where to begin."""

import random
from collections.abc import Callable

import pytest

from core.ports import Option, Question, SkillId, Topic, TopicId
from learning.concepts import Graph
from learning.quizzes import rules
from learning.quizzes.rules import Candidate, Given


def question(name: str, skill: str = "s") -> Question:
    options = tuple(Option(label=str(n), correct=n == 0, why="") for n in range(4))
    return Question(id=name, prompt=name, options=options, skill=SkillId(skill))


def candidate(name: str, *, level: float = 0.5, difficulty: float = 0.0, skill: str = "s") -> Candidate:
    return Candidate(topic=TopicId("t"), question=question(name, skill), level=level, difficulty=difficulty)


def ladder(steps: int) -> Graph:
    """Each topic builds on the one before and has two questions."""
    return Graph.of([
        Topic(
            id=TopicId(f"t{n:02}"), module="m", module_title="M", subject="python", title=str(n), summary="", objectives=(),
            skills=(SkillId(f"s{n}"),), prerequisites=(TopicId(f"t{n - 1:02}"),) if n else (), examples=(), pitfalls=(),
            quiz=(question(f"q{n}a", f"s{n}"), question(f"q{n}b", f"s{n}")), exercises=(), order=n,
        )
        for n in range(steps)
    ])  # fmt: skip


def place(graph: Graph, right: Callable[[TopicId], bool]) -> tuple[TopicId | None, int]:
    given: list[Given] = []
    asked: set[str] = set()
    while True:
        believed = rules.beliefs(graph, given)
        left = [
            Candidate(topic=topic.id, question=one, level=0.5, difficulty=0.0)
            for topic in graph.topics.values() for one in topic.quiz if one.id not in asked
        ]  # fmt: skip
        chosen = None if rules.is_placed(believed, len(given)) else rules.next_placement(believed, left)
        if chosen is None:
            return rules.where_to_begin(graph, believed), len(given)
        asked.add(chosen.question.id)
        given.append(Given(topic=chosen.topic, skill=chosen.question.skill, correct=right(chosen.topic), options=4))


def test_a_question_is_neither_too_hard_nor_too_easy() -> None:
    easy, fitting, hard = (
        candidate(name, level=0.6, difficulty=d) for name, d in (("e", -3.0), ("f", -0.4), ("h", 3.0))
    )

    assert rules.next_question([easy, hard, fitting], []) == fitting


def test_a_better_student_gets_the_harder_question() -> None:
    weak = [candidate("easy", level=0.3, difficulty=-1.5), candidate("hard", level=0.3, difficulty=1.5)]
    strong = [candidate("easy", level=0.95, difficulty=-1.5), candidate("hard", level=0.95, difficulty=1.5)]

    chosen = [rules.next_question(each, []) for each in (weak, strong)]

    assert [one and one.question.id for one in chosen] == ["easy", "hard"]


def test_skills_take_turns() -> None:
    given = [Given(topic=TopicId("t"), skill=SkillId("s"), correct=True, options=4)]

    chosen = rules.next_question([candidate("a", level=0.7), candidate("b", level=0.1, skill="other")], given)

    assert chosen
    assert chosen.question.skill == "other"
    assert rules.next_question([], given) is None


@pytest.mark.parametrize("known", [0, 3, 10, 19, 26])
def test_a_placement_finds_the_step_in_at_most_twelve_questions(known: int) -> None:
    graph = ladder(26)

    begin, asked = place(graph, lambda topic: int(topic[1:]) < known)

    found = 26 if begin is None else int(begin[1:])
    assert asked <= rules.PLACEMENT_MAX
    assert abs(found - known) <= 2


def test_a_placement_of_students_who_slip_and_guess_is_near_on_the_whole() -> None:
    dice, graph, errors, lengths = random.Random(1), ladder(26), list[int](), list[int]()
    for _ in range(200):
        known = dice.randrange(27)

        def right(topic: TopicId, known: int = known) -> bool:
            return dice.random() < (0.9 if int(topic[1:]) < known else 0.25)

        begin, asked = place(graph, right)
        errors.append(abs((26 if begin is None else int(begin[1:])) - known))
        lengths.append(asked)

    assert max(lengths) <= rules.PLACEMENT_MAX
    assert sum(errors) / len(errors) < 3
    assert sum(error <= 4 for error in errors) / len(errors) > 0.65


def test_a_right_answer_speaks_for_what_it_builds_on_and_a_wrong_one_against_what_builds_on_it() -> None:
    graph, middle = ladder(5), TopicId("t02")
    right, wrong = (
        rules.beliefs(graph, [Given(topic=middle, skill=SkillId("s2"), correct=correct, options=4)])
        for correct in (True, False)
    )

    before = rules.beliefs(graph, [])
    assert right[TopicId("t00")] > before[TopicId("t00")]
    assert wrong[TopicId("t04")] < before[TopicId("t04")]
    for believed in (right, wrong):
        assert [*believed.values()] == sorted(believed.values(), reverse=True)  # never above what it builds on
