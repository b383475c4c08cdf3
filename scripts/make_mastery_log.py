"""Simulates the log of the shipped `mastery` suite: students who learn by practice, answering items of known difficulty.

`python scripts/make_mastery_log.py` writes evals/suites/mastery.jsonl again, byte for byte. Rasch's model with a gain a
try that levels off; abilities, gains and difficulties are drawn once, so no real student stands in it.
"""

import json
import math
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

STUDENTS, SKILLS, ITEMS, TRIES = 90, 4, 8, 11
OUT = Path(__file__).resolve().parents[1] / "evals" / "suites" / "mastery.jsonl"


def main() -> None:
    chance = random.Random(20)
    easiness = {f"skill-{s}": chance.gauss(0.2, 0.5) for s in range(1, SKILLS + 1)}
    difficulty = {f"{skill}.{n}": chance.gauss(0, 1.0) for skill in easiness for n in range(1, ITEMS + 1)}
    rows = [row for student in range(1, STUDENTS + 1) for row in answers(f"s{student}", chance, easiness, difficulty)]
    OUT.write_text("".join(json.dumps(row) + "\n" for row in rows))


def answers(
    student: str, chance: random.Random, easiness: Mapping[str, float], difficulty: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    """One student's answers, skill by skill, as in a course."""
    ability, gain = chance.gauss(0, 1.1), max(0.0, chance.gauss(0.35, 0.3))
    for skill in easiness:
        own = chance.gauss(0, 0.6)
        for tries in range(TRIES):
            item = f"{skill}.{chance.randint(1, ITEMS)}"
            logit = ability + own + easiness[skill] - difficulty[item] + gain * math.log1p(tries)
            yield {
                "user_id": student,
                "item_id": item,
                "skill_id": skill,
                "correct": int(chance.random() < 1 / (1 + math.exp(-logit))),
            }


if __name__ == "__main__":
    main()
