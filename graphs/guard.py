"""What stands around every node: its limits, and what the student gets when it fails."""

import asyncio
from typing import Protocol

from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime

from agents.spec import Spec
from agents.turn import Answer, Block, Context, Evidence, Turn
from core import events, metrics
from core.errors import BudgetSpent, LearnFlowError, LeaseLost
from core.log import logger
from core.telemetry import span

_log = logger("graphs")


class GuardedNode(Protocol):
    async def __call__(self, state: Turn, *, runtime: Runtime[Context]) -> Turn: ...


def guard(spec: Spec, node_seconds_max: float) -> GuardedNode:
    """The agent's node with a step taken from the budget, a time limit, and a degraded result in place of a failure."""

    async def node(state: Turn, *, runtime: Runtime[Context]) -> Turn:
        context = runtime.context
        context.say(events.status(spec.name, spec.doing))
        began = context.clock.monotonic()
        try:
            # what ends a turn always runs: an answer that is there must reach the student
            if spec.stage != "after":
                context.budget.take_step()
            seconds = (
                node_seconds_max if spec.stage == "after" else min(node_seconds_max, context.budget.seconds_left())
            )
            with span(f"agents.{spec.name}", turn=context.turn):
                async with asyncio.timeout(seconds):
                    return await spec.node(state, runtime=runtime)
        except (LeaseLost, GraphBubbleUp):
            raise
        except TimeoutError:
            return _degrade(spec, state, "it took too long")
        except BudgetSpent as spent:
            return _degrade(spec, state, spent.message)
        except LearnFlowError as error:
            _log.warning("graphs.degraded", node=spec.name, turn=context.turn, failure=error)
            return _degrade(spec, state, error.message)
        except Exception as error:  # the outermost loop of a node: a fault in one agent must not take the turn with it
            _log.error("graphs.broke", node=spec.name, turn=context.turn, failure=error)
            return _degrade(spec, state, "something went wrong on our side")
        finally:
            metrics.NODE_SECONDS.observe(context.clock.monotonic() - began, node=spec.name)

    node.__name__ = spec.name
    return node


def _degrade(spec: Spec, state: Turn, why: str) -> Turn:
    problem = f"I could not finish one part of this ({spec.doing.rstrip('.… ').lower()}): {why}"
    problems = [*state.get("problems", []), problem]
    match spec.stage:
        case "plan":
            return {"evidence": [*state.get("evidence", []), _empty_evidence(spec, problem)]}
        case "after" | "person" if not state.get("answer"):
            return {"problems": problems, "answer": plain_answer(state, problems)}
        case _:
            return {"problems": problems}


def _empty_evidence(spec: Spec, problem: str) -> Evidence:
    return {"agent": spec.name, "intent": "", "facts": {}, "draft": [], "citations": [], "missing": [problem]}


def plain_answer(state: Turn, problems: list[str]) -> Answer:
    """The reply as the agents drafted it, without verification's better words: every block in it came from a tool."""
    evidence = state.get("evidence", [])
    blocks: list[Block] = [block for found in evidence for block in found["draft"]]
    missing = [*(sentence for found in evidence for sentence in found["missing"]), *problems]
    told = [*dict.fromkeys(missing)]
    reply = "\n\n".join([*(_markdown(block) for block in blocks), *told])
    return {
        "reply": reply or "I could not work out an answer this time. Your message is kept; please try again.",
        "blocks": blocks,
        "citations": [citation for found in evidence for citation in found["citations"]],
        "intents": [step["intent"] for step in state.get("plan", [])],
        "hint_level": None,
        "exercise": None,
        "mastery": [],
        "problems": told,
        "verified": {},
        "model": "none",
        "usage": {},
    }


def _markdown(block: Block) -> str:
    if block["kind"] in ("code", "output"):
        return f"```{block.get('lang', '')}\n{block['body']}\n```"
    return block.get("alt", "") if block["kind"] == "picture" else block["body"]
