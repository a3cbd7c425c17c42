"""Codes that are drawn in a known order, so that they collide when a test wants it."""

from collections.abc import Callable
from itertools import chain, repeat


def drawing(*codes: str) -> tuple[Callable[[int], str], list[int]]:
    """A generator that draws these codes, the last for ever, and the lengths it was asked for."""
    draws = chain(codes, repeat(codes[-1]))
    lengths: list[int] = []

    def draw(length: int) -> str:
        lengths.append(length)
        return next(draws)

    return draw, lengths
