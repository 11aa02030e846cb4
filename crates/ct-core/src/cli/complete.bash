# Completes the words of ct-tool, which knows them itself.
_ct_tool() {
    local candidate
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        if [[ $candidate == *[!a-zA-Z0-9_.,:=/@%+-]* ]]; then
            candidate=$(printf %q "$candidate")
        fi
        COMPREPLY+=("$candidate")
    done < <(ct-tool --complete "$COMP_CWORD" -- "${COMP_WORDS[@]}" 2>/dev/null)
}
# Where ct-tool has nothing to offer, the names of files.
complete -o default -F _ct_tool ct-tool
