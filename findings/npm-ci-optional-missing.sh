#!/usr/bin/env bash
# Guess: `npm ci` accepts what `npm install` wrote a moment ago beside the same package.json.
# Seen: an optional dependency that the registry does not have is passed over by `npm install`, which ends well and
#   leaves it out of the lock. `npm ci` counts it as missing there, optional or not, and refuses the lock.
# Why it matters: vendors ship one optional package for each platform. Behind a mirror that lacks one of them, or while
#   one is not published yet, a lock is written that everybody can install from but `npm ci`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "optionalDependencies": {"ms": "99.0.0"}}' >package.json
npm --version
installed=0 refused=0
npm install --no-audit --no-fund --loglevel error || installed=$?
npm ci --no-audit --no-fund >told 2>&1 || refused=$?
echo "npm install: $installed; npm ci: $refused; $(grep -m1 Missing told || true)"
test "$installed" = 0 && test "$refused" != 0 && grep -q 'Missing: ms@.* from lock file' told
