"""The ASGI app around the statements: it trusts every document to be the one it knows by name."""

from typing import Any

import asyncpg
import orjson

from benchmarks.peers.environment import POOL_SIZE, Environment, serve
from benchmarks.peers.limit.statements import OPERATIONS, Read, Variables, Write

_JSON = (b"content-type", b"application/json")


class Limit:
    """Answers the operations of the benchmark, to admins alone."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = await self._answer(dict(scope["headers"]), body)
        length = (b"content-length", str(len(answer)).encode())
        start = {"type": "http.response.start", "status": status, "headers": [_JSON, length]}
        await send(start)
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._pool = await asyncpg.create_pool(
                    host=self._environment.pg_host,
                    user=self._environment.pg_user,
                    database=self._environment.pg_database,
                    min_size=0,
                    max_size=POOL_SIZE,
                    # Nothing is ever set on a connection that would have to be reset.
                    reset=_keep,
                )
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, headers: dict[bytes, bytes], body: bytes) -> tuple[int, bytes]:
        if not self._environment.is_admin(headers.get(b"authorization", b"").decode()):
            return 401, b'{"errors":[{"message":"an admin\'s token, please"}]}'
        request = orjson.loads(body)
        try:
            data = await self._data(OPERATIONS[request["operationName"]], request["variables"])
        except asyncpg.PostgresError as error:
            return 200, orjson.dumps({"errors": [{"message": str(error)}]})
        return 200, b'{"data":%b}' % data.encode()

    async def _data(self, operation: Read | str, variables: Variables) -> str:
        if isinstance(operation, str):
            return operation
        parameters = operation.parameters(variables)
        async with self._pool.acquire() as connection:
            if not isinstance(operation, Write):
                return str(await connection.fetchval(operation.statement, *parameters))
            changed = await connection.fetchrow(operation.statement, *parameters)
            return str(await connection.fetchval(operation.answer, *changed))


async def _keep(_connection: Any) -> None:
    """Hands a connection back to the pool as it is."""


if __name__ == "__main__":
    serve(Limit(Environment.read()), Environment.read())
