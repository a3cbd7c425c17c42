"""The values of GraphQL fields follow from the entity, except for those that are declared."""

from dataclasses import dataclass

import pytest
import strawberry

from schema.types.served import served


@dataclass
class Entity:
    name: str
    points: int
    secret: str = "not public"


@strawberry.type
class Both:
    name: str
    points: int

    @strawberry.field
    def length(self) -> int:
        return len(self.name)


@strawberry.type
class Single:
    name: str


@strawberry.type
class Other:
    name: str
    email: str


def test_a_field_has_the_value_of_the_same_name() -> None:
    shown = served(Both, Entity("ada", 5))

    assert (shown.name, shown.points) == ("ada", 5)
    assert not hasattr(shown, "secret")


def test_of_a_single_field() -> None:
    assert served(Single, Entity("ada", 5)).name == "ada"


def test_an_exception_takes_precedence() -> None:
    shown = served(Both, Entity("ada", 5), name="bob")

    assert (shown.name, shown.points) == ("bob", 5)
    assert served(Single, Entity("ada", 5), name="bob").name == "bob"


def test_a_field_that_the_entity_lacks_must_be_declared() -> None:
    with pytest.raises(AttributeError):
        served(Other, Entity("ada", 5))

    assert served(Other, Entity("ada", 5), email="a@example.com").email == "a@example.com"
