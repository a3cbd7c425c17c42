"""Whatever is asked one after the other, the service answers as the model does.

`LOYALTY_TEST_SCENARIOS` sets how many scenarios run at full length, each time other ones.
"""

import asyncio
import os

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from db.engine.database import Database
from tests.fixtures.database import Rows
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api
from tests.stress.scenario import Scenario, Service

SCENARIOS = int(os.environ.get("LOYALTY_TEST_SCENARIOS", "300"))


@pytest.mark.parametrize(
    ("scenarios", "steps", "are_the_same"),
    [(20, 30, True), pytest.param(SCENARIOS, 50, False, marks=pytest.mark.stress)],
    ids=["short", "long"],
)
async def test_the_service_answers_as_the_model_does(
    api: Api,
    rows: Rows,
    database: Database,
    figure: Figure,
    scenarios: int,
    steps: int,
    are_the_same: bool,
) -> None:
    service = Service(asyncio.get_running_loop(), api, rows, database)

    await asyncio.to_thread(
        run_state_machine_as_test,
        lambda: Scenario(service),  # type: ignore[arg-type]  # whatever makes one
        settings=hypothesis_settings(
            max_examples=scenarios,
            stateful_step_count=steps,
            deadline=None,
            derandomize=are_the_same,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )

    calls = service.met.total()
    figure(
        f"{scenarios} scenarios of {steps} random calls, beside a model of the service",
        "every answer is the model's; all invariants hold at every end",
        f"{calls:,} calls, {len(service.met)} kinds of answers",
    )
