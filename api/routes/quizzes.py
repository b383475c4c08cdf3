"""Questions one after the other: a quiz, against the clock if wished, or the short test that finds where to begin."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api import wire
from api.guard import SIGNED_IN, Route, requires, services, student
from core.ids import new_id
from core.ports import Subject, TopicId
from learning.quizzes.sittings import Wish

router = APIRouter(prefix="/api/v1/quizzes", route_class=Route, tags=["quizzes"])


@router.get("/categories", response_model=wire.Categories)
@requires(SIGNED_IN)
async def list_categories(request: Request, subject: Annotated[Subject | None, Query()] = None) -> wire.Categories:
    """What one can be asked about, with how many questions there are."""
    topics = services(request).course.list_topics(subject)
    items = [
        wire.CategoryView(
            topic=topic.id, title=topic.title, module=topic.module, module_title=topic.module_title,
            subject=topic.subject, questions=len(topic.quiz),
        )
        for topic in topics
        if topic.quiz
    ]  # fmt: skip
    return wire.Categories(items=items)


@router.post("", response_model=wire.QuizView, status_code=201)
@requires(SIGNED_IN)
async def begin(request: Request, body: wire.NewQuiz) -> wire.QuizView:
    """Begin; each next question is chosen by how you are doing."""
    wish = Wish(
        kind=body.kind, topics=tuple(TopicId(topic) for topic in body.topics), subject=body.subject,
        questions=body.questions, seconds=body.seconds,
    )  # fmt: skip
    return wire.QuizView.of(await services(request).quizzes.begin(student(request), body.id or new_id(), wish))


@router.get("", response_model=wire.Quizzes)
@requires(SIGNED_IN)
async def list_quizzes(request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 20) -> wire.Quizzes:
    """Yours, the newest first."""
    found = await services(request).quizzes.list_sittings(student(request), limit=limit)
    return wire.Quizzes(items=[wire.QuizView.of(one) for one in found])


@router.get("/{quiz_id}", response_model=wire.QuizView)
@requires(SIGNED_IN)
async def read(request: Request, quiz_id: wire.Id) -> wire.QuizView:
    """Where you are in it, or how it went."""
    return wire.QuizView.of(await services(request).quizzes.get(student(request), quiz_id))


@router.post("/{quiz_id}/answers", response_model=wire.AnswerResult)
@requires(SIGNED_IN)
async def answer(request: Request, quiz_id: wire.Id, body: wire.GivenAnswer) -> wire.AnswerResult:
    """Answer the question that waits. The first answer counts, and counts for your mastery; an answer after the time is
    409, and the quiz then has your results."""
    edge, who = services(request), student(request)
    sitting, one, recorded = await edge.quizzes.answer(who, quiz_id, body.question, body.option)
    return wire.AnswerResult(
        result=wire.QuestionResult.of(one),
        mastery=[wire.MasteryChangeView.model_validate(change) for change in recorded.changes],
        achievements=[wire.AchievementView.model_validate(one) for one in recorded.achievements],
        quiz=wire.QuizView.of(sitting),
    )


@router.post("/{quiz_id}/finish", response_model=wire.QuizView)
@requires(SIGNED_IN)
async def finish(request: Request, quiz_id: wire.Id) -> wire.QuizView:
    """Have done with it."""
    return wire.QuizView.of(await services(request).quizzes.finish(student(request), quiz_id))
