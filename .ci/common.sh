# shellcheck shell=bash
# What the scripts beside this one share: packages of the system, and steps whose failures are told at the end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

export CI=${CI:-true} PIP_DISABLE_PIP_VERSION_CHECK=1 DEBIAN_FRONTEND=noninteractive

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo -n --preserve-env=DEBIAN_FRONTEND "$@"
  else
    echo "ci: needs root or sudo for: $*" >&2
    return 1
  fi
}

# Debian has a package of a Chromium without windows, which tests need a third of the time with.
lacks_headless_chromium() {
  grep -qs '^ID=debian' /etc/os-release && ! command -v chromium-headless-shell > /dev/null
}

has_firefox() {
  [ -n "${RUNPAGES_FIREFOX:-}" ] || command -v firefox-esr firefox > /dev/null
}

# The packages that are not there yet, by what they are for.
missing_packages() {
  local what
  for what in "$@"; do
    case $what in
      python)
        command -v make > /dev/null || echo make
        command -v python3 > /dev/null || echo python3
        python3 -c 'import ensurepip, venv' 2> /dev/null || echo python3-venv
        ;;
      firefox) has_firefox || echo firefox-esr ;;
      html)
        command -v java > /dev/null || echo default-jre-headless
        command -v npm > /dev/null || echo npm
        ;;
      hosts)
        command -v git > /dev/null || echo git
        command -v git-lfs > /dev/null || echo git-lfs
        command -v rsync > /dev/null || echo rsync
        command -v ssh > /dev/null || echo openssh-client
        command -v openssl > /dev/null || echo openssl
        { command -v sshd || [ -x /usr/sbin/sshd ]; } > /dev/null || echo openssh-server
        { command -v nginx || [ -x /usr/sbin/nginx ]; } > /dev/null || echo nginx-light
        ;;
      chromium) lacks_headless_chromium && echo chromium-headless-shell ;;
      r) command -v Rscript > /dev/null || echo r-base-core ;;
    esac
  done
}

install_system_packages() {
  local wanted
  mapfile -t wanted < <(missing_packages "$@")
  [ "${#wanted[@]}" -eq 0 ] && return 0
  echo "ci: installing ${wanted[*]}"
  as_root timeout 300 apt-get update -q || return 1
  as_root timeout 600 apt-get install -q -y --no-install-recommends "${wanted[@]}"
}

need() {
  printf '==> system packages\n'
  install_system_packages "$@" || { echo "ci: could not install the system packages" >&2; exit 1; }
}

# What failed, a line each. In a file, since steps that run side by side are processes of their own.
failed=$(mktemp)
trap 'rm -f "$failed" "$failed".*' EXIT

# All steps are run even if one fails: one look at the log tells everything.
step() {
  local name=$1 limit=$2
  shift 2
  printf '\n==> %s\n' "$name"
  timeout --kill-after=30 "$limit" "$@" || echo "$name (exit code $?)" >> "$failed"
}

# Runs functions side by side, and prints what they print one after the other.
beside() {
  local name
  local -A process
  for name in "$@"; do
    "$name" > "$failed.$name" 2>&1 &
    process[$name]=$!
  done
  for name in "$@"; do
    wait "${process[$name]}"
    cat "$failed.$name"
  done
}

tell() {
  [ -s "$failed" ] || exit 0
  sed 's/^/ci: failed: /' "$failed" >&2
  exit 1
}
