"""How long the channel waits for what, and how much it does at once."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds; the defaults are for the public Bot API server."""

    poll: int = 30
    """One long poll."""
    poll_again: float = 0.6
    """Between polls while messages are still being handled. The Bot API server hands out a single update to whoever
    repeats an offset within 0.5 s."""
    request: float = 30
    """One request, and one file."""
    a_second: int = 29
    """Messages in all, in any second. Telegram's documented ceiling is about 30; the one less is for what the network
    pushes together."""
    chat_a_second: float = 0.97
    """Messages to one person; documented is 1, with short bursts."""
    group_a_minute: float = 17
    """Messages to one group; documented are 20 a minute, which this is with a burst."""
    burst: int = 3
    """Messages to one chat that may follow each other at once: an answer, its details and its voice."""
    parallel: int = 16
    """Chats served at the same time."""
    waiting: int = 20
    """Messages of one chat that may wait for their turn; more get a sentence instead of an answer."""
    tries: int = 3
    """Requests per call while the server fails or cannot be reached."""
    flood: float = 60
    """The longest that one call waits in all because of 429."""
    retry: float = 0.5
    """The first pause after a failure; each further one is twice as long."""
    retry_most: float = 60
    turns: int = 5
    """Times that one message is taken up again when the answer does not get out though other calls do."""
    typing_after: float = 0.5
    """Answers that are ready sooner are not announced by the typing line."""
    typing_every: float = 4.5
    """Telegram shows an action for 5 s."""
    webhook: float = 45
    """A webhook call is answered within this time; Telegram gives up after about 60 s."""
    grace: float = 5
    """On shutdown, for messages that are being answered."""

    def shared_by(self, senders: int) -> "Pace":
        """The part of one of several processes that send with one token and do not know of each other."""
        return replace(self, a_second=max(1, self.a_second // senders))

    def pause(self, failures: int) -> float:
        """How long to wait after that many failures in a row (1 and up)."""
        return float(min(self.retry * 2 ** min(failures - 1, 16), self.retry_most))
