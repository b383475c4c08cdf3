"""What a search may be kept to."""

import pytest

from core.errors import NotFound
from core.ports import Subject, Topic, TopicId
from knowledge.filters import Filters, levels_of


def topic(name: str, *before: str, subject: Subject = "python") -> Topic:
    return Topic(
        id=TopicId(name), module=name.split(".")[0], module_title="", subject=subject, title=name, summary="",
        objectives=(), skills=(), prerequisites=tuple(map(TopicId, before)), examples=(), pitfalls=(), quiz=(),
        exercises=(), order=1,
    )  # fmt: skip


TOPICS = [
    topic("a.names"),
    topic("a.loops", "a.names"),
    topic("b.lists", "a.loops", "a.names"),
    topic("b.files", "b.lists", "elsewhere"),
    topic("c.sums", subject="maths"),
]


def fitting(filters: Filters) -> set[TopicId] | None:
    return filters.fitting(TOPICS, levels_of(TOPICS))


def test_a_level_says_how_far_along_its_subject_a_topic_stands() -> None:
    assert levels_of(TOPICS) == {"a.names": 1, "a.loops": 2, "b.lists": 3, "b.files": 3, "c.sums": 1}


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(subject="maths"), {"c.sums"}),
        (Filters(module="b"), {"b.lists", "b.files"}),
        (Filters(level=1), {"a.names", "c.sums"}),
        (Filters(level=2, subject="python"), {"a.names", "a.loops"}),
        (Filters(topics=frozenset({TopicId("b.lists"), TopicId("gone")})), {"b.lists"}),
        (Filters(topics=frozenset()), set()),
        (Filters(subject="maths", module="a"), set()),
    ],
)
def test_all_that_is_asked_for_holds_at_once(filters: Filters, kept: set[str]) -> None:
    assert fitting(filters) == kept


def test_nothing_asked_for_is_no_filter() -> None:
    assert fitting(Filters()) is None


def test_a_module_that_does_not_exist_is_told() -> None:
    with pytest.raises(NotFound, match="no module z"):
        fitting(Filters(module="z"))
