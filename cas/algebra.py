"""Algebra with SymPy, on trees that arrive as lists; runs in the child only and never sees a student's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cas.solving import Solver

Tree = list[Any]


class Algebra:
    """The operations that the parent may ask for. SymPy is imported here, when the child makes its one instance."""

    def __init__(self) -> None:
        import sympy

        self.sp: Any = sympy
        self.real = True
        self.solver = Solver(sympy, self.build)

    def warm_up(self) -> None:
        """Run what is needed most once, so that the first student does not wait for SymPy's own imports."""
        x = self.symbol("x")
        self.sp.simplify((x**2 - 1) / (x - 1) - x - 1)
        self.sp.solveset(x**2 - 1, x, self.sp.S.Reals)
        self.sp.factor_list(x**2 - 1)

    def do(self, op: str, args: Any) -> Any:
        self.real = "['const', 'i']" not in str(args)  # with i about, letters may be complex as well
        operations: dict[str, Callable[..., Any]] = {
            "prove": self.prove, "systems": self.systems, "irreducible": self.irreducible, "solve": self.solve,
        }  # fmt: skip
        return operations[op](*args)

    def prove(self, a: Tree, b: Tree) -> str:
        """Whether a - b is zero: equal, different, or unsure."""
        difference = self.build(a) - self.build(b)
        for attempt in (self.sp.expand, self.sp.simplify, lambda d: self.sp.simplify(d.rewrite(self.sp.exp))):
            result = attempt(difference)
            if result == 0:
                return "equal"
            if result.is_number and result.is_zero is False:
                return "different"
        return "unsure"

    def systems(self, a: list[Tree], b: list[Tree], names: list[str]) -> str:
        """Whether two systems of equations (each `e = 0`) have the same finite set of solutions."""
        unknowns = [self.symbol(n) for n in names]
        sets = []
        for equations in (a, b):
            found = self.sp.solve([self.build(e) for e in equations], unknowns, dict=True)
            if not found or any(set(s) != set(unknowns) for s in found):
                return "unsure"
            sets.append({tuple(self.sp.simplify(s[u]) for u in unknowns) for s in found})
        if sets[0] == sets[1]:
            return "equal"
        return "different" if all(v.is_number and v.is_rational for s in sets for t in s for v in t) else "unsure"

    def irreducible(self, factors: list[Tree]) -> bool:
        """Whether no factor splits further over the rationals, numbers apart."""
        for tree in factors:
            expr = self.build(tree)
            if not expr.free_symbols or not expr.is_polynomial(*expr.free_symbols):
                continue
            content, parts = self.sp.factor_list(expr)
            if len(parts) > 1 or any(power > 1 for _, power in parts):
                return False
            if parts and parts[0][0].is_Symbol is False and abs(content) != 1 and content.is_integer:
                return False
        return True

    def solve(self, task: str, trees: list[Tree], extra: dict[str, Any]) -> Any:
        return self.solver.solve(task, trees, extra)

    # --- from trees to SymPy, by explicit calls only

    def symbol(self, name: str) -> Any:
        return self.sp.Symbol(name, real=True) if self.real else self.sp.Symbol(name)

    def build(self, tree: Tree) -> Any:
        """The SymPy object of a dumped tree."""
        kind, *rest = tree
        match kind:
            case "num":
                return self.sp.Rational(int(rest[0]), int(rest[1]))
            case "sym":
                return self.symbol(rest[0])
            case "const":
                return {"pi": self.sp.pi, "e": self.sp.E, "i": self.sp.I, "inf": self.sp.oo}[rest[0]]
            case "add":
                return self.sp.Add(*map(self.build, rest))
            case "mul":
                return self.sp.Mul(*map(self.build, rest))
            case "pow":
                return self._power(*map(self.build, rest))
            case "call":
                return self._call(rest[0], [self.build(a) for a in rest[1:]])
            case "rel":
                return self._relation(rest[0], self.build(rest[1]), self.build(rest[2]))
            case "matrix":
                return self.sp.Matrix([[self.build(c) for c in row] for row in rest])
            case _:
                raise ValueError(kind)

    def _power(self, base: Any, exponent: Any) -> Any:
        if exponent.is_Integer and abs(exponent) > 10_000:
            raise ValueError("exponent")
        if exponent.is_Rational and exponent.q % 2 and exponent.q > 1 and base.is_negative:
            return self.sp.real_root(base, exponent.q) ** exponent.p
        return self.sp.Pow(base, exponent)

    def _relation(self, sign: str, left: Any, right: Any) -> Any:
        sp = self.sp
        classes = {"=": sp.Eq, "!=": sp.Ne, "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge}
        return classes[sign](left, right, evaluate=False)

    def _call(self, name: str, args: list[Any]) -> Any:
        sp = self.sp
        match name:
            case "ln":
                return sp.log(args[0])
            case "log":
                return sp.log(args[1], args[0])
            case "root":
                return sp.real_root(args[1], args[0])
            case "abs":
                return sp.Abs(args[0])
            case "factorial" if args[0].is_Integer and args[0] > 2_000:
                raise ValueError("factorial")
            case "choose":
                return sp.binomial(*args)
            case "permute":
                return sp.ff(*args)
            case "ceil":
                return sp.ceiling(args[0])
            case "conj":
                return sp.conjugate(args[0])
            case "gcd" | "lcm" | "floor" | "sign" | "gamma" | "re" | "im" | "factorial":
                return getattr(sp, name)(*args)
        if name in _DIRECT:
            return getattr(sp, name)(*args)
        raise ValueError(name)


_DIRECT = {
    prefix + n + h for prefix in ("", "a") for n in ("sin", "cos", "tan", "sec", "csc", "cot") for h in ("", "h")
}
