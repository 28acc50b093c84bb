# What the scripts that test in real editors share; sourced by them. $LANE is the name that their messages begin with.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# What is installed for tests alone, and what they leave to look at.
CACHE="${CARGO_TARGET_DIR:-$ROOT/target}/editors"
COSTLINE="${CARGO_TARGET_DIR:-$ROOT/target}/debug/costline"
mkdir -p "$CACHE"

fail() {
  printf '%s: %s\n' "$LANE" "$1" >&2
  exit 1
}

# need PROGRAM PACKAGE …: sees that programs are there, and has Debian install the packages of those that are not.
need() {
  local packages=()
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null || packages+=("$2")
    shift 2
  done
  install_packages "${packages[@]}"
}

install_packages() {
  [ $# -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    fail "these programs are missing; install what Debian calls: $*"
  fi
  echo "$LANE: installing $*"
  local log="$CACHE/apt.log"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@"; } >"$log" 2>&1 || { tail -20 "$log" >&2; fail "cannot install $*"; }
}

# A home for tests, gone at the end, with nothing of the person who runs them.
new_home() {
  TEST_HOME="$(mktemp -d)"
  trap 'rm -rf "$TEST_HOME"' EXIT
  export TEST_HOME HOME="$TEST_HOME" XDG_CONFIG_HOME="$TEST_HOME/config" XDG_DATA_HOME="$TEST_HOME/data" \
    XDG_STATE_HOME="$TEST_HOME/state" XDG_CACHE_HOME="$TEST_HOME/cache" XDG_RUNTIME_DIR="$TEST_HOME/run"
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  unset CLAUDE_CONFIG_DIR COSTLINE_CONFIG COSTLINE_STATE_DIR NO_COLOR TMUX
  # About noon: no test runs into midnight.
  local hour
  hour="$(date -u +%H)"
  TZ="$(printf 'Etc/GMT%+d' "$((10#$hour - 12))")"
  export TZ LC_ALL=C.UTF-8 COSTLINE
}
