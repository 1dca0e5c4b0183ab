# shellcheck shell=bash
# Debian packages for the two commands of the project. Sourced; the caller's folder is the project's.
#
# Installing must not touch the services of the machine: no daemon that comes with a package is started, and none is
# enabled for the next boot.

readonly EXIT_UNAVAILABLE=69 # EX_UNAVAILABLE of sysexits.h
readonly POLICY=/usr/sbin/policy-rc.d

# packages_in SECTION...: the packages of these sections.
packages_in() {
    local section
    for section in "$@"; do
        awk -v wanted="[$section]" '
            /^\[/ { is_in = $0 == wanted; is_known = is_known || is_in; next }
            is_in && NF && !/^#/ { print }
            END { exit !is_known }' packages.txt || {
            echo "packages.txt has no section [$section]" >&2
            return 1
        }
    done
}

# packages_missing SECTION...: those that are not installed.
packages_missing() {
    local package
    packages_in "$@" | while read -r package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | head -n 1)" = installed ] || echo "$package"
    done
}

# packages_ensure SECTION...: installs what is missing, or says how to, and fails with EXIT_UNAVAILABLE.
packages_ensure() {
    local missing
    if ! command -v dpkg-query >/dev/null; then
        echo "This machine has no Debian packages. Install the equivalents of:" >&2
        packages_in "$@" | tr '\n' ' ' >&2
        return $EXIT_UNAVAILABLE
    fi
    mapfile -t missing < <(packages_missing "$@")
    if [ ${#missing[@]} -eq 0 ]; then
        echo "    all packages are there"
        return 0
    fi
    echo "    missing: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        echo "    Install them, as root, and start again:"
        echo "        apt-get install --no-install-recommends ${missing[*]}"
        return $EXIT_UNAVAILABLE
    fi
    packages_install "${missing[@]}" || return $EXIT_UNAVAILABLE
}

# packages_install PACKAGE...: in a subshell, so that its trap is its own.
packages_install() (
    set -e
    before=$(installed_packages)
    if [ ! -e "$POLICY" ]; then
        trap 'rm -f "$POLICY"' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$POLICY"
        chmod 755 "$POLICY"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@"
    comm -13 <(echo "$before") <(installed_packages) | while read -r package; do
        disable_services_of "$package"
    done
)

installed_packages() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
}

disable_services_of() {
    local file
    dpkg -L "$1" | while read -r file; do
        case $file in
        */systemd/system/*@.*) ;;
        */systemd/system/*.service | */systemd/system/*.socket | */systemd/system/*.timer)
            DPKG_MAINTSCRIPT_PACKAGE=$1 deb-systemd-helper disable "${file##*/}" >/dev/null 2>&1 || true
            ;;
        /etc/init.d/*)
            update-rc.d "${file##*/}" disable >/dev/null 2>&1 || true
            ;;
        esac
    done
}
