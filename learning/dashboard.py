"""A class at a glance: topic by student, who needs the teacher now, how the items do; pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from core.ports import Mastery, SkillId, StudentId, TopicId
from learning.alerts import SEVERITIES, Severity
from learning.concepts import Graph
from learning.items import Item
from learning.worktime import TimeOnTask, Worked, time_on_task, together

_AWAY = timedelta(days=7)
_LOW = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """What is known of one student of the class; `worst` is the gravest alert that is neither resolved nor snoozed."""

    id: StudentId
    name: str
    last_at: datetime | None
    alerts: int
    worst: Severity | None
    mastery: Mapping[SkillId, Mastery]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTime:
    """Minutes of the whole class, each student's days being their own; `active` worked this week, `median` is of these."""

    all: TimeOnTask
    active: int
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`level` in [0, 1] is the mean of the topic's skills that the student tried; `enough` is False on thin data."""

    student: StudentId
    topic: TopicId
    level: float
    attempts: int
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A student to look at, with the reasons in words, the gravest first."""

    student: StudentId
    name: str
    severity: Severity
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Topics in teaching order, only those that somebody tried; students by name; a cell only where something was tried."""

    id: str
    name: str
    at: datetime
    students: tuple[tuple[StudentId, str], ...]
    topics: tuple[tuple[TopicId, str], ...]
    cells: tuple[Cell, ...]
    needs: tuple[Need, ...]
    items: tuple[Item, ...]
    time: ClassTime


def draw_up(
    class_id: str, name: str, graph: Graph, pupils: Sequence[Pupil], items: Sequence[Item], now: datetime,
    work: Sequence[tuple[date, Sequence[Worked]]] = (),
) -> Dashboard:  # fmt: skip
    """`work` is each student's, with what day it is for them."""
    cells = [cell for pupil in pupils for cell in _cells(graph, pupil)]
    tried = {cell.topic for cell in cells}
    levels: dict[StudentId, list[Cell]] = defaultdict(list)
    for cell in cells:
        levels[cell.student].append(cell)
    needs = [need for pupil in pupils if (need := _need(graph, pupil, levels[pupil.id], now))]
    return Dashboard(
        id=class_id,
        name=name,
        at=now,
        students=tuple((pupil.id, pupil.name) for pupil in pupils),
        topics=tuple((topic, graph.topics[topic].title) for topic in graph.order if topic in tried),
        cells=tuple(cells),
        needs=tuple(sorted(needs, key=lambda need: (-SEVERITIES.index(need.severity), -len(need.reasons), need.name))),
        items=tuple(items),
        time=class_time([time_on_task(found, today) for today, found in work]),
    )


def class_time(students: Sequence[TimeOnTask]) -> ClassTime:
    weeks = [student.week for student in students if student.week]
    return ClassTime(all=together(students), active=len(weeks), median=median(weeks) if weeks else 0.0)


def _cells(graph: Graph, pupil: Pupil) -> list[Cell]:
    of_topic: dict[TopicId, list[Mastery]] = defaultdict(list)
    for skill, found in pupil.mastery.items():
        if found.attempts:
            for topic in graph.topics_of.get(skill, ()):
                of_topic[topic].append(found)
    return [
        Cell(
            student=pupil.id,
            topic=topic,
            level=sum(one.level for one in of_topic[topic]) / len(of_topic[topic]),
            attempts=sum(one.attempts for one in of_topic[topic]),
            enough=any(one.enough for one in of_topic[topic]),
        )
        for topic in graph.order
        if topic in of_topic
    ]


def _need(graph: Graph, pupil: Pupil, cells: Sequence[Cell], now: datetime) -> Need | None:
    reasons: list[tuple[Severity, str]] = []
    if pupil.worst:
        reasons.append((pupil.worst, f"{_count(pupil.alerts, 'alert')} open, the gravest {pupil.worst}"))
    low = sorted((cell for cell in cells if cell.enough and cell.level < _LOW), key=lambda cell: cell.level)
    if low:
        worst = graph.topics[low[0].topic].title
        reasons.append(("medium", f"below {_LOW:.0%} in {_count(len(low), 'topic')}, lowest in {worst}"))
    if pupil.last_at is None:
        reasons.append(("low", "has not begun"))
    elif now - pupil.last_at >= _AWAY:
        reasons.append(("low", f"has not practised for {(now - pupil.last_at).days} days"))
    if not reasons:
        return None
    reasons.sort(key=lambda one: -SEVERITIES.index(one[0]))
    return Need(student=pupil.id, name=pupil.name, severity=reasons[0][0], reasons=tuple(words for _, words in reasons))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
