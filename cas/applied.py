"""Worked solutions in the fields where a formula does the work: vectors, motion, statistics, sequences, tangents; runs
in the child only."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any


class NotSolved(Exception):
    """No solution that could be checked."""


class Applied:
    """Methods of the solver, one a task; each returns {answer, answer_latex, question_latex, steps}."""

    sp: Any
    build: Callable[[list[Any]], Any]
    tex: Callable[[Any], str]
    plain: Callable[[Any], str]
    same: Callable[[Any, Any], bool]
    tidy: Callable[[Any], Any]
    _done: Callable[..., dict[str, Any]]
    _variable: Callable[..., Any]

    # --- curves

    def _tangent(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        a = self.build(extra["at"])
        rate, height = self.tidy(sp.diff(e, x)), self.tidy(e.subs(x, a))
        slope = self.tidy(rate.subs(x, a))
        if not height.is_finite or not slope.is_finite:
            raise NotSolved
        steps = [("start with", f"y = {extra['latex']}"), (f"put in {x} = {self.plain(a)}", f"y = {self.tex(height)}"),
                 ("differentiate", rf"\frac{{dy}}{{d{x}}} = {self.tex(rate)}"), ("the gradient there", f"m = {self.tex(slope)}")]  # fmt: skip
        if extra["kind"] == "normal":
            if slope == 0:
                return self._done(steps[0][1], f"{x} = {self.plain(a)}", f"{x} = {self.tex(a)}", steps)
            slope = -1 / slope
            steps.append(
                ("the normal is perpendicular: turn the fraction over and change its sign", f"m = {self.tex(slope)}")
            )
        line = sp.expand(slope * (x - a) + height)
        if not self.same(line.subs(x, a), height) or not self.same(sp.diff(line, x), slope):
            raise NotSolved
        steps += [("y - y₁ = m(x - x₁)", rf"y - \left({self.tex(height)}\right) = {self.tex(slope)}\left({self.tex(x - a)}\right)"),
                  ("tidy up", f"y = {self.tex(line)}")]  # fmt: skip
        return self._done(steps[0][1], f"y = {self.plain(line)}", f"y = {self.tex(line)}", steps)

    def _area(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        """Between a curve and the axis: what lies below the axis counts as well."""
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        low, high = self.build(extra["low"]), self.build(extra["high"])
        if not low < high:
            raise NotSolved
        crossed = sp.solveset(e, x, sp.Interval.open(low, high))
        if not isinstance(crossed, sp.FiniteSet) and crossed is not sp.S.EmptySet:
            raise NotSolved
        cuts = [low, *sorted(crossed, key=lambda r: float(sp.N(r))), high]
        steps = [("start with", f"y = {extra['latex']}")]
        if len(cuts) > 2:
            steps.append(("the curve crosses the axis", ", ".join(f"{x} = {self.tex(c)}" for c in cuts[1:-1])))
        total = sp.Integer(0)
        for a, b in itertools.pairwise(cuts):
            part, found = self.tidy(sp.integrate(e, (x, a, b))), sp.integrate(e, x)
            if part.has(sp.Integral) or not part.is_finite or not self.same(sp.diff(found, x), e):
                raise NotSolved
            limits = rf"_{{{self.tex(a)}}}^{{{self.tex(b)}}}"
            steps.append(
                (
                    "integrate",
                    rf"\int{limits} {extra['latex']} \, d{x} = \left[{self.tex(found)}\right]{limits} = {self.tex(part)}",
                )
            )
            total += abs(part)
        total = self.tidy(total)
        steps.append(("the area", self.tex(total)))
        return self._done(steps[0][1], self.plain(total), self.tex(total), steps)

    # --- vectors, points and matrices

    def _angle(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b = self._two(trees)
        dot, sizes = a.dot(b), (a.norm(), b.norm())
        if 0 in sizes:
            raise NotSolved
        cosine = self.sp.simplify(dot / (sizes[0] * sizes[1]))
        angle = self.sp.acos(cosine) * 180 / self.sp.pi
        exact = self.sp.simplify(angle)
        shown = exact if exact.is_Rational else self.sp.N(angle, 4)
        steps = [("the scalar product", rf"a \cdot b = {self.tex(dot)}"),
                 ("the lengths", rf"|a| = {self.tex(sizes[0])}, \; |b| = {self.tex(sizes[1])}"),
                 ("cos θ = a·b / (|a| |b|)", rf"\cos\theta = {self.tex(cosine)}"), ("so", rf"\theta = {self.tex(shown)}^\circ")]  # fmt: skip
        return self._done(
            r"\cos\theta = \frac{a \cdot b}{|a||b|}", f"{self.plain(shown)}°", rf"{self.tex(shown)}^\circ", steps
        )

    def _two(self, trees: list[Any]) -> tuple[Any, Any]:
        a, b = (t if t.shape[1] == 1 else t.T for t in trees)
        if a.shape != b.shape or a.shape[1] != 1:
            raise NotSolved
        return a, b

    def _dot(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b = self._two(trees)
        products = " + ".join(
            rf"\left({self.tex(p)}\right)\left({self.tex(q)}\right)" for p, q in zip(a, b, strict=True)
        )
        return self._value(r"a \cdot b", [("multiply component by component and add", products)], a.dot(b))

    def _cross(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b = self._two(trees)
        if a.shape != (3, 1):
            raise NotSolved
        c = a.cross(b)
        if not self.same(c.dot(a), self.sp.Integer(0)) or not self.same(c.dot(b), self.sp.Integer(0)):
            raise NotSolved
        return self._array(r"a \times b", [("it stands at right angles to both", self.tex(c))], c)

    def _distance(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b = self._two(trees)
        steps = [("the differences of the coordinates", self.tex(b - a)), ("Pythagoras", self._root_of_squares(b - a))]
        return self._value(r"\text{distance}", steps, (b - a).norm())

    def _magnitude(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        return self._value("|a|", [("Pythagoras", self._root_of_squares(trees[0]))], trees[0].norm())

    def _root_of_squares(self, a: Any) -> str:
        return r"\sqrt{" + " + ".join(rf"\left({self.tex(c)}\right)^2" for c in a) + "}"

    def _unit_vector(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, size = trees[0], trees[0].norm()
        if size == 0:
            raise NotSolved
        return self._array(r"\hat{a}", [("the length", self.tex(size)), ("divide by it", self.tex(a / size))], a / size)

    def _midpoint(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b = self._two(trees)
        return self._array("M", [("the mean of each coordinate", self.tex((a + b) / 2))], (a + b) / 2)

    def _gradient_between(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        (x1, y1), (x2, y2) = self._plane(trees)
        step = rf"\frac{{{self.tex(y2)} - \left({self.tex(y1)}\right)}}{{{self.tex(x2)} - \left({self.tex(x1)}\right)}}"
        return self._value("m", [("the change of y over the change of x", step)], (y2 - y1) / (x2 - x1))

    def _line(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        (x1, y1), (x2, y2) = self._plane(trees)
        x, m = self.sp.Symbol("x", real=True), (y2 - y1) / (x2 - x1)
        line = self.sp.expand(m * (x - x1) + y1)
        if not all(self.same(line.subs(x, a), b) for a, b in ((x1, y1), (x2, y2))):
            raise NotSolved
        steps = [("the gradient", f"m = {self.tex(m)}"),
                 ("y - y₁ = m(x - x₁)", rf"y - \left({self.tex(y1)}\right) = {self.tex(m)}\left({self.tex(x - x1)}\right)"),
                 ("tidy up", f"y = {self.tex(line)}")]  # fmt: skip
        return self._done(r"\text{line}", f"y = {self.plain(line)}", f"y = {self.tex(line)}", steps)

    def _plane(self, trees: list[Any]) -> tuple[Any, Any]:
        a, b = self._two(trees)
        if a.shape != (2, 1) or a[0] == b[0]:
            raise NotSolved
        return tuple(a), tuple(b)

    def _determinant(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        m = self._square(trees[0])
        steps = [("start with", self.tex(m))]
        if m.shape == (2, 2):
            a, b, c, d = (rf"\left({self.tex(e)}\right)" for e in m)
            steps.append(("ad - bc", f"{a}{d} - {b}{c}"))
        return self._value(r"\det " + self.tex(m), steps, m.det())

    def _inverse_matrix(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        m = self._square(trees[0])
        det = self.sp.simplify(m.det())
        steps = [("the determinant", self.tex(det))]
        if det == 0:
            return self._done(self.tex(m) + "^{-1}", "no inverse", r"\text{no inverse}", steps)
        inverse = m.inv()
        if self.sp.simplify(m * inverse) != self.sp.eye(m.shape[0]):
            raise NotSolved
        if m.shape == (2, 2):
            steps.append(("swap the diagonal, change the other two signs", self.tex(m.adjugate())))
        return self._array(self.tex(m) + "^{-1}", [*steps, ("divide by the determinant", self.tex(inverse))], inverse)

    def _square(self, m: Any) -> Any:
        if m.shape[0] != m.shape[1] or m.shape[0] > 4:
            raise NotSolved
        return m

    def _value(self, question: str, steps: list[tuple[str, str]], value: Any) -> dict[str, Any]:
        value = self.sp.simplify(value)
        return self._done(question, self.plain(value), self.tex(value), [*steps, ("so", self.tex(value))])

    def _array(self, question: str, steps: list[tuple[str, str]], m: Any) -> dict[str, Any]:
        m = m.applyfunc(self.sp.simplify)
        rows = ["(" + ", ".join(map(self.plain, m)) + ")"] if m.shape[1] == 1 else [
            "[" + ", ".join("[" + ", ".join(self.plain(c) for c in m.row(i)) + "]" for i in range(m.shape[0])) + "]"]  # fmt: skip
        return self._done(question, rows[0], self.tex(m), steps)

    # --- motion with constant acceleration

    def _motion(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp = self.sp
        letters = {n: sp.Symbol(n, real=True) for n in "suvat"}
        s, u, v, a, t = letters.values()
        values = {letters[k]: self.build(tree) for k, tree in extra["known"].items()}
        wanted = letters[extra["find"]]
        formulas = [
            (v, u + a * t),
            (s, u * t + a * t**2 / 2),
            (v**2, u**2 + 2 * a * s),
            (s, (u + v) * t / 2),
            (s, v * t - a * t**2 / 2),
        ]
        for left, right in formulas:
            used = (left - right).free_symbols
            if wanted in used and used <= {wanted, *values}:
                break
        else:
            raise NotSolved
        left_in, right_in = left.subs(values), right.subs(values)
        found = [r for r in sp.solve(left_in - right_in, wanted) if r.is_real and (wanted is not t or r >= 0)]
        if len(found) > 1 and wanted in (v, u):
            found = [r for r in found if r >= 0]
        if len(found) != 1:
            raise NotSolved
        value = sp.nsimplify(found[0])
        told = ", ".join(f"{k} = {self.tex(e)}" for k, e in values.items())
        steps = [("what is known", told), ("the formula without the fifth letter", f"{self.tex(left)} = {self.tex(right)}"),
                 ("put in the values", f"{self.tex(left_in)} = {self.tex(right_in)}"), ("so", f"{wanted} = {self.tex(value)}")]  # fmt: skip
        return self._done(told, f"{wanted} = {self.plain(value)}", f"{wanted} = {self.tex(value)}", steps)

    # --- statistics

    def _normal(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (mean, variance) = self.sp, trees
        if variance <= 0 or extra["sign"] == "=":
            raise NotSolved
        deviation = sp.sqrt(variance)
        steps = [("mean and standard deviation", rf"\mu = {self.tex(mean)}, \; \sigma = {self.tex(deviation)}")]

        def below(tree: list[Any]) -> Any:
            z = (self.build(tree) - mean) / deviation
            steps.append(
                (
                    "standardise",
                    rf"z = \frac{{{self.tex(self.build(tree))} - {self.tex(mean)}}}{{{self.tex(deviation)}}} = {self.tex(sp.N(z, 4))}",
                )
            )
            return (1 + sp.erf(z / sp.sqrt(2))) / 2

        chance = below(extra["value"])
        if extra["sign"] in (">", ">="):
            chance = 1 - chance
        elif "low" in extra:
            chance -= below(extra["low"])
        return self._chance(steps, chance)

    def _chance(self, steps: list[tuple[str, str]], chance: Any) -> dict[str, Any]:
        shown = f"{float(self.sp.N(chance, 20)):.4f}"
        return self._done("P", shown, shown, [*steps, ("the probability, to four places", shown)])

    def _binomial_chance(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (n, p) = self.sp, trees
        value = self.build(extra["value"])
        if not (0 <= p <= 1) or n > 200 or not value.is_Integer:
            raise NotSolved
        tests = {"=": lambda k: k == value, "<": lambda k: k < value, "<=": lambda k: k <= value,
                 ">": lambda k: k > value, ">=": lambda k: k >= value}  # fmt: skip
        low = self.build(extra["low"]) if "low" in extra else None
        kept = [k for k in range(int(n) + 1) if tests[extra["sign"]](k)
                and (low is None or (k >= low if extra["low_sign"] == "<=" else k > low))]  # fmt: skip
        chance = sum((sp.binomial(n, k) * p**k * (1 - p) ** (n - k) for k in kept), sp.Integer(0))
        formula = rf"P(X = k) = \binom{{{n}}}{{k}} {self.tex(p)}^k \left({self.tex(1 - p)}\right)^{{{n}-k}}"
        which = "k = " + ", ".join(map(str, kept[:8])) + (r", \dots" if len(kept) > 8 else "")
        return self._chance([("the formula", formula), ("for", which)], chance)

    def _measure(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, values, n = self.sp, sorted(trees), len(trees)
        mean = sum(values, sp.Integer(0)) / n
        listed = ", ".join(map(self.tex, values))
        match extra["measure"]:
            case "median":
                middle = (values[(n - 1) // 2] + values[n // 2]) / 2
                return self._value(listed, [("in order", listed), ("the middle", self.tex(middle))], middle)
            case "mode":
                most = max(values.count(v) for v in values)
                modes = sorted({v for v in values if values.count(v) == most})
                if len(modes) != 1:
                    raise NotSolved
                return self._value(listed, [("in order", listed)], modes[0])
            case "range":
                return self._value(
                    listed,
                    [("largest less smallest", f"{self.tex(values[-1])} - {self.tex(values[0])}")],
                    values[-1] - values[0],
                )
            case "mean":
                total = self.tex(sum(values, sp.Integer(0)))
                return self._value(
                    listed, [("add them up, divide by how many there are", rf"\frac{{{total}}}{{{n}}}")], mean
                )
        variance = sum(((v - mean) ** 2 for v in values), sp.Integer(0)) / n
        steps = [
            ("the mean", self.tex(mean)),
            ("the mean of the squared distances from it, dividing by n", self.tex(variance)),
        ]
        return self._value(listed, steps, sp.sqrt(variance) if extra["measure"] == "standard deviation" else variance)

    # --- sequences and expansions

    def _nth_term(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        """Linear or quadratic by their differences, else geometric."""
        sp, n = self.sp, self.sp.Symbol("n", real=True)
        first = [b - a for a, b in itertools.pairwise(trees)]
        second = [b - a for a, b in itertools.pairwise(first)]
        steps = [("the terms", ", ".join(map(self.tex, trees))), ("the differences", ", ".join(map(self.tex, first)))]
        if len(set(first)) == 1:
            rule = trees[0] + (n - 1) * first[0]
        elif len(set(second)) == 1 and len(trees) >= 4:
            steps.append(("their differences", ", ".join(map(self.tex, second))))
            rule = trees[0] + (n - 1) * first[0] + (n - 1) * (n - 2) * second[0] / 2
        elif 0 not in trees and len({b / a for a, b in itertools.pairwise(trees)}) == 1:
            ratio = trees[1] / trees[0]
            steps[1] = ("each is the one before times", self.tex(ratio))
            answer = sp.Mul(trees[0], sp.Pow(ratio, n - 1, evaluate=False), evaluate=False)
            return self._done(
                "u_n", self.plain(answer), self.tex(answer), [*steps, ("so", f"u_n = {self.tex(answer)}")]
            )
        else:
            raise NotSolved
        rule = sp.expand(rule)
        if any(rule.subs(n, k + 1) != term for k, term in enumerate(trees)):
            raise NotSolved
        return self._done("u_n", self.plain(rule), self.tex(rule), [*steps, ("so", f"u_n = {self.tex(rule)}")])

    def _coefficient(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, power = self.sp, trees[0], int(extra["power"])
        x = sp.Symbol(extra["of"], real=True)
        base, n = e.as_base_exp()
        whole = e.is_polynomial(x) and (not n.is_Integer or n <= 60)
        if power > 40 or not (whole or (n.is_Rational and power <= 8)):
            raise NotSolved
        series = sp.expand(e) if whole else sp.series(e, x, 0, power + 1).removeO()
        value = series.coeff(x, power)
        steps = [("start with", extra["latex"])]
        if n.is_Integer and n > 0 and base.is_Add and len(base.args) == 2 and sum(a.has(x) for a in base.args) == 1:
            a, b = sorted(base.args, key=lambda t: t.has(x))
            k = next((k for k in range(int(n) + 1) if (b**k / x**power).has(x) is False), None)
            if k is not None:
                steps.append(
                    (
                        "the term with that power",
                        rf"\binom{{{n}}}{{{k}}} \left({self.tex(a)}\right)^{{{n - k}}} \left({self.tex(b)}\right)^{{{k}}}",
                    )
                )
        else:
            steps.append(("multiply out, or expand, as far as that power", self.tex(series)))
        return self._value(rf"\left[{x}^{{{power}}}\right]", steps, value)

    # --- formulae and functions

    def _subject(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, q = self.sp, trees[0]
        letter = next(s for s in q.free_symbols if s.name == extra["letter"])
        found = sp.solve(q.lhs - q.rhs, letter)
        if len(found) > 2:
            found = self._real_of_lengths(found)
        if (
            not found
            or len(found) > 2
            or not all(self.same((q.lhs - q.rhs).subs(letter, r), sp.Integer(0)) for r in found)
        ):
            raise NotSolved
        roots = [self.tidy(r) for r in found]
        answer = " or ".join(f"{letter} = {self.plain(r)}" for r in roots)
        shown = r" \text{ or } ".join(f"{letter} = {self.tex(r)}" for r in roots)
        return self._done(
            extra["latex"],
            answer,
            shown,
            [("start with", extra["latex"]), (f"bring {letter} to one side alone", shown)],
        )

    def _real_of_lengths(self, found: list[Any]) -> list[Any]:
        """Of the three roots of a cube the one that a formula means: real, when all letters are positive."""
        sizes = {s: self.sp.Symbol(s.name, positive=True) for r in found for s in r.free_symbols}
        return [r for r in found if r.subs(sizes).is_real]

    def _inverse_function(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, x = self.sp, trees[0], self._variable(trees, extra)
        y = sp.Symbol("y", real=True)
        found = sp.solve(e - y, x)
        if len(found) != 1 or not self.same(e.subs(x, found[0]), y):
            raise NotSolved
        inverse = self.tidy(found[0].subs(y, x))
        steps = [("write y for the function", f"y = {extra['latex']}"), (f"make {x} the subject", f"{x} = {self.tex(found[0])}"),
                 (f"exchange {x} and y", f"f^{{-1}}({x}) = {self.tex(inverse)}")]  # fmt: skip
        return self._done(f"f({x}) = {extra['latex']}", self.plain(inverse), self.tex(inverse), steps)
