"""Jobs on a fleet whose nodes, manager and clients die, and a checker of what came of each job.

``python -m chaos.fleet`` starts ``programs`` that run jobs through clients of their own, does ``faults`` meanwhile,
and at the end reads what the jobs have written on the disks of the nodes they ran on (``traces``).
"""
