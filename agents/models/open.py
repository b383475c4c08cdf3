"""From settings to models, by role; a provider's package is loaded only when it is named."""

from collections.abc import Mapping
from typing import Any

from agents.models.chain import ModelChain
from agents.models.offline import OfflineModel
from agents.models.port import Model
from core.clock import Clock
from core.errors import Invalid
from core.settings import ModelSettings

OFFLINE = "offline"


def open_models(model: str, settings: ModelSettings, clock: Clock) -> Mapping[str, Model]:
    """The chain for each role, `default` among them; every chain ends in the offline model.

    `model` and the values of `settings.roles` are `offline` or `provider:model` as LangChain's `init_chat_model` names
    them. Raises Invalid for a name that no installed provider knows.
    """
    known: dict[str, Model] = {OFFLINE: OfflineModel()}

    def chain(first: str) -> Model:
        names = [*dict.fromkeys([first, *settings.fallbacks, OFFLINE])]
        if first == OFFLINE:
            return known[OFFLINE]
        for name in names:
            if name not in known:
                known[name] = _open_provider(name, settings, clock)
        return ModelChain([known[name] for name in names])

    return {"default": chain(model), **{role: chain(name) for role, name in settings.roles.items()}}


def _open_provider(name: str, settings: ModelSettings, clock: Clock) -> Model:
    from langchain.chat_models import init_chat_model

    from agents.models.provider import ProviderModel

    options: dict[str, Any] = {
        "max_retries": 0,
        "timeout": settings.timeout_s,
        "base_url": settings.base_url,
        "api_key": settings.api_key.get_secret_value() if settings.api_key else None,
    }
    try:
        chat = init_chat_model(name, **{key: value for key, value in options.items() if value is not None})
    except ImportError as error:
        provider = name.partition(":")[0]
        raise Invalid(f"{name}: install its provider, such as `pip install learnflow[{provider}]` ({error})") from error
    except Exception as error:  # each provider complains of a missing key in a class of its own
        raise Invalid(f"{name} cannot be used: {error}") from error
    return ProviderModel(name, chat, settings, clock)
