# Completes the command line of ct-tool, which provides the candidates itself.
function _ct_tool
    set --local before (commandline --current-process --tokenize --cut-at-cursor)
    set --local current (commandline --current-token --cut-at-cursor)
    set --local candidates (ct-tool --complete (count $before) -- $before "$current" 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\n' $candidates
    else
        __fish_complete_path "$current"
    end
end
complete --command ct-tool --no-files --keep-order --arguments '(_ct_tool)'
