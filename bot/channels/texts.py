"""What the words of several channels have in common: places that are filled in, and the line of a source."""

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dialogs.messages import Source


def with_places(*places: str) -> AfterValidator:
    """A check that a text keeps the places that are filled in."""

    def check(text: str) -> str:
        missing = [place for place in places if "{" + place + "}" not in text]
        if missing:
            raise ValueError(f"missing: {missing}")
        return text

    return AfterValidator(check)


class SourceTexts(BaseModel):
    """How a channel names where an answer comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(min_length=1, max_length=600), with_places("publisher", "title", "article", "date")]
    date: Annotated[str, Field(min_length=1, max_length=600), with_places("year", "month", "day")]

    def source_line(self, source: Source) -> str:
        """Where an answer comes from, in one line; the address, where there is one, in a second."""
        line = self.source.format(
            publisher=source.publisher, title=source.title, article=source.article or "", date=self.day(source.date)
        )
        return f"{line}\n{source.url}" if source.url else line

    def day(self, day: dt.date) -> str:
        """A date as people write it."""
        return self.date.format(year=day.year, month=day.month, day=day.day)
