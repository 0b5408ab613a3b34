"""Days and times as farmers say them: civil and lunar dates, solar terms, festivals, farm seasons, parts of the day."""

from nlu.text.when.finder import DateFinder
from nlu.text.when.when import When

__all__ = ["DateFinder", "When"]
