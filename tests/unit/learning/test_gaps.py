"""Gaps, roots, paths and recommendations over small courses and over any course that hypothesis draws."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.ports import Attempt, Exercise, ExerciseId, Mastery, Option, Question, SkillId, Topic, TopicId
from learning.concepts import Graph, skills_of_items
from learning.effectiveness import Effectiveness, PeerStep, Sum
from learning.gaps import Standings, confidence_below, find_gaps, severity_of
from learning.paths import path_to
from learning.prerequisites import Idea
from learning.proposals import propose
from learning.recommendations import Experience, Wishes, recommend, review_queue

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)


def topic(name: str, *needs: str, order: int = 0) -> Topic:
    option = Option(label="yes", correct=True, why="It is.")
    quiz = (Question(id=f"{name}.q1", prompt="Is it?", options=(option,), skill=SkillId(name)),)
    return Topic(
        id=TopicId(name), module="m", module_title="M", subject="maths", title=name.title(), summary="", objectives=(),
        skills=(SkillId(name),), prerequisites=tuple(map(TopicId, needs)), examples=(), pitfalls=(), quiz=quiz,
        exercises=(ExerciseId(f"{name}.e1"),), order=order,
    )  # fmt: skip


def exercise(name: str, number: int = 1) -> Exercise:
    return Exercise(
        id=ExerciseId(f"{name}.e{number}"), topic=TopicId(name), subject="maths", title=f"{name} {number}", statement="Do it.",
        skills=(SkillId(name),), difficulty=number, hints=(),
    )  # fmt: skip


def at(name: str, level: float, attempts: int = 6, *, enough: bool = True) -> tuple[SkillId, Mastery]:
    low, high = max(0.001, level - 0.12), min(0.999, level + 0.12)
    skill = SkillId(name)
    return skill, Mastery(skill=skill, level=level, low=low, high=high, attempts=attempts, enough=enough)


def answer(name: str, correct: bool, days_ago: float, number: int = 1) -> Attempt:
    when = NOW - timedelta(days=days_ago)
    return Attempt(
        key=f"{name}-{number}-{when.isoformat()}", kind="exercise", item=f"{name}.e{number}", skills=(SkillId(name),),
        correct=correct, score=float(correct), at=when,
    )  # fmt: skip


COURSE = Graph.of(
    [
        topic("fractions", order=1),
        topic("algebra", "fractions", order=2),
        topic("integration", "algebra", order=3),
        topic("shapes", order=4),
    ]
)
BANK = [exercise(name, number) for name in COURSE.order for number in (1, 2, 3)]


def test_a_gap_names_the_earlier_topic_that_it_comes_from() -> None:
    found = find_gaps(COURSE, dict([at("fractions", 0.2), at("algebra", 0.9), at("integration", 0.2)]))

    by_topic = {gap.topic: gap for gap in found.gaps}
    # algebra is known although it builds on fractions: then fractions do not explain what comes later
    assert by_topic[TopicId("fractions")].roots == ()
    missing_both = find_gaps(COURSE, dict([at("fractions", 0.2), at("algebra", 0.3), at("integration", 0.2)]))
    integration = next(gap for gap in missing_both.gaps if gap.topic == "integration")
    assert integration.roots == ("fractions",)
    assert "You seem to miss Fractions, which Integration needs" in integration.why


def test_too_few_answers_are_told_as_too_few_and_never_as_a_gap() -> None:
    found = find_gaps(COURSE, dict([at("fractions", 0.1, 1, enough=False)]))

    assert (found.gaps, found.thin, found.enough) == ((), ("fractions",), False)


def test_what_much_builds_on_is_the_more_severe_gap() -> None:
    found = find_gaps(COURSE, dict([at("fractions", 0.3), at("shapes", 0.3)]))

    assert [gap.topic for gap in found.gaps] == ["fractions", "shapes"]
    assert found.gaps[0].blocks == ("algebra", "integration")


def test_what_a_gap_builds_on_and_nobody_saw_is_to_be_checked() -> None:
    (gap,) = find_gaps(COURSE, dict([at("algebra", 0.2)])).gaps

    assert (gap.roots, gap.to_check) == ((), ("fractions",))


def test_items_are_mapped_to_what_they_ask_for() -> None:
    found = skills_of_items(list(COURSE.topics.values()), BANK)

    assert found["algebra.e2"] == found["algebra.q1"] == ("algebra",)


def test_a_path_skips_what_is_known_and_ends_at_the_goal() -> None:
    standings = Standings(COURSE, dict([at("fractions", 0.95)]))

    assert [stop.topic for stop in path_to(TopicId("integration"), standings)] == ["algebra", "integration"]


def test_the_root_is_recommended_before_what_it_holds_up_and_says_because() -> None:
    mastery = dict([at("fractions", 0.2), at("algebra", 0.2), at("integration", 0.2)])

    first = recommend(Standings(COURSE, mastery), BANK, [], NOW)[0]

    assert (first.topic, first.kind) == ("fractions", "exercise")
    assert first.why == "Because you miss Fractions, which Algebra and Integration need."


def test_who_keeps_failing_is_offered_another_way() -> None:
    standings = Standings(COURSE, dict([at("fractions", 0.2)]))

    kinds = [
        recommend(standings, BANK, [answer("fractions", False, 1 / (n + 1)) for n in range(failures)], NOW)[0].kind
        for failures in (1, 2, 4)
    ]

    assert kinds == ["exercise", "lesson", "quiz"]


def test_what_was_known_is_due_after_a_while_and_not_at_once() -> None:
    standings = Standings(COURSE, dict([at("fractions", 0.9)]))

    due = {
        days: [review.due for review in review_queue(standings, BANK, [answer("fractions", True, days)], NOW)]
        for days in (1, 90)
    }

    assert due == {1: [False], 90: [True]}
    offered = recommend(standings, BANK, [answer("fractions", True, 90)], NOW)
    assert ("review", "fractions.e1") in [(one.kind, one.item) for one in offered]


def test_a_goal_comes_first_and_a_liked_kind_is_preferred() -> None:
    standings = Standings(COURSE, {})

    to_goal = recommend(standings, BANK, [], NOW, Wishes(goal=TopicId("integration")))
    liked = recommend(standings, BANK, [], NOW, Wishes(kinds=frozenset({"exercise"})))

    assert to_goal[0].topic == "fractions"
    assert "first of 3 steps to your goal" in to_goal[0].why
    assert liked[0].kind == "exercise"


def test_proposals_never_repeat_the_authors_and_make_no_circle() -> None:
    ideas = {name: Idea(name=str(name)) for name in COURSE.order}

    found = propose(COURSE, ideas, likely_min=0.0, limit=99)

    assert {(one.topic, one.prerequisite) for one in found} == {
        ("shapes", "fractions"), ("shapes", "algebra"), ("shapes", "integration"),
    }  # fmt: skip


@st.composite
def schools(draw: st.DrawFn) -> tuple[Graph, Mapping[SkillId, Mastery]]:
    names = [f"t{n}" for n in range(draw(st.integers(1, 9)))]
    topics, mastery = [], {}
    for n, name in enumerate(names):
        needs = draw(st.sets(st.sampled_from(names[:n]), max_size=3)) if n else set()
        topics.append(topic(name, *sorted(needs), order=draw(st.integers(0, 9))))
        if draw(st.booleans()):
            skill, belief = at(name, draw(st.floats(0.02, 0.98)), draw(st.integers(1, 9)), enough=draw(st.booleans()))
            mastery[skill] = belief
    return Graph.of(topics), mastery


@given(schools())
def test_a_path_never_puts_a_topic_before_what_it_needs(school: tuple[Graph, Mapping[SkillId, Mastery]]) -> None:
    graph, mastery = school
    standings = Standings(graph, mastery)
    for goal in graph.order:
        way = [stop.topic for stop in path_to(goal, standings)]

        assert all(not graph.before(earlier) & {later} for n, earlier in enumerate(way) for later in way[n:])
        assert all(standings.of[name] != "known" for name in way)
        assert way[-1:] == ([] if standings.of[goal] == "known" else [goal])


@given(schools(), st.integers(1, 40))
def test_nothing_is_recommended_over_a_missing_prerequisite_or_over_the_time(
    school: tuple[Graph, Mapping[SkillId, Mastery]], minutes: int
) -> None:
    graph, mastery = school
    standings = Standings(graph, mastery)
    bank = [exercise(name) for name in graph.order]

    offers = recommend(standings, bank, [], NOW, Wishes(minutes=minutes), limit=8)

    assert all(not standings.missing_before(offer.topic) for offer in offers)
    assert sum(offer.minutes for offer in offers) <= minutes
    assert all(offer.why.startswith("Because ") for offer in offers)


@given(schools())
def test_roots_lie_before_their_gap_and_before_nothing_of_their_own_kind(
    school: tuple[Graph, Mapping[SkillId, Mastery]],
) -> None:
    graph, mastery = school
    for gap in find_gaps(graph, mastery).gaps:
        assert set(gap.roots) <= graph.before(gap.topic)
        assert all(not graph.before(root) & set(gap.roots) for root in gap.roots)


@given(st.floats(0.02, 0.9), st.floats(0.0, 0.08), st.integers(0, 50))
def test_knowing_more_never_makes_a_gap_worse(level: float, more: float, blocked: int) -> None:
    _, worse = at("x", level)
    _, better = at("x", level + more)

    assert severity_of(better.level, blocked) <= severity_of(worse.level, blocked)
    assert severity_of(level, blocked + 1) >= severity_of(level, blocked)
    assert 0 <= confidence_below(better, 0.6) <= 1


# --- what is known of what helped ----------------------------------------------------------------------------------


def _stuck(*unhelpful: str) -> list[str]:
    mastery = dict([at("fractions", 0.1)])
    experience = Experience(unhelpful={TopicId("fractions"): frozenset(unhelpful)})  # type: ignore[arg-type]
    offers = recommend(Standings(COURSE, mastery), BANK, [], NOW, limit=8, experience=experience)
    return [offer.kind for offer in offers if offer.topic == "fractions"]


def test_a_kind_that_did_not_help_gives_way_to_another() -> None:
    assert _stuck()[0] == "exercise"
    assert "exercise" not in _stuck("exercise")
    assert _stuck("exercise")[0] in ("example", "lesson", "quiz")
    assert _stuck("exercise", "example", "lesson", "quiz")[0] == "exercise"


@given(schools(), st.integers(0, 10_000))
def test_whatever_is_known_of_what_helped_nothing_is_offered_over_a_missing_prerequisite(
    school: tuple[Graph, Mapping[SkillId, Mastery]], seed: int
) -> None:
    graph, mastery = school
    chance = random.Random(seed)
    kinds = ("exercise", "example", "lesson", "quiz", "review")
    topics = list(graph.topics)
    experience = Experience(
        unhelpful={topic: frozenset(chance.sample(kinds, chance.randint(0, 5))) for topic in topics},  # type: ignore[arg-type]
        effects=Effectiveness(
            sums={(kind, topic): Sum(shown=9, taken=9, gained=chance.uniform(-3, 3), expected=1.0) for kind in kinds for topic in topics}
        ),
        peers=[
            PeerStep(
                skill=chance.choice(graph.topics[a].skills), next=chance.choice(graph.topics[b].skills), struggled=90, went=40, recovered=39, usual=0.2
            )
            for a in topics for b in topics if a != b
        ],
    )  # fmt: skip
    standings = Standings(graph, mastery)

    bank = [exercise(name) for name in graph.order]
    for offer in recommend(standings, bank, [], NOW, limit=12, experience=experience):
        assert not standings.missing_before(offer.topic)
