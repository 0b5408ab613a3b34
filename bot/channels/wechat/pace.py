"""How long the channel waits for what, and how much it does at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds; the defaults are for api.weixin.qq.com."""

    passive: float = 4.2
    """An answer that is ready within this time is the reply to WeChat's call, later ones are sent as customer-service
    messages. WeChat gives up after 5 s; the rest is for the network."""
    decided: float = 0.4
    """For an answer that is being written down when that time is over."""
    window: float = 300
    """A call whose time is further away from ours is refused."""
    request: float = 15
    """One request, and one file."""
    parallel: int = 32
    """People answered at the same time."""
    waiting: int = 10
    """Messages of one person that may wait for their turn; more get a sentence instead of an answer."""
    tries: int = 3
    """Requests per call while WeChat is busy or cannot be reached."""
    retry: float = 0.5
    """The first pause after a failure; each further one is twice as long."""
    retry_most: float = 60
    lease: float = 120
    """An answer that is owed is left for so long to the process that took it up; then another one does."""
    look: float = 10
    """Between looks for answers that are owed."""
    keep: float = 3_600
    """How long it is remembered that a message was answered; WeChat repeats one for some 15 s."""
    owed: float = 48 * 3_600
    """An answer that is not out by then cannot be sent any more."""
    grace: float = 5
    """On shutdown, for messages that are being answered."""

    def pause(self, failures: int) -> float:
        """How long to wait after that many failures in a row (1 and up)."""
        return float(min(self.retry * 2 ** min(failures - 1, 16), self.retry_most))
