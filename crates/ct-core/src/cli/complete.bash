# Completes the command line of ct-tool, which provides the candidates itself.
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
# If ct-tool has no candidates, bash completes file names.
complete -o default -F _ct_tool ct-tool
