#!/bin/sh
# Written by `ct shim aws`.
# If this script is first on PATH under the name `aws`, it passes `cloudtrail lookup-events` with all options
# to ct-fetch, and everything else to the next AWS CLI on PATH.
ct_fetch='ct-fetch'

# Whether the word is a global option, possibly abbreviated, whose value is the next word.
takes_a_value() {
    for option in --ca-bundle --cli-binary-format --cli-connect-timeout --cli-error-format \
        --cli-read-timeout --color --endpoint-url --output --profile --query --region
    do
        case $option in "$1"*) return 0 ;; esac
    done
    return 1
}

# Replaces this process with ct-fetch if the words call lookup-events. Returns if they call anything else.
lookup_events() {
    want=cloudtrail is_value=
    for word do
        shift
        case $want in
            cloudtrail | lookup-events)
                case $is_value$word in
                    yes*) is_value= ;;
                    --*=*) ;;
                    --?*) if takes_a_value "$word"; then is_value=yes; fi ;;
                    "$want")
                        case $word in cloudtrail) want=lookup-events ;; *) want=options ;; esac
                        continue ;;
                    *) return ;;
                esac ;;
            options)
                if [ "$word" = help ]; then return; fi
                want=nothing ;;
        esac
        set -- "$@" "$word"
    done
    case $want in options | nothing) exec "$ct_fetch" lookup-events "$@" ;; esac
}

lookup_events "$@"
# The programs that this process has already tried, so that wrappers do not call each other forever.
# `exec` keeps the process ID; a program that the AWS CLI starts has a different one.
case $CT_SHIM_TRIED in $$:*) ;; *) CT_SHIM_TRIED=$$: ;; esac
export CT_SHIM_TRIED
set -f
IFS=:
for folder in $PATH; do
    program=${folder:-.}/aws
    case $CT_SHIM_TRIED in *":$program:"*) continue ;; esac
    if [ -f "$program" ] && [ -x "$program" ]; then
        CT_SHIM_TRIED=$CT_SHIM_TRIED$program:
        exec "$program" "$@"
    fi
done
echo 'aws: no AWS CLI on PATH behind this wrapper: install it, or call ct-fetch' >&2
exit 127
