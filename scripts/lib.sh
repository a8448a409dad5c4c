# shellcheck shell=sh
# Sourced by the scripts here: where things are, and how they talk. Progress
# goes to stderr, one line a step; what a step's commands print goes to
# build/log/.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
case ${0%/*} in */v3d) root=${root%/*} ;; esac
build=$root/build
log=$build/log
me=${0##*/}

say() { echo "$me: $*" >&2; }
die() { say "$*"; exit 1; }

# usage: prints the comment at the head of the script, for --help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

now_ms() { echo $(($(date +%s%N) / 1000000)); }
seconds() { echo "$(($1 / 1000)).$(($1 / 100 % 10)) s"; }

# step LOG TITLE COMMAND...: runs the command with its output in the log and
# says how long it took; where it fails, shows the end of the log and stops.
step() {
    step_log=$log/$1.log
    step_title=$2
    shift 2
    mkdir -p "$log"
    step_start=$(now_ms)
    set +e # a condition would switch -e off in the command, too
    (set -e; "$@") >"$step_log" 2>&1 </dev/null
    step_status=$?
    set -e
    if [ $step_status != 0 ]; then
        tail -n 20 "$step_log" | cut -c 1-300 >&2
        die "$step_title: failed, see $step_log"
    fi
    say "$step_title: $(seconds $(($(now_ms) - step_start)))"
}
