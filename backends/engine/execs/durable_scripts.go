package execs

// A durable exec outlives the connection and the program that began it. A small shell in the
// container runs the command with its output in files; readers send what appears there,
// and the files are removed when a client says that it has everything.
//
// A reader ends each of the two outputs with a line of its own (see durableOutput), and
// reads one line from its input: the client's confirmation. If the connection is lost, that
// input ends, and everything stays for the next reader.
//
// The scripts need sh, mkdir, mv, rm, cat, sleep and tail in the container.

// durableFollow are the functions of a reader.
//
// follow sends a file ($1) from a position ($2) until the command has ended. cat leaves
// the file's position where it ended, so that the next one goes on from there. The
// runner wakes a reader by URG: a signal that does nothing to a shell without a handler.
const durableFollow = `
lives() {
  [ ! -s "$mlng_dir/pid" ] || case $(cat /proc/$(cat "$mlng_dir/pid")/cmdline) in *"$mlng_mark"*) ;; *) return 1;; esac
} 2>/dev/null
follow() {
  exec 3<"$mlng_dir/$1" || exit 4
  [ "$2" = 0 ] || tail -c +$(($2+1)) <&3 || exit 4
  at=$2 turns=0 pause=0.02 code=
  while :; do
    if [ -e "$mlng_dir/exit" ]; then
      read -r code <"$mlng_dir/exit"
    elif [ $((turns%20)) = 1 ] && ! lives && [ ! -e "$mlng_dir/exit" ]; then
      code=killed
    fi
    cat <&3 || exit 4
    [ -z "$code" ] || break
    [ -d "$mlng_dir" ] || exit 4
    read -r _ now </proc/self/fdinfo/3
    case $((turns+=1)) in 20) pause=0.1;; 60) pause=0.5;; esac
    [ "$now" = "$at" ] || at=$now turns=0 pause=0.02
    sleep $pause >/dev/null 2>&1 &
    wait $!
    case $? in
    0) ;;
    1) sleep 1;; # takes no fractions
    *) kill $! 2>/dev/null; wait $!;; # woken; the container's first process may not reap
    esac
  done
  printf '\036%s %s\n' "$mlng_mark" "$code"
}
readers() {
  (trap '' HUP INT QUIT TERM USR1 USR2 ALRM; trap : URG; follow out "$1") & mlng_first=$!
  (trap '' HUP INT QUIT TERM USR1 USR2 ALRM; trap : URG; follow err "$2" >&2) & mlng_second=$!
}
`

// durableRun runs the command, and is its first reader. Arguments: the exec's mark, the
// command. The folder is new, nobody else can enter it, and in a sticky folder nobody else
// can put another in its place. The exit file appears last, and whole. Signals are for the command: the shell
// has handlers, which a command does not inherit. Its variables are named so that they are
// none of the command's.
const durableRun = durableFollow + `
mlng_mark=$1 mlng_dir=
shift
for mlng_base in /tmp /dev/shm /var/tmp; do
  mlng_dir=$mlng_base/.ml_nexus_go-$mlng_mark
  (umask 077 && mkdir "$mlng_dir") 2>/dev/null && break
  mlng_dir=
done
[ -n "$mlng_dir" ] || exit 125
trap : HUP INT QUIT TERM USR1 USR2 ALRM
exec 5<&0 </dev/null
: >"$mlng_dir/out"
: >"$mlng_dir/err"
readers 0 0 5<&-
exec >/dev/null 2>&1
echo $mlng_first $mlng_second >"$mlng_dir/readers"
echo $$ >"$mlng_dir/pid"
(exec "$@" >"$mlng_dir/out" 2>"$mlng_dir/err" 5<&-)
echo $? >"$mlng_dir/exit.new"
mv "$mlng_dir/exit.new" "$mlng_dir/exit"
kill -URG $mlng_first $mlng_second
while kill -0 $mlng_first || kill -0 $mlng_second; do wait; done
read -r word <&5 || exit 5
rm -rf "$mlng_dir"
exit 0
`

// durableFind finds the exec's folder, which belongs to the exec's user. It may take a
// moment to appear. Earlier versions kept the folders of all execs in one.
const durableFind = `
mlng_mark=$1 mlng_dir= tries=0
while :; do
  for mlng_base in /tmp /dev/shm /var/tmp; do
    mlng_dir=$mlng_base/.ml_nexus_go-$mlng_mark
    [ -O "$mlng_dir" ] && [ ! -h "$mlng_dir" ] && [ -s "$mlng_dir/pid" ] && break 2
    mlng_dir=$mlng_base/.ml_nexus_go/$mlng_mark
    [ ! -h "$mlng_base/.ml_nexus_go" ] && [ ! -h "$mlng_dir" ] && [ -s "$mlng_dir/pid" ] && break 2
  done
  [ $((tries+=1)) -lt ${2:-1} ] || exit 3
  sleep 0.1 2>/dev/null || sleep 1
done
own() {
  for pid in $(cat "$mlng_dir/$1"); do
    case $(cat /proc/$pid/cmdline) in *"$mlng_mark"*) echo $pid;; esac
  done
} 2>/dev/null
`

// durableRead is another reader. Arguments: the mark, how often to look for the folder,
// the positions in the two outputs, and whether the first reader's client is this one,
// which lost it.
const durableRead = durableFollow + durableFind + `
[ "$5" != true ] || kill -KILL $(own readers) 2>/dev/null
readers "$3" "$4"
wait $mlng_first && wait $mlng_second || exit 4
read -r word || exit 5
kill -KILL $(own readers) $(own pid) 2>/dev/null
rm -rf "$mlng_dir"
exit 0
`

// durableRemove removes what a reader has sent, or what a killed command has left: its folder,
// although it was ended before it had put its number there.
const durableRemove = `
for mlng_base in /tmp /dev/shm /var/tmp; do
  mlng_dir=$mlng_base/.ml_nexus_go-$1
  [ -O "$mlng_dir" ] && [ ! -h "$mlng_dir" ] && rm -rf "$mlng_dir"
  mlng_dir=$mlng_base/.ml_nexus_go/$1
  [ ! -h "$mlng_base/.ml_nexus_go" ] && [ ! -h "$mlng_dir" ] && [ -s "$mlng_dir/pid" ] && rm -rf "$mlng_dir"
done
exit 0
`
