"""Runs the composition without Docker: the same processes, variables, files and health checks.

Each service has an address of the loopback network to itself, as a container has one, so that ports
stay as they are written. A name becomes its service's address, a mount a folder of the test.
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from services.local import kafka
from tests.deploy import images
from tests.deploy.composition import host_path, mounts, read
from tests.deploy.processes import image_environment
from tests.fault.supervised import Supervised

NOT_PACKAGED = {"grafana"}
"""What no package of a system has: its files are held to what they name by other tests."""

HEALTHY_S = 300.0
"""How long a service may take until its health check passes [s]: the first worker of a clean clone
translates the model."""

ENOUGH = 5
"""After how many ends of a process nobody waits for it any more."""

_ONESELF = re.compile(r"0\.0\.0\.0|127\.0\.0\.1|localhost(?=:)|(?<=://)(?=:)")


class Host:
    """The services that run, each with its address and its folders.

    Parameters
    ----------
    folder
        Where volumes, copies of mounted files and logs are.
    variables
        What ``.env`` says.
    libraries
        Those of Apache Kafka.
    """

    def __init__(self, folder: Path, variables: dict[str, str], libraries: Path) -> None:
        services = read(variables)["services"]
        self.services: dict[str, Any] = {
            name: one for name, one in services.items() if name not in NOT_PACKAGED
        }
        self.processes: dict[str, Supervised] = {}
        self._folder, self._variables, self._libraries = folder, variables, libraries
        # Others of this machine take theirs from another network, as their process ids differ.
        network = f"127.{os.getpid() // 250 % 250 + 2}.{os.getpid() % 250 + 2}"
        self.at = {name: f"{network}.{n}" for n, name in enumerate(services, 2)}
        self._stack = AsyncExitStack()

    async def up(self) -> None:
        """Start every service once what it depends on is as it asks for; return when all do well.

        Raises
        ------
        AssertionError
            One ended otherwise than with 0, or never did well: with the end of its log.
        """
        for name in self.services:
            await self._start(name)
        for name in self.processes:
            await self._healthy(name)

    async def down(self) -> list[Supervised]:
        """End every service as Docker does, the last first; return ours, which tell how they ended.

        Raises
        ------
        TimeoutError
            Docker would have killed one.
        """
        ours = []
        for name, process in reversed(self.processes.items()):
            process.hold()
            async with asyncio.timeout(self._grace(name)):
                await process.end(images.STOPS.get(name, signal.SIGTERM))
            if "build" in self.services[name]:
                ours.append(process)
        await self._stack.aclose()
        self.processes.clear()
        return ours

    async def run(self, name: str, *command: str) -> str:
        """Run a command in a service's place, once what it depends on is there; return its output.

        Raises
        ------
        AssertionError
            It did not end with 0: with what it wrote.
        """
        await self._needs(name)
        words = [*images.program("forewarn"), *command]
        process = await asyncio.create_subprocess_exec(
            *words,
            env=self.environ(name),
            cwd=self._volume("data"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        assert process.returncode == 0, f"{name} {words}: {said.decode()}\n{complained.decode()}"
        return said.decode()

    def environ(self, name: str) -> dict[str, str]:
        """Return the variables of a service: of the image, of the file, else of ``.env``."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FOREWARN_", "PG"))}
        image = {k: v for k, v in image_environment().items() if k.startswith("FOREWARN_")}
        said = {
            key: self._variables.get(key) if value is None else value
            for key, value in (image | self.services[name].get("environment", {})).items()
        }
        return kept | {k: self.here(name, v) for k, v in said.items() if v is not None}

    def here(self, name: str, text: str) -> str:
        """Return a text of a service's with this machine's addresses and folders in it."""
        for other, address in self.at.items():
            text = re.sub(rf"(?:(?<=//)|(?<=[@\"])|^){other}(?=[:/])", address, text)
        text = _ONESELF.sub(self.at[name], text)
        folders = {
            to: str(self._mounted(name, source)) for source, to, _ in mounts(self.services[name])
        }
        if not folders:
            return text
        longest = "|".join(map(re.escape, sorted(folders, key=len, reverse=True)))
        return re.sub(rf"(?<![\w/])({longest})(?![\w-])", lambda found: folders[found[1]], text)

    async def _needs(self, name: str) -> None:
        for other, how in self.services[name].get("depends_on", {}).items():
            await self._start(other)
            if how["condition"] == "service_healthy":
                await self._healthy(other)

    async def _start(self, name: str) -> None:
        if name in self.processes:
            return
        one = self.services[name]
        if one.get("restart") == "no":
            await self.run(name, *one["command"])
            return
        await self._needs(name)
        command = await self._command(name)
        log = self._folder / "logs" / f"{name}.log"
        process = Supervised(name, command, log, self.environ(name))
        self.processes[name] = await self._stack.enter_async_context(process.running())
        if name == "postgres":
            await self._healthy(name)
            await images.first_database(self.environ(name), self.at[name])

    async def _command(self, name: str) -> list[str]:
        """Return what runs a service here."""
        words = [self.here(name, word) for word in self.services[name].get("command", ())]
        match name:
            case "kafka":
                return await images.broker(self._libraries, words[-1], self.environ(name))
            case "postgres":
                return await images.database(self._volume(name), self.environ(name), self.at[name])
            case "prometheus" | "alertmanager":
                port = self.services[name]["ports"][0].rsplit(":", 1)[-1]
                where = f"--web.listen-address={self.at[name]}:{port}"
                return [*images.program(name), *words, where]
            case _:
                return [*images.program("forewarn"), *words]

    async def _healthy(self, name: str) -> None:
        """Return once a service's own health check passes."""
        asked = self.services[name]["healthcheck"]["test"]
        program, *rest = (self.here(name, word) for word in asked[1:])
        command = [*images.program(program), *rest]
        process, loop = self.processes[name], asyncio.get_running_loop()
        until = loop.time() + HEALTHY_S
        while await _code(command):
            if loop.time() > until or len(process.codes) > ENOUGH:
                raise AssertionError(process.told())
            await asyncio.sleep(0.5)

    def _grace(self, name: str) -> float:
        """Return how long a service may take to end [s]."""
        said = self.services[name].get("stop_grace_period", "10s")
        return float(said[:-1]) * {"s": 1, "m": 60}[said[-1]]

    def _volume(self, name: str) -> Path:
        folder = self._folder / "volumes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _mounted(self, name: str, source: str) -> Path:
        """Return a volume's folder, or a copy of a mounted file with this machine's words in it."""
        path = host_path(source)
        if path is None:
            return self._volume(source)
        copy = self._folder / "mounted" / name / path.name
        if not copy.exists():
            files = [path] if path.is_file() else [one for one in path.iterdir() if one.is_file()]
            for file in files:
                to = copy if path.is_file() else copy / file.name
                to.parent.mkdir(parents=True, exist_ok=True)
                # A file may name the place where it is mounted itself.
                to.touch()
                to.write_text(self.here(name, file.read_text()))
        return copy


@asynccontextmanager
async def hosted(folder: Path, variables: dict[str, str]) -> AsyncIterator[Host]:
    """Have a host for as long as the context lasts; what runs at its end is ended."""
    host = Host(folder, variables, await kafka.libraries(print))
    try:
        yield host
    finally:
        await host.down()


async def _code(command: Sequence[str]) -> int:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()
