"""What was made of what documents ask for, kept for the next request that asks the same."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from graphql import FragmentSpreadNode, SelectionNode, SelectionSetNode, VariableNode

from resolvers.context import Context
from schema.compiled.planner import FieldSelection, NotPlannable

PLANS_MAX = 256
# The plan of a longer document is made anew for each request: its text is the key of what is kept.
KEPT_LENGTH_MAX = 10_000

MadeT = TypeVar("MadeT")


class Memory(Generic[MadeT]):
    """What was lately made of what documents ask of fields, by all that it depends on."""

    def __init__(self) -> None:
        self._variables: OrderedDict[tuple[Any, ...], tuple[str, ...]] = OrderedDict()
        self._made: OrderedDict[tuple[Any, ...], MadeT | None] = OrderedDict()

    def of(
        self, asking: FieldSelection, context: Context, about: Any, make: Callable[[], MadeT]
    ) -> MadeT | None:
        """Returns what `make` does, or None if what is asked has to be resolved.

        It is made once for a document, a field's place in it and the values of the variables of
        @skip and @include; for the mapping and for what the caller may see; and for what else it
        is `about`.

        Raises:
            InvalidInput: an argument is out of its range.
            GraphQLError: an argument is of a wrong type.
        """
        location = asking.nodes[0].loc
        if location is None or len(location.source.body) > KEPT_LENGTH_MAX:
            return _planned(make)
        starts = tuple(node.loc.start for node in asking.nodes if node.loc)
        field = (location.source.body, starts)
        names = _remembered(self._variables, field, lambda: _directive_variables(asking))
        values = tuple(asking.variables.get(name) for name in names)
        key = (field, values, context.trees, context.actor.is_admin, about)
        return _remembered(self._made, key, lambda: _planned(make))


def _planned(make: Callable[[], MadeT]) -> MadeT | None:
    try:
        return make()
    except NotPlannable:
        return None


def _remembered(
    memory: OrderedDict[tuple[Any, ...], MadeT], key: tuple[Any, ...], make: Callable[[], MadeT]
) -> MadeT:
    if key in memory:
        memory.move_to_end(key)
    else:
        memory[key] = make()
        if len(memory) > PLANS_MAX:
            memory.popitem(last=False)
    return memory[key]


def _directive_variables(asking: FieldSelection) -> tuple[str, ...]:
    """Returns the variables on which it depends what is selected: those of @skip and @include."""
    found: dict[str, None] = {}
    visited: set[str] = set()

    def visit(selections: Iterable[SelectionNode]) -> None:
        for selection in selections:
            for directive in selection.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        found[argument.value.name.value] = None
            visit(beneath(selection))

    def beneath(selection: SelectionNode) -> Iterable[SelectionNode]:
        if not isinstance(selection, FragmentSpreadNode):
            nested: SelectionSetNode | None = getattr(selection, "selection_set", None)
            return nested.selections if nested else ()
        name = selection.name.value
        if name in visited:
            return ()
        visited.add(name)
        return asking.fragments[name].selection_set.selections

    visit(asking.nodes)
    return tuple(found)
