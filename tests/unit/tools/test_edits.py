"""Edits change a tree in place and take themselves back, and the slips of beginners are among them."""

import ast

import pytest

from tools._edits import applied, edits, undo


def versions(code: str, *donors: str) -> list[str]:
    tree = ast.parse(code)
    found = []
    for edit in edits(tree, donors):
        before = applied(edit)
        found.append(ast.unparse(tree))
        undo(before)
    return found


@pytest.mark.parametrize(("wrong", "right"), [
    ("def f(n):\n    return n < 3", "def f(n):\n    return n <= 3"),
    ("def f(s):\n    for x in s:\n        t = x\n        return t", "def f(s):\n    for x in s:\n        t = x\n    return t"),
    ("def f(s):\n    s.append[1]", "def f(s):\n    s.append(1)"),
    ("def f(s):\n    s = s.append(1)", "def f(s):\n    s.append(1)"),
    ("def f(s):\n    t = s.copy\n    return t", "def f(s):\n    t = s.copy()\n    return t"),
    ("def f(s):\n    t = 0\n    for x in u:\n        t += u[x]\n    return t", "def f(s):\n    t = 0\n    for x in s:\n        t += s[x]\n    return t"),
    ("def f(s):\n    for i in range(len(s)):\n        return i", "def f(s):\n    for i in s:\n        return i"),
    ("def f(s):\n    print(s)", "def f(s):\n    return s"),
    ("def f(s):\n    return s[0]", "def f(s):\n    if not s:\n        return 0\n    return s[0]"),
    ("def f(s):\n    s += 1\n    return s", "def f(s):\n    s += [1]\n    return s"),
    ("def f(d):\n    return True", "def f(d):\n    return d == 0"),
    ("def f(s):\n    t = []\n    return u", "def f(s):\n    t = []\n    return t"),
    ("def f(s):\n    for x in s:\n        t += x\n    return t", "def f(s):\n    t = 0\n    for x in s:\n        t += x\n    return t"),
    ("def f(s, t):\n    s = t", "def f(s, t):\n    t = s"),
    ("def f(s, t):\n    s.append(t)", "def f(s, t):\n    t.append(s)"),
    ("def f(s):\n    t += (s,)", "def f(s):\n    t += s"),
    ("def f(s):\n    return max(s)", "def f(s):\n    return max(s, key=lambda item: item[1])"),
    ("def f(s):\n    return s.sort()", "def f(s):\n    return sorted(s)"),
    ("def f(d, k):\n    d[k] += 1", "def f(d, k):\n    d[k] = d.get(k, 0) + 1"),
    ("def f(x):\n    return x == 1 or 2", "def f(x):\n    return x == 1 or x == 2"),
    ("def f(n):\n    return [[0]] * n", "def f(n):\n    return [[0] for _ in range(n)]"),
    ("def f(s):\n    return [x > 1 for x in s]", "def f(s):\n    return [x for x in s if x > 1]"),
    ("def f(x, s=[]):\n    return s", "def f(x, s=None):\n    if s is None:\n        s = []\n    return s"),
    ("a = input()\nb = input()\nprint(a + b)", "a = int(input())\nb = int(input())\nprint(a + b)"),
    ("name = input()\nprint('Hi name')", "name = input()\nprint(f'Hi {name}')"),
    ("def f(a):\n    while a:\n        for x in a:\n            b = x\n            c = b\n            d = c\n    return d", "def f(a):\n    while a:\n        for x in a:\n            b = x\n        c = b\n        d = c\n    return d"),
    ("def f(s):\n    try:\n        for x in s:\n            g(x)\n    except ValueError:\n        pass", "def f(s):\n    for x in s:\n        try:\n            g(x)\n        except ValueError:\n            pass"),
    ("class A:\n\n    def __init__(self, a, b):\n        a = a\n        b = b", "class A:\n\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b"),
    ("class A:\n    items = []\n\n    def add(self, x):\n        self.items.append(x)", "class A:\n\n    def __init__(self):\n        self.items = []\n\n    def add(self, x):\n        self.items.append(x)"),
    ("def f(s):\n    if s > 2:\n        return 1\n    if s > 3:\n        return 2", "def f(s):\n    if s > 3:\n        return 1\n    if s > 2:\n        return 2"),
    ("def f(s):\n    m = s[0][1]\n    for x in s:\n        if x[1] > m:\n            m = x[1]\n    return m", "def f(s):\n    m = s[0]\n    for x in s:\n        if x[1] > m[1]:\n            m = x\n    return m"),
    ("class A:\n\n    def f(self, n):\n        self.n =- n", "class A:\n\n    def f(self, n):\n        self.n -= n"),
    ("class A:\n\n    def f(self):\n        return g()\n\n    def g(self):\n        return 1", "class A:\n\n    def f(self):\n        return self.g()\n\n    def g(self):\n        return 1"),
    ("def f(s, i, j):\n    s[i] = s[j]\n    s[j] = s[i]", "def f(s, i, j):\n    s[i], s[j] = (s[j], s[i])"),
    ("def f(s, t):\n    if s:\n        t.append(s)", "def f(s, t):\n    if s:\n        t.append(s)\n    else:\n        s.append(t)"),
    ("def g(n):\n    return n > 1\n\ndef f(n):\n    if g:\n        return n", "def g(n):\n    return n > 1\n\ndef f(n):\n    if g(n):\n        return n"),
    ("def f(s):\n    s.lower()\n    return s", "def f(s):\n    s = s.lower()\n    return s"),
    ("def f(s):\n    best = 0\n    return best", "def f(s):\n    best = float('-inf')\n    return best"),
    ("def f(s, n):\n    for i in range(n):\n        print(s[i])", "def f(s, n):\n    for i in range(min(n, len(s))):\n        print(s[i])"),
    ("def f(s):\n    return s.split('=')", "def f(s):\n    return s.split('=', 1)"),
    ("def f(s):\n    if s == []:\n        return 0\n    return s[0]", "def f(s):\n    if not s:\n        return 0\n    return s[0]"),
    ("def f(s):\n    while s != ():\n        s = s[1:]", "def f(s):\n    while s:\n        s = s[1:]"),
    ("def f(s):\n    if len(s) == 0:\n        n = 0\n    return s[0]", "def f(s):\n    if len(s) == 0:\n        return 0\n    return s[0]"),
    ("def f(s):\n    if s == ():\n        return None\n    return s[0]", "def f(s):\n    if not s:\n        return 0\n    return s[0]"),
    ("def f(s):\n    if not s:\n        pass\n    return s[0]", "def f(s):\n    if not s:\n        return 0\n    return s[0]"),
    ("def f(s):\n    for x in s:\n        g(x)\n        s.sort", "def f(s):\n    for x in s:\n        g(x)\n    s.sort()"),
    ("def f(s):\n    return s.reverse", "def f(s):\n    s.reverse()\n    return s"),
    ("def f(s):\n    t = []\n    for x in s:\n        u.append(x)\n    return u", "def f(s):\n    t = []\n    for x in s:\n        t.append(x)\n    return t"),
    ("def f(s):\n    for e in s:\n        if x > 1:\n            return x", "def f(s):\n    for x in s:\n        if x > 1:\n            return x"),
    ("def f(s):\n    while s:\n        print(min(s))\n        s.remove(min(s))", "def f(s):\n    while s:\n        print(max(s))\n        s.remove(max(s))"),
    ("def f(s):\n    return max((g(x) for x in s))", "def f(s):\n    return max((g(x) for x in s), default=0)"),
    ("def f(a, n):\n    return a < n and n < len(a)", "def f(a, n):\n    return 0 <= a < n and 0 <= n < len(a)"),
    ("def f(n, p):\n    if n > 9:\n        return n * p * 0.9", "def f(n, p):\n    if n > 9:\n        return n * p * 0.9\n    return n * p"),
    ("def f(x):\n    return str(round(x, 1))", "def f(x):\n    return str(f'{x:.1f}')"),
    ("def f(s, t):\n    s.insert(0, t)", "def f(s, t):\n    s.append(t)"),
    ("def f(s, t):\n    s.append.t", "def f(s, t):\n    s.append(t)"),
    ("def f(s):\n    n = 0\n    return", "def f(s):\n    n = 0\n    return n"),
    ("def f(x):\n    if type(x) == int:\n        return 0", "def f(x):\n    if not isinstance(x, list):\n        return 0"),
    ("def f(s, i):\n    if i < len(s):\n        return 1", "def f(s, i):\n    if 0 <= i < len(s):\n        return 1"),
])  # fmt: skip
def test_a_beginners_slip_is_one_edit_away(wrong: str, right: str) -> None:
    assert right in versions(wrong)


def test_every_edit_takes_itself_back() -> None:
    code = (
        "def f(a, b):\n    t = []\n    for i in range(len(a)):\n        if a[i] > b and i != 0:\n            t.append(a[i:])\n"
        "        else:\n            break\n    while b:\n        b -= 1\n    return t\n"
    )
    tree = ast.parse(code)
    before = ast.dump(tree, include_attributes=True)

    for edit in edits(tree):
        undo(applied(edit))

        assert ast.dump(tree, include_attributes=True) == before


def test_the_same_program_has_the_same_edits_in_the_same_order() -> None:
    code = "def f(a, b):\n    if a < b:\n        return a\n    return b\n"

    assert versions(code) == versions(code)


def test_a_step_of_an_accepted_program_is_one_edit_away() -> None:
    right = "def f(s):\n    s.reverse()\n    return s"

    assert right in versions("def f(s):\n    return s", right)


def test_every_version_can_be_written_out_and_none_holds_itself() -> None:
    for version in versions(
        "def f(a, b):\n    for i in range(len(a)):\n        if a[i] + b[i] > a[0]:\n            return a[i]\n"
    ):
        ast.parse(version)
