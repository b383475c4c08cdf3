"""Opens the parts of the product that a task tries, the same way the server opens them."""

import ast
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.ids import new_id
from core.ports import Allowance, Exercise, ExerciseId, Meter, Sandbox, Student, StudentId, TopicId, TurnId
from core.ports import Test as ProductTest
from evals.datasets import ProblemRow, TestRow, prelude
from knowledge.embed import Encoder, FloatArray
from tools.run_code import Runner

_BATCH = 256
STUDENT = Student(id=StudentId("evaluation"), name="Evaluation")


class Unmetered:
    """core.ports.Entitlements for whom nothing is counted: what is measured here is the tutor, not a plan."""

    async def allow(self, student: Student, meter: Meter) -> Allowance:
        return Allowance(
            allowed=True, plan="evaluation", limit=None, used=0, resets_at=datetime.now(UTC), message=""
        )  # fmt: skip

    async def take(self, student: Student, meter: Meter, amount: int, *, key: str) -> Allowance:
        return await self.allow(student, meter)

    async def spend(self, student: Student, meter: Meter, amount: int, *, key: str) -> None:
        """Costs nothing."""


def runner_for(sandbox: Sandbox) -> Runner:
    return Runner(sandbox=sandbox, entitlements=Unmetered(), student=STUDENT, turn=TurnId(new_id()))


def exercise_of(problem: ProblemRow, topic: TopicId) -> Exercise:
    """The problem as the product holds one: with its prelude in front of every program, since an exercise has none."""
    tests = tuple(_test(row, problem.mode, number) for number, row in enumerate(problem.tests))
    lead = prelude(problem)
    return Exercise(
        id=ExerciseId(f"evals-{problem.problem.replace('/', '-')}"),
        topic=topic,
        subject="python",
        title=problem.title or problem.problem,
        statement=f"{problem.statement}\n\n{problem.statement_note}".strip() or problem.title,
        skills=(),
        difficulty=2,
        hints=(),
        entry=_entry(problem),
        tests=tests,
        reference=lead + problem.reference if problem.reference else "",
        correct=tuple(lead + program for program in problem.correct_pool),
    )


def test_name(number: int) -> str:
    return f"test {number}"


def _test(row: TestRow, mode: str, number: int) -> ProductTest:
    match mode:
        case "stdin":
            return ProductTest(name=test_name(number), mode="stdin", stdin=row.stdin, expect=row.stdout or row.expect)
        case "assert":
            return ProductTest(name=test_name(number), call=_claim(row.assertion), expect="True")
    if row.cmp == "json":
        # compared as JSON: a tuple is a list there
        call = f"__import__('json').loads(__import__('json').dumps({row.call}))"
        return ProductTest(name=test_name(number), call=call, expect=repr(json.loads(row.expect)))
    return ProductTest(name=test_name(number), call=row.call, expect=row.expect)


def _claim(assertion: str) -> str:
    """`assert` statements as one expression that is True when all of them hold."""
    claims = [ast.unparse(node.test) for node in ast.parse(assertion).body if isinstance(node, ast.Assert)]
    return f"all([{', '.join(f'bool({claim})' for claim in claims)}])"


def _entry(problem: ProblemRow) -> str:
    """The function that is asked for: the one that the reference defines under the problem's title, or defines last."""
    names = re.findall(r"^def (\w+)", problem.reference, re.MULTILINE)
    return problem.title if problem.title in names else names[-1] if names else ""


class Remembering:
    """An encoder that keeps the vectors of whole corpora in files: embedding one takes minutes."""

    def __init__(self, encoder: Encoder, folder: Path, on_progress: Callable[[int, int, str], None]) -> None:
        self.fingerprint = encoder.fingerprint
        self._encoder, self._folder, self._on_progress = encoder, folder, on_progress

    def encode(self, texts: Sequence[str]) -> FloatArray:
        digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        file = self._folder / f"{digest}-{self.fingerprint}.npz"
        if file.is_file() and len(kept := np.load(file)["vectors"]) == len(texts):
            return np.asarray(kept, np.float32)
        parts = []
        for start in range(0, len(texts), _BATCH):
            self._on_progress(start, len(texts), "embedding the corpus, once")
            parts.append(self._encoder.encode(texts[start : start + _BATCH]))
        vectors = np.concatenate(parts) if parts else self._encoder.encode([])
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, vectors=vectors)
        return vectors
