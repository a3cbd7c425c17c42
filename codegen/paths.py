"""The paths of the contract's files."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMA_FILE = ROOT / "codegen" / "schema.graphql"
ACCEPTED_FILE = ROOT / "codegen" / "accepted-breaking-changes.txt"
PACKAGE = ROOT / "packages" / "types"
GENERATED = PACKAGE / "src"
NODE_REQUIREMENTS = ROOT / "requirements" / "node.txt"
# The directory of PyPI's Node, on a machine without its own.
NODE_WHEEL = PACKAGE / ".node"
