"""A whole LearnFlow for measuring: `python -m bench.real DATA_DIR DATABASE_URL STUDENTS` prints port, pid, tokens."""

import asyncio
import json
import os
import sys
from pathlib import Path

import uvicorn
import uvloop
from pydantic import SecretStr

import server
from accounts.access import AccessTokens
from accounts.keys import open_key
from cli.serve import listen
from core import db
from core.ports import Principal, Role, UserId
from core.settings import ApiSettings, Settings, TelemetrySettings


async def serve(data_dir: Path, url: str, students: int) -> None:
    settings = Settings(
        data_dir=data_dir,
        database_url=SecretStr(url),
        api=ApiSettings(turns_per_minute=10**6, requests_per_minute=10**6),
        telemetry=TelemetrySettings(log_level="error"),
    )
    async with server.open_resources(settings) as resources:
        people = [(f"s{n}", f"s{n}@example.org", f"Student {n}") for n in range(students)]
        async with db.connection(resources.pool) as conn, conn.cursor() as cursor:
            insert = "insert into users (id, email, name, role) values (%s, %s, %s, 'student') on conflict do nothing"
            await cursor.executemany(insert, people)
        key = await asyncio.to_thread(open_key, settings.accounts, data_dir)
        access = AccessTokens(key, resources.clock, minutes=120)
        tokens = [access.issue(Principal(id=UserId(i), role=Role.STUDENT, name=name)) for i, _, name in people]
        listener = listen("127.0.0.1", 0)
        print(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid(), "tokens": tokens}), flush=True)
        config = uvicorn.Config(server.make_app(resources), lifespan="off", log_config=None, access_log=False)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
