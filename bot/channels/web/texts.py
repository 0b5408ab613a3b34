"""The words of the page itself, from texts.yaml; what the assistant says comes from elsewhere."""

from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from bot.channels.web.protocol import ErrorCode

_TEXTS = Path(__file__).with_name("texts.yaml")


class WebTexts(BaseModel):
    """`page`: labels and notices by key; `errors`: one sentence for each error code; `examples`: first questions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: dict[str, str]
    errors: dict[str, str]
    examples: list[str]

    @model_validator(mode="after")
    def _complete(self) -> "WebTexts":
        if missing := set(get_args(ErrorCode)) ^ set(self.errors):
            raise ValueError(f"errors must have exactly the protocol's codes; differing: {sorted(missing)}")
        return self

    def error(self, code: ErrorCode, **values: object) -> str:
        """The sentence for an error, with its figures filled in."""
        return self.errors[code].format(**values)


def load_texts(path: Path = _TEXTS) -> WebTexts:
    """The texts in `path`; `pydantic.ValidationError` says what is missing in it."""
    return WebTexts.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
