# Sourced by the other scripts here, from the top folder: system libraries (Debian, only what is missing, only as
# root) and the locked packages. `setup run` or `setup test`; both share .venv, and the test set contains the run set.

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

have_lib() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | grep -qF "$1 "; }

missing_packages() {
  have_lib libpango-1.0.so.0 || printf ' libpango-1.0-0'
  have_lib libpangoft2-1.0.so.0 || printf ' libpangoft2-1.0-0'
  have_lib libharfbuzz-subset.so.0 || printf ' libharfbuzz-subset0'
  command -v openssl >/dev/null || printf ' openssl'
  command -v exiftool >/dev/null || printf ' libimage-exiftool-perl'
  command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || printf ' ffmpeg'
  command -v bwrap >/dev/null || printf ' bubblewrap'
  command -v chromium >/dev/null || printf ' chromium'
  [ -d /usr/share/fonts/truetype/noto ] || printf ' fonts-noto-core'
  [ -d /usr/share/fonts/opentype/noto ] || printf ' fonts-noto-cjk'
  [ "$1" = test ] || return 0
  have_lib libatomic.so.1 || printf ' libatomic1'
  command -v qpdf >/dev/null || printf ' qpdf'
  command -v pdftoppm >/dev/null || printf ' poppler-utils'
  PATH="$PATH:/usr/sbin" command -v dovecot >/dev/null || printf ' dovecot-imapd'
  PATH="$PATH:/usr/sbin" command -v pgbouncer >/dev/null || printf ' pgbouncer'
}

system_libraries() {
  need=$(missing_packages "$1")
  [ -n "$need" ] || return 0
  command -v apt-get >/dev/null || stop "These system packages are missing:$need. Install them, then run this again."
  [ "$(id -u)" = 0 ] || stop "These system packages are missing. As root, run: apt-get install --no-install-recommends$need"
  say "Installing system packages:$need"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || stop "apt-get update failed: is there a network?"
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $need >/dev/null || stop "apt-get could not install:$need"
}

# One line that says which set is installed from which locks: kind, then the hashes of both locks.
locks() { printf '%s %s\n' "$1" "$(cat requirements/run.txt requirements/test.txt | sha256sum | cut -c1-64)"; }

packages_current() {
  [ -x .venv/bin/python ] && [ -r .venv/locks ] || return 1
  read -r installed <.venv/locks || return 1
  [ "$installed" = "$(locks test)" ] || [ "$installed" = "$(locks "$1")" ]
}

# uv is fast but knows neither the system's certificates by itself nor pip's own settings (a mirror, a proxy's
# certificate); where it cannot fetch, these are tried before giving up. The hashes hold either way. Compiled once
# here: every child process that decodes a file or sets a page would compile what it loads by itself.
install_locked() {
  sync="pip sync -q --compile-bytecode --python .venv/bin/python --require-hashes $1"
  # shellcheck disable=SC2086
  .tools/bin/uv $sync 2>/dev/null || UV_SYSTEM_CERTS=true .tools/bin/uv $sync 2>/dev/null ||
    "$python" -m pip --python .venv/bin/python install -q --disable-pip-version-check --require-hashes -r "$1"
}

packages() {
  packages_current "$1" && return 0
  python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    stop "Recourse needs Python 3.11 or newer; name one with PYTHON=/path/to/python."
  export UV_PYTHON_DOWNLOADS=never
  if ! [ -x .tools/bin/uv ]; then
    say "Fetching the package installer"
    "$python" -m pip --version >/dev/null 2>&1 || stop "Python's pip is missing: apt-get install python3-pip"
    "$python" -m pip install -q --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
      --require-hashes --target .tools -r requirements/tools.txt || stop "The package installer could not be fetched."
  fi
  kind=$1
  # A .venv that holds the test set keeps it: a plain start never uninstalls somebody's test packages.
  if [ -r .venv/locks ] && grep -q '^test ' .venv/locks; then kind=test; fi
  say "Installing packages"
  [ -x .venv/bin/python ] || .tools/bin/uv venv -q --python "$python" .venv || stop "The folder .venv could not be made."
  rm -f .venv/locks
  install_locked "requirements/$kind.txt" || stop "The packages could not be installed."
  locks "$kind" >.venv/locks
}

setup() {
  system_libraries "$1"
  # Two starts at once must not install into one folder at once.
  mkdir -p .tools
  exec 9>.tools/lock
  flock 9 2>/dev/null || true
  packages "$1"
  exec 9>&-
}
