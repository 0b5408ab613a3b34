"""Makes rasa 3.6.21 importable without TensorFlow and without the chat channels, and silent to the outside.

Import it before anything of Rasa.
"""

import os
import sys
import types

import inert_tensorflow
import skops.io  # noqa: F401 - early: it walks every loaded module when imported, 12 s if Rasa is there already

CHANNELS = {
    "botframework": "BotFrameworkInput",
    "facebook": "FacebookInput",
    "hangouts": "HangoutsInput",
    "mattermost": "MattermostInput",
    "rocketchat": "RocketChatInput",
    "slack": "SlackInput",
    "telegram": "TelegramInput",
    "twilio": "TwilioInput",
    "twilio_voice": "TwilioVoiceInput",
    "webexteams": "WebexTeamsInput",
}
"""Modules under rasa.core.channels that want libraries of their own, and the class that Rasa's registry asks of each."""


def _without_channels() -> None:
    for module_name, class_name in CHANNELS.items():
        module = types.ModuleType(f"rasa.core.channels.{module_name}")
        channel = type(class_name, (), {"name": classmethod(lambda cls, name=module_name: name)})
        setattr(module, class_name, channel)
        sys.modules[module.__name__] = module


os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
inert_tensorflow.install()
_without_channels()
