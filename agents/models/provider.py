"""One language model by name, through LangChain, with its time limits, retries and account."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, cast

import jsonschema
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from agents.models.breaker import Breaker
from agents.models.port import Prompt, Usage
from core import metrics
from core.clock import Clock
from core.errors import ModelUnavailable
from core.settings import ModelSettings

_RETRIED = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_WAIT_S_MAX = 10.0
_CHARS_PER_TOKEN = 4  # where a server does not say what it used


class ProviderModel:
    """agents.models.port.Model over a LangChain chat model. Raises ModelUnavailable, once it has retried."""

    def __init__(self, name: str, chat: BaseChatModel, settings: ModelSettings, clock: Clock) -> None:
        self.name = name
        self._chat = chat
        self._settings = settings
        self._clock = clock
        self._breaker = Breaker(clock)

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        """The reply as it comes. A failure before the first word is retried; one after it raises at once, since what
        was said cannot be taken back."""
        deadline = self._clock.monotonic() + min(timeout_s, self._settings.timeout_s)
        for attempt in range(self._settings.retries + 1):
            self._check_breaker()
            call = _Call(self.name, self._clock)
            try:
                async with aclosing(self._try_stream(prompt, call, deadline, tokens_max)) as said:
                    async for words in said:
                        yield words
                self._breaker.succeeded()
                return
            except Exception as error:  # the providers share no base class: this is the boundary to all of them
                self._breaker.failed()
                call.outcome = type(error).__name__
                if call.said or not _may_retry(error) or attempt == self._settings.retries:
                    raise ModelUnavailable(f"{self.name} did not answer: {call.outcome}", model=self.name) from error
                await self._wait(error, attempt, deadline)
            finally:
                call.book(usage, self._settings.price_per_million_tokens.get(self.name))

    async def _try_stream(self, prompt: Prompt, call: "_Call", deadline: float, tokens_max: int) -> AsyncGenerator[str]:
        limit_s = self._settings.first_token_s
        async with aclosing(self._open(prompt, tokens_max)) as chunks:
            while True:
                left_s = deadline - self._clock.monotonic()
                if left_s <= 0:
                    raise TimeoutError
                async with asyncio.timeout(min(limit_s, left_s)):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                call.read(chunk)
                if words := _words(chunk):
                    call.said += len(words)
                    yield words
        if not call.said:
            raise ModelUnavailable(f"{self.name} said nothing", model=self.name)

    def _open(self, prompt: Prompt, tokens_max: int) -> AsyncGenerator[AIMessageChunk]:
        chunks = self._chat.astream(messages(prompt), max_tokens=tokens_max)
        return cast(AsyncGenerator[AIMessageChunk], chunks)  # it is one, so it can be closed

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        """A JSON object that fits `schema`; one attempt to repair it, then None."""
        asked = [
            *messages(prompt),
            HumanMessage(f"Answer with one JSON object that fits this schema:\n{json.dumps(schema)}"),
        ]
        for _ in range(2):
            call = _Call(self.name, self._clock)
            try:
                self._check_breaker()
                async with asyncio.timeout(min(timeout_s, self._settings.timeout_s)):
                    reply = await self._chat.ainvoke(asked)
                call.read(reply)
                self._breaker.succeeded()
            except Exception as error:  # as above: the boundary to every provider
                self._breaker.failed()
                call.outcome = type(error).__name__
                return None
            finally:
                call.book(usage, self._settings.price_per_million_tokens.get(self.name))
            found, fault = _fit(_words(reply), schema)
            if found is not None:
                return found
            asked = [
                *asked,
                AIMessage(_words(reply)[:4000]),
                HumanMessage(f"That does not fit: {fault}. Send only the JSON."),
            ]
        return None

    def _check_breaker(self) -> None:
        if not self._breaker.allows():
            raise ModelUnavailable(f"{self.name} is resting after several failures", model=self.name)

    async def _wait(self, error: Exception, attempt: int, deadline: float) -> None:
        wait_s = _retry_after_s(error)
        if wait_s is None:
            wait_s = random.uniform(0.2, 0.5) * 2**attempt  # noqa: S311 (jitter, not a secret)
        if wait_s > _WAIT_S_MAX or self._clock.monotonic() + wait_s >= deadline:
            raise ModelUnavailable(f"{self.name} asks to wait longer than this turn can", model=self.name) from error
        await asyncio.sleep(wait_s)


class _Call:
    """One try, for the account."""

    def __init__(self, model: str, clock: Clock) -> None:
        self.model = model
        self.clock = clock
        self.began = clock.monotonic()
        self.outcome = "ok"
        self.said = 0
        self.tokens_in = 0
        self.tokens_out = 0

    def read(self, message: AIMessage | AIMessageChunk) -> None:
        if used := message.usage_metadata:
            self.tokens_in = max(self.tokens_in, used["input_tokens"])
            self.tokens_out = max(self.tokens_out, used["output_tokens"])

    def book(self, usage: Usage, price: tuple[float, float] | None) -> None:
        out = self.tokens_out or self.said // _CHARS_PER_TOKEN
        metrics.MODEL_TOKENS.add(self.tokens_in, model=self.model, direction="in")
        metrics.MODEL_TOKENS.add(out, model=self.model, direction="out")
        usage.tokens_in += self.tokens_in
        usage.tokens_out += out
        if price:
            usage.cost_usd += (self.tokens_in * price[0] + out * price[1]) / 1_000_000
        usage.calls.append(
            {
                "model": self.model,
                "outcome": self.outcome,
                "seconds": round(self.clock.monotonic() - self.began, 3),
                "tokens_in": self.tokens_in,
                "tokens_out": out,
            }
        )


def messages(prompt: Prompt) -> list[BaseMessage]:
    """The prompt as chat messages: ours as system, the student's words fenced as data."""
    body = (
        f"<evidence>\n{_fence(prompt.evidence)}\n</evidence>\n\n"
        f"<draft>\n{_fence(prompt.draft)}\n</draft>\n\n"
        f"<student_words>\n{_fence(prompt.student)}\n</student_words>"
    )
    return [SystemMessage(prompt.system), HumanMessage(body)]


def _fence(words: str) -> str:
    """The words with nothing in them that could close the fence around them."""
    return words.replace("</", "<\u200b/")


def _words(message: BaseMessage) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict) and part.get("type") == "text")


def _may_retry(error: Exception) -> bool:
    status = getattr(error, "status_code", None)
    if status is not None:
        return status in _RETRIED
    return "Connection" in type(error).__name__


def _retry_after_s(error: Exception) -> float | None:
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _fit(words: str, schema: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    start, end = words.find("{"), words.rfind("}")
    try:
        found = json.loads(words[start : end + 1])
        jsonschema.validate(found, schema)
    except (ValueError, RecursionError) as error:
        return None, f"not JSON ({error})"[:200]
    except jsonschema.ValidationError as error:
        return None, error.message[:200]
    return (found, "") if isinstance(found, dict) else (None, "not an object")
