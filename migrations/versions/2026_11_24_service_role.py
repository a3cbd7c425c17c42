"""The role that the service works as: it owns no table, and cannot alter the ledger.

Revision: 2026_11_24_service_role, after 2026_11_24_erased_users.

While this step runs, and until the new code is everywhere, the code before it must keep working.
"""

import logging
from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "2026_11_24_service_role"
down_revision = "2026_11_24_erased_users"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)

SERVICE_ROLE = Path(__file__).parent.parent / "service_role.sql"
# The role itself stays: other databases of the server may have it too.
REVOKE = """
DO $$
BEGIN
    IF to_regrole('loyalty_service') IS NOT NULL THEN
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %1$I FROM loyalty_service',
                       current_schema());
        EXECUTE format('REVOKE ALL ON SCHEMA %1$I FROM loyalty_service', current_schema());
    END IF;
END
$$
"""


def upgrade() -> None:
    """Takes the step."""
    database = op.get_bind()
    database.exec_driver_sql(SERVICE_ROLE.read_text(encoding="utf-8"))
    if database.scalar(text("SELECT to_regrole('loyalty_service') IS NULL")):
        log.warning(
            "The role loyalty_service is missing, and this login may not create it. "
            "An administrator can: see docs/runbook.md, The service's role."
        )


def downgrade() -> None:
    """Takes it back."""
    op.get_bind().exec_driver_sql(REVOKE)
