"""One of our models as LangChain has chat models, for libraries that call tools: with the limits, breaker and account of all
other calls."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from agents.models.port import Model, Prompt, Usage
from core.errors import ModelUnavailable
from core.ids import new_id

_CALLS_MAX = 6
_SESSION = "<session_"
"""Where langmem's own words end and the conversation begins: from there on it is the student's, and fenced as such."""


class ToolChat(BaseChatModel):
    """Answers with calls of the tools that it is bound to. Raises ModelUnavailable when no model gives any."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Any
    usage: Usage
    name: str = "reflection"
    timeout_s: float = 30.0
    tools: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "learnflow"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:  # fmt: skip
        return self.model_copy(update={"tools": [convert_to_openai_tool(tool)["function"] for tool in tools]})

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        raise NotImplementedError("it is only awaited")

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        model: Model = self.model
        prompt = _prompt(self.name, messages, self.tools)
        sent = await model.structured(prompt, _schema(self.tools), self.usage, timeout_s=self.timeout_s)
        if sent is None:
            raise ModelUnavailable(f"{model.name} gave nothing that could be read", model=model.name)
        calls = [
            {"name": call["tool"], "args": call["arguments"], "id": new_id(), "type": "tool_call"}
            for call in sent["calls"]
        ]
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="", tool_calls=calls))])


def _prompt(name: str, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> Prompt:
    head, mark, tail = "\n\n".join(str(message.content) for message in messages).partition(_SESSION)
    return Prompt(
        name=name, version="v1", system=f"{head}\n\nAnswer with calls of these tools, or none: {json.dumps(tools)}",
        evidence="", student=mark + tail, draft="",
    )  # fmt: skip


def _schema(tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
    call = [
        {
            "type": "object", "required": ["tool", "arguments"],
            "properties": {"tool": {"const": tool["name"]}, "arguments": tool["parameters"]},
        }
        for tool in tools
    ]  # fmt: skip
    calls = {"type": "array", "maxItems": _CALLS_MAX, "items": {"anyOf": call}}
    return {"type": "object", "required": ["calls"], "properties": {"calls": calls}}
