"""Measures a marked program: how long it ran, and how much of it the student's own tests reach."""

import ast

from core.errors import BudgetSpent, Invalid, SandboxUnavailable
from core.ports import Grade
from core.telemetry import span
from tools.parse_program import parse_program
from tools.run_code import Runner


async def measure_code(runner: Runner, program: str, grade: Grade) -> dict[str, float]:
    """`runtime_s`, `memory_bytes`, and `coverage` in [0, 1] where there are own tests that came to an end: asserts outside
    functions, or functions called test…. Measuring is no reason to fail: what cannot be had is left out."""
    found = {"runtime_s": grade.run.wall_s, "memory_bytes": float(grade.run.memory_bytes_peak)}
    lines, calls = _to_reach(program)
    if not lines or calls is None:
        return found
    with span("tools.measure_code"):
        try:
            trace = await runner.trace("\n".join([program, *calls]))
        except (SandboxUnavailable, BudgetSpent, Invalid):
            return found
    if trace.complete:
        found["coverage"] = len(lines & {step.line for step in trace.steps}) / len(lines)
    return found


def _to_reach(program: str) -> tuple[set[int], list[str] | None]:
    """The lines inside functions that are no tests, and the calls that run the tests; None without any."""
    tree = parse_program(program)
    if isinstance(tree, SyntaxError):
        return set(), None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    tests = [node.name for node in functions if node.name.startswith("test") and not node.args.args]
    asserted = any(isinstance(node, ast.Assert) for node in tree.body)
    lines = {
        inner.lineno
        for node in functions
        if node.name not in tests
        for outer in node.body
        for inner in ast.walk(outer)
        if isinstance(inner, ast.stmt) and not _is_docstring(inner)
    }
    return lines, [f"{name}()" for name in tests] if tests or asserted else None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
