"""Classes: dashboards, and answers that a teacher gives."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from api.wire.base import _SHOWN, Id, In, NewId, Out, _without_nul
from learning.dashboard import Dashboard


class TeacherAnswer(In):
    """`turn_id` is yours to choose: sent again with the same one, it is the same answer."""

    words: Annotated[
        str, Field(min_length=1, max_length=10_000, json_schema_extra=_SHOWN), AfterValidator(_without_nul)
    ] = Field(description="Markdown; shown as it stands, with your name")
    turn_id: NewId | None = None


class AnswerTo(TeacherAnswer):
    thread_id: Id | None = Field(None, description="a conversation of the student's; null: the latest, or a new one")


class ClassView(Out):
    id: str
    name: str
    students: int


class Classes(Out):
    items: list[ClassView]


class Named(Out):
    id: str
    name: str


class CellView(Out):
    """`level` in [0, 1]; `enough` is false on thin data. There is no cell for what was not tried."""

    student: str
    topic: str
    level: float
    attempts: int
    enough: bool


class NeedView(Out):
    """Who needs you now, the gravest first, with the reasons in words."""

    student: str
    name: str
    severity: Literal["low", "medium", "high"]
    reasons: list[str]


class WrongView(Out):
    """An answer, or the kind of error of a program, that at least two students gave."""

    answer: str
    students: int


class ItemView(Out):
    """`solved`: the share of students right at the first try. `discrimination` in [-1, 1]: how right answers go with right
    answers elsewhere; near or below 0 the item may be unclear; null when it cannot be told."""

    item: str
    students: int
    solved: float
    discrimination: float | None
    wrong: list[WrongView]


class TopicTime(Out):
    """`topic` and `subject` null for what belongs to no topic of the course."""

    subject: str | None
    topic: str | None
    minutes: float


class TimeView(Out):
    """Minutes of work, estimated from when things were done: a pause of more than ten minutes is no work. `week` is the last
    seven days, `before` the seven before; `trend` how much more that is, as a share, null where there was nothing before."""

    today: float
    week: float
    before: float
    trend: float | None
    topics: list[TopicTime]


class ClassTimeView(TimeView):
    """Of the whole class, summed; `active` students worked this week, `median` is the minutes of these."""

    active: int
    median: float


class DashboardView(Out):
    """`alt` is the heat map in words. Topics in teaching order, students by name, items hardest first."""

    id: str
    name: str
    at: datetime
    alt: str
    students: list[Named]
    topics: list[Named]
    cells: list[CellView]
    needs: list[NeedView]
    items: list[ItemView]
    time: ClassTimeView

    @staticmethod
    def of(found: Dashboard, alt: str) -> "DashboardView":
        return DashboardView(
            id=found.id,
            name=found.name,
            at=found.at,
            alt=alt,
            students=[Named(id=student, name=name) for student, name in found.students],
            topics=[Named(id=topic, name=title) for topic, title in found.topics],
            cells=[CellView.model_validate(cell) for cell in found.cells],
            needs=[NeedView.model_validate(need) for need in found.needs],
            items=[ItemView.model_validate(item) for item in found.items],
            time=ClassTimeView(
                **TimeView.model_validate(found.time.all).model_dump(),
                active=found.time.active,
                median=found.time.median,
            ),
        )
