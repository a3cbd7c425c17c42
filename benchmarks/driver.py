"""Drives requests at a server as fast as it answers, from a process of its own.

Raw sockets with uvloop and httptools: about 20 µs a request, so that on two cores the server and
its database have nearly all of them. Each connection has one request under way. Every answer is
checked: a status other than 200, `errors`, or another answer than before is an error.

The plan comes in on stdin, the measurement goes out on stdout, both as JSON.
"""

import asyncio
import itertools
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import httptools
import orjson
import uvloop

KEY = "@KEY@"
"""In a body, this stands for a key that no other request has."""
CODE = "@CODE@"
"""In a later step's body, this stands for the invite code of the step before."""

_CODE = re.compile(rb'"code" ?: ?"([0-9A-Z]{10})"')
# Requests that are running when the time is up are awaited, and not counted.
_GRACE_S = 10.0
_ERRORS_MAX = 50
_SLOW_FACTOR = 9


@dataclass(frozen=True)
class Flow:
    """Requests of one connection, one after the other, that are counted as one.

    `is_constant`: the same request always has the same answer. `proof`: what an answer to the last
    of them contains.
    """

    steps: list[str]
    is_constant: bool = False
    proof: str = ""


@dataclass(frozen=True)
class Plan:
    """What to send: the flows one after the other, again and again if `repeats`.

    It ends after `seconds` (the warm-up before them is not counted) or `flows_max`; where fewer
    flows than connections have been answered by then, it goes on for at most ten times as long.
    """

    port: int
    path: str
    token: str
    flows: list[Flow]
    connections: int
    seconds: float
    warmup_seconds: float = 0.0
    repeats: bool = True
    flows_max: int | None = None
    key_prefix: str = ""


@dataclass(frozen=True)
class Measurement:
    """The result; times are of whole flows. `answered` includes the warm-up."""

    count: int
    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Flows a second; 0 where nothing was answered."""
        return self.count / self.seconds if self.seconds else 0.0


class DriverFailed(Exception):
    """The driver's process did not end as it should; the text holds its output."""


def measure(plan: Plan) -> Measurement:
    """Returns the measurement of a driver in a process of its own.

    Raises:
        DriverFailed: the driver failed, or did not end in time.
    """
    timeout_s = plan.warmup_seconds + plan.seconds * (1 + _SLOW_FACTOR) + 2 * _GRACE_S + 10
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.driver"],
            input=orjson.dumps(asdict(plan)),
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DriverFailed(f"the driver did not end within {timeout_s:.0f} seconds") from error
    if done.returncode != 0:
        raise DriverFailed(done.stderr.decode(errors="replace"))
    return Measurement(**orjson.loads(done.stdout))


class _Run:
    """What all connections share."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.head = (
            f"POST {plan.path} HTTP/1.1\r\nhost: 127.0.0.1:{plan.port}\r\n"
            f"authorization: Bearer {plan.token}\r\ncontent-type: application/json\r\n"
            "accept: application/json\r\ncontent-length: "
        ).encode()
        numbers = range(len(plan.flows))
        self._order: Iterator[int] = itertools.cycle(numbers) if plan.repeats else iter(numbers)
        self._left = plan.flows_max
        self._keys = itertools.count()
        self._seen: dict[str, bytes] = {}
        self.started_at = time.perf_counter()
        self.counts_from = self.started_at + plan.warmup_seconds
        self.ends_at = self.counts_from + plan.seconds
        self.last_at = self.counts_from
        self.latencies: list[float] = []
        self.answered = 0
        self.errors: list[str] = []

    def next_flow(self) -> int | None:
        """Returns the number of the next flow, or None at the end."""
        if self._is_over(time.perf_counter()) or len(self.errors) >= _ERRORS_MAX:
            return None
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                return None
        return next(self._order, None)

    def _is_over(self, now: float) -> bool:
        if now < self.ends_at:
            return False
        is_enough = len(self.latencies) >= self.plan.connections
        return is_enough or now >= self.ends_at + _SLOW_FACTOR * self.plan.seconds

    def request(self, body: str, code: bytes) -> bytes:
        """Returns the bytes to send for a step."""
        if KEY in body:
            body = body.replace(KEY, f"{self.plan.key_prefix}-{next(self._keys)}")
        content = body.encode().replace(CODE.encode(), code)
        return b"%b%d\r\n\r\n%b" % (self.head, len(content), content)

    def judge(self, number: int, is_last: bool, status: int, answer: bytes) -> None:
        """Counts an answer as an error unless it is correct."""
        flow = self.plan.flows[number]
        is_right = status == 200 and b'"errors"' not in answer
        if is_last and flow.proof:
            is_right = is_right and flow.proof.encode() in answer
        if is_last and flow.is_constant:
            is_right = is_right and self._seen.setdefault(flow.steps[-1], answer) == answer
        if not is_right:
            self.errors.append(f"{status} {answer[:300].decode(errors='replace')}")

    def count(self, began_at: float) -> None:
        """Counts a flow that has just been answered."""
        now = time.perf_counter()
        self.answered += 1
        if now >= self.counts_from and not self._is_over(now):
            self.latencies.append(now - began_at)
            self.last_at = now

    def measurement(self) -> Measurement:
        """Returns the measurement so far."""
        found = sorted(self.latencies)
        return Measurement(
            count=len(found),
            answered=self.answered,
            seconds=self.last_at - self.counts_from,
            p50_ms=statistics.median(found) * 1_000 if found else 0.0,
            p99_ms=found[min(len(found) - 1, len(found) * 99 // 100)] * 1_000 if found else 0.0,
            errors=self.errors,
        )


class _Connection(asyncio.Protocol):
    """One keep-alive connection; httptools calls the methods that begin with `on_`."""

    def __init__(self, run: _Run, done: asyncio.Future[None]) -> None:
        self._run = run
        self._done = done
        self._parser: Any = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._number = self._step = 0
        self._began_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._begin()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._run.errors.append(f"the server has closed the connection: {exc}")
            self._done.set_result(None)

    def on_body(self, body: bytes) -> None:
        """Keeps a part of the answer."""
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        """Checks the answer, and sends the next request."""
        answer = b"".join(self._chunks)
        self._chunks.clear()
        steps = self._run.plan.flows[self._number].steps
        is_last = self._step == len(steps) - 1
        self._run.judge(self._number, is_last, self._parser.get_status_code(), answer)
        if is_last:
            self._run.count(self._began_at)
            self._begin()
            return
        self._step += 1
        found = _CODE.search(answer)
        self._transport.write(self._run.request(steps[self._step], found[1] if found else b""))

    def _begin(self) -> None:
        number = self._run.next_flow()
        if number is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._number, self._step = number, 0
        body = self._run.plan.flows[number].steps[0]
        content = self._run.request(body, b"")
        self._began_at = time.perf_counter()
        self._transport.write(content)


async def _drive(plan: Plan) -> Measurement:
    loop = asyncio.get_running_loop()
    run = _Run(plan)
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(plan.connections)]
    for done in ends:
        await loop.create_connection(partial(_Connection, run, done), "127.0.0.1", plan.port)
    timeout_s = plan.warmup_seconds + plan.seconds * (1 + _SLOW_FACTOR) + _GRACE_S
    _, silent = await asyncio.wait(ends, timeout=timeout_s)
    run.errors += [f"no answer within {_GRACE_S:.0f} seconds" for _ in silent]
    for end in silent:
        end.cancel()
    return run.measurement()


def main() -> None:
    """Reads a plan, follows it, and writes the measurement."""
    what = orjson.loads(sys.stdin.buffer.read())
    plan = Plan(**what | {"flows": [Flow(**flow) for flow in what["flows"]]})
    measurement = uvloop.run(_drive(plan))
    sys.stdout.buffer.write(orjson.dumps(asdict(measurement)))


if __name__ == "__main__":
    main()
