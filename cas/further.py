"""Worked solutions for circles and lines, regions, parametric and implicit curves, quadratics with a letter, remainders,
composite functions, estimates and events; runs in the child only."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from cas.applied import NotSolved


class Further:
    """Methods of the solver, one a task; each returns {answer, answer_latex, question_latex, steps}."""

    sp: Any
    build: Callable[[list[Any]], Any]
    tex: Callable[[Any], str]
    plain: Callable[[Any], str]
    same: Callable[[Any, Any], bool]
    tidy: Callable[[Any], Any]
    _done: Callable[..., dict[str, Any]]
    _variable: Callable[..., Any]
    _real_roots: Callable[..., list[Any]]
    _listed: Callable[..., dict[str, Any]]

    # --- functions

    def _composite(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        outer, inner, at = trees
        x = self.sp.Symbol("x", real=True)
        f, g = extra["names"]
        middle = self.tidy(inner.subs(x, at))
        value = self.tidy(outer.subs(x, middle))
        if not value.is_finite and value.is_number:
            raise NotSolved
        steps = [
            ("the inner function first", f"{g}({self.tex(at)}) = {self.tex(middle)}"),
            ("put it into the outer one", rf"{f}\left({self.tex(middle)}\right) = {self.tex(value)}"),
        ]
        return self._done(f"{f}{g}({self.tex(at)})", self.plain(value), self.tex(value), steps)

    def _parametric(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (x, y) = self.sp, trees
        t = next(iter(x.free_symbols))
        dx, dy = self.tidy(sp.diff(x, t)), self.tidy(sp.diff(y, t))
        rate = self.tidy(dy / dx)
        if not self.same(rate * dx, dy):
            raise NotSolved
        steps = [
            (
                "differentiate both by the parameter",
                rf"\frac{{dx}}{{d{t}}} = {self.tex(dx)}, \; \frac{{dy}}{{d{t}}} = {self.tex(dy)}",
            ),
            ("chain rule: dy/dx is dy/dt divided by dx/dt", rf"\frac{{dy}}{{dx}} = {self.tex(rate)}"),
        ]
        return self._done(rf"x = {self.tex(x)}, \; y = {self.tex(y)}", self.plain(rate), self.tex(rate), steps)

    def _implicit(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e = self.sp, self.sp.expand(trees[0])
        x, y = (sp.Symbol(n, real=True) for n in "xy")
        by_x, by_y = sp.diff(e, x), sp.diff(e, y)
        if by_y == 0:
            raise NotSolved
        rate = self.tidy(-by_x / by_y)
        if not self.same(rate * by_y, -by_x):
            raise NotSolved
        steps = [
            (
                "differentiate every term by x; a y brings dy/dx with it",
                rf"{self.tex(by_x)} + \left({self.tex(by_y)}\right) \frac{{dy}}{{dx}} = 0",
            ),
            ("make dy/dx the subject", rf"\frac{{dy}}{{dx}} = {self.tex(rate)}"),
        ]
        return self._done(extra["latex"], self.plain(rate), self.tex(rate), steps)

    # --- quadratics and polynomials

    def _quadratic(self, e: Any, x: Any) -> tuple[Any, Any, Any]:
        if not e.is_polynomial(x):
            raise NotSolved
        poly = self.sp.Poly(self.sp.expand(e), x)
        if poly.degree() != 2:
            raise NotSolved
        a, b, c = poly.all_coeffs()
        return a, b, c

    def _discriminant(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b, c = self._quadratic(trees[0], self._variable(trees, extra))
        value = self.sp.expand(b**2 - 4 * a * c)
        steps = [
            ("the coefficients", f"a = {self.tex(a)}, \\; b = {self.tex(b)}, \\; c = {self.tex(c)}"),
            (
                "b² - 4ac",
                rf"\left({self.tex(b)}\right)^2 - 4 \cdot \left({self.tex(a)}\right) \cdot \left({self.tex(c)}\right) = {self.tex(value)}",
            ),
        ]
        if value.is_number:
            kind = "two real roots" if value > 0 else "one repeated root" if value == 0 else "no real roots"
            steps.append(("so the quadratic has", rf"\text{{{kind}}}"))
        return self._done(extra["latex"], self.plain(value), self.tex(value), steps)

    def _kinds_of_roots(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp = self.sp
        k, x = sp.Symbol(extra["letter"], real=True), sp.Symbol("x", real=True)
        a, b, c = self._quadratic(trees[0], x)
        if a.has(k):
            raise NotSolved  # where a is 0 it is no quadratic: a case of its own
        value, sign = sp.expand(b**2 - 4 * a * c), extra["sign"]
        steps = [
            ("the coefficients", f"a = {self.tex(a)}, \\; b = {self.tex(b)}, \\; c = {self.tex(c)}"),
            ("what the discriminant must be", f"{self.tex(value)} {sign.replace('>=', chr(92) + 'ge')} 0"),
        ]
        if sign == "=":
            return self._listed(extra["latex"] + " = 0", k, self._real_roots(value, k), steps)
        relation = {"<": sp.Lt, ">": sp.Gt, ">=": sp.Ge}[sign](value, 0)
        told = self._inequality([relation], {"variable": extra["letter"]})
        return told | {"question_latex": extra["latex"] + " = 0", "steps": [*steps, *told["steps"][1:]]}

    _inequality: Callable[..., dict[str, Any]]

    def _remainder(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (top, bottom) = self.sp, trees
        x = self._variable(trees, extra)
        if not top.is_polynomial(x) or not bottom.is_polynomial(x):
            raise NotSolved
        quotient, rest = sp.div(sp.expand(top), sp.expand(bottom), x)
        if not self.same(quotient * bottom + rest, top):
            raise NotSolved
        steps = [
            (
                "divide",
                rf"{self.tex(sp.expand(top))} = \left({self.tex(bottom)}\right)\left({self.tex(quotient)}\right) + \left({self.tex(rest)}\right)",
            )
        ]
        if sp.degree(bottom, x) == 1:
            root = sp.solve(bottom, x)[0]
            steps.insert(0, (f"the remainder theorem: put in {x} = {self.plain(root)}", self.tex(top.subs(x, root))))
        if extra["only"]:
            return self._done(
                rf"\frac{{{self.tex(top)}}}{{{self.tex(bottom)}}}", self.plain(rest), self.tex(rest), steps
            )
        answer = f"{self.plain(quotient)}, remainder {self.plain(rest)}" if rest != 0 else self.plain(quotient)
        shown = rf"{self.tex(quotient)}, \; \text{{remainder }} {self.tex(rest)}" if rest != 0 else self.tex(quotient)
        return self._done(rf"\frac{{{self.tex(top)}}}{{{self.tex(bottom)}}}", answer, shown, steps)

    def _factor(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (top, bottom) = self.sp, trees
        x = self._variable(trees, extra)
        if not top.is_polynomial(x) or sp.degree(bottom, x) != 1:
            raise NotSolved
        root = sp.solve(bottom, x)[0]
        value = self.tidy(top.subs(x, root))
        answer = "yes" if value == 0 else "no"
        steps = [
            (f"the factor theorem: put in {x} = {self.plain(root)}", self.tex(value)),
            ("it is a factor exactly when that is zero", rf"\text{{{answer}}}"),
        ]
        if value == 0:
            steps.append(
                (
                    "divide",
                    rf"{self.tex(top)} = \left({self.tex(bottom)}\right)\left({self.tex(sp.quo(top, bottom, x))}\right)",
                )
            )
        return self._done(rf"\frac{{{self.tex(top)}}}{{{self.tex(bottom)}}}", answer, rf"\text{{{answer}}}", steps)

    def _harmonic(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e = self.sp, self.sp.expand(trees[0])
        x = self._variable(trees, extra)
        a, b = e.coeff(sp.sin(x)), e.coeff(sp.cos(x))
        if not a.is_number or not b.is_number or a * b == 0 or not self.same(e, a * sp.sin(x) + b * sp.cos(x)):
            raise NotSolved
        size = sp.sqrt(a**2 + b**2)
        name, plus = extra["function"], extra["sign"] == "+"
        along, across = (a, b if plus else -b) if name == "sin" else (b, -a if plus else a)
        if along <= 0 or across <= 0:
            raise NotSolved  # the form that is asked for has no acute angle
        angle = sp.atan(across / along)
        inner = x + angle if plus else x - angle
        result = size * getattr(sp, name)(inner)
        if not self.same(sp.expand_trig(result), e):
            raise NotSolved
        degrees = sp.N(angle * 180 / sp.pi, 4)
        steps = [
            (
                "R is the root of the sum of the squares",
                rf"R = \sqrt{{\left({self.tex(a)}\right)^2 + \left({self.tex(b)}\right)^2}} = {self.tex(size)}",
            ),
            ("compare both sides", rf"R\cos\alpha = {self.tex(along)}, \; R\sin\alpha = {self.tex(across)}"),
            ("so", rf"\tan\alpha = {self.tex(across / along)}, \; \alpha = {self.tex(angle)} \approx {degrees}^\circ"),
        ]
        return self._done(extra["latex"], self.plain(result), self.tex(result), steps)

    def _complex_roots(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp = self.sp
        real = next(iter(trees[0].free_symbols))
        z = sp.Symbol(real.name)
        e = sp.expand(trees[0].subs(real, z))
        if not e.is_polynomial(z) or sp.degree(e, z) > 4:
            raise NotSolved
        found = sp.roots(e, z)
        roots = sorted((sp.expand(sp.simplify(r)) for r in found), key=lambda r: (float(sp.re(r)), float(sp.im(r))))
        if sum(found.values()) != sp.degree(e, z) or any(abs(sp.N(e.subs(z, r))) > 1e-12 for r in roots):
            raise NotSolved
        steps = [("start with", f"{self.tex(e)} = 0")]
        if sp.degree(e, z) == 2:
            a, b, c = sp.Poly(e, z).all_coeffs()
            under = sp.expand(b**2 - 4 * a * c)
            steps.append(
                (
                    "use the quadratic formula; the root of a negative number has i",
                    rf"{z} = \frac{{{self.tex(-b)} \pm \sqrt{{{self.tex(under)}}}}}{{{self.tex(2 * a)}}}",
                )
            )
        elif (split := sp.factor(e)) != e:
            steps.append(("factorise", f"{self.tex(split)} = 0"))
        return self._listed(steps[0][1], z, roots, steps)

    def _extreme(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        """The value of a quadratic at its one turning point."""
        sp, e = self.sp, self.sp.expand(trees[0])
        x = self._variable(trees, extra)
        a, b, c = self._quadratic(e, x)
        if not a.is_number or (a > 0) != (extra["kind"] == "minimum"):
            raise NotSolved
        at, value = -b / (2 * a), c - b**2 / (4 * a)
        square = sp.Add(sp.Mul(a, (x - at) ** 2), value)
        if not self.same(square, e):
            raise NotSolved
        steps = [
            ("complete the square", self.tex(square)),
            (f"a square is never negative, and zero at {x} = {self.plain(at)}", self.tex(value)),
        ]
        return self._done(extra["latex"], self.plain(value), self.tex(value), steps)

    # --- regions

    def _region(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (top, bottom) = self.sp, trees
        x = sp.Symbol("x", real=True)
        gap = sp.expand(top - bottom)
        if "low" in extra:
            low, high = self.build(extra["low"]), self.build(extra["high"])
            crossed = sp.solveset(gap, x, sp.Interval.open(low, high))
            inner = [] if crossed is sp.S.EmptySet else sorted(crossed) if isinstance(crossed, sp.FiniteSet) else None
            if inner is None or not low < high:
                raise NotSolved
            cuts = [low, *inner, high]
        else:
            cuts = self._real_roots(gap, x)
        if len(cuts) < 2:
            raise NotSolved
        steps = [
            (
                "where they meet" if not extra["axis"] else "where it meets the axis",
                f"{self.tex(gap)} = 0, \\; x = " + ", ".join(map(self.tex, cuts)),
            )
        ]
        found, total = sp.integrate(gap, x), sp.Integer(0)
        if found.has(sp.Integral) or not self.same(sp.diff(found, x), gap):
            raise NotSolved
        for a, b in itertools.pairwise(cuts):
            part = self.tidy(sp.integrate(gap, (x, a, b)))
            limits = rf"_{{{self.tex(a)}}}^{{{self.tex(b)}}}"
            steps.append(
                (
                    "integrate the difference between them",
                    rf"\int{limits} \left({self.tex(gap)}\right) dx = \left[{self.tex(found)}\right]{limits} = {self.tex(part)}",
                )
            )
            total += abs(part)
        total = self.tidy(total)
        if not total.is_finite or total.has(sp.Integral):
            raise NotSolved
        steps.append(("the area", self.tex(total)))
        return self._done(f"y = {extra['latex']}, \\; y = {extra['under']}", self.plain(total), self.tex(total), steps)

    def _trapezium(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e, n = self.sp, trees[0], int(extra["strips"])
        x = sp.Symbol("x", real=True)
        low, high = self.build(extra["low"]), self.build(extra["high"])
        h = (high - low) / n
        heights = [e.subs(x, low + k * h) for k in range(n + 1)]
        if not low < high or not all(y.is_real and y.is_finite for y in heights):
            raise NotSolved
        exact = h / 2 * (heights[0] + heights[-1] + 2 * sum(heights[1:-1], sp.Integer(0)))
        value = exact if exact.is_Rational else sp.N(exact, 5)
        table = ", ".join(self.tex(y if y.is_Rational else sp.N(y, 5)) for y in heights)
        steps = [
            ("the width of a strip", f"h = {self.tex(h)}"),
            ("the heights", table),
            (
                "half of h times (first + last + twice the others)",
                rf"\frac{{h}}{{2}}\left(y_0 + y_{{{n}}} + 2\left(y_1 + \dots\right)\right) = {self.tex(value)}",
            ),
        ]
        if exact.is_Rational and not exact.is_Integer:
            steps.append(("as a decimal", rf"\approx {sp.N(exact, 5)}"))
        return self._done(
            rf"\int_{{{self.tex(low)}}}^{{{self.tex(high)}}} {extra['latex']} \, dx",
            self.plain(value),
            self.tex(value),
            steps,
        )

    # --- circles and lines

    def _circle(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e = self.sp, self.sp.expand(trees[0])
        x, y = (sp.Symbol(n, real=True) for n in "xy")
        k = e.coeff(x, 2)
        if not k.is_number or k == 0 or e.coeff(y, 2) != k or e.coeff(x, 1).has(y):
            raise NotSolved
        e = sp.expand(e / k)
        a, b = -e.coeff(x, 1) / 2, -e.coeff(y, 1) / 2
        squared = a**2 + b**2 - e.subs({x: 0, y: 0})
        if not squared > 0 or not self.same(e, (x - a) ** 2 + (y - b) ** 2 - squared):
            raise NotSolved
        radius = sp.sqrt(squared)
        steps = [
            (
                "complete the square in x and in y",
                rf"\left({self.tex(x - a)}\right)^2 + \left({self.tex(y - b)}\right)^2 = {self.tex(squared)}",
            ),
            (
                "read off centre and radius",
                rf"\left({self.tex(a)}, {self.tex(b)}\right), \; r = \sqrt{{{self.tex(squared)}}} = {self.tex(radius)}",
            ),
        ]
        answer = f"centre ({self.plain(a)}, {self.plain(b)}), radius {self.plain(radius)}"
        return self._done(
            extra["latex"],
            answer,
            rf"\text{{centre }} \left({self.tex(a)}, {self.tex(b)}\right), \; \text{{radius }} {self.tex(radius)}",
            steps,
        )

    def _circle_of(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b, r = trees
        x, y = (self.sp.Symbol(n, real=True) for n in "xy")
        left, right = self.tex((x - a) ** 2) + " + " + self.tex((y - b) ** 2), self.tex(r**2)
        steps = [("(x - a)² + (y - b)² = r²", f"{left} = {right}")]
        return self._done(
            r"\text{circle}",
            f"{self.plain((x - a) ** 2)} + {self.plain((y - b) ** 2)} = {self.plain(r**2)}",
            f"{left} = {right}",
            steps,
        )

    def _line_at(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b, m = trees
        return self._through(a, b, m, [("the gradient", f"m = {self.tex(m)}")])

    def _through(self, a: Any, b: Any, m: Any, steps: list[tuple[str, str]]) -> dict[str, Any]:
        x = self.sp.Symbol("x", real=True)
        line = self.sp.expand(m * (x - a) + b)
        steps += [
            ("y - y₁ = m(x - x₁)", rf"y - \left({self.tex(b)}\right) = {self.tex(m)}\left({self.tex(x - a)}\right)"),
            ("tidy up", f"y = {self.tex(line)}"),
        ]
        return self._done(r"\text{line}", f"y = {self.plain(line)}", f"y = {self.tex(line)}", steps)

    def _line_beside(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (a, b, e) = self.sp, trees
        x, y = (sp.Symbol(n, real=True) for n in "xy")
        e = sp.expand(e)
        p, q = e.coeff(x, 1), e.coeff(y, 1)
        if not p.is_number or not q.is_number or not self.same(e, p * x + q * y + e.subs({x: 0, y: 0})) or q == 0:
            raise NotSolved
        m = -p / q
        steps = [("the gradient of the given line", f"m = {self.tex(m)}")]
        if extra["how"] == "parallel":
            steps.append(("parallel lines have the same gradient", f"m = {self.tex(m)}"))
            return self._through(a, b, m, steps)
        if m == 0:
            return self._done(
                r"\text{line}",
                f"x = {self.plain(a)}",
                f"x = {self.tex(a)}",
                [*steps, ("perpendicular to a level line", f"x = {self.tex(a)}")],
            )
        steps.append(("perpendicular: turn the fraction over and change its sign", f"m = {self.tex(-1 / m)}"))
        return self._through(a, b, -1 / m, steps)

    def _perpendicular(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        a, b = self._two(trees)
        dot = self.sp.simplify(a.dot(b))
        answer = "yes" if dot == 0 else "no"
        steps = [
            ("the scalar product", rf"a \cdot b = {self.tex(dot)}"),
            ("it is zero exactly when they are perpendicular", rf"\text{{{answer}}}"),
        ]
        return self._done(r"a \cdot b", answer, rf"\text{{{answer}}}", steps)

    _two: Callable[..., tuple[Any, Any]]

    # --- sums, chances, events

    def _sigma(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, e = self.sp, trees[0]
        r = sp.Symbol(extra["letter"], real=True)
        low, high = self.build(extra["low"]), self.build(extra["high"])
        if high.is_Integer and high - low > 2_000 and not e.is_polynomial(r):
            raise NotSolved
        k = sp.Symbol("k", integer=True)
        total = self.tidy(sp.summation(e.subs(r, k), (k, low, high)))
        if total.has(sp.Sum) or (total.is_number and not total.is_finite):
            raise NotSolved
        if (
            high.is_Integer
            and high - low < 3000
            and sp.simplify(sum(e.subs(r, i) for i in range(int(low), int(high) + 1)) - total) != 0
        ):
            raise NotSolved
        begins = [
            self.tex(e.subs(r, low + i))
            for i in range(3 if not high.is_Integer or high - low > 3 else int(high - low) + 1)
        ]
        steps = [("write out the first terms", " + ".join(begins) + r" + \dots"), *self._standard_sums(e, r, low, high)]
        steps.append(("the sum", self.tex(total)))
        question = rf"\sum_{{{r}={self.tex(low)}}}^{{{self.tex(high)}}} \left({extra['latex']}\right)"
        return self._done(question, self.plain(total), self.tex(total), steps)

    def _standard_sums(self, e: Any, r: Any, low: Any, high: Any) -> list[tuple[str, str]]:
        """The sum split into those of powers, with what each comes to."""
        sp = self.sp
        if low != 1 or high is sp.oo or not e.is_polynomial(r) or sp.degree(e, r) > 3:
            return []
        begin, parts, values = rf"\sum_{{{r}=1}}^{{{self.tex(high)}}}", [], []
        for (power,), factor in sp.Poly(sp.expand(e), r).terms():
            term = self.tex(r**power)
            front = "" if factor == 1 else self.tex(factor) + " "
            parts.append(f"{front}{begin} {term}")
            k = sp.Symbol("k", integer=True)
            values.append(f"{begin} {term} = {self.tex(sp.factor(sp.summation(k**power, (k, 1, high))))}")
        joined = " + ".join(parts).replace("+ -", "- ")
        return [("split it into standard sums", joined), ("the standard results", r", \; ".join(values))]

    def _quantile(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp, (mean, variance, chance) = self.sp, trees
        if variance <= 0 or not 0 < chance < 1:
            raise NotSolved
        below = 1 - chance if extra["above"] else chance
        z = sp.sqrt(2) * sp.erfinv(2 * below - 1)
        value = sp.N(mean + sp.sqrt(variance) * z, 5)
        if abs(sp.N((1 + sp.erf((value - mean) / sp.sqrt(2 * variance))) / 2) - below) > 1e-3:
            raise NotSolved
        a = extra["letter"]
        steps = [
            ("the probability below it", rf"P(X < {a}) = {self.tex(sp.N(below, 4))}"),
            ("the z-value, from the inverse normal distribution", f"z = {sp.N(z, 5)}"),
            ("x = μ + zσ", rf"{a} = {self.tex(mean)} + {sp.N(z, 5)} \times {self.tex(sp.sqrt(variance))} = {value}"),
        ]
        return self._done(
            rf"\mu = {self.tex(mean)}, \; \sigma^2 = {self.tex(variance)}", f"{a} = {value}", f"{a} = {value}", steps
        )

    def _events(self, trees: list[Any], extra: dict[str, Any]) -> dict[str, Any]:
        sp = self.sp
        names = {n: sp.Symbol(f"p{i}", nonnegative=True) for i, n in enumerate(("A", "B", "AB", "A+B", "A|B", "B|A"))}
        shown = {
            "A": "P(A)",
            "B": "P(B)",
            "AB": r"P(A \cap B)",
            "A+B": r"P(A \cup B)",
            "A|B": r"P(A \mid B)",
            "B|A": r"P(B \mid A)",
        }
        p = list(names.values())
        laws = [p[3] - p[0] - p[1] + p[2], p[4] * p[1] - p[2], p[5] * p[0] - p[2]]
        laws += [p[2] - p[0] * p[1]] if extra["independent"] else [p[2]] if extra["exclusive"] else []
        known = {names[n]: self.build(tree) for n, tree in extra["known"].items()}
        found = sp.solve([law.subs(known) for law in laws], [s for s in p if s not in known], dict=True)
        values = {s[names[extra["find"]]] for s in found if names[extra["find"]] in s}
        if len(values) != 1 or not (value := next(iter(values))).is_number or not 0 <= value <= 1:
            raise NotSolved
        steps = [
            ("what is known", ", ".join(f"{shown[n]} = {self.tex(self.build(t))}" for n, t in extra["known"].items()))
        ]
        if extra["independent"]:
            steps.append(("independent events", r"P(A \cap B) = P(A) P(B)"))
        steps += [
            ("the laws", r"P(A \cup B) = P(A) + P(B) - P(A \cap B), \; P(A \mid B) = \frac{P(A \cap B)}{P(B)}"),
            ("so", f"{shown[extra['find']]} = {self.tex(value)}"),
        ]
        return self._done(shown[extra["find"]], self.plain(value), self.tex(value), steps)
