#!/bin/sh
# Written by `ct shim jq`.
# Put first on PATH as `jq`, this is ct-jq.
exec 'ct-jq' "$@"
