"""The menu under the chat: put in place when the channel starts, unless it is there already."""

from typing import Any

from bot.channels.base import Rejected
from bot.channels.wechat.api import Api
from bot.channels.wechat.texts import Texts

NONE = "46003"
"""WeChat's return code where an account has no menu."""


async def put_in_place(api: Api, texts: Texts) -> bool:
    """Make the account's menu that of texts.yaml; whether anything had to be changed. Raises `SendError`."""
    wanted = buttons(texts)
    if _bare(await _present(api)) == wanted:
        return False
    await api.post("/cgi-bin/menu/create", {"button": wanted})
    return True


def buttons(texts: Texts) -> list[dict[str, Any]]:
    """The menu as the API takes it."""
    return [{"name": row.name, "sub_button": [entry.button() for entry in row.below]} for row in texts.menu]


async def _present(api: Api) -> list[Any]:
    try:
        answer = await api.get("/cgi-bin/menu/get")
    except Rejected as error:
        if str(error).startswith(NONE):
            return []
        raise
    menu = answer.get("menu")
    found = menu.get("button") if isinstance(menu, dict) else None
    return found if isinstance(found, list) else []


def _bare(found: Any) -> Any:
    """Without the empty lists of entries below that WeChat adds."""
    if isinstance(found, list):
        return [_bare(one) for one in found]
    if isinstance(found, dict):
        return {name: _bare(value) for name, value in found.items() if name != "sub_button" or value}
    return found
