"""A person's choices, in the database."""

from bot.preferences import StoredPreferences
from knowledge_base.store import Store


async def test_what_is_set_is_there_for_that_person_on_that_channel(store: Store) -> None:
    preferences = StoredPreferences(store, "telegram")
    assert await preferences.get("7", "voice") is None
    await preferences.set("7", "voice", "on")
    await preferences.set("7", "told", "1")
    await preferences.set("7", "voice", "off")
    assert await preferences.get("7", "voice") == "off"
    assert await preferences.get("7", "told") == "1"
    assert await preferences.get("8", "voice") is None
    assert await StoredPreferences(store, "wechat").get("7", "voice") is None
