"""What every table shares: one metadata, column types, and stable names of constraints."""

from enum import StrEnum

from sqlalchemy import Enum, MetaData, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase

from domain.values import USER_ID_LENGTH_MAX

Timestamp = TIMESTAMP(timezone=True)
UserId = String(USER_ID_LENGTH_MAX)


class Base(DeclarativeBase):
    """The root of all models."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def enum_column(vocabulary: type[StrEnum]) -> Enum:
    """Returns the column type for a closed vocabulary: text, since a check is easier to widen."""
    return Enum(vocabulary, native_enum=False, create_constraint=False, length=32)


def one_of(column: str, values: list[StrEnum]) -> str:
    """Returns the condition that `column` holds one of `values`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
