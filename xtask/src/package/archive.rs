//! Writes a reproducible tar.gz, with sorted names and without owners and times.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

/// The size of a tar block, in bytes. A header is one block.
const BLOCK: usize = 512;

/// Writes the files of the folder `tree` to the file `archive`. The names in the archive begin with
/// the folder `root`.
pub(super) fn write(tree: &Path, root: &str, archive: &Path) -> Result<()> {
    let file = fs::File::create(archive)
        .with_context(|| format!("cannot create {}", archive.display()))?;
    let gzip = GzBuilder::new().write(file, Compression::best());
    let gzip = fill(tree, root, gzip)?;
    gzip.finish()?.sync_all()?;
    println!("{}", archive.display());
    Ok(())
}

fn fill<W: Write>(tree: &Path, root: &str, mut out: GzEncoder<W>) -> Result<GzEncoder<W>> {
    let mut paths = Vec::new();
    walk(tree, &mut paths)?;
    paths.sort();
    for path in paths {
        let name = Path::new(root).join(path.strip_prefix(tree)?);
        let name = name.to_str().context("names are UTF-8")?;
        let metadata = path.symlink_metadata()?;
        if metadata.is_symlink() {
            let target = fs::read_link(&path)?;
            let target = target.to_str().context("names are UTF-8")?;
            out.write_all(&header(name, 0o777, 0, b'2', target)?)?;
            continue;
        }
        let is_program = metadata.permissions().mode() & 0o111 != 0;
        let content = fs::read(&path)?;
        let mode = if is_program { 0o755 } else { 0o644 };
        out.write_all(&header(name, mode, content.len(), b'0', "")?)?;
        out.write_all(&content)?;
        out.write_all(&vec![
            0;
            content.len().next_multiple_of(BLOCK) - content.len()
        ])?;
    }
    out.write_all(&[0; 2 * BLOCK])?;
    Ok(out)
}

/// Adds the files and links below `folder`.
fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), paths)?;
        } else {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// The ustar header of a file or link. Source: POSIX, "pax", "ustar Interchange Format".
fn header(name: &str, mode: u32, size: usize, kind: u8, link: &str) -> Result<[u8; BLOCK]> {
    ensure!(
        name.len() <= 100 && link.len() <= 100,
        "{name} is too long for an archive: shorten it"
    );
    let mut header = [0; BLOCK];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, &format!("{mode:07o}"));
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(157, link);
    put(257, "ustar\0");
    put(263, "00");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    /// Writes an archive of a link and of two files with these names, which are created in this
    /// order.
    fn archive(names: [&str; 2]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        fs::create_dir_all(tree.join("bin")).unwrap();
        for name in names {
            fs::write(tree.join(name), name).unwrap();
        }
        let program = fs::Permissions::from_mode(0o700);
        fs::set_permissions(tree.join("bin/ct"), program).unwrap();
        symlink("ct", tree.join("bin/cargo-ct")).unwrap();
        let path = folder.path().join("ct.tar.gz");
        write(&tree, "ct-1", &path).unwrap();
        (folder, path)
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let (_one, first) = archive(["bin/ct", "README.md"]);
        let (_two, second) = archive(["README.md", "bin/ct"]);
        assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    }

    #[test]
    fn tar_unpacks_programs_pages_and_links() {
        let (folder, path) = archive(["bin/ct", "README.md"]);
        let tar = Command::new("tar")
            .current_dir(&folder)
            .arg("-xzf")
            .arg(path)
            .status();
        assert!(tar.unwrap().success());
        let tree = folder.path().join("ct-1");
        assert_eq!(
            fs::read_to_string(tree.join("README.md")).unwrap(),
            "README.md"
        );
        assert_eq!(
            fs::read_to_string(tree.join("bin/cargo-ct")).unwrap(),
            "bin/ct"
        );
        let mode = tree.join("bin/ct").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
