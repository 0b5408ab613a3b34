"""One person and one message, met by two processes, or by another version of the program."""

from datetime import datetime

from sqlalchemy import update

from dialogs.conversations import Conversations
from dialogs.messages import Inbound, Reply, ReplyKind, Turn
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from knowledge_base.store import Store


async def test_of_two_processes_with_one_message_both_give_the_first_ones_turn(store: Store, now: datetime) -> None:
    message = Inbound("test", "zhang", "1", now, text="x")
    first, second = (Turn((Reply(ReplyKind.INFO, word),)) for word in ("a", "b"))
    assert await Conversations(store).save(message, Session(crop="玉米"), first, now) == first
    stands = await Conversations(store).save(message, Session(crop="水稻"), second, now)
    assert stands.duplicate
    assert stands.replies == first.replies
    assert (await Conversations(store).load(message)).crop == "玉米"


async def test_what_another_version_kept_is_begun_anew(store: Store, now: datetime) -> None:
    message = Inbound("test", "zhang", "1", now, text="x")
    conversations = Conversations(store)
    await conversations.save(message, Session(crop="玉米"), Turn((Reply(ReplyKind.INFO, "a"),)), now)
    async with store.session() as session:
        await session.execute(update(ConversationRow).values(state={"mood": "good"}))
        await session.execute(update(HandledRow).values(turn={"replies": 7}))
    assert await conversations.load(message) == Session()
    assert await conversations.handled(message) is None
