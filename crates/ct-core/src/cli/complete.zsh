#compdef ct-tool
# Completes the command line of ct-tool, which provides the candidates itself.
_ct_tool() {
    local line
    local -a candidates
    for line in "${(@f)$(ct-tool --complete $((CURRENT - 1)) -- "${words[@]}" 2>/dev/null)}"; do
        [[ -n $line ]] && candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( $#candidates )); then
        _describe ct-tool candidates
    else
        _files
    fi
}
if [[ $funcstack[1] == _ct_tool ]]; then
    _ct_tool "$@"
else
    compdef _ct_tool ct-tool
fi
