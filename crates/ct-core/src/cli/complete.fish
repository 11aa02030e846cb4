# Completes the words of ct-tool, which knows them itself.
function _ct_tool
    set --local before (commandline --current-process --tokenize --cut-at-cursor)
    set --local current (commandline --current-token --cut-at-cursor)
    ct-tool --complete (count $before) -- $before "$current" 2>/dev/null
end
complete --command ct-tool --keep-order --arguments '(_ct_tool)'
