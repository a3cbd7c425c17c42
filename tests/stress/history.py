"""Whether the answers about one member fit one order of events, in real time."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """A request of one caller and its answer: the newest entry that they saw, and its balance.

    `points` is what their own entry added, 0 for a look. The times are the caller's.
    """

    began: float
    ended: float
    seq: int
    balance: int
    points: int


def anomalies(operations: Sequence[Operation]) -> list[str]:
    """Returns what cannot have happened one after the other."""
    return [*_wrong_sums(operations), *_wrong_order(operations)]


def _wrong_sums(operations: Sequence[Operation]) -> list[str]:
    balances, balance = {0: 0}, 0
    for change in sorted((each for each in operations if each.points), key=lambda each: each.seq):
        balance += change.points
        balances[change.seq] = balance
    if list(balances) != list(range(len(balances))):
        return [f"the entries seen are not 1, 2, 3…: {list(balances)}"]
    return [
        f"with entry {each.seq} the balance is {balances.get(each.seq)}: {each}"
        for each in operations
        if balances.get(each.seq) != each.balance
    ]


def _wrong_order(operations: Sequence[Operation]) -> list[str]:
    # What ended before another began was before it: a change is seen by all that begins later,
    # and no answer shows an older state than an answer before it.
    return [
        f"{later} began when {earlier} had ended"
        for earlier in operations
        for later in operations
        if earlier.ended < later.began
        and (later.seq < earlier.seq or (later.points and later.seq == earlier.seq))
    ]
