"""What every test may ask for; each fixture lives in the file named after its subject."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.actors",
    "tests.fixtures.graphql",
    "tests.fixtures.factories",
    "tests.fixtures.queries",
    "tests.fixtures.served",
    "tests.fixtures.faults",
    "tests.fixtures.mail",
    "tests.fixtures.figures",
]
