# Completes the command line of ct-tool, which provides the candidates itself.
Register-ArgumentCompleter -Native -CommandName ct-tool -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    $index = if ($wordToComplete -eq '') { $words.Count } else { $words.Count - 1 }
    ct-tool --complete $index '--' @words 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
