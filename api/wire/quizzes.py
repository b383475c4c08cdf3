"""Quizzes and their results."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.wire.base import Id, In, NewId, Out
from api.wire.progress import AchievementView, MasteryChangeView
from core.ports import (
    Subject,
)
from learning.quizzes.sittings import Answered, Sitting


class CategoryView(Out):
    topic: str
    title: str
    module: str
    module_title: str
    subject: Subject
    questions: int


class Categories(Out):
    items: list[CategoryView]


class NewQuiz(In):
    """A placement chooses its questions itself, at most twelve, and finds where to begin."""

    id: NewId | None = Field(None, description="yours to choose: the same id again is the same quiz")
    kind: Literal["quiz", "placement"] = "quiz"
    topics: list[Id] = Field([], max_length=100, description="empty: all")
    subject: Subject | None = None
    questions: int = Field(10, ge=1, le=30)
    seconds: int | None = Field(None, ge=10, le=7_200, description="by the server's clock; null: no limit")


class GivenAnswer(In):
    question: Id
    option: int | None = Field(ge=0, le=100, description="index of the chosen option; null: I do not know")


class OpenQuestion(Out):
    topic: str
    question: str
    prompt: str
    options: list[str]
    skill: str


class OptionResult(Out):
    label: str
    correct: bool
    why: str


class QuestionResult(Out):
    """`options` each with why it is right or wrong; `option` null: not known."""

    topic: str
    question: str
    prompt: str
    option: int | None
    correct: bool
    seconds: float
    options: list[OptionResult]

    @staticmethod
    def of(one: Answered) -> "QuestionResult":
        took = (one.answered_at - one.asked_at).total_seconds() if one.answered_at else 0.0
        return QuestionResult(
            topic=one.topic, question=one.question.id, prompt=one.question.prompt, option=one.option, correct=one.correct,
            seconds=round(took, 1), options=[OptionResult.model_validate(option) for option in one.question.options],
        )  # fmt: skip


class TopicResult(Out):
    topic: str
    asked: int
    correct: int


class KnownView(Out):
    topic: str
    likely: float


class QuizView(Out):
    """`open` has a `next` question; `over`: the time ran out. A placement that has ended says with which topic to begin
    (null: all is known) and how likely each is known."""

    id: str
    kind: Literal["quiz", "placement"]
    state: Literal["open", "over", "finished"]
    questions: int
    started_at: datetime
    ends_at: datetime | None
    next: OpenQuestion | None
    correct: int
    answered: list[QuestionResult]
    by_topic: list[TopicResult]
    begin_with: str | None
    known: list[KnownView]

    @staticmethod
    def of(sitting: Sitting) -> "QuizView":
        waiting, answered = sitting.waiting, sitting.answered
        topics = list(dict.fromkeys(one.topic for one in answered))
        return QuizView(
            id=sitting.id, kind=sitting.kind, state=sitting.state, questions=sitting.questions,
            started_at=sitting.started_at, ends_at=sitting.ends_at,
            next=waiting and OpenQuestion(
                topic=waiting.topic, question=waiting.question.id, prompt=waiting.question.prompt,
                options=[option.label for option in waiting.question.options], skill=waiting.question.skill,
            ),
            correct=sum(one.correct for one in answered), answered=[QuestionResult.of(one) for one in answered],
            by_topic=[
                TopicResult(
                    topic=topic, asked=sum(one.topic == topic for one in answered),
                    correct=sum(one.topic == topic and one.correct for one in answered),
                )
                for topic in topics
            ],
            begin_with=sitting.begin_with,
            known=[KnownView(topic=topic, likely=round(likely, 3)) for topic, likely in sitting.known],
        )  # fmt: skip


class Quizzes(Out):
    items: list[QuizView]


class AnswerResult(Out):
    """What the answer was worth, and the quiz as it goes on."""

    result: QuestionResult
    mastery: list[MasteryChangeView]
    achievements: list[AchievementView] = Field(default_factory=list)
    quiz: QuizView
