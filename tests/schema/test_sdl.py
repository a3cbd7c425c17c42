"""The SDL as documentation: everything is described, guards show, results are built alike."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    ObjectTypeDefinitionNode,
    build_schema,
    parse,
)
from strawberry.permission import PermissionExtension
from strawberry.types.base import StrawberryObjectDefinition

from domain.errors.base import refusals
from schema import schema
from schema.results.refusals import UserError

SDL = schema.as_str()
PUBLISHED: GraphQLSchema = build_schema(SDL)
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
OURS = {
    name: each
    for name, each in PUBLISHED.type_map.items()
    if not name.startswith("__") and name not in BUILT_IN
}


def described() -> Iterator[tuple[str, str | None]]:
    """Yields everything that can have a description, with the one that it has."""
    for name, each in OURS.items():
        yield name, each.description
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in each.fields.items():
                yield f"{name}.{field_name}", field.description
        elif isinstance(each, GraphQLInputObjectType):
            for field_name, input_field in each.fields.items():
                yield f"{name}.{field_name}", input_field.description
        elif isinstance(each, GraphQLEnumType):
            for value_name, value in each.values.items():
                yield f"{name}.{value_name}", value.description


class TestDescriptions:
    def test_everything_has_one(self) -> None:
        all_of_it = dict(described())

        assert len(all_of_it) > 250
        assert [name for name, text in all_of_it.items() if not (text or "").strip()] == []

    def test_each_is_one_or_more_sentences(self) -> None:
        ours = {name: text for name, text in described() if name not in ("JSON", "DateTime")}
        unfinished = [
            name
            for name, text in ours.items()
            if not (text or "").rstrip().endswith((".", "?", "`.", "nothing was done."))
            and not name.startswith("PageInfo.")
        ]
        assert unfinished == []

    def test_directives_have_one(self) -> None:
        guards = {"isAdmin", "isSelfOrAdmin", "isAuthenticated"}
        directives = {each.name: each for each in PUBLISHED.directives}

        assert guards <= set(directives)
        assert all(directives[name].description for name in guards)

    def test_arguments_have_one(self) -> None:
        arguments = {
            f"{name}.{field_name}({argument_name})": argument.description
            for name, each in OURS.items()
            if isinstance(each, GraphQLObjectType)
            for field_name, field in each.fields.items()
            for argument_name, argument in field.args.items()
            if argument_name != "input"  # its type says it all
        }
        assert [name for name, text in arguments.items() if not text] == []


class TestGuards:
    def test_every_guard_that_is_enforced_is_printed_and_no_other(self) -> None:
        enforced = set()
        for name, concrete in schema.schema_converter.type_map.items():
            definition = concrete.definition
            if isinstance(definition, StrawberryObjectDefinition):
                for field in definition.fields:
                    for extension in field.extensions:
                        if isinstance(extension, PermissionExtension):
                            field_name = schema.config.name_converter.get_graphql_name(field)
                            [guard] = [
                                type(each).__name__.removeprefix("_").removeprefix("Is")
                                for each in extension.permissions
                            ]
                            enforced.add(f"{name}.{field_name} @is{guard}")

        printed = {
            f"{definition.name.value}.{field.name.value} @{directive.name.value}"
            for definition in parse(SDL).definitions
            if isinstance(definition, ObjectTypeDefinitionNode)
            for field in definition.fields or ()
            for directive in field.directives or ()
        }
        assert printed == enforced
        assert len(printed) == 23


class TestResults:
    def test_every_mutation_answers_with_a_union_of_its_success_and_user_errors(self) -> None:
        assert PUBLISHED.mutation_type is not None
        user_error = PUBLISHED.type_map["UserError"]
        assert len(PUBLISHED.mutation_type.fields) == 13
        for field_name, field in PUBLISHED.mutation_type.fields.items():
            name = f"{field_name[0].upper()}{field_name[1:]}"
            assert str(field.type) == f"{name}Result!"
            assert {argument: str(each.type) for argument, each in field.args.items()} == {
                "input": f"{name}Input!"
            }
            union = PUBLISHED.type_map[f"{name}Result"]
            assert isinstance(union, GraphQLUnionType)
            success, *refusals = union.types
            assert success.name == f"{name}Success"
            assert user_error not in success.interfaces
            assert [each.name for each in refusals if user_error not in each.interfaces] == []
            assert {"InvalidInput", "IdempotencyKeyReused"} <= {each.name for each in refusals}

    def test_every_user_error_can_come_of_some_mutation(self) -> None:
        in_unions = {
            member.name
            for each in OURS.values()
            if isinstance(each, GraphQLUnionType)
            for member in each.types
        }
        served = {
            name
            for name, each in OURS.items()
            if isinstance(each, GraphQLObjectType)
            and any(interface.name == "UserError" for interface in each.interfaces)
        }
        assert served == {name for name in in_unions if not name.endswith("Success")}

    def test_every_user_error_is_one_of_the_domain_with_the_same_numbers(self) -> None:
        by_name = {each.__name__: each for each in refusals()}
        for served in UserError.__subclasses__():
            refusal = by_name[served.__name__]
            numbers = set(served.__annotations__)
            assert numbers <= set(refusal.__annotations__)

    def test_the_codes_are_those_of_the_domain(self) -> None:
        code = PUBLISHED.type_map["ErrorCode"]
        assert isinstance(code, GraphQLEnumType)
        assert set(code.values) == {each.code for each in refusals()}


def test_scalars() -> None:
    scalars = {name for name, each in OURS.items() if isinstance(each, GraphQLScalarType)}
    assert scalars == {"Points", "JSON", "DateTime"}
