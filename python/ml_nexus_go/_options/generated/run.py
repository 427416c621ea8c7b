# Written by go run ./tools/wire. Change the Go side instead.
"""The options of ``docker run`` as keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..typed import TypedOptions, Writer
from ..values import (
    ByPath,
    Duration,
    Gpus,
    Hosts,
    Numbers,
    Pairs,
    Path,
    Paths,
    Ports,
    Settings,
    Tables,
    Texts,
    Ulimits,
    Words,
)
from . import kinds


class RunOptions(TypedOptions):
    """The options of ``docker run`` as keywords.

    ``add_host``: Add a custom host-to-IP mapping (host:ip)
    ``annotation``: Add an annotation to the container (passed through to the OCI runtime)
    ``attach``: Attach to STDIN, STDOUT or STDERR
    ``blkio_weight``: Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)
    ``blkio_weight_device``: Block IO weight (relative device weight)
    ``cap_add``: Add Linux capabilities
    ``cap_drop``: Drop Linux capabilities
    ``cgroup_parent``: Optional parent cgroup for the container
    ``cgroupns``: Cgroup namespace to use (host|private)
    ``cidfile``: Write the container ID to the file
    ``constraint``: Run only on nodes of a fleet that match (node.labels.disk==ssd)
    ``cpu_period``: Limit CPU CFS (Completely Fair Scheduler) period
    ``cpu_quota``: Limit CPU CFS (Completely Fair Scheduler) quota
    ``cpu_rt_period``: Limit CPU real-time period in microseconds
    ``cpu_rt_runtime``: Limit CPU real-time runtime in microseconds
    ``cpu_shares``: CPU shares (relative weight)
    ``cpus``: Number of CPUs
    ``cpuset_cpus``: CPUs in which to allow execution (0-3, 0,1)
    ``cpuset_mems``: MEMs in which to allow execution (0-3, 0,1)
    ``detach``: Run container in background and print container ID
    ``detach_keys``: Override the key sequence for detaching a container
    ``device``: Add a host device to the container
    ``device_cgroup_rule``: Add a rule to the cgroup allowed devices list
    ``device_read_bps``: Limit read rate (bytes per second) from a device
    ``device_read_iops``: Limit read rate (IO per second) from a device
    ``device_write_bps``: Limit write rate (bytes per second) to a device
    ``device_write_iops``: Limit write rate (IO per second) to a device
    ``disable_content_trust``: Skip image verification
    ``dns``: Set custom DNS servers
    ``dns_option``: Set DNS options
    ``dns_search``: Set custom DNS search domains
    ``domainname``: Container NIS domain name
    ``entrypoint``: Overwrite the default ENTRYPOINT of the image
    ``env``: Set environment variables
    ``env_file``: Read in a file of environment variables
    ``expose``: Expose a port or a range of ports
    ``generic_resource``: Devices of a fleet's node, by kind (FPGA=2, FPGA=all); GPUs are those of --gpus
    ``gpus``: GPU devices to add to the container ('all' to pass all GPUs)
    ``group_add``: Add additional groups to join
    ``health_cmd``: Command to run to check health
    ``health_interval``: Time between running the check (ms|s|m|h) (default 0s)
    ``health_retries``: Consecutive failures needed to report unhealthy
    ``health_start_interval``: Time between running the check during the start period (ms|s|m|h) (default 0s)
    ``health_start_period``: Start period for the container to initialize before starting health-retries countdown
      (ms|s|m|h) (default 0s)
    ``health_timeout``: Maximum time to allow one check to run (ms|s|m|h) (default 0s)
    ``hostname``: Container host name
    ``init``: Run an init inside the container that forwards signals and reaps processes
    ``interactive``: Keep STDIN open even if not attached
    ``ip``: IPv4 address (e.g., 172.30.100.104)
    ``ip6``: IPv6 address (e.g., 2001:db8::33)
    ``ipc``: IPC mode to use
    ``isolation``: Container isolation technology
    ``kernel_memory``: Kernel memory limit
    ``label``: Set meta data on a container
    ``label_file``: Read in a line delimited file of labels
    ``link``: Add link to another container
    ``link_local_ip``: Container IPv4/IPv6 link-local addresses
    ``log_driver``: Logging driver for the container
    ``log_opt``: Log driver options
    ``mac_address``: Container MAC address (e.g., 92:d0:c6:0a:29:33)
    ``memory``: Memory limit
    ``memory_reservation``: Memory soft limit
    ``memory_swap``: Swap limit equal to memory plus swap: '-1' to enable unlimited swap
    ``memory_swappiness``: Tune container memory swappiness (0 to 100)
    ``mount``: Attach a filesystem mount to the container
    ``name``: Assign a name to the container
    ``network``: Connect a container to a network
    ``network_alias``: Add network-scoped alias for the container
    ``no_healthcheck``: Disable any container-specified HEALTHCHECK
    ``oom_kill_disable``: Disable OOM Killer
    ``oom_score_adj``: Tune host's OOM preferences (-1000 to 1000)
    ``pid``: PID namespace to use
    ``pids_limit``: Tune container pids limit (set -1 for unlimited)
    ``platform``: Set platform if server is multi-platform capable
    ``privileged``: Give extended privileges to this container
    ``publish``: Publish a container's port(s) to the host
    ``publish_all``: Publish all exposed ports to random ports
    ``pull``: Pull image before creating ("always", "|missing", "never")
    ``quiet``: Suppress the pull output
    ``read_only``: Mount the container's root filesystem as read only
    ``restart``: Restart policy to apply when a container exits
    ``rm``: Automatically remove the container and its associated anonymous volumes when it exits
    ``runtime``: Runtime to use for this container
    ``security_opt``: Security Options
    ``shm_size``: Size of /dev/shm
    ``sig_proxy``: Proxy received signals to the process
    ``stop_signal``: Signal to stop the container
    ``stop_timeout``: Timeout (in seconds) to stop a container
    ``storage_opt``: Storage driver options for the container
    ``sysctl``: Sysctl options
    ``tmpfs``: Mount a tmpfs directory
    ``tty``: Allocate a pseudo-TTY
    ``ulimit``: Ulimit options
    ``use_api_socket``: Bind mount Docker API socket and required auth
    ``user``: Username or UID (format: <name|uid>[:<group|gid>])
    ``userns``: User namespace to use
    ``uts``: UTS namespace to use
    ``volume``: Bind mount a volume
    ``volume_driver``: Optional volume driver for the container
    ``volumes_from``: Mount volumes from the specified container(s)
    ``workdir``: Working directory inside the container
    """

    __module__ = "ml_nexus_go"
    command = "docker run"
    kinds: ClassVar[Mapping[str, Writer]] = kinds.RUN

    def __init__(
        self,
        *,
        add_host: Hosts | None = None,
        annotation: Settings | None = None,
        attach: Words | None = None,
        blkio_weight: int | None = None,
        blkio_weight_device: ByPath | None = None,
        cap_add: Words | None = None,
        cap_drop: Words | None = None,
        cgroup_parent: str | None = None,
        cgroupns: str | None = None,
        cidfile: Path | None = None,
        constraint: Texts | None = None,
        cpu_period: int | None = None,
        cpu_quota: int | None = None,
        cpu_rt_period: int | None = None,
        cpu_rt_runtime: int | None = None,
        cpu_shares: int | None = None,
        cpus: float | None = None,
        cpuset_cpus: Numbers | None = None,
        cpuset_mems: Numbers | None = None,
        detach: bool | None = None,
        detach_keys: str | None = None,
        device: ByPath | None = None,
        device_cgroup_rule: Words | None = None,
        device_read_bps: ByPath | None = None,
        device_read_iops: ByPath | None = None,
        device_write_bps: ByPath | None = None,
        device_write_iops: ByPath | None = None,
        disable_content_trust: bool | None = None,
        dns: Words | None = None,
        dns_option: Words | None = None,
        dns_search: Words | None = None,
        domainname: str | None = None,
        entrypoint: str | None = None,
        env: Pairs | None = None,
        env_file: Paths | None = None,
        expose: Words | None = None,
        generic_resource: Settings | None = None,
        gpus: Gpus | None = None,
        group_add: Words | None = None,
        health_cmd: str | None = None,
        health_interval: Duration | None = None,
        health_retries: int | None = None,
        health_start_interval: Duration | None = None,
        health_start_period: Duration | None = None,
        health_timeout: Duration | None = None,
        hostname: str | None = None,
        init: bool | None = None,
        interactive: bool | None = None,
        ip: str | None = None,
        ip6: str | None = None,
        ipc: str | None = None,
        isolation: str | None = None,
        kernel_memory: int | str | None = None,
        label: Pairs | None = None,
        label_file: Paths | None = None,
        link: Words | None = None,
        link_local_ip: Words | None = None,
        log_driver: str | None = None,
        log_opt: Settings | None = None,
        mac_address: str | None = None,
        memory: int | str | None = None,
        memory_reservation: int | str | None = None,
        memory_swap: int | str | None = None,
        memory_swappiness: int | None = None,
        mount: Tables | None = None,
        name: str | None = None,
        network: Tables | None = None,
        network_alias: Words | None = None,
        no_healthcheck: bool | None = None,
        oom_kill_disable: bool | None = None,
        oom_score_adj: int | None = None,
        pid: str | None = None,
        pids_limit: int | None = None,
        platform: str | None = None,
        privileged: bool | None = None,
        publish: Ports | None = None,
        publish_all: bool | None = None,
        pull: str | None = None,
        quiet: bool | None = None,
        read_only: bool | None = None,
        restart: str | None = None,
        rm: bool | None = None,
        runtime: str | None = None,
        security_opt: Words | None = None,
        shm_size: int | str | None = None,
        sig_proxy: bool | None = None,
        stop_signal: str | int | None = None,
        stop_timeout: int | None = None,
        storage_opt: Settings | None = None,
        sysctl: Settings | None = None,
        tmpfs: ByPath | None = None,
        tty: bool | None = None,
        ulimit: Ulimits | None = None,
        use_api_socket: bool | None = None,
        user: str | int | None = None,
        userns: str | None = None,
        uts: str | None = None,
        volume: ByPath | None = None,
        volume_driver: str | None = None,
        volumes_from: Words | None = None,
        workdir: Path | None = None,
    ) -> None:
        self._write(locals())
