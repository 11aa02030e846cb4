#!/bin/sh
# Written by `ct shim aws`.
# Put first on PATH as `aws`, this hands `cloudtrail lookup-events` with all its options to ct-fetch,
# and everything else to the AWS CLI found next on PATH.
ct_fetch='ct-fetch'

# A global option, perhaps abbreviated, whose value is the next word.
takes_a_value() {
    for option in --ca-bundle --cli-binary-format --cli-connect-timeout --cli-error-format \
        --cli-read-timeout --color --endpoint-url --output --profile --query --region
    do
        case $option in "$1"*) return 0 ;; esac
    done
    return 1
}

# Becomes ct-fetch if these words ask for the events; returns if they ask for anything else.
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
# The programs that this process has tried already, so that wrappers never call each other for ever:
# `exec` keeps the process, a program that is started by the AWS CLI is another one.
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
