"""A server that only runs programs, for other servers: no database, no course, no accounts."""

from rich.console import Console

from cli.serve import http_server, listen, url_of
from core.errors import Conflict
from core.settings import Settings


async def serve_sandbox(settings: Settings) -> None:
    """Serve until interrupted. Raises Conflict when the port is taken or the settings are not a host's."""
    from api.sandbox_app import build_sandbox_app
    from sandbox import open_sandbox

    token = settings.sandbox.token
    if settings.sandbox.backend == "remote":
        raise Conflict("a sandbox host runs programs itself: set LEARNFLOW_SANDBOX__BACKEND to auto, native or docker")
    if token is None or len(token.get_secret_value()) < 16:
        raise Conflict("set LEARNFLOW_SANDBOX__TOKEN to a secret of 16 characters or more, here and at the callers")
    listener = listen(settings.api.host, settings.api.port)
    console = Console()
    async with open_sandbox(settings.sandbox) as sandbox:
        console.print(f"[bold]sandbox[/bold]  {sandbox.level}", highlight=False, soft_wrap=True)
        console.print(f"[bold]server[/bold]   {url_of(listener)}", highlight=False)
        await http_server(build_sandbox_app(sandbox, token)).serve(sockets=[listener])
