"""What is handed on of the passages that a search found."""

import pytest

from tools.search_course import within

PARAGRAPH = "A loop repeats its body. " * 6


def test_what_fits_the_budget_is_handed_on_whole() -> None:
    assert within(["one", "two"], 100) == ["one", "two"]


def test_the_last_passage_that_fits_in_part_ends_with_a_paragraph() -> None:
    body = f"{PARAGRAPH}\n\n{PARAGRAPH}\n\n{PARAGRAPH}"

    kept = within(["first", body, "never reached"], len(body) // 3 - 10)

    assert kept == ["first", f"{PARAGRAPH}\n\n{PARAGRAPH}".rstrip()]


def test_code_is_handed_on_whole_or_not_at_all() -> None:
    code = "```python\n" + "x = 1\n\n" * 40 + "```"

    kept = within([f"Look at this.\n\n{code}\n\nThat was it."], 60)

    assert kept == ["Look at this."]


@pytest.mark.parametrize("bodies", [[], ["word " * 10_000], ["```\n" + "x\n\n" * 5_000]])
def test_no_text_breaks_the_budget(bodies: list[str]) -> None:
    assert sum(map(len, within(bodies, 100))) <= 300
