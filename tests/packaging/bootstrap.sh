# shellcheck shell=bash
# Roots of Debian and Ubuntu releases, made from packages. Sourced by what makes machines of them.

# Where this machine has its packages from, if that has the release too; else debootstrap knows a place.
mirror_of() { # release
    local ID='' VERSION_CODENAME=''
    # shellcheck source=/dev/null
    . /etc/os-release
    # shellcheck disable=SC2016  # apt's own variables
    apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' |
        awk -v release="$1" -v here="$VERSION_CODENAME" -v distribution="$ID" '
            !site && ($1 == release || ($1 == here && distribution == "debian")) {site = $2}
            END {print site}'
}

# The root of a release, with these packages (a list with commas), in a folder that is empty.
bootstrap() { # release, packages, folder, log, further options of debootstrap
    local mirror
    local -a arguments=(--variant=minbase ${2:+--include="$2"} "${@:5}" "$1" "$3")
    mirror=$(mirror_of "$1")
    if [[ -n $mirror ]]; then
        arguments+=("$mirror")
        # A release that is newer than this debootstrap is made as Debian's all are.
        [[ -e /usr/share/debootstrap/scripts/$1 ]] || arguments+=(sid)
    fi
    debootstrap "${arguments[@]}" >"$4" 2>&1 || {
        tail -n 5 "$4" >&2
        return 1
    }
    rm -rf "$3"/var/cache/apt/archives/*.deb
}

# The files of packages of a Debian release, without what they depend on, in a folder that is there. By Debian's own keys,
# and lists of our own: nothing of this machine's apt changes. A machine that is no Debian asks where debootstrap would.
extract() { # release, folder, package…
    local aside=$2/extract.tmp mirror package
    mkdir -p "$aside/lists/partial" "$aside/cache/archives/partial" "$aside/debs"
    mirror=$(mirror_of "$1")
    [[ -n $mirror ]] || mirror=$(sed -n 's/^DEF_MIRROR="\(.*\)"/\1/p' "$(command -v debootstrap)")
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$aside/sources"
    local -a apt=(apt-get --quiet=2 -o Dir::Etc::sourcelist="$aside/sources" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists="$aside/lists" -o Dir::Cache="$aside/cache" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    (cd "$aside/debs" && "${apt[@]}" download "${@:3}")
    for package in "$aside/debs"/*.deb; do
        dpkg-deb --extract "$package" "$2"
    done
    rm -rf "$aside"
}

# What a package depends on, a name a line. A name that others provide becomes the one that does where the package was
# built: on this machine, or in the root whose folder of dpkg is DPKG_ADMINDIR.
dependencies_of() { # package
    local name
    dpkg-deb --field "$1" Depends | tr ',' '\n' | sed 's/^ *//; s/[ |(].*//' | while read -r name; do
        # shellcheck disable=SC2016  # dpkg-query's own
        dpkg-query --showformat '${Package} ${Provides}\n' --show |
            awk -v name="$name" '{gsub(/,/, " "); for (i = 1; i <= NF; i++) if ($i == name) by = by ? by : $1}
                END {print by}'
    done
}
