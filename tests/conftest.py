"""What every test may ask for; each fixture lives in the file named after its subject."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.actors",
    "tests.fixtures.graphql",
    "tests.fixtures.factories",
    "tests.fixtures.queries",
    "tests.fixtures.executions",
    "tests.fixtures.served",
    "tests.fixtures.environment",
    "tests.fixtures.production",
    "tests.fixtures.faults",
    "tests.fixtures.mail",
    "tests.fixtures.figures",
    "tests.fixtures.issuer",
    "tests.fixtures.history",
    "tests.fixtures.browser",
    "tests.fixtures.completions",
]
