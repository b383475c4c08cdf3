"""How well and how fast answers are judged: accuracy and false accepts on labelled pairs, and hostile answers timed.

usage: python bench/mathematics.py PAIRS.jsonl [--hostile HOSTILE.jsonl] [--show]
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cas.checker import Checker, open_mathematics
from core.ports import Equivalence


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


async def _warm(mathematics: Checker) -> None:
    await mathematics.solve("solve x^2 - 5x + 6 = 0")


async def judge_pairs(mathematics: Checker, pairs: list[dict], show: bool) -> dict:
    right = accepted_falsely = different = unsure = 0
    times = []
    for pair in pairs:
        rule = Equivalence(task=pair["task"], sigfigs=pair.get("sigfigs"), form=pair.get("form", "any"))
        began = time.perf_counter()
        verdict = await mathematics.check(pair["student"], pair["reference"], rule)
        times.append((time.perf_counter() - began) * 1000)
        said = verdict.verdict == "equal"
        right += said == bool(pair["equal"])
        different += not pair["equal"]
        accepted_falsely += said and not pair["equal"]
        unsure += verdict.verdict == "unsure"
        if show and said != bool(pair["equal"]):
            print(
                pair["id"],
                pair["equal"],
                verdict.verdict,
                repr(pair["student"]),
                "|",
                repr(pair["reference"]),
                "|",
                verdict.why,
            )
    times.sort()
    return {
        "pairs": len(pairs), "accuracy": round(right / len(pairs), 4), "unsure": unsure,
        "false_accept": round(accepted_falsely / max(different, 1), 4),
        "p50_ms": round(times[len(times) // 2], 2), "p95_ms": round(times[int(len(times) * 0.95)], 2), "max_ms": round(times[-1], 1),
    }  # fmt: skip


async def time_hostile(mathematics: Checker, answers: list[dict]) -> dict:
    slowest, over = 0.0, 0
    for answer in answers:
        for reference in ("x^2 + 1", "2", "x = 2 or x = 3", answer["student"]):
            began = time.perf_counter()
            await mathematics.check(answer["student"], reference)
            took = time.perf_counter() - began
            slowest = max(slowest, took)
            over += took > 1
    return {"answers": len(answers), "over_1_s": over, "slowest_ms": round(slowest * 1000, 1)}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--hostile", type=Path)
    parser.add_argument("--show", action="store_true", help="print every pair that is judged wrongly")
    args = parser.parse_args()
    async with open_mathematics() as mathematics:
        await _warm(mathematics)
        print(json.dumps(await judge_pairs(mathematics, _lines(args.pairs), args.show)))
        if args.hostile:
            print(json.dumps({"hostile": await time_hostile(mathematics, _lines(args.hostile))}))


if __name__ == "__main__":
    asyncio.run(main())
