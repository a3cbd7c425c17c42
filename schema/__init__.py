"""The contract: what may be asked, who may ask, and what comes back."""

from datetime import datetime

from strawberry.schema.config import StrawberryConfig

from schema.error_channels import Schema
from schema.executor import Execution, Names
from schema.mutation import Mutation
from schema.query import Query
from schema.results.refusals import HANDLERS, UserError
from schema.types.scalars import DATE_TIME, POINTS, Points

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
