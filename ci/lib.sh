# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share. Source it; it prints nothing.
#
# Afterwards the working directory is the repository, wherever the script was called from.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"

# Ask nobody anything: neither apt nor debconf nor git.
export DEBIAN_FRONTEND=noninteractive

# The program and test output is UTF-8 whatever the machine is set to.
export LC_ALL=C.UTF-8

# The compiler's cache, where there is one, serves every clone: paths count from the repository, and precompiled headers are
# looked at by content.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$repository} CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31;1m' yellow=$'\e[33m' faint=$'\e[2m' plain=$'\e[0m'
else
    bold='' green='' red='' yellow='' faint='' plain=''
fi

say() { printf '%s\n' "$*"; }

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

# fail MESSAGE: ends the script.
fail() {
    printf '%s%s: %s%s\n' "$red" "$(basename "$0")" "$*" "$plain" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# How many compilers at once: one per processor, but each needs about 1 GiB when it meets Asio.
build_jobs() {
    local processors memory_gib
    processors=$(nproc)
    memory_gib=$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo)
    [ "$memory_gib" -ge 1 ] || memory_gib=1
    echo $((processors < memory_gib ? processors : memory_gib))
}

# configure PRESET [CMAKE-ARGUMENT…]; quiet unless something is wrong.
configure() {
    local preset=$1 log
    shift
    log=$(mktemp)
    if cmake --preset "$preset" "$@" >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    cat "$log" >&2
    rm -f "$log"
    return 1
}

# build PRESET [TARGET…]; all targets without a name. On a terminal ninja shows one line that moves.
build() {
    local preset=$1
    shift
    if [ -t 1 ]; then
        cmake --build --preset "$preset" --parallel "$(build_jobs)" ${1:+--target "$@"}
    else
        # Only what went wrong and the last line: a log does not need every step.
        cmake --build --preset "$preset" --parallel "$(build_jobs)" ${1:+--target "$@"} -- --quiet
    fi
}

# Prints a Python that has all the named modules. The distribution's comes first: another one that stands first in PATH
# (pyenv, conda, a virtual environment) does not see the packages that ci/install-packages installs.
python_with() {
    local modules=$1 python
    for python in /usr/bin/python3 python3 /usr/local/bin/python3; do
        if have "$python" && "$python" -c "import $modules" >/dev/null 2>&1; then
            echo "$python"
            return 0
        fi
    done
    say "no Python has the modules $modules; ci/install-packages installs them for /usr/bin/python3" >&2
    return 1
}
