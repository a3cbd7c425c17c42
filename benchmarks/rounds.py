"""The measurement: each piece of work with each contender, alternating, in several rounds."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from benchmarks.contenders import BenchmarkSetup, Contender, Running
from benchmarks.driver import Measurement, Plan, measure
from benchmarks.work import WORK, MemberSets, Work

COLD_STARTS = 3
_FLOWS_A_SECOND = 1_500  # of those that cannot be repeated


@dataclass(frozen=True)
class RunLength:
    """How long and how often a cell is measured; one may end earlier, after `flows_max`."""

    seconds: float = 2.0
    warmup_seconds: float = 0.5
    rounds: int = 3
    flows_max: int | None = None

    @property
    def flows_enough(self) -> int:
        """More than any contender does in the time of a cell."""
        return self.flows_max or round((self.seconds + self.warmup_seconds) * _FLOWS_A_SECOND)


@dataclass
class Cell:
    """What one contender did of one piece of work: one measurement a round."""

    measurements: list[Measurement] = field(default_factory=list)
    # Of the server's process alone, in ms a flow: a busy machine changes it least.
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """Every answer that was wrong: with any, the cell has failed."""
        return [error for measured in self.measurements for error in measured.errors]

    @property
    def rate(self) -> float:
        """The median of the rounds, in flows a second; 0 for a cell that has failed."""
        if self.errors or not self.measurements:
            return 0.0
        return statistics.median(measured.rate for measured in self.measurements)

    def quantile(self, which: Callable[[Measurement], float]) -> float:
        """Returns the median over the rounds of what `which` takes from each, in ms."""
        return statistics.median(which(measured) for measured in self.measurements)


@dataclass
class Memory:
    """Resident memory of a contender's process, in MiB."""

    at_start: float
    after_run: float = 0.0
    # While only dashboards are asked for: a reading after each tenth of the requests.
    over_requests: list[float] = field(default_factory=list)


@dataclass
class Results:
    """All that was measured, by work and by contender."""

    cells: dict[str, dict[str, Cell]] = field(default_factory=dict)
    cold_starts_s: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)

    def rates(self, work: str) -> dict[str, float]:
        """Returns each contender's rate of a piece of work, those that failed left out."""
        return {name: cell.rate for name, cell in self.cells.get(work, {}).items() if cell.rate}


@contextmanager
def started(
    setup: BenchmarkSetup, contenders: list[Contender], results: Results, cold_starts: int
) -> Iterator[list[Running]]:
    """Yields all contenders running, after each has been started and stopped several times.

    Raises:
        ContenderFailed: one of them does not start.
    """
    for contender in contenders:
        times = results.cold_starts_s.setdefault(contender.name, [])
        for _ in range(cold_starts - 1):
            with setup.run(contender) as running:
                times.append(running.cold_start_s)
    with ExitStack() as stack:
        all_running = [stack.enter_context(setup.run(contender)) for contender in contenders]
        for running in all_running:
            name = running.contender.name
            results.cold_starts_s[name].append(running.cold_start_s)
            results.memory[name] = Memory(at_start=running.rss_mib())
        yield all_running


def drive(
    running: list[Running],
    work: list[Work],
    sets: MemberSets,
    config: RunLength,
    results: Results,
    advance: Callable[[str], None],
) -> None:
    """Measures every cell `config.rounds` times; calls `advance` with each cell's title.

    For each piece of work the contenders are measured one after the other, and each round starts
    with another one, so that other load on the machine affects all of them equally.

    Raises:
        DriverFailed: the driver fails.
    """
    for number in range(config.rounds):
        for piece in work:
            first = (number + work.index(piece)) % len(running)
            for one in [*running[first:], *running[:first]]:
                advance(f"{piece.title}: {one.contender.title}")
                cells = results.cells.setdefault(piece.name, {})
                cell = cells.setdefault(one.contender.name, Cell())
                _measure(cell, one, plan(one, piece, sets, config))
    for one in running:
        results.memory[one.contender.name].after_run = one.rss_mib()


def _measure(cell: Cell, running: Running, what: Plan) -> None:
    before = running.cpu_s()
    measured = measure(what)
    cell.measurements.append(measured)
    cell.cpu_ms.append((running.cpu_s() - before) * 1_000 / max(1, measured.answered))


def plan(running: Running, work: Work, sets: MemberSets, config: RunLength) -> Plan:
    """Returns the plan of one cell."""
    return Plan(
        port=running.port,
        path=running.contender.path,
        token=running.token,
        flows=work.flows(running, sets, config.flows_enough),
        connections=work.connections,
        seconds=config.seconds,
        warmup_seconds=config.warmup_seconds,
        repeats=work.repeats,
        flows_max=config.flows_max,
        key_prefix=str(uuid4()),
    )


def soak(
    running: Running, sets: MemberSets, requests: int, advance: Callable[[int], None]
) -> Memory:
    """Returns the memory of a contender while it answers this many dashboards.

    Raises:
        DriverFailed: the contender answers with errors, or the driver fails.
    """
    memory = Memory(at_start=running.rss_mib())
    share = max(1, requests // 10)
    flows = WORK["dashboard"].flows(running, sets, 0)
    for _ in range(10):
        # Ten minutes a share at most: even the slowest contender answers 100,000 requests in that.
        measured = measure(
            Plan(
                *(running.port, running.contender.path, running.token, flows),
                connections=16,
                seconds=600,
                flows_max=share,
            )
        )
        memory.over_requests.append(running.rss_mib())
        advance(measured.count)
    memory.after_run = running.rss_mib()
    return memory
