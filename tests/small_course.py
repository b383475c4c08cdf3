"""A course of a few files and an encoder of a few lines, for tests that need some course but not ours."""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from knowledge.embed import FloatArray

MODULE = """---
id: python.basics
title: Python basics
subject: python
order: 1
---

The first steps.
"""

VARIABLES = """---
id: python.basics.variables
title: Variables
order: 1
summary: A name for a value.
objectives: [Give a value a name]
skills: [python.basics.variables]
pitfalls:
  - mistake: Reading = as equals.
    why: It gives a name to a value.
quiz:
  - id: q1
    prompt: What does x = 3 do?
    skill: python.basics.variables
    options:
      - {label: names a value, correct: true, why: That is what it does.}
      - {label: compares, correct: false, why: Two equals signs compare.}
---

## What is a variable?

A variable is a name for a value that the program keeps.

```python
# title: A first name
age = 14
print(age)
```
```output
14
```

## How do I swap two variables?

Write both names on each side of one equals sign.
"""

LOOPS = """---
id: python.basics.loops
title: Loops
order: 2
summary: Do something again.
objectives: [Repeat]
skills: [python.basics.loops]
prerequisites: [python.basics.variables]
---

## Why does my loop never stop?

A while loop ends when its condition becomes false. Change the variable in the body.
"""

EXERCISE = """---
id: python.basics.double
topic: python.basics.variables
title: Double it
difficulty: 1
skills: [python.basics.variables]
entry: double
starter: |
  def double(x):
      return x
tests:
  - {name: three, call: double(3), expect: 6}
  - {name: any, mode: property, inputs: "[(n,) for n in range(5)]", check: "result == 2 * args[0]"}
reference: |
  def double(x):
      return 2 * x
correct:
  - |
    def double(x):
        return x + x
mistakes:
  - answer: |
      def double(x):
          return x ** 2
    misconception: Takes the square for the double.
hints: [Think of twice., Multiply by two., Return 2 * x.]
---

Write `double(x)`.
"""

MATHS_MODULE = MODULE.replace("python.basics", "maths.algebra").replace("python", "maths").replace("Python", "Maths")

SQUARES = """---
id: maths.algebra.squares
title: Squares
order: 1
summary: Products of a number with itself.
objectives: [Square a sum]
skills: [maths.algebra.squares]
---

## How do I square a sum?

Multiply each part of the bracket with each part, so $(a+b)^2 = a^2 + 2ab + b^2$.

```maths
(x + 1)^2
x^2 + 2*x + 1
```
"""

MATHS_EXERCISE = """---
id: maths.algebra.square-of-sum
topic: maths.algebra.squares
title: Square of a sum
difficulty: 2
skills: [maths.algebra.squares]
answer:
  reference: x^2 + 6*x + 9
  form: expanded
  working: [(x + 3)^2, x^2 + 6*x + 9]
mistakes:
  - {answer: x^2 + 9, misconception: Squares each part alone.}
hints: [Write the bracket twice., Four products., The middle is 6x.]
---

Expand $(x+3)^2$.
"""

FILES: Mapping[str, str] = {
    "python/01-basics/_module.md": MODULE,
    "python/01-basics/variables.md": VARIABLES,
    "python/01-basics/loops.md": LOOPS,
    "python/01-basics/exercises/double.md": EXERCISE,
    "maths/01-algebra/_module.md": MATHS_MODULE,
    "maths/01-algebra/squares.md": SQUARES,
    "maths/01-algebra/exercises/square-of-sum.md": MATHS_EXERCISE,
}


def write_course(folder: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """The small course with some files put in another's place, added, or (None) left out."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)
    return folder


class CountingEncoder:
    """Texts with common words get near vectors; remembers what it was asked for. Fails after `fail_after` texts."""

    def __init__(self, fingerprint: str = "counting", fail_after: int | None = None) -> None:
        self.fingerprint = fingerprint
        self.texts: list[str] = []
        self.fail_after = fail_after

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if self.fail_after is not None and len(self.texts) + len(texts) > self.fail_after:
            raise KeyboardInterrupt
        self.texts += texts
        vectors = np.full((len(texts), 64), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.strip(".,?:").encode("utf-8", "ignore")) % 64] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
