"""Quiet hours: until when a message that is not urgent waits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

COUNTY_TIME = ZoneInfo("Asia/Shanghai")
DAY = 24 * 60


def quiet_end(now: datetime, begin: int, end: int) -> datetime | None:
    """The end of the quiet hours that `now` lies in, None outside. Both are minutes of the day; equal: no quiet hours."""
    local = now.astimezone(COUNTY_TIME)
    minute = local.hour * 60 + local.minute
    if (minute - begin) % DAY >= (end - begin) % DAY:
        return None
    start_of_minute = local.replace(second=0, microsecond=0)
    return start_of_minute + timedelta(minutes=(end - minute) % DAY)
