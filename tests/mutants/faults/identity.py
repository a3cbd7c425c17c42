"""Faults in who is let in, and in what they are shown."""

from tests.mutants.mutant import Mutant

ACTOR = "tests/domain/test_actor.py"
GUARDS = "tests/schema/authorization/test_root_fields.py::test_four_callers"
SECRET = "tests/app/identity/test_bad_tokens.py::test_of_the_secret"
ROW_FILTER = "tests/schema/authorization/test_row_filter.py::TestWithoutAnyGuard"

MUTANTS = (
    Mutant(
        "one-guard-dropped",
        "Anybody may make every change.",
        "schema/results/declaration.py",
        "extensions=is_admin(),",
        "extensions=[],",
        (f"{GUARDS}[compiled-Mutation.redeemPoints]",),
        function="mutation.declare",
    ),
    Mutant(
        "members-are-admins",
        "A valid token is enough where the admin role is asked for.",
        "domain/actor.py",
        "        if not self.is_admin:\n            raise Forbidden",
        "        if not self.is_authenticated:\n            raise Forbidden",
        (
            f"{ACTOR}::TestRequireAdmin::test_a_member_is_forbidden",
            f"{GUARDS}[compiled-Query.members]",
        ),
        function="Actor.require_admin",
    ),
    Mutant(
        "members-see-each-other",
        "A valid token is enough where it must be that of the user who is asked for.",
        "domain/actor.py",
        "self.is_admin or (self.is_authenticated and self.id == user_id)",
        "self.is_authenticated",
        (
            f"{ACTOR}::TestRequireSelfOrAdmin::test_another_member_is_forbidden",
            "tests/app/interfaces/test_rest.py::TestMember"
            "::test_others_are_refused_whether_there_is_such_a_user_or_not",
        ),
        function="Actor.may_see",
    ),
    Mutant(
        "row-filter-dropped-in-statements",
        "Behind the guards, the statements of the resolvers find everybody's rows.",
        "db/rows.py",
        "or_(owner_scope.is_(None), owner_id == owner_scope)",
        "or_(owner_scope.is_(None), owner_id == owner_id)",
        (
            f"{ROW_FILTER}::test_no_kind_of_node_is_found[resolvers-member]",
            f"{ROW_FILTER}::test_no_kind_of_node_is_found[resolvers-invite]",
            f"{ROW_FILTER}::test_nothing_foreign_is_changed[upsertUser]",
        ),
        function="in_owner_scope",
    ),
    Mutant(
        "row-filter-dropped-in-one-statement",
        "Behind the guards, one statement of the resolvers finds everybody's ledger entries.",
        "db/repositories/ledger.py",
        "expanding=True)), in_owner_scope(models.LedgerEntry.member_id)",
        "expanding=True))",
        (f"{ROW_FILTER}::test_no_kind_of_node_is_found[resolvers-entry]",),
    ),
    Mutant(
        "row-filter-dropped-in-json-queries",
        "JSON queries find the rows of all users if a guard is missing.",
        "db/json_queries/frames.py",
        "return statement.where(owner_id(row) == bind(OWNER_SCOPE, String))",
        "return statement",
        (
            f"{ROW_FILTER}::test_nothing_foreign_is_found_in_one_statement[entry]",
            f"{ROW_FILTER}::test_nothing_foreign_is_found_in_one_statement[members]",
        ),
        function="shown",
    ),
    Mutant(
        "audience-not-checked",
        "A token for another service is taken.",
        "app/identity/tokens.py",
        "audience=self._settings.auth_audience,",
        'options={"verify_aud": False},',
        (f"{SECRET}[wrong audience]",),
        function="TokenVerifier._verify",
    ),
    Mutant(
        "issuer-not-checked",
        "A token of another issuer is taken.",
        "app/identity/tokens.py",
        "issuer=self._settings.auth_issuer,",
        "",
        (f"{SECRET}[wrong issuer]",),
        function="TokenVerifier._verify",
    ),
    Mutant(
        "expiry-not-checked",
        "A token is taken for years after it has expired.",
        "app/identity/tokens.py",
        "leeway=self._settings.auth_leeway_seconds,",
        "leeway=10**9,",
        (f"{SECRET}[expired]",),
        function="TokenVerifier._verify",
    ),
    Mutant(
        "remembered-for-ever",
        "A token that was valid once is not asked for its expiry again.",
        "app/identity/tokens.py",
        "if verified.expires_at <= time.time():",
        "if verified.expires_at <= 0:",
        ("tests/app/identity/test_remembered_tokens.py::test_a_remembered_token_expires",),
        function="TokenVerifier._still_holds",
    ),
    Mutant(
        "algorithm-chosen-by-the-token",
        "A token is verified by whatever algorithm its own header names.",
        "app/identity/tokens.py",
        "algorithms=self._algorithms,",
        'algorithms=[jwt.get_unverified_header(token)["alg"]],',
        (f"{SECRET}[alg HS512]",),
        function="TokenVerifier._verify",
    ),
    Mutant(
        "public-key-is-a-secret",
        "With a key set, a token signed with the public key as its secret reaches the verifier.",
        "app/identity/key_set.py",
        'ALGORITHMS = ("',
        'ALGORITHMS = ("HS256", "',
        ("tests/app/identity/test_bad_tokens.py::test_of_a_key_set[a published secret]",),
    ),
    Mutant(
        "admins-are-invented",
        "An admin whom the platform does not know becomes a member by looking.",
        "resolvers/members.py",
        "actor.role is Role.MEMBER and actor.id == user_id",
        "actor.id == user_id",
        (
            "tests/schema/queries/test_membership.py"
            "::TestMe::test_an_unknown_admin_is_null_and_not_invented",
        ),
        function="provision",
    ),
    Mutant(
        "introspection-for-everybody",
        "The schema is shown to callers without a token.",
        "schema/operations/documents.py",
        "if not may_introspect and (",
        "if may_introspect is None and (",
        (
            "tests/schema/operations/test_documents.py::TestIntrospection::test_is_for_callers_with_a_token",
        ),
        function="_prepared",
    ),
)
