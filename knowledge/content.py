"""Reads a curriculum folder into topics, exercises and lessons, or says everything that is wrong with it."""

import hashlib
import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, get_args

from core.errors import CourseUnavailable, Invalid
from core.ports import (
    Equivalence,
    Exercise,
    ExerciseId,
    MathsAnswer,
    Mistake,
    Option,
    Question,
    SkillId,
    Subject,
    Topic,
    TopicId,
)
from knowledge.forms import ExerciseForm, ModuleForm, TopicForm
from knowledge.frontmatter import Page, Problem, Unreadable, read_bytes, read_page
from knowledge.lesson import Lesson, Section, read_lesson
from knowledge.variants import Unfillable, Values, draw_values, fill, fill_form, shown_values

SUBJECTS: tuple[Subject, ...] = get_args(Subject)
_MODULE_FILE = "_module.md"
Files = Mapping[str, bytes]  # what a curriculum's files hold, by their paths in it
_Kind = Literal["module", "topic", "exercise"]
F = TypeVar("F", ModuleForm, TopicForm, ExerciseForm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    id: str
    title: str
    subject: Subject
    order: int
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curriculum:
    """A whole course, in teaching order. `version` is a digest of every file: the same files, the same version."""

    modules: tuple[Module, ...]
    topics: tuple[Topic, ...]
    exercises: tuple[Exercise, ...]
    sections: Mapping[TopicId, tuple[Section, ...]]
    templates: Mapping[ExerciseId, tuple[Page, ExerciseForm]]
    version: str

    def vary(self, exercise: ExerciseId, seed: int | str) -> Exercise | None:
        """The same exercise with other numbers, the same ones for the same seed. None when it has no variants. Its id
        keeps that of the template, as records do."""
        if exercise not in self.templates:
            return None
        page, form = self.templates[exercise]
        return _exercise(page, form, draw_values(form.variant, seed) if form.variant else None)


def load_curriculum(folder: Path) -> Curriculum:
    """Raises CourseUnavailable when there is no such folder, Invalid with every problem when the content is wrong."""
    files, problems = gather([folder])
    return load_files(files, problems)


def load_files(files: Files, problems: Sequence[Problem] = ()) -> Curriculum:
    """The same of files that were read already, by their paths in the curriculum, with what was wrong in reading them."""
    reading = _read(files, Path())
    if reading.problems or problems:
        raise invalid([*problems, *reading.problems])
    return reading.curriculum(digest_of(files))


def read_folder(folder: Path) -> "Reading":
    """Every file that can be read, and what is wrong with the others. Raises CourseUnavailable."""
    files, problems = gather([folder])
    reading = _read(files, folder, broken=bool(problems))
    reading.problems += problems
    return reading


def version_of(folder: Path) -> str:
    """16 hexadecimal digits that change when any file's name or content does."""
    return digest_of(gather([folder])[0])


def digest_of(files: Files) -> str:
    digest = hashlib.sha256()
    for file, content in sorted(files.items()):
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def gather(folders: Sequence[Path]) -> tuple[dict[str, bytes], list[Problem]]:
    """The files of one curriculum that may lie in several folders, and those that cannot be read. Raises
    CourseUnavailable when a folder is not there."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for folder in folders:
        if not folder.is_dir():
            raise CourseUnavailable(f"There is no curriculum folder {folder}.", folder=str(folder))
        for path in _files(folder):
            file = path.relative_to(folder).as_posix()
            try:
                content = read_bytes(path, file)
            except Unreadable as error:
                problems.append(error.problem)
                continue
            if files.setdefault(file, content) != content:
                problems.append(Problem(file=file, line=1, message=f"{folder} holds another file of this name"))
    return files, problems


def salvage(
    files: Files, problems: Sequence[Problem], last: Files
) -> tuple[dict[str, bytes], list[Problem], Curriculum]:
    """The part of the files that is sound, all that is wrong, and the course they make: a bad file gives way to its
    `last` good state, or is left out where it has none, and so is what then names something that is not there."""
    sound, found, wrong = dict(files), list(problems), list(problems)
    given_back: set[str] = set()
    reading: Reading | None = None
    while reading is None or wrong:
        for file in {problem.file for problem in wrong}:
            if file in last and file not in given_back:
                given_back.add(file)
                sound[file] = last[file]
            elif file.endswith(f"/{_MODULE_FILE}"):  # it takes its module along
                sound = {name: held for name, held in sound.items() if _module_folder(name) != _module_folder(file)}
            else:
                sound.pop(file, None)
        reading = _read(sound, Path())
        wrong = reading.problems
        found += wrong
    return sound, sorted(set(found), key=lambda p: (p.file, p.line)), reading.curriculum(digest_of(sound))


def _read(files: Files, folder: Path, *, broken: bool = False) -> "Reading":
    reading = Reading(folder, broken=broken)
    for file, content in sorted(files.items()):
        reading.add(file, content)
    reading.connect()
    return reading


def _files(folder: Path) -> list[Path]:
    """Markdown files, in a fixed order; links are not followed, so no loop is."""
    found = [
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith(".md") and not name.startswith(".")
    ]
    return sorted(path for path in found if not path.is_symlink() and len(path.relative_to(folder).parts) > 2)


def invalid(problems: Sequence[Problem]) -> Invalid:
    listed = sorted(problems, key=lambda p: (p.file, p.line))
    count = f"{len(listed)} problem" + ("s" if len(listed) > 1 else "")
    return Invalid(
        f"The curriculum has {count}:\n" + "\n".join(map(str, listed)),
        problems=[{"file": p.file, "line": p.line, "message": p.message} for p in listed],
    )


class Reading:
    """What has been read so far. Topics and exercises are made only when all files are known to be right."""

    def __init__(self, folder: Path, *, broken: bool = False) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.modules: dict[str, tuple[Page, ModuleForm]] = {}  # by folder
        self.topics: dict[str, tuple[Page, TopicForm, Lesson]] = {}
        self.exercises: dict[str, tuple[Page, ExerciseForm]] = {}
        self.claimed: dict[str, str] = {}  # which file took an id
        self.broken = broken

    def add(self, file: str, content: bytes) -> None:
        try:
            kind, page = _kind(file), read_page(content, file)
        except Unreadable as error:
            self.problems.append(error.problem)
            self.broken = True
            return
        before = len(self.problems)
        match kind:
            case "module":
                self._add_module(page)
            case "topic":
                self._add_topic(page)
            case "exercise":
                self._add_exercise(page)
        self.broken = self.broken or len(self.problems) > before

    def _add_module(self, page: Page) -> None:
        form = self._parse(page, ModuleForm)
        if form is None:
            return
        if form.subject != page.file.split("/")[0]:
            self._wrong(page, ["subject"], f"a {form.subject} module lies in the folder of {page.file.split('/')[0]}")
        if not page.body.strip():
            self._wrong(page, [], "a module's body is a paragraph that sums it up")
        self._claim(page, ["id"], form.id)
        self.modules[_module_folder(page.file)] = (page, form)

    def _add_topic(self, page: Page) -> None:
        form = self._parse(page, TopicForm)
        lesson, problems = read_lesson(
            page.body, file=page.file, first_line=page.body_line, title=form.title if form else ""
        )
        self.problems += problems
        if form is None:
            return
        if not lesson.sections:
            self._wrong(page, [], "a topic's body is its lesson")
        self._claim(page, ["id"], form.id)
        for i, question in enumerate(form.quiz):
            self._claim(page, ["quiz", i, "id"], question.id)
        self.topics[form.id] = (page, form, lesson)

    def _add_exercise(self, page: Page) -> None:
        form = self._parse(page, ExerciseForm)
        if form is None:
            return
        if not page.body.strip():
            self._wrong(page, [], "an exercise's body is its statement")
        self._claim(page, ["id"], form.id)
        self._refuse_twice(page, "tests", [test.name for test in form.tests])
        for needed in _missing(form, page.file.split("/")[0]):
            self._wrong(page, [needed], f"{needed}: Field required")
        self._refuse_unfillable(page, form)
        self.exercises[form.id] = (page, form)

    def _refuse_unfillable(self, page: Page, form: ExerciseForm) -> None:
        try:
            if form.variant:
                _exercise(page, form, shown_values(form.variant))
        except Unfillable as error:
            self._wrong(page, ["variant"], f"variant: {error}")

    def connect(self) -> None:
        """What one file says about another. Left out while a file cannot be read: half of it would be noise."""
        for folder in sorted({_module_folder(page.file) for page, *_ in self.topics.values()} - self.modules.keys()):
            if not self.broken:
                self.problems.append(Problem(file=f"{folder}/{_MODULE_FILE}", line=1, message="is missing"))
        if self.broken:
            return
        skills = {skill for _, form, _ in self.topics.values() for skill in form.skills}
        for page, form, _ in self.topics.values():
            self._need_known(page, "prerequisites", form.prerequisites, self.topics, "topic")
            for i, question in enumerate(form.quiz):
                if question.skill not in skills:
                    self._wrong(page, ["quiz", i, "skill"], f"no topic teaches the skill {question.skill}")
        for page, exercise in self.exercises.values():
            self._need_known(page, "skills", exercise.skills, skills, "skill")
            self._need_known(page, "topic", [exercise.topic], self.topics, "topic", single=True)
        self._refuse_cycles()

    def _refuse_cycles(self) -> None:
        before = {
            name: [p for p in form.prerequisites if p in self.topics] for name, (_, form, _) in self.topics.items()
        }
        while free := [name for name, needs in before.items() if not any(need in before for need in needs)]:
            for name in free:
                del before[name]
        for name in before:
            # a topic that merely builds on the circle is not part of it
            if name in _reached(before, name):
                self._wrong(self.topics[name][0], ["prerequisites"], f"{name} is its own prerequisite, in a circle")

    def _parse(self, page: Page, form: type[F]) -> F | None:
        parsed, problems = page.parse(form)
        self.problems += problems
        return parsed

    def _wrong(self, page: Page, where: Sequence[int | str], message: str) -> None:
        self.problems.append(page.problem(where, message))

    def _claim(self, page: Page, where: Sequence[int | str], name: str) -> None:
        """Attempts are recorded by id alone, so one names one module, topic, question or exercise in all the course."""
        if name in self.claimed:
            self._wrong(page, where, f"{self.claimed[name]} is called {name} too")
        self.claimed.setdefault(name, page.file)

    def _refuse_twice(self, page: Page, where: str, names: Sequence[str]) -> None:
        for i, name in enumerate(names):
            if name in names[:i]:
                self._wrong(page, [where, i], f"{where}: {name} stands here twice")

    def _need_known(
        self, page: Page, where: str, names: Sequence[str], known: Container[str], what: str, *, single: bool = False
    ) -> None:
        for i, name in enumerate(names):
            if name not in known:
                self._wrong(page, [where] if single else [where, i], f"{where}: there is no {what} {name}")

    def curriculum(self, version: str) -> Curriculum:
        modules = sorted(self.modules.values(), key=lambda m: (SUBJECTS.index(m[1].subject), m[1].order, m[1].id))
        place = {_module_folder(page.file): i for i, (page, _) in enumerate(modules)}
        topics = sorted(self.topics.values(), key=lambda t: (place[_module_folder(t[0].file)], t[1].order, t[1].id))
        rank = {form.id: i for i, (_, form, _) in enumerate(topics)}
        exercises = sorted(self.exercises.values(), key=lambda e: (rank[e[1].topic], e[1].difficulty, e[1].id))
        made = tuple(
            _exercise(page, form, shown_values(form.variant) if form.variant else None) for page, form in exercises
        )
        return Curriculum(
            modules=tuple(_module(page, form) for page, form in modules),
            topics=tuple(
                _topic(form, lesson, self.modules[_module_folder(page.file)][1], made) for page, form, lesson in topics
            ),
            exercises=made,
            sections={TopicId(form.id): lesson.sections for _, form, lesson in topics},
            templates={ExerciseId(form.id): (page, form) for page, form in exercises if form.variant},
            version=version,
        )


def _kind(file: str) -> _Kind:
    """By its place: subject/module/_module.md, subject/module/topic.md, subject/module/exercises/slug.md."""
    parts = file.split("/")
    if parts[0] not in SUBJECTS:
        raise Unreadable(file, 1, f"a subject's folder is one of {', '.join(SUBJECTS)}")
    if len(parts) == 3:
        return "module" if parts[2] == _MODULE_FILE else "topic"
    if len(parts) == 4 and parts[2] == "exercises":
        return "exercise"
    raise Unreadable(file, 1, "lies neither in a module's folder nor in its exercises")


def _module_folder(file: str) -> str:
    return "/".join(file.split("/")[:2])


def _reached(edges: Mapping[str, Sequence[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, [])
    return reached


def _missing(form: ExerciseForm, subject: str) -> list[str]:
    if subject == "maths":
        return [] if form.answer else ["answer"]
    needed = {"tests": form.tests, "reference": form.reference}
    calls = any(test.mode == "call" for test in form.tests)
    return [name for name, value in needed.items() if not value] + (["entry"] if calls and not form.entry else [])


def _module(page: Page, form: ModuleForm) -> Module:
    return Module(id=form.id, title=form.title, subject=form.subject, order=form.order, summary=page.body.strip())


def _topic(form: TopicForm, lesson: Lesson, module: ModuleForm, exercises: Sequence[Exercise]) -> Topic:
    return Topic(
        id=TopicId(form.id),
        module=module.id,
        module_title=module.title,
        subject=module.subject,
        title=form.title,
        summary=form.summary,
        objectives=form.objectives,
        skills=_skills(form.skills),
        prerequisites=tuple(TopicId(name) for name in form.prerequisites),
        examples=lesson.examples,
        pitfalls=tuple(f"{pitfall.mistake.rstrip('.')}. {pitfall.why}" for pitfall in form.pitfalls),
        quiz=tuple(
            Question(
                id=question.id,
                prompt=question.prompt,
                options=tuple(Option(label=o.label, correct=o.correct, why=o.why) for o in question.options),
                skill=SkillId(question.skill),
                kind=question.asked_as,
                tolerance=question.tolerance,
                why=question.why,
            )
            for question in form.quiz
        ),
        exercises=tuple(exercise.id for exercise in exercises if exercise.topic == form.id),
        order=form.order,
    )


def _exercise(page: Page, form: ExerciseForm, values: Values | None) -> Exercise:
    """With the numbers of one variant, where it has any. Raises Unfillable."""
    statement = page.body.strip()
    if values is not None:
        form, statement = fill_form(form, values), fill(statement, values)
    return Exercise(
        id=ExerciseId(form.id),
        topic=TopicId(form.topic),
        subject="maths" if page.file.startswith("maths/") else "python",
        title=form.title,
        statement=statement,
        skills=_skills(form.skills),
        difficulty=form.difficulty,
        hints=form.hints,
        mistakes=tuple(Mistake(answer=m.answer, misconception=m.misconception) for m in form.mistakes),
        starter=form.starter,
        entry=form.entry,
        tests=form.graded_tests(),
        reference=form.reference,
        correct=form.correct,
        answer=_answer(form),
    )


def _answer(form: ExerciseForm) -> MathsAnswer | None:
    if form.answer is None:
        return None
    rule = Equivalence(task=form.answer.task, form=form.answer.form, sigfigs=form.answer.sigfigs)
    return MathsAnswer(reference=form.answer.reference, rule=rule, working=form.answer.working)


def _skills(names: Sequence[str]) -> tuple[SkillId, ...]:
    return tuple(SkillId(name) for name in names)
