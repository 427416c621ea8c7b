"""Exit with 0 if the engine that docker's command would use here answers."""

import asyncio
import sys

from ml_nexus_go import DockerError, connect


async def main() -> int:
    async with connect(connect_timeout=3) as client:
        try:
            await client.ping()
        except DockerError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


sys.exit(asyncio.run(main()))
