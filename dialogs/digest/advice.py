"""Farm advice of the system's own as a message, marked as no official warning."""

from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs import plain_time
from dialogs.messages import Reply, ReplyKind, Source
from dialogs.topics.weather_phrases import Phrases
from dialogs.topics.weather_words import weather_words
from knowledge_base.weather.terms import Forecast
from knowledge_base.weather.threats import Threat, threat_rules

DATA = Path(__file__).with_name("advice.yaml")


class AdviceWords(BaseModel):
    """The words, from advice.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: dict[str, str]


@cache
def advice_words() -> AdviceWords:
    """The shipped words."""
    return AdviceWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def advice(threat: Threat, forecast: Forecast, place: str, now: datetime) -> Reply:
    """What threatens, what to do, and that this is no official warning; the sources are those of the rule."""
    phrases, words = Phrases(forecast, now), weather_words()
    rule, sources = threat.rule, threat_rules().sources
    what = rule.what.format(
        when=phrases.days(threat.first, threat.last), low=_figure(threat.low), high=_figure(threat.high)
    )
    values = {
        "what": what,
        "do": rule.do,
        "place": place,
        "source": words.sources.get(forecast.source, forecast.source),
        "when": plain_time.moment(forecast.issued_at or forecast.fetched_at, now),
    }
    say = advice_words().say
    return Reply(
        ReplyKind.INFO,
        say["text"].format(**values),
        say["spoken"].format(**values),
        sources=tuple(
            Source(one.title, one.publisher, one.date, one.article) for one in (sources[key] for key in rule.sources)
        ),
    )


def _figure(value: float) -> str:
    """零下3, 12: before 度."""
    said = weather_words().degrees["below" if round(value) < 0 else "one"].format(value=abs(round(value)))
    return said[:-1]
