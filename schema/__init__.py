"""The contract: what may be asked, who may ask, and what comes back."""

from datetime import datetime

from strawberry.schema.config import StrawberryConfig

from schema import enums  # noqa: F401  (describes the domain's vocabularies before they are used)
from schema.error_channels import Schema
from schema.errors import HANDLERS, UserError
from schema.execution import Execution, Names
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import DATE_TIME, POINTS, Points

schema = Schema(
    query=Query,
    mutation=Mutation,
    types=[UserError],
    execution_context_class=Execution,
    exception_handlers=HANDLERS,
    config=StrawberryConfig(
        scalar_map={Points: POINTS, datetime: DATE_TIME}, name_converter=Names()
    ),
)
