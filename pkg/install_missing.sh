# Installs Debian packages that a script needs. Sourced by examples/run, tests/run and pkg/build.

has() { command -v "$1" >/dev/null; }

# need PACKAGE CONDITION...: prints the package unless the condition holds.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || echo "$package"
}

# install_missing LISTER [ARGUMENT]...: installs the packages that LISTER prints, one a line; what
# cannot be installed is named, and the status is 1. Twice at most: what one package needs may show
# only when another is there.
install_missing() {
  local packages round
  for round in 1 2; do
    mapfile -t packages < <("$@" | sort -u)
    ((${#packages[@]} > 0)) || return 0
    apt_install "$round" "${packages[@]}" >&2 || break
  done
  mapfile -t packages < <("$@" | sort -u)
  ((${#packages[@]} > 0)) || return 0
  echo "Missing; as root: apt-get update && apt-get install -y --no-install-recommends" \
    "${packages[@]}" >&2
  return 1
}

apt_install() {  # <round> <package>...
  local as_root=()
  has apt-get || return 1
  if ((EUID != 0)); then
    has sudo || return 1
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n) # nobody is there to type a password
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  echo "== installing ${*:2}"
  if (($1 == 1)); then "${as_root[@]}" apt-get -q update || true; fi # an old list may do as well
  "${as_root[@]}" apt-get -q install -y --no-install-recommends "${@:2}"
}
