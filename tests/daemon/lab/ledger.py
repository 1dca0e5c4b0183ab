"""What became of numbered messages that one entity sent to others: nothing is taken from who received them."""

from collections import Counter
from dataclasses import dataclass
from typing import Iterator

from .client import Entity, User


@dataclass(frozen=True)
class Account:
    """How many messages were sent, and where they are now. Both is a message that came and was answered as well."""

    sent: int
    once: int = 0
    twice: int = 0  # or more often
    answered: int = 0
    both: int = 0
    lost: int = 0


class Flow:
    """Numbered messages of one direction. The sender and the addressee may be replaced by others while it runs."""

    def __init__(self, sender: Entity, origin: str, receiver: Entity, to: str) -> None:
        self.sent = 0
        self._senders, self._receivers = [sender], [receiver]
        self._origin, self._to = origin, to

    def sender_is_now(self, sender: Entity) -> None:
        self._senders.append(sender)

    def receiver_is_now(self, receiver: Entity) -> None:
        self._receivers.append(receiver)

    def send(self, count: int, size: int = 0) -> None:
        """So many messages at once, each with so many bytes of padding."""
        numbers = range(self.sent, self.sent + count)
        self.sent += count
        self._senders[-1].send_xml("".join(
            f"<message from='{self._origin}' to='{self._to}' type='chat' id='n{number}'>"
            f"<body>{number}{'.' * size}</body></message>" for number in numbers))

    def came(self) -> list[int]:
        """The numbers that have come by now, in order; one that came twice is in it twice."""
        return [number for who in self._receivers for number in _numbers(who, self._origin, is_error=False)]

    def answered(self) -> Counter[int]:
        """The numbers of those that were answered with an error."""
        return Counter(number for who in self._senders for number in _numbers(who, self._to, is_error=True))

    def account(self) -> Account:
        came, answers = Counter(self.came()), self.answered()
        known = came.keys() | answers.keys()
        assert max(answers.values(), default=0) < 2, "a message was answered twice"
        return Account(sent=self.sent,
                       once=sum(1 for number in came if came[number] == 1 and number not in answers),
                       twice=sum(1 for number in came if came[number] > 1),
                       answered=sum(1 for number in answers if number not in came),
                       both=sum(1 for number in answers if number in came),
                       lost=self.sent - len(known))


def _numbers(who: Entity, sender: str, is_error: bool) -> Iterator[int]:
    return (int(it.id[1:]) for it in who.received("message")
            if (it.kind == "error") == is_error and it.id.startswith("n") and it.sender.split("/")[0] == sender)


def flow_out(bot: Entity, origin: str, user: User) -> Flow:
    """From the inside to a partner's user."""
    return Flow(bot, origin, user, user.jid)


def flow_in(user: User, bot: Entity, to: str) -> Flow:
    return Flow(user, user.jid, bot, to)
