"""Questions one after the other: a quiz, against the clock if wished, or the short test that finds where to begin."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.guard import SIGNED_IN, Route, requires, services, student
from api.wire.base import Id
from api.wire.progress import AchievementView, MasteryChangeView
from api.wire.quizzes import (
    AnswerResult,
    Categories,
    CategoryView,
    GivenAnswer,
    NewQuiz,
    QuestionResult,
    QuizView,
    Quizzes,
)
from core.ids import new_id
from core.ports import Subject, TopicId
from learning.quizzes.sittings import Wish

router = APIRouter(prefix="/api/v1/quizzes", route_class=Route, tags=["quizzes"])


@router.get("/categories", response_model=Categories)
@requires(SIGNED_IN)
async def list_categories(request: Request, subject: Annotated[Subject | None, Query()] = None) -> Categories:
    """What one can be asked about, with how many questions there are."""
    topics = services(request).course.list_topics(subject)
    items = [
        CategoryView(
            topic=topic.id, title=topic.title, module=topic.module, module_title=topic.module_title,
            subject=topic.subject, questions=len(topic.quiz),
        )
        for topic in topics
        if topic.quiz
    ]  # fmt: skip
    return Categories(items=items)


@router.post("", response_model=QuizView, status_code=201)
@requires(SIGNED_IN)
async def begin(request: Request, body: NewQuiz) -> QuizView:
    """Begin; each next question is chosen by how you are doing."""
    wish = Wish(
        kind=body.kind, topics=tuple(TopicId(topic) for topic in body.topics), subject=body.subject,
        questions=body.questions, seconds=body.seconds,
    )  # fmt: skip
    return QuizView.of(await services(request).quizzes.begin(student(request), body.id or new_id(), wish))


@router.get("", response_model=Quizzes)
@requires(SIGNED_IN)
async def list_quizzes(request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 20) -> Quizzes:
    """Yours, the newest first."""
    found = await services(request).quizzes.list_sittings(student(request), limit=limit)
    return Quizzes(items=[QuizView.of(one) for one in found])


@router.get("/{quiz_id}", response_model=QuizView)
@requires(SIGNED_IN)
async def read(request: Request, quiz_id: Id) -> QuizView:
    """Where you are in it, or how it went."""
    return QuizView.of(await services(request).quizzes.get(student(request), quiz_id))


@router.post("/{quiz_id}/answers", response_model=AnswerResult)
@requires(SIGNED_IN)
async def answer(request: Request, quiz_id: Id, body: GivenAnswer) -> AnswerResult:
    """Answer the question that waits. The first answer counts, and counts for your mastery; an answer after the time is
    409, and the quiz then has your results."""
    edge, who = services(request), student(request)
    sitting, one, recorded = await edge.quizzes.answer(who, quiz_id, body.question, body.option)
    return AnswerResult(
        result=QuestionResult.of(one),
        mastery=[MasteryChangeView.model_validate(change) for change in recorded.changes],
        achievements=[AchievementView.model_validate(one) for one in recorded.achievements],
        quiz=QuizView.of(sitting),
    )


@router.post("/{quiz_id}/finish", response_model=QuizView)
@requires(SIGNED_IN)
async def finish(request: Request, quiz_id: Id) -> QuizView:
    """Have done with it."""
    return QuizView.of(await services(request).quizzes.finish(student(request), quiz_id))
