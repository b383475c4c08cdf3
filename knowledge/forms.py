"""The forms that front matter must have: one pydantic model a kind of file."""

import ast
import re
from fractions import Fraction
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from core import strategies
from core.errors import Invalid
from core.ports import Subject, Test

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Code = Annotated[str, AfterValidator(lambda code: code.rstrip("\n"))]
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$")]


def _as_literal(value: Any) -> Any:
    """YAML reads `expect: 3` as a number; a test's expectation is the Python literal that was written."""
    return value if isinstance(value, str) else repr(value)


Literally = Annotated[str, BeforeValidator(_as_literal)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModuleForm(_Form):
    id: Dotted
    title: Text
    subject: Subject
    order: int


class PitfallForm(_Form):
    mistake: Text
    why: Text


class OptionForm(_Form):
    label: Annotated[Text, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
    correct: bool
    why: Text


class QuestionForm(_Form):
    """Without a `kind`, one right option makes it single, several make it multiple."""

    id: Slug
    prompt: Text
    skill: Dotted
    kind: Literal["single", "multiple", "numeric", "text", "ordering"] | None = None
    options: tuple[OptionForm, ...] = Field(min_length=1)
    tolerance: float = Field(0.0, ge=0)
    why: str = ""

    @property
    def asked_as(self) -> Literal["single", "multiple", "numeric", "text", "ordering"]:
        return self.kind or ("single" if self._right == 1 else "multiple")

    @property
    def _right(self) -> int:
        return sum(option.correct for option in self.options)

    @model_validator(mode="after")
    def _has_an_answer(self) -> "QuestionForm":
        if not self._right:
            raise ValueError("no option is correct")
        typed = self.kind == "text"  # what is typed is read in any case
        labels = {option.label.casefold() if typed else option.label for option in self.options}
        if len(labels) < len(self.options):
            raise ValueError("two options have the same label")
        if fault := self._fault():
            raise ValueError(fault)
        return self

    def _fault(self) -> str:
        if self.tolerance and self.kind != "numeric":
            return "`tolerance` is for a numeric question"
        match self.asked_as:
            case "single" if len(self.options) < 2 or self._right > 1:
                return "a single question has two options or more, and one that is correct"
            case "multiple" if len(self.options) < 2:
                return "a multiple question has two options or more"
            case "ordering" if len(self.options) < 3 or self._right < len(self.options):
                return "an ordering question has three options or more, all correct, in the right order"
            case "numeric" if bad := next((o.label for o in self.options if not _is_number(o.label)), ""):
                return f"`{bad}` is no number; a numeric question holds the answer, and typical wrong ones"
        return ""


def _is_number(text: str) -> bool:
    try:
        Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return False
    return True


class TopicForm(_Form):
    id: Dotted
    title: Text
    order: int
    summary: Text
    objectives: tuple[Text, ...] = Field(min_length=1)
    skills: tuple[Dotted, ...] = Field(min_length=1)
    prerequisites: tuple[Dotted, ...] = ()
    pitfalls: tuple[PitfallForm, ...] = ()
    quiz: tuple[QuestionForm, ...] = ()


class TestForm(_Form):
    name: Text
    group: Text = "examples"
    mode: Literal["call", "stdin", "property"] = "call"
    call: str = ""
    expect: Literally = ""
    stdin: str = ""
    check: str = ""
    inputs: str = ""
    given: tuple[Text, ...] = ()
    where: str = ""
    tolerance: float = Field(0.0, ge=0)

    @model_validator(mode="after")
    def _fits_its_mode(self) -> "TestForm":
        property_needs = () if self.given and self.stdin else ("call",) if self.given else ("check", "inputs")
        needed = {"call": ("call", "expect"), "stdin": ("expect",), "property": property_needs}[self.mode]
        missing = [name for name in needed if not getattr(self, name).strip()]
        if missing:
            raise ValueError(f"a {self.mode} test needs {' and '.join(missing)}")
        if self.mode == "call":
            _need_literal(self.expect)
        if self.given and (self.inputs or self.mode != "property"):
            raise ValueError("`given` is for a property test that lists no `inputs`")
        if self.where and not self.given:
            raise ValueError("`where` is a condition on what is drawn from `given`")
        if self.mode == "property" and self.stdin:
            _need_places(self.stdin, len(self.given))
        for source in (self.call, self.check, self.inputs, self.where):
            _need_expression(source)
        for source in self.given:
            _need_strategy(source)
        return self

    def with_reference(self, reference: str) -> Test:
        """The test as it is graded: one that compares with what the reference gives has to hold it."""
        compares = self.mode == "property" and (not self.check or "expected" in _names_of(self.check))
        return Test(**self.model_dump(), reference=reference if compares else "")


def _need_places(form: str, count: int) -> None:
    try:
        used = {name for _, name, _, _ in Formatter().parse(form) if name is not None}
    except ValueError as error:
        raise ValueError(f"`stdin` is no form with places like {{0}}: {error}") from None
    if used != set(map(str, range(count))):
        raise ValueError("`stdin` of a property has a place, {0}, {1} …, for each strategy of `given`")


class AnswerForm(_Form):
    reference: Annotated[Text, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
    task: Literal["equiv", "antiderivative", "units"] = "equiv"
    form: Literal["any", "factorised", "simplified", "expanded", "exact"] = "any"
    sigfigs: int | None = Field(None, ge=1, le=15)
    working: tuple[Text, ...] = ()


class MistakeForm(_Form):
    answer: Annotated[Code, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
    misconception: Text


class ParameterForm(_Form):
    """A whole number: `shown` in the exercise as written, drawn from `choices` or from `low` to `high` in a variant."""

    shown: int
    low: int = 0
    high: int = 0
    choices: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _has_a_choice(self) -> "ParameterForm":
        if not self.choices and not self.low < self.high:
            raise ValueError("a parameter needs choices, or low < high")
        if not (self.shown in self.choices if self.choices else self.low <= self.shown <= self.high):
            raise ValueError(f"{self.shown} is shown but never drawn")
        return self


class VariantForm(_Form):
    """The numbers of an exercise; `where` are conditions on them."""

    parameters: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], ParameterForm] = Field(
        min_length=1
    )
    where: tuple[Text, ...] = ()


class ExerciseForm(_Form):
    id: Slug
    topic: Dotted
    title: Text
    difficulty: int = Field(ge=1, le=3)
    skills: tuple[Dotted, ...] = Field(min_length=1)
    hints: tuple[Text, ...] = Field(min_length=1)
    mistakes: tuple[MistakeForm, ...] = ()
    entry: str = ""
    starter: Code = ""
    tests: tuple[TestForm, ...] = ()
    reference: Code = ""
    correct: tuple[Code, ...] = ()
    answer: AnswerForm | None = None
    variant: VariantForm | None = None

    def graded_tests(self) -> tuple[Test, ...]:
        return tuple(test.with_reference(self.reference) for test in self.tests)


_SLOT = re.compile(r"<<\+?(.+?)>>")


def _shown(source: str) -> str:
    """With a number in the place of every slot of a variant: what its form can be judged by."""
    return _SLOT.sub("1", source)


def _need_literal(source: str) -> None:
    try:
        ast.literal_eval(_shown(source))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"`expect: {source[:60]}` is no Python literal; text stands in quotes of its own") from error


def _need_strategy(source: str) -> None:
    try:
        strategies.read(_shown(source))
    except Invalid as error:
        raise ValueError(error.message) from error


def _names_of(expression: str) -> set[str]:
    return {
        node.id for node in ast.walk(ast.parse(_shown(expression).strip(), mode="eval")) if isinstance(node, ast.Name)
    }


def _need_expression(source: str) -> None:
    try:
        if source:
            ast.parse(_shown(source).strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"`{source[:60]}` is no Python expression") from error
