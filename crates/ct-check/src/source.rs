//! Reads the inputs of a run: files, folders, standard input, or the output of a ct-fetch that it
//! starts.

mod fetch;

use std::fs::File;
use std::path::{Path, PathBuf};

use ct_core::exit::Failure;
use ct_core::input;
use ct_core::journal;
use ct_core::output::stdio::Stdin;

use crate::Surroundings;
use crate::args::Args;
use crate::completeness::{Doubts, Kind, Terms, archive};

use crate::intake::Intake;

/// The file name extension of ct-fetch's journals.
const JOURNAL: &str = ".journal";

/// Reads all inputs that the options name, and returns the doubts about them.
///
/// # Errors
/// Those of [`Intake::input`], and of starting ct-fetch.
pub(crate) fn read(
    args: &Args,
    surroundings: &Surroundings,
    terms: &Terms,
    intake: &mut Intake<'_>,
) -> Result<Doubts, Failure> {
    let mut doubts = Doubts::default();
    if !args.fetch.is_empty() {
        fetch::read(&args.fetch, surroundings, (terms, intake), &mut doubts)?;
        return Ok(doubts);
    }
    if args.files.is_empty() {
        let evidence = intake.input("standard input", Stdin)?;
        doubts.judge(&evidence, None, terms);
        if evidence.seal.is_none() {
            doubts.expect_records("standard input", evidence.tally.records, terms);
        }
        return Ok(doubts);
    }
    for path in &args.files {
        read_path(path, terms, intake, &mut doubts)?;
    }
    Ok(doubts)
}

fn read_path(
    path: &Path,
    terms: &Terms,
    intake: &mut Intake<'_>,
    doubts: &mut Doubts,
) -> Result<(), Failure> {
    let name = path.display();
    let found = match input::files(path) {
        Ok(found) => found,
        Err(error) => {
            doubts.add(Kind::File, format!("{error:#}: name what can be read"));
            return Ok(());
        }
    };
    for other in &found.others {
        let other = other.display();
        doubts.add(
            Kind::File,
            format!("{other} is not a regular file and was not read: name it by itself"),
        );
    }
    for gap in archive::gaps(&found.files) {
        doubts.add(Kind::Archive, gap);
    }
    let (mut records, mut is_vouched) = (0, false);
    for file in found.files.iter().filter(|file| !is_journal(file)) {
        let name = file.display().to_string();
        let opened = match File::open(file) {
            Ok(opened) => opened,
            Err(error) => {
                doubts.add(Kind::File, format!("cannot read {name}: {error}: allow it"));
                continue;
            }
        };
        let evidence = intake.input(&name, opened)?;
        doubts.judge(&evidence, Some(file), terms);
        records += evidence.tally.records;
        is_vouched |= evidence.seal.is_some() || journal::path_of(file).is_file();
    }
    if !is_vouched {
        doubts.expect_records(&name.to_string(), records, terms);
    }
    Ok(())
}

/// Whether a file is the journal of an output beside it, which is read with that.
fn is_journal(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let output = name.strip_suffix(JOURNAL).map(PathBuf::from);
    output.is_some_and(|output| output.is_file())
}
