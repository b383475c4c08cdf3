"""The real sandbox that the tools are tried with."""

from tests.integration.tools.conftest import sandbox as sandbox
