"""The environment of every peer: the database, and the issuer of tokens."""

import os
from dataclasses import dataclass
from typing import Any

import jwt
import uvicorn

# A connection a peer: as many as both pools of the service have together.
POOL_SIZE = 20


@dataclass(frozen=True)
class Environment:
    """Read from the environment of this process."""

    port: int
    pg_host: str
    pg_user: str
    pg_database: str
    secret: str
    issuer: str
    audience: str

    @classmethod
    def read(cls) -> "Environment":
        """Returns the values of this process's environment."""
        return cls(
            port=int(os.environ["PORT"]),
            pg_host=os.environ["PGHOST"],
            pg_user=os.environ["PGUSER"],
            pg_database=os.environ["PGDATABASE"],
            secret=os.environ["AUTH_SECRET"],
            issuer=os.environ["AUTH_ISSUER"],
            audience=os.environ["AUTH_AUDIENCE"],
        )

    def is_admin(self, authorization: str) -> bool:
        """Whether an Authorization header holds an admin's token."""
        try:
            claims = jwt.decode(
                authorization.removeprefix("Bearer "),
                self.secret,
                algorithms=["HS256"],
                issuer=self.issuer,
                audience=self.audience,
            )
        except jwt.PyJWTError:
            return False
        return bool(claims["role"] == "admin")


def serve(app: Any, environment: Environment) -> None:
    """Runs an ASGI app as the service runs its own, until SIGTERM."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=environment.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
