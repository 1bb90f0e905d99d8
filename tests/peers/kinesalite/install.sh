#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs kinesalite, a foreign Kinesis server, outside the clone, by the versions in package-lock.json.
# Prints its folder; 77 with a line that says why, where it cannot be had. Needs node (18 or later) and npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "skipped: kinesalite: $1" >&2
    exit 77
}

command -v node > /dev/null || skip "node is not installed (Debian packages nodejs, npm)"
command -v npm > /dev/null || skip "npm is not installed (Debian package npm)"

pins=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pinflow
folder=$cache/kinesalite-$pins
if [ ! -d "$folder" ]; then
    mkdir -p "$cache"
    building=$(mktemp -d "$cache/.kinesalite-XXXXXX")
    trap 'rm -rf "$building"' EXIT
    cp "$here/package.json" "$here/package-lock.json" "$building"
    # Nothing is compiled: the one native package (LevelDB) brings its binaries.
    (cd "$building" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund > npm.log 2>&1) ||
        skip "npm could not fetch it: $(tail -n 1 "$building/npm.log")"
    (cd "$building" && node -e 'require("kinesalite")') || skip "it does not load in $(node --version)"
    mv -T "$building" "$folder" 2> /dev/null || [ -d "$folder" ] # somebody else was quicker
fi
echo "$folder"
