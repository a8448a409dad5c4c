# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # variables of theirs and ours
# Sourced by scripts that need upstreams' tarballs. Who calls get_tarball NAME has
# set version, sha256, site, site_sha256 and orig, the name that Debian gives it.

LC_ALL=C
export LC_ALL

# find_tarball: sets $tarball to the file in build/download, whatever its
# name, that has one of the project's hashes.
find_tarball() {
    tarball=
    for file in "$build/download"/*; do
        [ -f "$file" ] || continue
        case $(sha256sum <"$file") in
        "$sha256 "* | "$site_sha256 "*) tarball=$file; return 0 ;;
        esac
    done
    return 1
}

private_apt() {
    apt-get -q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" \
        -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any "$@"
}

# from_debian: the tarball from the archive where apt finds this machine's
# own suite.
from_debian() {
    [ -x /usr/lib/apt/apt-helper ] || return 1
    apt=$build/apt
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >>"$apt/updated"
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    signed=
    [ ! -f $key ] || signed="[signed-by=$key]"
    archives=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk -v suite="$codename" '$2 == suite && $3 == "main" && !seen[$1]++ { print $1 }')
    # Before the machine's first "apt-get update" that lists nothing.
    [ -n "$archives" ] || archives=$(apt-get --print-uris update |
        sed -n "s#^'\\([^']*\\)/dists/$codename/InRelease'.*#\\1/#p" | sort -u)
    for archive in $archives; do
        if [ "$(cat "$apt/updated")" != "$archive" ]; then
            echo "deb-src $signed $archive trixie main" >"$apt/sources.list"
            private_apt update || continue
            echo "$archive" >"$apt/updated"
        fi
        uri=$(private_apt source --print-uris "$1" |
            sed -n "s/^'\\([^']*\\)' $orig .*SHA256:$sha256\$/\\1/p")
        [ -n "$uri" ] || continue
        /usr/lib/apt/apt-helper -q download-file "$uri" "$build/download/$orig" "SHA256:$sha256" &&
            find_tarball && return 0
    done
    return 1
}

from_site() {
    part=$build/download/$1.part
    if command -v curl; then
        curl -fL --retry 2 --connect-timeout 20 -o "$part" "$site" || return 1
    else
        wget -T 20 -t 2 -O "$part" "$site" || return 1
    fi
    case $(sha256sum <"$part") in
    "$site_sha256 "*) mv "$part" "$build/download/${site##*/}" ;;
    *) echo "$site: wrong hash: $(sha256sum <"$part")"; return 1 ;;
    esac
    find_tarball
}

download() {
    { from_debian "$1" || from_site "$1"; } >>"$log/fetch-$1.log" 2>&1 && return
    rm -f "$build/download/$1.part"
    tail -n 3 "$log/fetch-$1.log" >&2
    say "cannot download $1 $version, see $log/fetch-$1.log. Without network, put one of these into $build/download:"
    say "  $orig (Debian trixie), SHA-256 $sha256"
    say "  $site, SHA-256 $site_sha256"
    exit 1
}

# get_tarball NAME: has the tarball in build/download and its path in $tarball,
# or stops.
get_tarball() {
    start=$(now_ms)
    mkdir -p "$build/download" "$log"
    : >"$log/fetch-$1.log"
    if ! find_tarball; then
        download "$1"
        say "$1 $version downloaded: $(seconds $(($(now_ms) - start)))"
    fi
}

# forget_archives: what apt has read, of no use when all is here.
forget_archives() { rm -rf "$build/apt"; }
