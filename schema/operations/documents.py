"""Documents, parsed and validated once: what was found is kept, within bounds, for the next time.

Callers without a token get no introspection, so the result depends on that as well.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language import BREAK, VisitorAction
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from domain.errors.base import Unauthenticated
from schema.compiled.operation import CompiledOperation, compiled_operation
from schema.error_channels import PARSE_FAILED, VALIDATION_FAILED
from schema.limits.cost import Cost, cost_of, introspection_max
from schema.limits.size import ERRORS_MAX, INTROSPECTION_FIELDS, TOKENS_MAX, excess, fragments_of

# A token of a document takes about one KB once it is parsed.
ENTRIES_MAX = 256
TOKENS_KEPT_MAX = 20_000
# A longer text is answered like any other, and not kept.
KEPT_LENGTH_MAX = 10_000

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

FormattedError = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation of a document, the names of its root fields, and what it costs.

    `compiled` answers it without the executor, where that is possible.
    """

    node: OperationDefinitionNode
    root_fields: frozenset[str]
    cost: Cost
    compiled: CompiledOperation | None


@dataclass(frozen=True)
class Prepared:
    """What is known of a text before it is executed; with errors, it cannot be.

    It is shared by all requests of that text, so nothing in it may be changed.
    """

    document: DocumentNode | None = None
    operations: Mapping[str | None, Operation] = field(default_factory=dict)
    errors: tuple[FormattedError, ...] = ()


class Documents:
    """Prepares documents for one schema, and remembers those that were asked for of late."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[tuple[str, bool], Prepared] = OrderedDict()
        self._tokens_kept = 0

    def prepare(self, text: str, *, may_introspect: bool) -> Prepared:
        """Returns what is known of a document; `may_introspect` as its caller may."""
        key = (text, may_introspect)
        if prepared := self._kept.get(key):
            self._kept.move_to_end(key)
            return prepared
        prepared = _prepared(self._schema, text, may_introspect)
        if len(text) <= KEPT_LENGTH_MAX:
            self._keep(key, prepared)
        return prepared

    def _keep(self, key: tuple[str, bool], prepared: Prepared) -> None:
        self._kept[key] = prepared
        self._tokens_kept += _tokens(prepared)
        while len(self._kept) > ENTRIES_MAX or self._tokens_kept > TOKENS_KEPT_MAX:
            _, dropped = self._kept.popitem(last=False)
            self._tokens_kept -= _tokens(dropped)


def _tokens(prepared: Prepared) -> int:
    return prepared.document.token_count if prepared.document else 0


def _prepared(schema: GraphQLSchema, text: str, may_introspect: bool) -> Prepared:
    try:
        document = parse(text, max_tokens=TOKENS_MAX)
    except GraphQLError as error:
        return _refused(PARSE_FAILED, error)
    if (too_much := excess(document)) is not None:
        return _refused(VALIDATION_FAILED, too_much)
    if not may_introspect and (field := _introspection_of(document)):
        return _refused(Unauthenticated.code, GraphQLError("Introspection needs a token.", field))
    if invalid := validate(schema, document, _RULES, max_errors=ERRORS_MAX, hide_suggestions=True):
        return _refused(VALIDATION_FAILED, *invalid)
    operations = _operations(schema, document)
    if any(each.cost.introspection > introspection_max(schema) for each in operations.values()):
        return _refused(
            VALIDATION_FAILED,
            GraphQLError("The document asks for more than the standard introspection query."),
        )
    return Prepared(document, operations)


def _operations(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Operation]:
    fragments = fragments_of(document)
    return {
        node.name.value if node.name else None: Operation(
            node,
            frozenset(_names(node.selection_set, fragments)),
            cost_of(schema, node, fragments),
            compiled_operation(node, fragments),
        )
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    }


def _names(
    selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[str]:
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode):
            yield from _names(fragments[node.name.value].selection_set, fragments)
        elif isinstance(node, InlineFragmentNode):
            yield from _names(node.selection_set, fragments)


def _refused(code: str, *errors: GraphQLError) -> Prepared:
    return Prepared(
        errors=tuple(
            {**error.formatted, "extensions": {"code": str(code)}} for error in errors[:ERRORS_MAX]
        )
    )


def _introspection_of(document: DocumentNode) -> FieldNode | None:
    finder = _IntrospectionFinder()
    visit(document, finder)
    return finder.found


class _IntrospectionFinder(Visitor):
    found: FieldNode | None = None

    def enter_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        if node.name.value not in INTROSPECTION_FIELDS:
            return None
        self.found = node
        return BREAK
