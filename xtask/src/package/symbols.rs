//! Finds the glibc version that the programs need.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// The newest version among the glibc symbols that the programs in `folder` need, or `None` if they
/// need no glibc.
pub(super) fn newest(folder: &Path) -> Result<Option<String>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let program = fs::read(entry?.path())?;
        newest = newest.max(newest_in(&program));
    }
    Ok(newest.map(|(major, minor)| format!("{major}.{minor}")))
}

/// The newest version among the strings `GLIBC_MAJOR.MINOR` in a program, as major and minor
/// number.
fn newest_in(program: &[u8]) -> Option<(u32, u32)> {
    const PREFIX: &[u8] = b"GLIBC_";
    let starts = program.windows(PREFIX.len()).enumerate();
    let starts = starts.filter(|(_, text)| *text == PREFIX);
    let versions = starts.filter_map(|(at, _)| {
        let text = &program[at + PREFIX.len()..];
        let end = text
            .iter()
            .position(|byte| !b"0123456789.".contains(byte))?;
        let mut numbers = std::str::from_utf8(&text[..end]).ok()?.split('.');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    });
    versions.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let program = b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_PRIVATE\0";
        assert_eq!(newest_in(program), Some((2, 34)));
        assert_eq!(newest_in(b"static"), None);
    }
}
