"""The settings themselves: names that are none, files that cannot be used, what must be set before farmers come."""

import os
from collections.abc import Iterator

from bot.doctor.findings import Finding
from bot.named_files import missing, unusable
from bot.setting_faults import unknown
from bot.settings import Settings


def given(settings: Settings) -> Iterator[Finding]:
    """What is wrong, or not set yet; nothing where all is well."""
    for sentence in unusable(settings):
        yield Finding("设置", False, sentence, vital=True)
    for sentence in (*unknown(os.environ), *missing(settings)):
        yield Finding("设置", False, sentence)
    if settings.log_texts:
        kept = "农民说的话正在写进日志；查完马上关：XIANGYIN_LOG_TEXTS / what people say is in the log: switch it off"
        yield Finding("日志", False, kept)
    if settings.weather_source == "sample":
        made_up = "是编的样例，农民来问以前要换：XIANGYIN_WEATHER_SOURCE / made up: set it before farmers ask"
        yield Finding("天气预报", False, made_up)
    if not (settings.operator and settings.operator_contact):
        nobody = (
            "没写谁来管个人信息：XIANGYIN_OPERATOR、XIANGYIN_OPERATOR_CONTACT（法律要求）/ nobody is named at /privacy"
        )
        yield Finding("个人信息", False, nobody)
