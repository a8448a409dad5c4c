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

# install_packages LOG PACKAGE...: Debian's, none of which is installed, as root or by sudo.
install_packages() {
    packages_log=$1
    shift
    [ ! "${DAEDALUS_OFFLINE-}" ] || die "packages are missing: $*"
    sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "packages are missing. As root: apt-get update && apt-get install $*"
        sudo="sudo DEBIAN_FRONTEND=noninteractive"
    fi
    say "installing system packages: $*"
    # shellcheck disable=SC2317 # step calls it
    apt_install() {
        export DEBIAN_FRONTEND=noninteractive
        # A third party's archive that is down must not stop us; apt-get
        # install says what cannot be had.
        $sudo apt-get -q update || :
        $sudo apt-get install -y -q --no-install-recommends "$@"
    }
    step "$packages_log" "system packages installed" apt_install "$@"
}

# link_vulkan_headers DIR: the headers are for any processor; a cross compiler looks for its own.
link_vulkan_headers() {
    for headers in vulkan vk_video; do
        directory=$(pkg-config --variable=includedir vulkan)/$headers
        [ ! -d "$directory" ] || ln -sfn "$directory" "$1/$headers"
    done
}

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
