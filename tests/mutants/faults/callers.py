"""Faults in the interfaces: limits on requests, and what errors give away."""

from tests.mutants.mutant import Mutant

LIMITS = "tests/schema/limits/test_size.py"
OUR_FAULT = "tests/schema/operations/test_error_channels.py::TestOurFault"

MUTANTS = (
    Mutant(
        "objects-are-free",
        "What an object costs is not counted.",
        "schema/limits/cost.py",
        "if parent is self._schema.mutation_type else 1",
        "if parent is self._schema.mutation_type else 0",
        ("tests/schema/limits/test_cost.py::test_the_formula",),
        function="_Costs._add_field",
    ),
    Mutant(
        "cost-is-only-reported",
        "A document that costs too much is executed all the same.",
        "schema/operations/run.py",
        "if cost > COST_MAX:",
        "if cost < 0:",
        (
            "tests/app/interfaces/test_graphql_over_http.py"
            "::TestCost::test_beyond_the_limit_nothing_is_executed",
        ),
        function="answer",
    ),
    Mutant(
        "depth-unlimited",
        "Documents may be as deep as they like.",
        "schema/limits/size.py",
        "depth=below.depth + (not is_introspection),",
        "depth=1,",
        (f"{LIMITS}::test_what_is_too_much",),
        function="_Rule._size_of_field",
    ),
    Mutant(
        "aliases-off-by-one",
        "A document may have one alias more than the limit.",
        "schema/limits/size.py",
        '("has", size.aliases, ALIASES_MAX, "aliases")',
        '("has", size.aliases, ALIASES_MAX + 1, "aliases")',
        (f"{LIMITS}::test_what_is_too_much",),
        function="_excess_of",
    ),
    Mutant(
        "limits-one-too-low",
        "A document that is just within the limits is refused.",
        "schema/limits/size.py",
        "if measured > limit",
        "if measured >= limit",
        (f"{LIMITS}::test_what_is_just_allowed",),
        function="_excess_of",
    ),
    Mutant(
        "large-bodies-pass",
        "A body over the limit is cut off, and what is left is taken for the request.",
        "app/http/limits.py",
        "return _too_large(scope, {})",
        "return bytes(body)",
        ("tests/app/http/test_limits.py::TestBody::test_of_just_so_many_bytes",),
        function="HttpLimits._body",
    ),
    Mutant(
        "no-place-is-kept",
        "However many requests are under way, the next one is begun as well.",
        "app/http/limits.py",
        "if self._requests >= self._requests_max:",
        "if self._requests < 0:",
        (
            "tests/app/http/test_limits.py"
            "::TestPlaces::test_beyond_the_limit_requests_are_not_begun",
        ),
        function="HttpLimits.__call__",
    ),
    Mutant(
        "mutation-by-get",
        "A link is enough to change something.",
        "app/interfaces/graphql.py",
        'if scope["method"] == "GET" and is_mutation(operation):',
        'if scope["method"] == "HEAD" and is_mutation(operation):',
        (
            "tests/app/interfaces/test_graphql_over_http.py::TestGet::test_a_mutation_is_refused_and_not_made",
        ),
        function="GraphQLView._answer",
    ),
    Mutant(
        "errors-not-masked",
        "Callers read what broke within the service.",
        "schema/error_channels.py",
        'f"Something went wrong on our side. Report it with the request id {request_id}."',
        "str(cause)",
        (f"{OUR_FAULT}::test_the_caller_learns_the_request_id_and_nothing_else",),
        function="_classify",
    ),
    Mutant(
        "personal-data-in-the-log",
        "The log quotes what an exception says, and with it what the caller has sent.",
        "app/http/problems.py",
        "text = traceback_without_text(exc)",
        'text = "".join(traceback.format_exception(exc))',
        (f"{OUR_FAULT}::test_the_log_has_the_id_and_the_place_but_nothing_of_the_request",),
        function="log_failure",
    ),
    Mutant(
        "any-host",
        "Requests for any host are answered.",
        "app/http/allowed_hosts.py",
        "return name in self._names or name.endswith(self._suffixes)",
        "return True",
        ("tests/app/http/test_headers.py::TestAllowedHosts::test_others_are_not",),
        function="AllowedHosts._is_allowed",
    ),
)
