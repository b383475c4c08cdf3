"""Topics, lessons and exercises."""

from typing import Literal

from pydantic import Field

from api.wire.base import Id, In, NewId, Out, Text
from api.wire.turns import Turn
from core.ports import (
    Example,
    Exercise,
    Lesson,
    Subject,
    Topic,
)
from tools.mark_quiz import shown_options


class ExampleView(Out):
    title: str
    code: str
    output: str

    @staticmethod
    def of(example: Example) -> "ExampleView":
        return ExampleView.model_validate(example)


class QuestionView(Out):
    """A quiz question; which option is right is told after it was answered. Numeric and text questions have no options:
    their answer is typed."""

    id: str
    prompt: str
    kind: Literal["single", "multiple", "numeric", "text", "ordering"]
    options: list[str]
    skill: str


class Concept(Out):
    id: str
    title: str
    summary: str
    subject: Subject
    module: str
    module_title: str
    order: int
    objectives: list[str]
    skills: list[str]
    prerequisites: list[str]
    pitfalls: list[str]
    examples: list[ExampleView]
    quiz: list[QuestionView]
    exercises: list[str]

    @staticmethod
    def of(topic: Topic) -> "Concept":
        quiz = [
            QuestionView(id=q.id, prompt=q.prompt, kind=q.kind, options=shown_options(q), skill=q.skill)
            for q in topic.quiz
        ]
        return Concept(
            id=topic.id,
            title=topic.title,
            summary=topic.summary,
            subject=topic.subject,
            module=topic.module,
            module_title=topic.module_title,
            order=topic.order,
            objectives=list(topic.objectives),
            skills=list(topic.skills),
            prerequisites=list(topic.prerequisites),
            pitfalls=list(topic.pitfalls),
            examples=[ExampleView.of(e) for e in topic.examples],
            quiz=quiz,
            exercises=list(topic.exercises),
        )


class SectionView(Out):
    """`anchor` is what a citation names; `markdown` may hold formulas in dollars and fenced code."""

    anchor: str
    heading: str
    markdown: str


class LessonView(Out):
    topic: str
    title: str
    version: str
    sections: list[SectionView]

    @staticmethod
    def of(lesson: Lesson) -> "LessonView":
        sections = [
            SectionView(anchor=part.anchor, heading=part.heading, markdown=part.body) for part in lesson.sections
        ]
        return LessonView(topic=lesson.topic, title=lesson.title, version=lesson.version, sections=sections)


class Concepts(Out):
    version: str
    items: list[Concept]


class ExerciseView(Out):
    """What a student may see of an exercise: hints come one by one in a conversation; tests, references and planted
    mistakes never leave."""

    id: str
    topic: str
    subject: Subject
    title: str
    statement: str
    skills: list[str]
    difficulty: int = Field(ge=1, le=3)
    starter: str
    entry: str = Field(description="the function to write, empty when the program is run as a whole")
    hints_available: int

    @staticmethod
    def of(exercise: Exercise) -> "ExerciseView":
        return ExerciseView(
            id=exercise.id,
            topic=exercise.topic,
            subject=exercise.subject,
            title=exercise.title,
            statement=exercise.statement,
            skills=list(exercise.skills),
            difficulty=exercise.difficulty,
            starter=exercise.starter,
            entry=exercise.entry,
            hints_available=len(exercise.hints),
        )


class Exercises(Out):
    items: list[ExerciseView]


class Generate(In):
    topic: Id | None = Field(None, description="unset: what would help this student most")
    subject: Subject | None = None
    difficulty: int | None = Field(None, ge=1, le=3)
    thread_id: Id | None = None
    turn_id: NewId | None = None


class Generated(Out):
    turn: Turn
    exercise: ExerciseView | None


class Submission(In):
    """Python: `code`. Mathematics: `answer`."""

    code: Text | None = None
    answer: Text | None = Field(None, examples=["2x + 3"])
    thread_id: Id | None = None
    turn_id: NewId | None = None
