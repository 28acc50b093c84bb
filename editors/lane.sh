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

# A terminal for an editor NAME in a new home, at work in a project.
new_screen() {
  CAPTURES="$CACHE/captures/$1"
  export CLAUDE_CONFIG_DIR="$TEST_HOME/claude"
  mkdir -p "$CAPTURES" "$TEST_HOME/app" "$CLAUDE_CONFIG_DIR/projects/-app"
  cd "$TEST_HOME/app"
  passed=0
  trap 'on_screen kill-server 2>/dev/null || true; rm -rf "$TEST_HOME"' EXIT
}

# respond ID INPUT OUTPUT READ: a response of claude-sonnet-4-5, at $3, $15 and $0.30 a million tokens.
respond() {
  local session=11111111-1111-4111-8111-111111111111
  printf '{"type":"assistant","sessionId":"%s","cwd":"%s","version":"2.1.270","gitBranch":"main","isSidechain":false,"timestamp":"%s","uuid":"uuid-%s","requestId":"req_%s","message":{"id":"msg_%s","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","usage":{"input_tokens":%s,"output_tokens":%s,"cache_creation_input_tokens":0,"cache_read_input_tokens":%s}}}\n' \
    "$session" "$PWD" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$1" "$1" "$1" "$2" "$3" "$4" \
    >>"$CLAUDE_CONFIG_DIR/projects/-app/$session.jsonl"
}

on_screen() { tmux -f /dev/null -L "costline-$$" "$@"; }
# shows NAME TEXT …: waits until the screen has all these texts, and keeps it under this name.
shows() {
  local name="$1" screen='' text there
  shift
  for _ in $(seq 200); do
    screen="$(on_screen capture-pane -p)"
    there=yes
    for text in "$@"; do
      grep -qF -- "$text" <<<"$screen" || there=no
    done
    if [ "$there" = yes ]; then
      printf '%s\n' "$screen" >"$CAPTURES/$name.txt"
      passed=$((passed + 1))
      return
    fi
    sleep 0.1
  done
  fail "waited in vain for $* on
$screen"
}

# Kills the server that leads.
kill_server() {
  kill -KILL "$("$COSTLINE" status --json --no-ingest | grep -o '"leaderPid":[0-9]*' | cut -d: -f2)"
}
