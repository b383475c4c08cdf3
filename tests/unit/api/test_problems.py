"""Every failure looks the same on the wire, and says no more than it may."""

import orjson
import pytest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from api import problems
from core import errors


def _classes(of: type[Exception]) -> list[type[Exception]]:
    return [of, *(one for child in of.__subclasses__() for one in _classes(child) if one.__module__ == "core.errors")]


@pytest.mark.parametrize("error", _classes(errors.LearnFlowError))
def test_the_table_covers_every_class_of_our_errors(error: type[Exception]) -> None:
    assert error in problems.TABLE


def test_the_table_names_each_kind_once() -> None:
    slugs = [slug for _, slug, _ in problems.TABLE.values()]

    assert len(slugs) == len(set(slugs))


def test_a_refusal_shows_its_own_words_and_facts() -> None:
    document = problems.describe(errors.TooLarge("Too long.", chars_max=5), trace="abc")

    assert document == {
        "type": "urn:learnflow:problem:too-large", "title": "Too large", "status": 413, "detail": "Too long.",
        "chars_max": 5, "trace_id": "abc",
    }  # fmt: skip


def test_facts_cannot_replace_what_the_standard_defines() -> None:
    document = problems.describe(errors.NotFound(status=200, type="x", rows=[1]))

    assert (document["status"], document["type"]) == (404, "urn:learnflow:problem:not-found")
    assert "rows" not in document


def test_a_part_that_fails_does_not_show_its_message() -> None:
    document = problems.describe(errors.DatabaseUnavailable("host=10.0.0.3 password=secret"))

    assert document["status"] == 503
    assert "secret" not in str(document)
    assert document["detail"] == "The database does not answer."


def test_a_stranger_among_exceptions_is_an_internal_error_without_words() -> None:
    document = problems.describe(KeyError("a student's words"), trace="t1")

    assert document == {
        "type": "urn:learnflow:problem:internal", "title": "Something went wrong on our side", "status": 500, "trace_id": "t1",
    }  # fmt: skip


def test_validation_points_at_the_field_and_never_repeats_the_value() -> None:
    class Body(BaseModel):
        password: int

    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"password": "hunter2"})

    document = problems.describe(caught.value)

    assert document["errors"][0]["pointer"] == "/password"
    assert "hunter2" not in str(document)


def test_a_wrong_method_keeps_its_allow_header() -> None:
    response = problems.response(HTTPException(405, headers={"Allow": "POST"}))

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.media_type == "application/problem+json"


def test_a_rate_limit_says_when_to_come_back() -> None:
    found = problems.headers(errors.RateLimited(retry_after_s=6.2, limit=60, reset_s=7))

    assert found == {"Retry-After": "7", "RateLimit-Limit": "60", "RateLimit-Remaining": "0", "RateLimit-Reset": "7"}


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"a": ["\udfff", float("nan")]}])
def test_what_no_strict_encoder_takes_is_still_sent_as_json(value: object) -> None:
    encoded = problems.encode({"value": value})

    assert encoded.decode("ascii").startswith('{"value":')


def test_ordinary_values_are_compact_json() -> None:
    assert orjson.loads(problems.encode({"a": [1, None]})) == {"a": [1, None]}
    assert b" " not in problems.encode({"a": [1, None]})
