"""Questions of QTI arrive as the kind that they are, with what is told of each answer."""

import pytest

from core.ports import Question
from knowledge.content import load_files
from knowledge.imports.read import convert
from tests.unit.knowledge.imports.samples import declared, item

_ENTRY = '<p>What is half of 3? <textEntryInteraction responseIdentifier="RESPONSE"/> metres.</p>'


def asked(content: bytes) -> Question:
    """The one question that comes of a file, as the course has it."""
    made = convert({"q.xml": content}, place="maths/99-new")
    (question,) = load_files({name: text.encode() for name, text in made.pages.items()}).topics[0].quiz
    return question


def refused(content: bytes) -> str:
    with_another = {"q.xml": content, "r.xml": item("r", declared("string", "yes"), _ENTRY)}
    return "\n".join(map(str, convert(with_another, place="maths/99-new").notes))


def test_options_to_put_in_order_come_in_the_right_order() -> None:
    options = "".join(f'<simpleChoice identifier="{one}">step {one}</simpleChoice>' for one in "ABC")
    body = f'<orderInteraction responseIdentifier="RESPONSE"><prompt>Sort them.</prompt>{options}</orderInteraction>'

    question = asked(item("sort", declared("identifier", "B", "C", "A", cardinality="ordered"), body))

    assert question.kind == "ordering"
    assert [option.label for option in question.options] == ["step B", "step C", "step A"]


def test_a_number_that_is_typed_keeps_its_tolerance() -> None:
    rule = '<responseProcessing><equal toleranceMode="absolute" tolerance="0.05 0.05"/></responseProcessing>'

    question = asked(item("half", declared("float", "1.5"), _ENTRY, rule))

    assert (question.kind, question.tolerance, question.prompt) == ("numeric", 0.05, "What is half of 3? … metres.")
    assert [(option.label, option.correct) for option in question.options] == [("1.5", True)]


def test_a_tolerance_in_per_cent_becomes_a_distance() -> None:
    rule = '<responseProcessing><equal toleranceMode="relative" tolerance="10 10"/></responseProcessing>'

    assert asked(item("half", declared("float", "1.5"), _ENTRY, rule)).tolerance == pytest.approx(0.15)


def test_words_that_are_typed_keep_other_right_ones_and_typical_wrong_ones() -> None:
    mapped = '<mapping><mapEntry mapKey="Paris" mappedValue="1"/><mapEntry mapKey="paris" mappedValue="1"/><mapEntry mapKey="Lutetia" mappedValue="0.5"/><mapEntry mapKey="Lyon" mappedValue="0"/></mapping>'  # fmt: skip

    question = asked(item("city", declared("string", "Paris", mapped=mapped), _ENTRY))

    assert question.kind == "text"
    assert [(one.label, one.correct) for one in question.options] == [("Paris", True), ("Lutetia", True), ("Lyon", False)]  # fmt: skip


def test_a_gap_with_options_is_chosen_from() -> None:
    options = "".join(f'<inlineChoice identifier="{one}">{one}</inlineChoice>' for one in ("sin", "cos"))
    body = f'<p>The slope of sine is <inlineChoiceInteraction responseIdentifier="RESPONSE">{options}</inlineChoiceInteraction>.</p>'

    question = asked(item("gap", declared("identifier", "cos"), body))

    assert (question.kind, question.prompt) == ("single", "The slope of sine is ….")
    assert [option.correct for option in question.options] == [False, True]


def test_a_question_that_takes_several_answers_stays_so_with_one_right() -> None:
    options = "".join(f'<simpleChoice identifier="{one}">{one}</simpleChoice>' for one in "AB")
    body = f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0"><prompt>Which?</prompt>{options}</choiceInteraction>'

    assert asked(item("many", declared("identifier", "A", cardinality="multiple"), body)).kind == "multiple"


def test_what_is_told_of_the_whole_question_is_told_where_an_option_has_no_reason() -> None:
    options = "".join(f'<simpleChoice identifier="{one}">{one}</simpleChoice>' for one in "AB")
    body = f'<choiceInteraction responseIdentifier="RESPONSE"><prompt>Which?</prompt>{options}</choiceInteraction>'
    told = '<modalFeedback outcomeIdentifier="F" identifier="correct">Well seen.</modalFeedback><modalFeedback outcomeIdentifier="F" identifier="incorrect">Look again.</modalFeedback>'

    question = asked(item("which", declared("identifier", "A"), body, told))

    assert [option.why for option in question.options] == ["Well seen.", "Look again."]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<extendedTextInteraction responseIdentifier="RESPONSE"/>', "extendedTextInteraction has no form here"),
        (_ENTRY * 2, "one with 2 parts to answer (textEntryInteraction)"),
        ("<p>Only words.</p>", "one with nothing to answer"),
    ],
)
def test_a_question_without_a_form_here_is_told_by_what_it_is(body: str, expected: str) -> None:
    assert expected in refused(item("q", declared("string", "x"), body))


def test_a_number_without_a_number_as_its_answer_is_asked_as_words() -> None:
    assert asked(item("half", declared("float", "a half"), _ENTRY)).kind == "text"


def _older(string: str, conditions: str) -> bytes:
    return f"""<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><item ident="q1">
      <presentation><material><mattext texttype="text/html">&lt;p&gt;What is 3 + 4?&lt;/p&gt;</mattext></material>
      <response_str ident="r" rcardinality="Single">{string}</response_str></presentation>
      <resprocessing>{conditions}</resprocessing>
      <itemfeedback ident="fx"><material><mattext>You took 3 from 4.</mattext></material></itemfeedback>
    </item></questestinterop>""".encode()


_SEVEN = '<respcondition><conditionvar><or><varequal respident="r">7</varequal><and><vargte respident="r">6.5</vargte><varlte respident="r">7.5</varlte></and></or></conditionvar><setvar>100</setvar></respcondition>'  # fmt: skip
_ONE = '<respcondition><conditionvar><varequal respident="r">1</varequal></conditionvar><displayfeedback linkrefid="fx"/></respcondition>'  # fmt: skip


def test_a_number_of_qti_1_2_keeps_its_tolerance_and_its_wrong_answers() -> None:
    question = asked(_older('<render_fib fibtype="Decimal"/>', _SEVEN + _ONE))

    assert (question.kind, question.tolerance, question.prompt) == ("numeric", 0.5, "What is 3 + 4?")
    assert [(one.label, one.correct) for one in question.options] == [("7", True), ("1", False)]
    assert question.options[1].why == "You took 3 from 4."


def test_a_word_of_qti_1_2_is_typed() -> None:
    assert asked(_older("<render_fib/>", _SEVEN)).kind == "text"
