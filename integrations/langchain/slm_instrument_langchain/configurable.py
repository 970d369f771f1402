"""A stand-in whose model's fields a run's config may set."""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import ConfigurableFieldSpec, Runnable, RunnableConfig
from langchain_core.runnables.configurable import RunnableConfigurableFields

from slm_instrument_langchain.stand_in import StandIn


class ConfigurableFields(RunnableConfigurableFields[Any, Any]):
    """What ``configurable_fields`` gives for a model that stands around another: the fields are the other one's.

    Args:
        default: The model that stands around another.
        fields: The fields of the other one that a config may set.
        around: Puts the same around the other one as it is configured.
    """

    default: StandIn  # pyright: ignore[reportIncompatibleVariableOverride]
    around: Callable[[BaseChatModel], BaseChatModel]

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What a config may set."""
        return self._of_model().config_specs

    def _prepare(self, config: RunnableConfig | None = None) -> tuple[Runnable[Any, Any], RunnableConfig]:
        model, config = self._of_model().prepare(config)
        return (self.around(model) if isinstance(model, BaseChatModel) else model), config

    def _of_model(self) -> RunnableConfigurableFields[Any, Any]:
        return RunnableConfigurableFields(default=self.default.llm, fields=self.fields)
