"""What a worker asks the others, by way of the supervisor: their metrics, and which screens show a page right now."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count

from server.workers.line import Line, Question, Replies, Reply

ANSWER_SECONDS = 1.5

Answerer = Callable[[bytes], bytes]


class Colleagues:
    """A process's view of the other workers; one that serves alone has none, and is answered nothing."""

    def __init__(self, number: int | None = None, line: Line | None = None) -> None:
        self.number = number
        """Which worker this is, from 0; None when it serves alone."""
        self.restarts = 0
        self._line = line
        self._answerers: dict[str, Answerer] = {}
        self._waiting: dict[int, asyncio.Future[Replies]] = {}
        self._numbers = count(1)

    def answer(self, what: str, by: Answerer) -> None:
        """Questions of this kind are answered by calling `by` with their body."""
        self._answerers[what] = by

    async def ask(self, what: str, body: bytes = b"") -> Sequence[tuple[int, bytes]]:
        """The answers of all others that answer in time, each with its worker's number."""
        if self._line is None:
            return ()
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._line.say(Question(number, what, body))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self._waiting[number]
        except TimeoutError:
            return ()
        finally:
            del self._waiting[number]
        self.restarts = found.restarts
        return found.answers

    def hear(self, message: Question | Replies) -> None:
        """Answers a question of another worker, or takes the answers to one of ours."""
        if isinstance(message, Replies):
            waiting = self._waiting.get(message.number)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
        elif self._line is not None:
            by = self._answerers.get(message.what)
            self._line.say(Reply(message.number, by(message.body) if by is not None else b""))
