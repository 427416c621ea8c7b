#!/bin/sh
# Runs a command as if on a host of its own, in a mount namespace:
#   unshare --mount --propagation slave sh host.sh KEEP ETC COMMAND...
# Its /run has the folder KEEP and nothing else of this machine: no socket of an engine that
# runs here, nor of one that is started later. The files of ETC replace those of /etc.
set -eu
keep=$1 etc=$2
shift 2
stage=$etc.run
mkdir -p "$stage"
mount -n -t tmpfs -o mode=755 mlng-run "$stage"
mkdir "$stage/sshd"
case $keep in
/run/*)
  mkdir -p "$stage/${keep#/run/}"
  mount -n --bind "$keep" "$stage/${keep#/run/}"
  ;;
esac
mount -n --move "$stage" /run
[ /var/run -ef /run ] || [ ! -d /var/run ] || mount -n -t tmpfs -o mode=755 mlng-run /var/run
for file in "$etc"/*; do
  mount -n --bind "$file" "/etc/${file##*/}"
done
exec "$@"
