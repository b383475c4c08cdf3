"""Worked solutions with SymPy: what was done, and every line checked against the line before; runs in the child only."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

from cas.applied import Applied, NotSolved
from cas.further import Further

STEPS_MAX = 14
_PLAIN = (("**", "^"), ("Abs(", "abs("), ("log(", "ln("), ("ceiling(", "ceil("))


_SCHOOL = frozenset(
    ["exp", "log", "Abs", "sign", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "asec", "acsc", "acot", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"]
)  # fmt: skip


class Solver(Applied, Further):
    """One method a task. Each returns {answer, answer_latex, question_latex, steps}."""

    def __init__(self, sympy: Any, build: Callable[[list[Any]], Any]) -> None:
        self.sp = sympy
        self.build = build

    def solve(self, task: str, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return getattr(self, f"_{task}")([self.build(t) for t in trees], extra)  # type: ignore[no-any-return]
        except NotSolved:
            return None

    # --- how things look

    def tex(self, e: Any) -> str:
        return str(self.sp.latex(e, ln_notation=True))

    def plain(self, e: Any) -> str:
        """Text that a student could have typed, and that the parser reads back."""
        text = str(e)
        for old, new in _PLAIN:
            text = text.replace(old, new)
        return re.sub(r"\bI\b", "i", re.sub(r"\bE\b", "e", text))

    def _done(self, question: str, answer: str, answer_latex: str, steps: list[tuple[str, str]]) -> dict[str, Any]:
        kept = [s for i, s in enumerate(steps) if i == 0 or s != steps[i - 1]]
        return {"question_latex": question, "answer": answer, "answer_latex": answer_latex, "steps": kept[:STEPS_MAX]}

    # --- checks

    def same(self, a: Any, b: Any) -> bool:
        """Whether two expressions agree at points nobody chose, or by algebra where those cannot be computed."""
        difference = a - b
        names = sorted(difference.free_symbols, key=str)
        tried = 0
        for k in range(6):
            point = {s: self.sp.Rational(37 + 101 * k + 53 * i, 97) for i, s in enumerate(names)}
            value = difference.subs(point).evalf(30)
            if value.is_number and value.is_finite:
                tried += 1
                if abs(value) > 1e-18:
                    return False
        return tried >= 3 or self.sp.simplify(difference) == 0

    def chain(self, lines: list[tuple[str, Any]]) -> list[tuple[str, str]]:
        """Lines that are all equal; one that is not fails the solution rather than misleads."""
        for (_, a), (_, b) in itertools.pairwise(lines):
            if not self.same(a, b):
                raise NotSolved
        return [(what, self.tex(e)) for what, e in lines]

    def tidy(self, e: Any) -> Any:
        """The shortest of a few equal forms."""
        forms = [e]
        for form in (self.sp.simplify, self.sp.factor, self.sp.expand, self.sp.factor_terms):
            try:
                forms.append(form(e))
            except Exception:  # noqa: S112 - a form that SymPy cannot make is one form fewer
                continue
        return min(forms, key=lambda f: (f.count_ops(), len(str(f))))

    # --- expressions

    def _simplify(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        e = self._unevaluated(trees[0], extra)
        lines = [("start with", trees[0])]
        top, bottom = self.sp.fraction(self.sp.together(trees[0]))
        if bottom.free_symbols:
            lines.append(("factorise top and bottom", self.sp.factor(top) / self.sp.factor(bottom)))
            lines.append(("cancel what is common", self.sp.cancel(trees[0])))
        lines.append(("simplify", self.tidy(trees[0])))
        steps = self.chain(lines)
        return self._done(e, self.plain(lines[-1][1]), self.tex(lines[-1][1]), steps)

    def _unevaluated(self, e: Any, extra: dict[str, Any]) -> str:
        return str(extra.get("latex") or self.tex(e))

    def _expand(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        result = self.sp.expand(trees[0])
        if result == trees[0] and not result.is_polynomial(*result.free_symbols):
            raise NotSolved  # a root or a fraction of a sum: what is meant by expanding it was not told
        steps = self.chain([("start with", trees[0]), ("multiply out the brackets and collect like terms", result)])
        return self._done(self._unevaluated(trees[0], extra), self.plain(result), self.tex(result), steps)

    def _factorise(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        e = self.sp.expand(trees[0])
        lines = [("start with", trees[0]), ("write it without brackets", e)]
        common = self.sp.factor_terms(e)
        if common != e and common.is_Mul:
            lines.append(("take out the common factor", common))
        result = self.sp.factor(e)
        lines.append(("factorise", result))
        return self._done(self._unevaluated(trees[0], extra), self.plain(result), self.tex(result), self.chain(lines))

    def _partial_fractions(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        result = self.sp.apart(trees[0], self._variable(trees, extra))
        top, bottom = self.sp.fraction(self.sp.together(trees[0]))
        lines = [
            ("start with", trees[0]),
            ("factorise the denominator", top / self.sp.factor(bottom)),
            ("split into partial fractions", result),
        ]
        return self._done(self._unevaluated(trees[0], extra), self.plain(result), self.tex(result), self.chain(lines))

    def _evaluate(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        e = trees[0]
        values = {self.sp.Symbol(n, real=True): self.build(v) for n, v in extra.get("at", {}).items()}
        steps = [("start with", self._unevaluated(e, extra))]
        if values:
            e = e.subs(values)
            shown = ", ".join(f"{self.tex(s)} = {self.tex(v)}" for s, v in values.items())
            steps.append(("put in the values", shown))
        if e.free_symbols:
            raise NotSolved
        exact = self.sp.nsimplify(self.tidy(self.sp.expand(e))) if e.is_rational else self.tidy(e)
        if not self.same(e, exact):
            raise NotSolved
        steps.append(("work out the exact value", self.tex(exact)))
        if not exact.is_integer and exact.is_finite:
            steps.append(("as a decimal", rf"\approx {self.sp.N(exact, 6)}"))
        return self._done(self._unevaluated(trees[0], extra), self.plain(exact), self.tex(exact), steps)

    def _complete_the_square(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, x = self.sp, self.sp.expand(trees[0]), self._variable(trees, extra)
        poly = sp.Poly(e, x)
        if poly.degree() != 2:
            raise NotSolved
        a, b, c = poly.all_coeffs()
        shift = b / (2 * a)
        result = sp.Add(sp.Mul(a, (x + shift) ** 2), c - a * shift**2)
        lines = [("start with", e)]
        if a != 1:
            lines.append(
                (
                    f"take {a} out of the terms in {x}",
                    sp.Add(sp.Mul(a, x**2 + b / a * x, evaluate=False), c, evaluate=False),
                )
            )
        inner = sp.Add((x + shift) ** 2, -(shift**2), evaluate=False)
        lines.append(
            (
                "halve the coefficient of x, square it, and take that square away again",
                sp.Add(sp.Mul(a, inner, evaluate=False), c, evaluate=False),
            )
        )
        lines.append(("collect the numbers", result))
        return self._done(self._unevaluated(e, extra), self.plain(result), self.tex(result), self.chain(lines))

    def _variable(self, trees: list[Any], extra: dict[str, Any]) -> Any:
        if extra.get("variable"):
            return self.sp.Symbol(extra["variable"], real=True)
        free = {s.name: s for e in trees for s in e.free_symbols}
        for name in ("x", "t", "theta", "y", "z", "u", "n"):
            if name in free:
                return free[name]
        if not free:
            return self.sp.Symbol("x", real=True)
        return free[min(free)]

    # --- calculus

    def _differentiate(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        order = int(extra.get("order", 1))
        steps = [("start with", self._unevaluated(e, extra))]
        current = e
        for k in range(order):
            steps += self._rules(current, x)
            raw = sp.diff(current, x)
            result = self.tidy(raw)
            if not self.same(raw, result):
                raise NotSolved
            mark = "first derivative" if k == 0 and order > 1 else "second derivative" if k == 1 else "simplify"
            steps += [("put together", self.tex(raw)), (mark, self.tex(result))]
            current = result
        at = extra.get("at", {}).get(x.name)
        if at is not None:
            value = self.tidy(current.subs(x, self.build(at)))
            steps.append((f"put in {x} = {self.plain(self.build(at))}", self.tex(value)))
            current = value
        question = rf"\frac{{d{'^' + str(order) if order > 1 else ''}}}{{d{x}{'^' + str(order) if order > 1 else ''}}}\left({self._unevaluated(e, extra)}\right)"
        return self._done(question, self.plain(current), self.tex(current), steps)

    def _rules(self, e: Any, x: Any) -> list[tuple[str, str]]:
        terms = [t for t in self.sp.Add.make_args(e) if t.has(x)]
        out = []
        for term in terms[:6]:
            d = rf"\frac{{d}}{{d{x}}}\left({self.tex(term)}\right)"
            out.append((self._rule(term, x), f"{d} = {self.tex(self.sp.diff(term, x))}"))
        return out

    def _rule(self, term: Any, x: Any) -> str:
        inside = [f for f in self.sp.Mul.make_args(term) if f.has(x)]
        under = self.sp.fraction(self.sp.together(term))[1]
        if len(inside) > 1:
            return "quotient rule" if under.has(x) else "product rule"
        f = inside[0]
        if f == x or (f.is_Pow and f.base == x and not f.exp.has(x)):
            return "power rule: bring the power down, take one off it"
        if (f.is_Pow and not f.exp.has(x)) or (f.args and f.args[-1] != x):
            return "chain rule: the outer derivative times the inner derivative"
        return "standard derivative"

    def _integrate(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        steps = [("start with", rf"\int {self._bracketed(e, extra)} \, d{x}")]
        expanded = sp.expand(e)
        if expanded != e and len(sp.Add.make_args(expanded)) > 1 and self.same(e, expanded):
            steps.append(
                (
                    "multiply out first",
                    rf"\int {self.tex(expanded)} \, d{x}"
                    if not expanded.is_Add
                    else rf"\int \left({self.tex(expanded)}\right) d{x}",
                )
            )
        found = sp.integrate(e, x)
        if found.has(sp.Integral) or not self.same(sp.diff(found, x), e):
            found = sp.integrate(expanded, x)
        if found.has(sp.Integral) or found.has(sp.Piecewise) or not self.same(sp.diff(found, x), e):
            raise NotSolved
        if any(type(part).__name__ not in _SCHOOL for part in found.atoms(sp.Function)):
            raise NotSolved  # such as erf: no answer that a course of school mathematics could mean
        found = sp.expand(found) if expanded.is_polynomial(x) else self.tidy(found)
        if sp.Add.make_args(expanded)[1:] and expanded.is_polynomial(x):
            for term in sp.Add.make_args(expanded)[:6]:
                steps.append(
                    (
                        "add one to the power, divide by the new power",
                        rf"\int {self.tex(term)} \, d{x} = {self.tex(sp.integrate(term, x))}",
                    )
                )
        if "low" in extra:
            return self._definite(e, x, found, steps, extra)
        shown = self._with_modulus(found, x)
        steps += [
            ("integrate", f"{self.tex(shown)} + c"),
            ("check: differentiate it back", self.tex(self.tidy(sp.diff(found, x)))),
        ]
        return self._done(steps[0][1], f"{self.plain(shown)} + c", f"{self.tex(shown)} + c", steps)

    def _bracketed(self, e: Any, extra: dict[str, Any]) -> str:
        text = self._unevaluated(e, extra)
        return rf"\left({text}\right)" if e.is_Add else text

    def _with_modulus(self, e: Any, x: Any) -> Any:
        """ln|u| where u may be negative."""
        sp = self.sp
        return e.replace(lambda n: n.func is sp.log and n.has(x) and not n.args[0].is_positive and n.args[0].func is not sp.Abs,
                         lambda n: sp.log(sp.Abs(n.args[0], evaluate=False)))  # fmt: skip

    def _definite(
        self, e: Any, x: Any, found: Any, steps: list[tuple[str, str]], extra: dict[str, Any]
    ) -> dict[str, Any]:
        sp, low, high = self.sp, self.build(extra["low"]), self.build(extra["high"])
        value = self.tidy(sp.integrate(e, (x, low, high)))
        if value.has(sp.Integral) or not value.is_finite:
            raise NotSolved
        limits = rf"_{{{self.tex(low)}}}^{{{self.tex(high)}}}"
        steps[0] = ("start with", rf"\int{limits} {self._bracketed(e, extra)} \, d{x}")
        steps.append(("integrate", rf"\left[{self.tex(found)}\right]{limits}"))
        ends = found.subs(x, high) - found.subs(x, low)
        if ends.is_finite and self.same(ends, value):
            steps.append(
                (
                    "put in the limits, top less bottom",
                    rf"\left({self.tex(found.subs(x, high))}\right) - \left({self.tex(found.subs(x, low))}\right)",
                )
            )
        steps.append(("work it out", self.tex(value)))
        return self._done(steps[0][1], self.plain(value), self.tex(value), steps)

    def _counts(self, root: Any, extra: dict[str, Any]) -> bool:
        """Whether a value lies where the question looks."""
        if "where" not in extra:
            return True
        sign, bound = extra["where"][0], self.build(extra["where"][1])
        return bool({"<": root < bound, "<=": root <= bound, ">": root > bound, ">=": root >= bound}[sign])

    def _stationary(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        first, second = self.tidy(sp.diff(e, x)), self.tidy(sp.diff(e, x, 2))
        roots = [r for r in self._real_roots(first, x) if self._counts(r, extra)]
        steps = [("start with", f"y = {self._unevaluated(e, extra)}"), ("differentiate", rf"\frac{{dy}}{{d{x}}} = {self.tex(first)}"),
                 ("at a stationary point the gradient is zero", f"{self.tex(sp.factor(first))} = 0")]  # fmt: skip
        points, kinds = [], []
        for r in roots:
            height, bend = self.tidy(e.subs(x, r)), sp.simplify(second.subs(x, r))
            kind = "minimum" if bend > 0 else "maximum" if bend < 0 else self._kind_by_sides(first, x, r)
            points.append((r, height))
            kinds.append(kind)
            steps.append(
                (
                    f"a {kind}",
                    rf"{x} = {self.tex(r)}, \; y = {self.tex(height)}, \; \frac{{d^2y}}{{d{x}^2}} = {self.tex(bend)}",
                )
            )
        if not points:
            return self._done(steps[0][1], "no stationary points", r"\text{no stationary points}", steps)
        answer = ", ".join(f"({self.plain(a)}, {self.plain(b)})" for a, b in points)
        shown = r", \; ".join(
            rf"\left({self.tex(a)}, {self.tex(b)}\right) \text{{ {k}}}" for (a, b), k in zip(points, kinds, strict=True)
        )
        return self._done(steps[0][1], answer, shown, steps)

    def _kind_by_sides(self, first: Any, x: Any, r: Any) -> str:
        near = self.sp.Rational(1, 1000)
        left, right = (self.sp.N(first.subs(x, r + d)) for d in (-near, near))
        return "minimum" if left < 0 < right else "maximum" if right < 0 < left else "point of inflection"

    def _sketch(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        """What one marks before drawing: where the curve meets the axes, where it turns, where it is not defined."""
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        start = f"y = {self._unevaluated(e, extra)}"
        steps, marks = [("start with", start)], []
        at_zero = self.tidy(e.subs(x, 0))
        if at_zero.is_real and at_zero.is_finite:
            marks.append((sp.Integer(0), at_zero))
            steps.append((f"put {x} = 0: it meets the y axis", f"y = {self.tex(at_zero)}"))
        if (roots := self._tried_roots(e, x)) is not None:
            crossing = r" \text{ or } ".join(f"{self.tex(x)} = {self.tex(r)}" for r in roots)
            steps.append((f"put y = 0: it meets the {x} axis", crossing or r"\text{nowhere}"))
            marks += [(r, sp.Integer(0)) for r in roots]
        bottom = sp.fraction(sp.together(e))[1]
        if bottom.has(x) and (poles := self._tried_roots(bottom, x)):
            lines = ", ".join(f"{self.tex(x)} = {self.tex(p)}" for p in poles)
            steps.append(("the denominator is zero: it comes near to these lines and never meets them", lines))
        straight = e.has(sp.Abs) or (e.is_polynomial(x) and sp.degree(e, x) < 2)  # |x| has a corner, which is not flat
        turns = [] if straight else self._tried_roots(sp.diff(e, x), x) or []
        if turns:
            points = [(r, self.tidy(e.subs(x, r))) for r in turns]
            marks += points
            steps.append(("the gradient is zero: it is flat", ", ".join(self._point(a, b) for a, b in points)))
        marks = [(a, b) for a, b in dict.fromkeys(marks) if a.is_real and b.is_real and b.is_finite]
        if not marks:
            return self._done(start, "no marked points", r"\text{no marked points}", steps)
        answer = ", ".join(f"({self.plain(a)}, {self.plain(b)})" for a, b in marks)
        return self._done(start, answer, r", \; ".join(self._point(a, b) for a, b in marks), steps)

    def _point(self, a: Any, b: Any) -> str:
        return rf"\left({self.tex(a)}, {self.tex(b)}\right)"

    def _tried_roots(self, e: Any, x: Any) -> list[Any] | None:
        """None when they cannot be listed: a sketch does without."""
        try:
            return self._real_roots(e, x)
        except (NotSolved, NotImplementedError, ValueError, TypeError):
            return None

    # --- equations

    def _equation(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        equations = [t if t.is_Relational else self.sp.Eq(t, 0, evaluate=False) for t in trees]
        if not all(isinstance(q, self.sp.Equality) for q in equations):
            return self._inequality(equations, extra)
        names = sorted({s for q in equations for s in q.free_symbols}, key=str)
        if len(equations) > 1:
            return self._simultaneous(equations, names)
        x = self._variable(equations, extra)
        f = equations[0].lhs - equations[0].rhs
        question = self.tex(equations[0])
        if f.is_polynomial(x) or self.sp.fraction(self.sp.together(f))[1].has(x):
            return self._polynomial(equations[0], f, x, question)
        return self._transcendental(equations[0], f, x, question, extra)

    def _polynomial(self, q: Any, f: Any, x: Any, question: str) -> dict[str, Any]:
        sp = self.sp
        steps = [("start with", question)]
        top, bottom = sp.fraction(sp.together(f))
        if bottom.has(x):
            steps.append(("multiply both sides by the denominators", f"{self.tex(sp.expand(top))} = 0"))
        poly = sp.Poly(sp.expand(top), x)
        if poly.degree() < 1:
            raise NotSolved
        roots = [r for r in self._roots_of(poly, x) if not bottom.has(x) or sp.simplify(bottom.subs(x, r)) != 0]
        if not all(self._solves(top, x, r) for r in roots):
            raise NotSolved
        if poly.degree() == 1:
            steps += self._linear_steps(poly, x)
        elif poly.degree() == 2:
            steps += self._quadratic_steps(poly, x)
        else:
            steps += [
                ("bring everything to one side", f"{self.tex(poly.as_expr())} = 0"),
                ("factorise", f"{self.tex(sp.factor(poly.as_expr()))} = 0"),
            ]
        return self._listed(question, x, roots, steps)

    def _linear_steps(self, poly: Any, x: Any) -> list[tuple[str, str]]:
        a, b = poly.all_coeffs()
        if a.is_number and a < 0:
            a, b = -a, -b
        out = [(f"collect the terms in {x} on one side, the rest on the other", f"{self.tex(a * x)} = {self.tex(-b)}")]
        return [*out, (f"divide by {self.plain(a)}", f"{x} = {self.tex(self.sp.simplify(-b / a))}")] if a != 1 else out

    def _quadratic_steps(self, poly: Any, x: Any) -> list[tuple[str, str]]:
        sp = self.sp
        e = poly.as_expr()
        out = [("bring everything to one side", f"{self.tex(e)} = 0")]
        a, b, c = poly.all_coeffs()
        factored = sp.factor(e)
        if factored != e and (factored.is_Mul or factored.is_Pow) and self._splits(factored, x):
            return [
                *out,
                ("factorise", f"{self.tex(factored)} = 0"),
                ("a product is zero when a factor is", self._factors_zero(factored, x)),
            ]
        if b == 0:
            return [*out, ("make the square the subject", f"{x}^2 = {self.tex(sp.simplify(-c / a))}")]
        disc = sp.expand(b**2 - 4 * a * c)
        out.append(("the discriminant", f"b^2 - 4ac = {self.tex(disc)}"))
        if disc.is_number and disc < 0:
            return [*out, ("it is negative", r"\text{no real solutions}")]
        formula = rf"{x} = \frac{{{self.tex(-b)} \pm \sqrt{{{self.tex(disc)}}}}}{{{self.tex(2 * a)}}}"
        return [*out, ("use the quadratic formula", formula)]

    def _splits(self, factored: Any, x: Any) -> bool:
        return all(self.sp.Poly(f, x).degree() <= 1 for f in self._bases(factored, x))

    def _bases(self, factored: Any, x: Any) -> list[Any]:
        return [f.as_base_exp()[0] for f in self.sp.Mul.make_args(factored) if f.has(x)]

    def _factors_zero(self, factored: Any, x: Any) -> str:
        return r" \text{ or } ".join(f"{self.tex(f)} = 0" for f in self._bases(factored, x))

    def _roots_of(self, poly: Any, x: Any) -> list[Any]:
        sp = self.sp
        e = poly.as_expr()
        if len(e.free_symbols) > 1:
            return list(sp.solve(e, x))
        return self._real_roots(e, x)

    def _real_roots(self, e: Any, x: Any) -> list[Any]:
        sp = self.sp
        found = sp.solveset(e, x, sp.S.Reals)
        if found is sp.S.EmptySet:
            return []
        if not isinstance(found, sp.FiniteSet):
            raise NotSolved
        roots = [sp.radsimp(sp.simplify(r)) for r in found]
        if any(r.has(sp.CRootOf) for r in roots) or any(not r.is_real for r in roots):
            raise NotSolved
        return sorted(roots, key=lambda r: float(sp.N(r)))

    def _solves(self, f: Any, x: Any, root: Any) -> bool:
        return self.same(f.subs(x, root), self.sp.Integer(0))

    def _listed(self, question: str, x: Any, roots: list[Any], steps: list[tuple[str, str]]) -> dict[str, Any]:
        if not roots:
            return self._done(question, "no real solutions", r"\text{no real solutions}", steps)
        answer = " or ".join(f"{x} = {self.plain(r)}" for r in roots)
        shown = r" \text{ or } ".join(f"{self.tex(x)} = {self.tex(r)}" for r in roots)
        if steps[-1][1] != shown:
            steps.append(("so", shown))
        return self._done(question, answer, shown, steps)

    def _transcendental(self, q: Any, f: Any, x: Any, question: str, extra: dict[str, Any]) -> dict[str, Any]:
        sp = self.sp
        steps = [("start with", question), *self._both_signs(q)]
        periodic = f.has(sp.sin, sp.cos, sp.tan, sp.sec, sp.csc, sp.cot)
        if periodic:
            return self._trigonometric(f, x, question, steps, extra)
        found = sp.solveset(f, x, sp.S.Reals)
        exact = isinstance(found, sp.FiniteSet) or found is sp.S.EmptySet
        roots = list(found) if exact else [r for r in sp.solve(f, x) if r.is_real]
        roots = sorted(
            (self.tidy(sp.expand_log(r, force=True)) for r in roots), key=lambda r: float(sp.N(r)) if r.is_number else 0
        )
        roots = [r for r in roots if self._solves(f, x, r)]  # a logarithm may not be defined there
        if not roots and found is not sp.S.EmptySet:
            raise NotSolved
        if f.has(sp.exp) or any(p.exp.has(x) for p in f.atoms(sp.Pow)):
            steps.append(
                (
                    "isolate the power and take logarithms of both sides",
                    r" \text{ or } ".join(f"{self.tex(x)} = {self.tex(r)}" for r in roots)
                    or r"\text{no real solutions}",
                )
            )
        elif f.has(sp.log):
            steps.append(
                (
                    "combine the logarithms and undo them; keep only values for which each logarithm is defined",
                    r" \text{ or } ".join(f"{self.tex(x)} = {self.tex(r)}" for r in roots),
                )
            )
        return self._listed(question, x, roots, steps)

    def _both_signs(self, q: Any) -> list[tuple[str, str]]:
        """|a| = b as a = b or a = -b."""
        left, right = (q.lhs, q.rhs) if isinstance(q.lhs, self.sp.Abs) else (q.rhs, q.lhs)
        if not isinstance(left, self.sp.Abs) or (right.has(self.sp.Abs) and not isinstance(right, self.sp.Abs)):
            return []
        other = right.args[0] if isinstance(right, self.sp.Abs) else right
        cases = [f"{self.tex(left.args[0])} = {self.tex(e)}" for e in (other, -other)]
        return [("a modulus is what stands in it, or its negative", r" \text{ or } ".join(cases))]

    def _trigonometric(
        self, f: Any, x: Any, question: str, steps: list[tuple[str, str]], extra: dict[str, Any]
    ) -> dict[str, Any]:
        sp = self.sp
        low, high = (
            self.build(extra[k]) if k in extra else d for k, d in (("low", sp.Integer(0)), ("high", 2 * sp.pi))
        )
        degrees = bool(extra.get("degrees"))
        if degrees:
            f, low, high = f.subs(x, x * sp.pi / 180), low * sp.pi / 180, high * sp.pi / 180
            f = f.subs(x, x * 180 / sp.pi)
        found = sp.solveset(f, x, sp.Interval(low, high))
        if not isinstance(found, sp.FiniteSet) and found is not sp.S.EmptySet:
            raise NotSolved
        roots = self._with_missed({sp.simplify(r) for r in found}, f, x, low, high)
        if not all(self._solves(f, x, r) for r in roots):
            raise NotSolved
        shown = [sp.simplify(r * 180 / sp.pi) for r in roots] if degrees else roots
        unit = r"^\circ" if degrees else ""
        between = f"{self.tex(low * 180 / sp.pi if degrees else low)}{unit} \\le {x} \\le {self.tex(high * 180 / sp.pi if degrees else high)}{unit}"
        steps.append(("look for all solutions in the interval", between))
        if not shown:
            return self._done(question, "no solutions", r"\text{no solutions}", steps)
        listed = ", ".join(f"{self.tex(r)}{unit}" for r in shown)
        steps.append(("the inverse function gives one; the symmetry of the graph gives the others", f"{x} = {listed}"))
        return self._done(
            question,
            f"{x} = " + ", ".join(self._turned(r) + "°" if degrees else self.plain(r) for r in shown),
            f"{x} = {listed}",
            steps,
        )

    def _turned(self, r: Any) -> str:
        """Degrees as a number to which a degree sign can be put."""
        text = self.plain(r)
        if r.is_Rational and not r.is_Integer:
            text = str(float(r)) if 1000 % r.q == 0 else f"({text})"
        return text if text.lstrip("-").replace(".", "").isdigit() else f"({text.strip('()')})"

    def _with_missed(self, roots: set[Any], f: Any, x: Any, low: Any, high: Any) -> list[Any]:
        """The roots in order, with those that SymPy's solver overlooked: it does where a square of a sine stands."""
        sp = self.sp
        value = sp.lambdify(x, f, "math")
        grid = [float(low) + (float(high) - float(low)) * (k + 0.37) / 1440 for k in range(1440)]
        for a, b in itertools.pairwise(grid):
            try:
                crosses = value(a) * value(b) < 0 and abs(value(a)) + abs(value(b)) < 50
            except (ArithmeticError, ValueError):
                continue  # a pole
            if crosses and not any(a <= float(r) <= b for r in roots):
                near = sp.nsolve(f, x, (a, b), solver="bisect", verify=False)
                turn = sp.Rational(str(near / sp.N(sp.pi))).limit_denominator(720)
                if not self._solves(f, x, turn * sp.pi):
                    raise NotSolved
                roots.add(turn * sp.pi)
        return sorted(roots, key=lambda r: float(sp.N(r)))

    def _simultaneous(self, equations: list[Any], names: list[Any]) -> dict[str, Any]:
        sp = self.sp
        found = sp.solve([q.lhs - q.rhs for q in equations], names, dict=True)
        if not found or any(set(s) != set(names) for s in found):
            raise NotSolved
        found = [s for s in found if all(v.is_real for v in s.values())]
        if any(not self.same((q.lhs - q.rhs).subs(s), sp.Integer(0)) for s in found for q in equations) or not found:
            raise NotSolved
        steps = [("start with", r" \\ ".join(self.tex(q) for q in equations))]
        steps += self._elimination(equations, names)
        shown = r" \text{ or } ".join(", ".join(f"{n} = {self.tex(s[n])}" for n in names) for s in found)
        steps.append(("so", shown))
        answer = " or ".join(", ".join(f"{n} = {self.plain(s[n])}" for n in names) for s in found)
        return self._done(steps[0][1], answer, shown, steps)

    def _elimination(self, equations: list[Any], names: list[Any]) -> list[tuple[str, str]]:
        """Two equations in two unknowns: one made the subject, put into the other."""
        sp = self.sp
        if len(equations) != 2 or len(names) != 2:
            return []
        for q, other in (equations, equations[::-1]):
            for n in names[::-1]:
                f = sp.expand(q.lhs - q.rhs)
                if f.is_polynomial(n) and sp.degree(f, n) == 1 and f.coeff(n, 1).is_number:
                    subject = sp.solve(f, n)[0]
                    put = sp.expand((other.lhs - other.rhs).subs(n, subject))
                    return [(f"make {n} the subject of one equation", f"{n} = {self.tex(subject)}"),
                            ("put it into the other and collect", f"{self.tex(sp.factor(put) if put.is_polynomial() else put)} = 0")]  # fmt: skip
        return []

    def _inequality(self, relations: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, q = self.sp, relations[0]
        x = self._variable(relations, extra)
        f = sp.expand(q.lhs - q.rhs)
        found = sp.solve_univariate_inequality(q, x, relational=False)
        answer = found.as_relational(x)
        steps = [
            ("start with", self.tex(q)),
            ("bring everything to one side", self.tex(q.func(sp.factor(f), 0, evaluate=False))),
        ]
        roots = sp.solveset(f, x, sp.S.Reals)
        if isinstance(roots, sp.FiniteSet) and roots:
            steps.append(
                ("where the two sides are equal", r", \; ".join(f"{x} = {self.tex(r)}" for r in sorted(roots)))
            )
        steps.append(("look at the sign between and beyond", self.tex(found)))
        text = _interval_text(self, found, x)
        return self._done(steps[0][1], text or self.plain(answer), self.tex(found), steps)

    # --- series

    def _arithmetic(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (a, d, n) = self.sp, trees
        last, total = sp.expand(a + (n - 1) * d), self.tidy(n * (2 * a + (n - 1) * d) / 2)
        if n.is_Integer and n <= 5_000 and sum(a + k * d for k in range(int(n))) != total:
            raise NotSolved
        steps = [("first term, difference, number of terms", f"a = {self.tex(a)}, \\; d = {self.tex(d)}, \\; n = {self.tex(n)}"),
                 ("the last term", f"a + (n-1)d = {self.tex(last)}")]  # fmt: skip
        if extra.get("term"):
            return self._done(rf"u_{{{self.tex(n)}}}", self.plain(last), self.tex(last), steps)
        steps += [("the sum", rf"S_n = \frac{{n}}{{2}}\left(2a + (n-1)d\right) = {self.tex(total)}")]
        return self._done(rf"S_{{{self.tex(n)}}}", self.plain(total), self.tex(total), steps)

    def _geometric(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (a, r, n) = self.sp, trees
        steps = [("first term and ratio", f"a = {self.tex(a)}, \\; r = {self.tex(r)}")]
        if n == sp.oo:
            if not abs(r) < 1:
                raise NotSolved
            total = self.tidy(a / (1 - r))
            steps += [
                ("the sum to infinity exists, since |r| < 1", rf"S_\infty = \frac{{a}}{{1-r}} = {self.tex(total)}")
            ]
            return self._done(r"S_\infty", self.plain(total), self.tex(total), steps)
        if r == 1 or (n.is_Integer and n > 2_000):
            raise NotSolved
        last, total = a * r ** (n - 1), self.tidy(a * (r**n - 1) / (r - 1))
        if n.is_Integer and sp.simplify(sum(a * r**k for k in range(int(n))) - total) != 0:
            raise NotSolved
        if extra.get("term"):
            steps.append(("the term", f"a r^{{n-1}} = {self.tex(last)}"))
            return self._done(rf"u_{{{self.tex(n)}}}", self.plain(last), self.tex(last), steps)
        steps += [("the sum", rf"S_n = \frac{{a(r^n - 1)}}{{r - 1}} = {self.tex(total)}")]
        return self._done(rf"S_{{{self.tex(n)}}}", self.plain(total), self.tex(total), steps)

    def _binomial(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e = self.sp, trees[0]
        x = self._variable(trees, extra)
        base, n = e.as_base_exp()
        if n.is_Integer and 0 < n <= 30 and base.is_Add and len(base.args) == 2 and not extra.get("cut"):
            a, b = sorted(base.args, key=lambda t: t.has(x))
            terms = [sp.binomial(n, k) * a ** (n - k) * b**k for k in range(int(n) + 1)]
            shown = " + ".join(
                rf"\binom{{{n}}}{{{k}}} \left({self.tex(a)}\right)^{{{n - k}}} \left({self.tex(b)}\right)^{{{k}}}"
                for k in range(min(int(n) + 1, 5))
            )
            result = sp.expand(e)
            if not self.same(sum(terms), result):
                raise NotSolved
            steps = [
                ("start with", self._unevaluated(e, extra)),
                ("the binomial theorem", shown + (r" + \dots" if n > 4 else "")),
                ("work out each term", self.tex(result)),
            ]
            return self._done(steps[0][1], self.plain(result), self.tex(result), steps)
        order = int(extra.get("order", 3))
        if not n.is_Rational or order > 8:
            raise NotSolved
        series = sp.series(e, x, 0, order + 1).removeO()
        if any(
            not self.same(series.coeff(x, k), sp.diff(e, x, k).subs(x, 0) / sp.factorial(k)) for k in range(order + 1)
        ):
            raise NotSolved
        steps = [
            ("start with", self._unevaluated(e, extra)),
            ("expand in ascending powers", self.tex(series) + r" + \dots"),
        ]
        return self._done(steps[0][1], self.plain(series), self.tex(series), steps)


def _interval_text(solver: Solver, found: Any, x: Any) -> str:
    """x < -2 or x > 3, as a student writes it."""
    sp = solver.sp
    if found is sp.S.EmptySet:
        return "no solutions"
    if found == sp.S.Reals:
        return "all real numbers"
    parts = []
    for piece in found.args if isinstance(found, sp.Union) else (found,):
        if not isinstance(piece, sp.Interval):
            return ""
        parts.append(_between(solver, piece, x))
    return " or ".join(parts)


def _between(solver: Solver, piece: Any, x: Any) -> str:
    low, high = solver.plain(piece.start), solver.plain(piece.end)
    if piece.end == solver.sp.oo:
        return f"{x} {'>' if piece.left_open else '>='} {low}"
    right = f"{x} {'<' if piece.right_open else '<='} {high}"
    return right if piece.start == -solver.sp.oo else f"{low} {'<' if piece.left_open else '<='} {right}"
