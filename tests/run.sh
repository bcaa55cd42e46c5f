#!/usr/bin/env bash
# Runs every test. Chromium, PostgreSQL and Node.js are fetched from Debian where this user may;
# where they cannot be had, their groups are left out and the last line says so.
set -uo pipefail
cd "$(dirname "$0")/.."

postgres_here() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }
fetch() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1; }

select="not soak"; missing=()
command -v chromium >/dev/null || fetch chromium fonts-noto-cjk
command -v chromium >/dev/null || { select="$select and not browser"; missing+=("browser (apt-get install chromium fonts-noto-cjk)"); }
postgres_here || fetch postgresql
postgres_here || { select="$select and not postgres"; missing+=("postgres (apt-get install postgresql)"); }
command -v redis-server >/dev/null || fetch redis-server
command -v redis-server >/dev/null || { select="$select and not redis"; missing+=("redis (apt-get install redis-server)"); }
command -v nginx >/dev/null || fetch nginx-light
command -v nginx >/dev/null || { select="$select and not nginx"; missing+=("nginx (apt-get install nginx-light)"); }
promtool_here() { command -v promtool >/dev/null || [ -x .venv/bin/promtool ]; }
promtool_here || (venv=$PWD/.venv; cd "$(mktemp -d)" && apt-get download -q prometheus && dpkg -x prometheus_*.deb . \
  && cp usr/bin/promtool "$venv/bin/") >/dev/null 2>&1  # the tool alone: no service is installed
promtool_here || { select="$select and not prometheus"; missing+=("prometheus (apt-get install prometheus)"); }
node_here() { command -v node && command -v npm; } >/dev/null
node_here || fetch nodejs npm
{ node_here && { [ -d tests/feelin/node_modules ] || (cd tests/feelin && npm ci --silent --no-audit --no-fund); }; } \
  || { select="$select and not node"; missing+=("node (apt-get install nodejs npm)"); }

.venv/bin/python -m pytest -q -n 2 --dist loadfile -m "$select" "$@"
status=$?
if [ ${#missing[@]} -gt 0 ]; then
  printf 'Not run here, because the program is missing: %s\n' "$(IFS=';'; echo "${missing[*]}")"
fi
exit $status
