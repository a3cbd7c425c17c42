"""The benchmark itself, tiny: all of it but the peers that need Node."""

import asyncio
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console

from benchmarks.contenders import CONTENDERS, BenchmarkSetup, Running
from benchmarks.driver import Flow, measure
from benchmarks.loading import Target, filled
from benchmarks.proof import WrongAnswer, prove, prove_ledger
from benchmarks.reporting.page import PAGE, write_page
from benchmarks.reporting.tables import as_json, failures, save
from benchmarks.rounds import Results, RunLength, drive, plan, soak, started
from benchmarks.rows import DatasetSize
from benchmarks.work import WORK, MemberSets
from tests.fixtures.database import Rows, execute
from tests.fixtures.invariants import assert_invariants

SHAPE = DatasetSize(members=150, readers=5, whale_entries=300)
# By number, not by time: a busy machine must not decide it.
QUICK = RunLength(seconds=60, warmup_seconds=0, rounds=1, flows_max=20)


@pytest.fixture(scope="module")
def target(server_url: str) -> Target:
    """A tiny programme."""
    return filled(server_url, SHAPE, Console(quiet=True), database=f"bench_{uuid4().hex}")


@pytest.fixture(scope="module")
def results() -> Results:
    return Results()


@pytest.fixture(scope="module")
def running(target: Target, results: Results) -> Iterator[list[Running]]:
    """The contenders that are written in Python."""
    contenders = [CONTENDERS[name] for name in ("ours", "limit", "naive")]
    with started(BenchmarkSetup.on(target.url), contenders, results, cold_starts=1) as everybody:
        yield everybody


@pytest.fixture
def sets(target: Target) -> MemberSets:
    return MemberSets(target)


async def test_the_rows_are_as_the_service_would_have_written_them(target: Target) -> None:
    await assert_invariants(Rows(target.url))


def test_the_rows_are_used_again(target: Target, server_url: str) -> None:
    name = target.url.rpartition("/")[2].partition("?")[0]
    again = filled(server_url, SHAPE, Console(quiet=True), database=name)
    assert again.programme == target.programme


class TestBench:
    def test_everybody_does_the_same_work_and_all_of_it_is_reported(
        self, running: list[Running], sets: MemberSets, results: Results, tmp_path: Path
    ) -> None:
        prove(running, sets)
        drive(running[:2], list(WORK.values()), sets, QUICK, results, lambda _: None)
        prove_ledger(sets)
        report = as_json(results, {"versions": {}}, {"requests": 0})
        assert failures(report) == []
        rates = [cell["rate"] for cells in report["work"].values() for cell in cells.values()]
        assert len(rates) == len(WORK) * 2
        assert min(rates) > 0
        save(report, tmp_path / "results" / "latest.json")

    def test_another_answer_is_found(
        self, running: list[Running], sets: MemberSets, target: Target
    ) -> None:
        ours, limit = running[:2]
        documents = dict(limit.contender.documents)
        documents["Dashboard"] = documents["Tiers"]
        asks_otherwise = replace(limit.contender, documents=documents)
        # The limit goes by the name of the operation, so ours is the one to be led astray.
        led_astray = replace(ours, contender=asks_otherwise)
        with pytest.raises(WrongAnswer, match="Dashboard"):
            prove([limit, led_astray], sets)

    def test_a_wrong_answer_fails_its_cell(self, running: list[Running], sets: MemberSets) -> None:
        what = plan(running[0], WORK["tiers"], sets, QUICK)
        flows = [replace(flow, proof="no such text") for flow in what.flows]
        assert measure(replace(what, flows=flows)).errors

    def test_an_error_fails_its_cell(self, running: list[Running], sets: MemberSets) -> None:
        what = plan(running[0], WORK["tiers"], sets, QUICK)
        measured = measure(replace(what, flows=[Flow(['{"query": "{ nothing }"}'])]))
        assert measured.errors
        assert measured.errors[0].startswith("200 ") or measured.errors[0].startswith("400 ")

    def test_a_bounded_run_ends_by_itself(self, running: list[Running], sets: MemberSets) -> None:
        memory = soak(running[1], sets, 20, lambda _: None)
        assert len(memory.over_requests) == 10


def test_a_ledger_that_does_not_add_up_is_found(target: Target, sets: MemberSets) -> None:
    change = "UPDATE loyalty_members SET ledger_seq = ledger_seq {} 1 WHERE user_id = 'whale'"
    asyncio.run(execute(target.url, change.format("+")))
    try:
        with pytest.raises(WrongAnswer, match="whale"):
            prove_ledger(sets)
    finally:
        asyncio.run(execute(target.url, change.format("-")))


def test_the_page_keeps_what_is_written_by_hand(tmp_path: Path) -> None:
    cell = {"rate": 100.0, "rates": [100.0], "cpu_ms": 1.0, "errors": 0, "first_errors": []}
    memory = {"at_start": 50, "after_run": 60, "over_requests": []}
    machine = {"cpu": "A CPU", "cores": 2, "memory_gib": 4, "system": "Linux"}
    report = {
        "machine": machine
        | {"load_average": 0.1, "versions": {}, "commit": "abc", "measured_at": "now"},
        "options": {"command": "make bench", "rounds": 3, "seconds": 2.0, "requests": 0}
        | {"members": 150, "entries": 20, "whale_entries": 300},
        "work": {"tiers": {"ours": cell, "mercurius": cell | {"rate": 50.0}}},
        "cold_start_s": {"ours": [1.0], "mercurius": [1.0]},
        "memory_mib": {"ours": memory, "mercurius": memory},
    }
    page, image = tmp_path / "performance.md", tmp_path / "performance.svg"
    page.write_text(PAGE.read_text())
    write_page(report, page=page, image=image)
    once = page.read_text()
    write_page(report, page=page, image=image)
    assert page.read_text() == once
    assert "| The tiers (requests/s) | 100 | 50.0 | 2.00x | 1.50x |  |" in once
    assert once.startswith(PAGE.read_text().partition("<!--")[0])
    assert ElementTree.fromstring(image.read_text()).tag.endswith("svg")
