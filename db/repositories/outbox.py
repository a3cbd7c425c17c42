"""Events, recorded in the transaction of the change that caused them, delivered after it."""

from sqlalchemy import insert

from db import models
from db.ids import new_id
from db.session import Writer
from domain.events import TierUpgraded


async def record(writer: Writer, event: TierUpgraded) -> None:
    """Records an event; it exists if, and only if, the transaction commits."""
    await writer.execute(
        insert(models.OutboxEvent).values(
            id=new_id(), kind=event.kind, user_id=event.user_id, payload=event.payload()
        )
    )
