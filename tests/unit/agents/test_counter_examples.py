"""What a hint says of the input that goes wrong."""

from agents._hints import counter_example
from core.ports import TestResult


def _result(*, smallest: bool) -> TestResult:
    return TestResult(
        name="any", group="properties", passed=False, status="ok", shown_input="f(42)", got="43", smallest=smallest
    )


def test_an_input_that_cannot_be_made_simpler_is_called_so_and_the_right_value_is_not_told() -> None:
    shrunk, found = counter_example(_result(smallest=True), None), counter_example(_result(smallest=False), None)

    assert shrunk == (
        "For `f(42)`, as simple an input as goes wrong, your program gives `43`, and that is not what the task asks for."
    )
    assert found == "For `f(42)` your program gives `43`, and that is not what the task asks for."
