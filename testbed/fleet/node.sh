#!/bin/sh
# Gives the host that host.sh makes what a host of a fleet has, and runs a command there:
# a name of its own, a disk of its own at /srv, and its engine's socket at the usual place.
set -eu
name=$1 disk=$2 socket=$3
shift 3
hostname "$name"
mount -n --bind "$disk" /srv
ln -s "$socket" /var/run/docker.sock
exec "$@"
