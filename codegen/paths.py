"""Where the contract's files are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMA_FILE = ROOT / "codegen" / "schema.graphql"
ACCEPTED_FILE = ROOT / "codegen" / "accepted-breaking-changes.txt"
PACKAGE = ROOT / "packages" / "types"
GENERATED = PACKAGE / "src"
NODE_REQUIREMENTS = ROOT / "requirements" / "node.txt"
# What PyPI's Node is installed into where the machine has none.
NODE_WHEEL = PACKAGE / ".node"
