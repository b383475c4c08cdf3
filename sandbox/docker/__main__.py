"""`python -m sandbox.docker`: build the image that students' programs run in, where it is missing."""

import sys

from core.errors import SandboxUnavailable
from sandbox.docker.engine import connect
from sandbox.docker.image import ensure_image


def main() -> int:
    try:
        engine = connect()
        try:
            print(ensure_image(engine.client, progress=lambda words: print(words, file=sys.stderr, flush=True)))
        finally:
            engine.client.close()
    except SandboxUnavailable as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
