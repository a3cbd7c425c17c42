import re
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema

from codegen import releases
from codegen.breaking import GUARDS, Changes, compared
from codegen.paths import ACCEPTED_FILE, SCHEMA_FILE
from codegen.releases import Unreadable, last_release, schema_of
from codegen.report import accepted_changes
from tests.codegen.conftest import ProjectCopy

SDL = SCHEMA_FILE.read_text()
OLD = '''
directive @isAdmin on FIELD_DEFINITION
directive @isAuthenticated on FIELD_DEFINITION
directive @isSelfOrAdmin on FIELD_DEFINITION

"""Why a balance changed."""
enum Kind {
  EARN
  EXPIRE
}
type Member {
  kind: Kind
  points: Float
  referralCode: String!
}
type Missing {
  id: ID!
}
union Result = Member | Missing
type Query {
  me: Member @isAuthenticated
  member(userId: ID!): Member @isSelfOrAdmin
  result: Result
  members(all: Boolean! = false): [Member!]!
}
type Tier {
  slug: String!
}
'''
SHARE_CODE = "  referralCode: String!\n"
SHARE_CODE_REMOVED = "FIELD_REMOVED Field Member.referralCode was removed."
MEMBERS = "  members(all: Boolean! = false): [Member!]!\n"
ME = "  me: Member @isAuthenticated\n"
ONE = "  member(userId: ID!): Member @isSelfOrAdmin\n"


def changes(old: str, new: str) -> Changes:
    """Returns what replacing one piece of the schema does to clients."""
    assert OLD.count(old) == 1, f"{OLD.count(old)} times {old!r}"
    return compared(build_schema(OLD), build_schema(OLD.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "breaking"),
    [
        (SHARE_CODE, "", SHARE_CODE_REMOVED),
        (
            "  EXPIRE\n",
            "  LAPSE\n",
            "VALUE_REMOVED_FROM_ENUM Enum value Kind.EXPIRE was removed.",
        ),
        (
            "  points: Float\n",
            "  points: Int\n",
            "FIELD_CHANGED_KIND Field Member.points changed type from Float to Int.",
        ),
        (
            MEMBERS,
            MEMBERS.replace("[Member!]!", "[Member!]"),
            "FIELD_CHANGED_KIND Field Query.members changed type from [Member!]! to [Member!].",
        ),
        (
            MEMBERS,
            MEMBERS.replace("(", "(season: Int!, "),
            "REQUIRED_ARG_ADDED A required argument Query.members(season:) was added.",
        ),
        (
            ME,
            ME.replace("isAuthenticated", "isAdmin"),
            "GUARD_TIGHTENED Guard of Query.me changed from @isAuthenticated to @isAdmin.",
        ),
        (
            MEMBERS,
            MEMBERS.replace("\n", " @isAuthenticated\n"),
            "GUARD_TIGHTENED Guard of Query.members changed from none to @isAuthenticated.",
        ),
    ],
)
def test_what_breaks_clients_is_breaking(old: str, new: str, breaking: str) -> None:
    assert breaking in map(str, changes(old, new).breaking)


@pytest.mark.parametrize(
    ("old", "new", "dangerous"),
    [
        (
            "  EXPIRE\n",
            "  EXPIRE\n  GIFT\n",
            "VALUE_ADDED_TO_ENUM Enum value Kind.GIFT was added.",
        ),
        (
            "union Result = ",
            "union Result = Tier | ",
            "TYPE_ADDED_TO_UNION Tier was added to union type Result.",
        ),
        (
            MEMBERS,
            MEMBERS.replace("false", "true"),
            "ARG_DEFAULT_VALUE_CHANGE Query.members(all:) "
            "has changed defaultValue from false to true.",
        ),
        (
            ONE,
            ONE.replace(" @isSelfOrAdmin", ""),
            "GUARD_LOOSENED Guard of Query.member changed from @isSelfOrAdmin to none.",
        ),
        (
            ONE,
            ONE.replace("@isSelfOrAdmin", "@isAuthenticated"),
            "GUARD_LOOSENED Guard of Query.member changed from @isSelfOrAdmin to @isAuthenticated.",
        ),
    ],
)
def test_what_may_surprise_clients_is_dangerous(old: str, new: str, dangerous: str) -> None:
    found = changes(old, new)
    assert [str(change) for change in found.dangerous] == [dangerous]
    assert found.breaking == []


@pytest.mark.parametrize(
    ("old", "new", "safe"),
    [
        (SHARE_CODE, f"{SHARE_CODE}  age: Float\n", "FIELD_ADDED Field Member.age was added."),
        (
            "  points: Float\n",
            "  points: Float!\n",
            "FIELD_CHANGED_KIND_SAFE Field Member.points changed type from Float to Float!.",
        ),
        (
            '"""Why a balance changed."""',
            '"""\nWhy\nit changed.\n"""',
            'DESCRIPTION_CHANGED Description of Kind has changed to "Why it changed.".',
        ),
    ],
)
def test_what_no_client_notices_is_safe(old: str, new: str, safe: str) -> None:
    found = changes(old, new)
    assert [str(change) for change in found.safe] == [safe]
    assert (found.breaking, found.dangerous) == ([], [])


def test_the_strength_of_every_guard_is_known() -> None:
    assert set(re.findall(r"^directive @(\w+)", SDL, re.MULTILINE)) == set(GUARDS)


def test_a_breaking_change_is_red_until_it_is_accepted_for_a_reason(project: ProjectCopy) -> None:
    base = project.root / "base.graphql"
    base.write_text(SDL.replace("type Query {\n", "type Query {\n  mine: Member\n"))
    removal = "FIELD_REMOVED Field Query.mine was removed."
    accepted = project.root / "codegen" / "accepted-breaking-changes.txt"
    lines = accepted.read_text()

    red = project.codegen("breaking", "--against", str(base))
    accepted.write_text(f"{lines}{removal} # nobody reads it\nFIELD_REMOVED long ago. # reasons\n")
    green = project.codegen("breaking", "--against", str(base))
    accepted.write_text(f"{lines}{removal}\n")
    unreasoned = project.codegen("breaking", "--against", str(base))

    assert red.returncode == 1
    assert f"\nBreaking (1):\n  {removal}\n" in red.stdout
    assert "add its line and '# the reason' to codegen/accepted-breaking-changes.txt" in red.stdout
    assert green.returncode == 0
    assert f"\nBreaking, and accepted (1):\n  {removal}\n" in green.stdout
    assert "\nNo longer needed in" in green.stdout
    assert "\n  FIELD_REMOVED long ago.\n" in green.stdout
    assert unreasoned.returncode == 2
    assert "no reason after '#'" in unreasoned.stderr


def test_the_accepted_changes_of_this_repository_have_reasons() -> None:
    accepted_changes(ACCEPTED_FILE.read_text())


class TestReleases:
    @pytest.fixture
    def repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A repository with one commit, which holds the schema of today."""
        (tmp_path / "codegen").mkdir()
        (tmp_path / "codegen" / "schema.graphql").write_text(OLD)
        self.git(tmp_path, "init", "--quiet")
        self.commit(tmp_path, "first")
        monkeypatch.setattr(releases, "ROOT", tmp_path)
        monkeypatch.setattr(releases, "SCHEMA_FILE", tmp_path / "codegen" / "schema.graphql")
        return tmp_path

    def git(self, repository: Path, *arguments: str) -> None:
        person = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *person, *arguments], cwd=repository, check=True)

    def commit(self, repository: Path, message: str) -> None:
        self.git(repository, "add", "--all")
        self.git(repository, "commit", "--quiet", "--allow-empty", "--message", message)

    def test_without_a_release_there_is_none(self, repository: Path) -> None:
        assert last_release() is None

    def test_the_last_release_is_the_newest_by_its_number(self, repository: Path) -> None:
        for tag in ("v0.1.0", "v0.9.0", "v0.10.0", "v0.11.0-rc.1", "v1", "validated"):
            self.git(repository, "tag", tag)
        assert last_release() == "v0.10.0"

    def test_a_release_of_another_branch_is_not_ours(self, repository: Path) -> None:
        self.git(repository, "checkout", "--quiet", "-b", "other")
        self.commit(repository, "elsewhere")
        self.git(repository, "tag", "v2.0.0")
        self.git(repository, "checkout", "--quiet", "-")
        assert last_release() is None

    def test_a_shallow_clone_does_not_pass_for_one_without_releases(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.commit(repository, "second")
        shallow = repository / "shallow"
        self.git(repository, "clone", "--quiet", "--depth=1", repository.as_uri(), str(shallow))
        monkeypatch.setattr(releases, "ROOT", shallow)
        with pytest.raises(Unreadable, match="git fetch --unshallow --tags"):
            last_release()

    def test_the_schema_of_a_tag_is_the_one_that_was_committed(self, repository: Path) -> None:
        self.git(repository, "tag", "v0.1.0")
        (repository / "codegen" / "schema.graphql").write_text(OLD.replace(SHARE_CODE, ""))
        self.commit(repository, "second")
        found = compared(schema_of("v0.1.0"), schema_of("HEAD"))
        assert list(map(str, found.breaking)) == [SHARE_CODE_REMOVED]

    def test_what_is_no_revision_and_no_schema_is_refused(self, repository: Path) -> None:
        with pytest.raises(Unreadable, match="v9"):
            schema_of("v9")
        nonsense = repository / "nonsense.graphql"
        nonsense.write_text("type {")
        with pytest.raises(Unreadable, match="holds no GraphQL schema"):
            schema_of(str(nonsense))


def test_before_the_first_release_it_says_that_there_is_none(project: ProjectCopy) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=project.root, check=True)
    commit = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet"]
    subprocess.run([*commit, "--allow-empty", "--message=first"], cwd=project.root, check=True)
    done = project.codegen("breaking")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("There is no release yet")
