"""A whole LearnFlow in a process of its own, as `learnflow serve` makes it, that can be killed inside any node.

`python -m tests.acceptance.serving DATA_DIR DATABASE_URL LOG [KILL_AT]` prints its port. Each node that begins is a line
in LOG. KILL_AT names a node: the first time its work is done, before anything of it is kept, the process kills itself.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

import server
from agents.spec import Spec, load_specs
from agents.turn import Turn
from cli.serve import listen
from core.settings import Settings, TurnSettings


def watched(spec: Spec, log: Path, kill_at: str) -> Spec:
    async def node(state: Turn, *, runtime: Any) -> Turn:
        with log.open("a") as lines:
            lines.write(spec.name + "\n")
        update = await spec.node(state, runtime=runtime)
        killed = log.with_suffix(".killed")
        if spec.name == kill_at and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return update

    return replace(spec, node=node)


async def serve(data_dir: Path, url: str, log: Path, kill_at: str) -> None:
    settings = Settings(data_dir=data_dir, database_url=SecretStr(url), turns=TurnSettings(lease_s=2.0))
    specs = {name: watched(spec, log, kill_at) for name, spec in load_specs().items()}
    async with server.open_resources(settings, specs=specs) as resources:
        await resources.people.ensure_demo(data_dir)
        listener = listen("127.0.0.1", 0)
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(server.make_app(resources), lifespan="off", log_config=None, access_log=False)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else ""))
