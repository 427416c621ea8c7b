# Written by go run ./tools/wire. Change the Go side instead.
"""The options of ``docker buildx build`` as keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..typed import TypedOptions, Writer
from ..values import Hosts, Keys, Numbers, Pairs, Path, Settings, Tables, Ulimits, Words
from . import kinds


class BuildOptions(TypedOptions):
    """The options of ``docker buildx build`` as keywords.

    ``add_host``: Add a custom host-to-IP mapping (format: "host:ip")
    ``allow``: Allow extra privileged entitlement (e.g., "network.host", "security.insecure", "device")
    ``annotation``: Add annotation to the image
    ``attest``: Attestation parameters (format: "type=sbom,generator=image")
    ``build_arg``: Set build-time variables
    ``build_context``: Additional build contexts (e.g., name=path)
    ``cache_from``: External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")
    ``cache_to``: Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")
    ``cgroup_parent``: Set the parent cgroup for the "RUN" instructions during build
    ``compress``: Compress the build context using gzip
    ``cpu_period``: Limit the CPU CFS (Completely Fair Scheduler) period
    ``cpu_quota``: Limit the CPU CFS (Completely Fair Scheduler) quota
    ``cpu_shares``: CPU shares (relative weight)
    ``cpuset_cpus``: CPUs in which to allow execution (0-3, 0,1)
    ``cpuset_mems``: MEMs in which to allow execution (0-3, 0,1)
    ``disable_content_trust``: Skip image verification
    ``file``: Name of the Dockerfile (default: "PATH/Dockerfile")
    ``force_rm``: Always remove intermediate containers
    ``iidfile``: Write the image ID to a file
    ``isolation``: Container isolation technology
    ``label``: Set metadata for an image
    ``load``: Shorthand for "--output=type=docker"
    ``memory``: Memory limit
    ``memory_swap``: Swap limit equal to memory plus swap: -1 to enable unlimited swap
    ``metadata_file``: Write build result metadata to a file
    ``network``: Set the networking mode for the "RUN" instructions during build
    ``no_cache``: Do not use cache when building the image
    ``no_cache_filter``: Do not cache specified stages
    ``output``: Output destination (format: "type=local,dest=path")
    ``platform``: Set target platform for build
    ``progress``: Set type of progress output ("auto", "none", "plain", "quiet", "tty")
    ``provenance``: Shorthand for "--attest=type=provenance"
    ``pull``: Always attempt to pull all referenced images
    ``push``: Shorthand for "--output=type=registry,unpack=false"
    ``quiet``: Suppress the build output and print image ID on success
    ``rm``: Remove intermediate containers after a successful build
    ``sbom``: Shorthand for "--attest=type=sbom"
    ``secret``: Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")
    ``security_opt``: Security options
    ``shm_size``: Shared memory size for build containers
    ``squash``: Squash newly built layers into a single new layer
    ``ssh``: SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")
    ``tag``: Image identifier (format: "[registry/]repository[:tag]")
    ``target``: Set the target build stage to build
    ``ulimit``: Ulimit options
    """

    __module__ = "ml_nexus_go"
    command = "docker buildx build"
    kinds: ClassVar[Mapping[str, Writer]] = kinds.BUILD

    def __init__(
        self,
        *,
        add_host: Hosts | None = None,
        allow: Words | None = None,
        annotation: Settings | None = None,
        attest: Tables | None = None,
        build_arg: Pairs | None = None,
        build_context: Settings | None = None,
        cache_from: Tables | None = None,
        cache_to: Tables | None = None,
        cgroup_parent: str | None = None,
        compress: bool | None = None,
        cpu_period: int | None = None,
        cpu_quota: int | None = None,
        cpu_shares: int | None = None,
        cpuset_cpus: Numbers | None = None,
        cpuset_mems: Numbers | None = None,
        disable_content_trust: bool | None = None,
        file: Path | None = None,
        force_rm: bool | None = None,
        iidfile: Path | None = None,
        isolation: str | None = None,
        label: Pairs | None = None,
        load: bool | None = None,
        memory: int | str | None = None,
        memory_swap: int | str | None = None,
        metadata_file: Path | None = None,
        network: str | None = None,
        no_cache: bool | None = None,
        no_cache_filter: Words | None = None,
        output: Tables | None = None,
        platform: Words | None = None,
        progress: str | None = None,
        provenance: str | bool | None = None,
        pull: bool | None = None,
        push: bool | None = None,
        quiet: bool | None = None,
        rm: bool | None = None,
        sbom: str | bool | None = None,
        secret: Tables | None = None,
        security_opt: Words | None = None,
        shm_size: int | str | None = None,
        squash: bool | None = None,
        ssh: Keys | None = None,
        tag: Words | None = None,
        target: str | None = None,
        ulimit: Ulimits | None = None,
    ) -> None:
        self._write(locals())
