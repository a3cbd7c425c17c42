"""Strawberry as tutorials show it: ORM objects, a session a loader, DataLoader, GraphQLRouter."""
