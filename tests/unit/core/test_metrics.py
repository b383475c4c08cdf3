"""Measurements are readable without a collector, and their labels stay few and harmless."""

import threading

import pytest

from core import metrics
from core.metrics import Counter, Histogram


def test_a_counter_renders_as_prometheus_text() -> None:
    turns = Counter("turns", "Turns that ended", labels=("intent", "outcome"))

    turns.add(intent="concept", outcome="done")
    turns.add(2, intent="concept", outcome="done")

    assert turns.render() == (
        "# HELP learnflow_turns_total Turns that ended\n"
        "# TYPE learnflow_turns_total counter\n"
        'learnflow_turns_total{intent="concept",outcome="done"} 3\n'
    )


def test_a_histogram_renders_growing_buckets_with_sum_and_count() -> None:
    seconds = Histogram("seconds", "Seconds", bounds=(0.1, 1.0))

    for value in (0.05, 0.1, 0.5, 7.0):
        seconds.observe(value)

    assert seconds.render().splitlines()[2:] == [
        'learnflow_seconds_bucket{le="0.1"} 2',
        'learnflow_seconds_bucket{le="1.0"} 3',
        'learnflow_seconds_bucket{le="+Inf"} 4',
        "learnflow_seconds_sum 7.65",
        "learnflow_seconds_count 4",
    ]


@pytest.mark.parametrize("value", ["", "two words", 'quo"te', "new\nline", "x" * 65, "é", "\ud800"])
def test_a_students_words_never_become_a_label(value: str) -> None:
    counter = Counter("c", "About", labels=("intent",))

    counter.add(intent=value)

    assert counter.value(intent="other") == 1


def test_a_label_with_many_values_does_not_fill_the_memory() -> None:
    counter = Counter("c", "About", labels=("who",))

    for n in range(1_000):
        counter.add(who=str(n))

    assert len(counter.render().splitlines()) < 210
    assert counter.value(who="other") == 800


def test_a_wrong_set_of_labels_is_a_mistake_of_ours() -> None:
    counter = Counter("c", "About", labels=("who",))

    with pytest.raises(ValueError, match="labels"):
        counter.add()
    with pytest.raises(KeyError):
        counter.add(whom="x")


def test_counts_from_many_threads_are_all_kept() -> None:
    counter = Counter("c", "About")
    threads = [threading.Thread(target=lambda: [counter.add() for _ in range(500)]) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counter.value() == 4_000


def test_everything_measured_is_in_one_text() -> None:
    text = metrics.render()

    for name in ("turns_total", "turn_seconds", "node_seconds", "sandbox_runs_total", "model_tokens_total"):
        assert f"# TYPE learnflow_{name} " in text
