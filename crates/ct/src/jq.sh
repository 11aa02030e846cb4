#!/bin/sh
# Written by `ct shim jq`.
# If this script is first on PATH under the name `jq`, it runs ct-jq.
exec 'ct-jq' "$@"
