"""The tasks in the page's order, and the clients."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "tasks"

# The names of the functions, and what the clients are called.
CLIENTS = {
    "ours": "ml_nexus_go",
    "docker_py": "docker-py",
    "aiodocker": "aiodocker",
    "whales": "python-on-whales",
}
TASKS = (
    "run_on_gpus",
    "exec_with_limit",
    "wait_for_port",
    "list_by_label",
    "follow_logs",
    "stats",
    "build_with_secret",
    "bytes_in_and_out",
    "two_on_a_network",
    "private_pull",
    "image_to_other_host",
    "results_back",
)
