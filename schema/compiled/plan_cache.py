"""The plans of recent operations, and the variables on which they depend."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
)

from schema.compiled.planner import NotPlannable

PLANS_MAX = 256
_DIRECTIVES = frozenset(["skip", "include"])
MadeT = TypeVar("MadeT")


class PlanCache(Generic[MadeT]):
    """The plans that were lately made, by everything that they depend on."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, MadeT | None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def get(self, key: Hashable, make: Callable[[], MadeT]) -> MadeT | None:
        """Returns what `make` returns, or None if it raises NotPlannable."""
        if key in self._made:
            self._made.move_to_end(key)
        else:
            self._made[key] = _planned(make)
            if len(self._made) > PLANS_MAX:
                self._made.popitem(last=False)
        return self._made[key]


def _planned(make: Callable[[], MadeT]) -> MadeT | None:
    try:
        return make()
    except NotPlannable:
        return None


def directive_variables(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...] | None:
    """Returns the variables of @skip and @include, or None if there is any other directive."""
    directives = list(operation.directives or ())
    for fragment in fragments.values():
        directives += fragment.directives or ()
    visited: set[str] = set()

    def visit(selections: Iterable[SelectionNode]) -> None:
        for selection in selections:
            directives.extend(selection.directives or ())
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in visited:
                    visited.add(name)
                    visit(fragments[name].selection_set.selections)
            elif (nested := getattr(selection, "selection_set", None)) is not None:
                visit(nested.selections)

    visit(operation.selection_set.selections)
    if any(directive.name.value not in _DIRECTIVES for directive in directives):
        return None
    values: list[Any] = [
        argument.value for directive in directives for argument in directive.arguments or ()
    ]
    return tuple(
        dict.fromkeys(value.name.value for value in values if isinstance(value, VariableNode))
    )
