"""Execution that leaves alone what is answered already, and knows a name that it has made."""

from functools import lru_cache
from typing import Any

import orjson
from strawberry.schema.name_converter import NameConverter
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's, in which a field's value may be the JSON that is to be served for it."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Returns a value as it is served."""
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )


class Names(NameConverter):
    """Strawberry's, which would make the same few names anew for every argument of every call."""

    apply_naming_config = lru_cache(maxsize=None)(NameConverter.apply_naming_config)
