//! Reads the inputs of a run: files, folders, standard input, or the output of a ct-fetch that the run starts.

mod fetch;
mod inputs;

pub(crate) use inputs::Inputs;

use std::fs::File;
use std::io;
use std::path::Path;

use ct_core::exit::Failure;
use ct_core::input::Files;
use ct_core::journal;
use ct_core::output::stdio::Stdin;
use ct_core::seal;

use crate::Environment;
use crate::args::Args;
use crate::completeness::{CompletenessFindings, CompletenessOptions, DoubtKind, archive};

use crate::intake::{Intake, SealExpectation};

/// Reads all inputs that the options name, and returns the reasons why the inputs may be
/// incomplete.
///
/// # Errors
/// The errors of [`Intake::input`], and an error if ct-fetch cannot be started.
pub(crate) fn read(
    (args, inputs): (&Args, &Inputs),
    environment: &Environment,
    terms: &CompletenessOptions,
    intake: &mut Intake<'_>,
) -> Result<CompletenessFindings, Failure> {
    let mut doubts = CompletenessFindings::default();
    if !args.fetch.is_empty() {
        fetch::read(&args.fetch, environment, (terms, intake), &mut doubts)?;
        return Ok(doubts);
    }
    if args.files.is_empty() {
        let evidence = intake.input(("standard input", SealExpectation::Possible), Stdin)?;
        doubts.judge(&evidence, None, terms);
        if evidence.seal.is_none() {
            doubts.expect_records("standard input", evidence.tally.records, terms);
        }
        return Ok(doubts);
    }
    for gap in archive::gaps(inputs.files()) {
        doubts.add(DoubtKind::Archive, gap);
    }
    for (path, found) in &inputs.arguments {
        match found {
            Ok(found) => read_files((path, found), terms, intake, &mut doubts)?,
            Err(reason) => doubts.add(
                DoubtKind::File,
                format!("{reason}: use a path that can be read"),
            ),
        }
    }
    Ok(doubts)
}

/// Reads the files that were found at the path of one command-line argument.
fn read_files(
    (path, found): (&Path, &Files),
    terms: &CompletenessOptions,
    intake: &mut Intake<'_>,
    doubts: &mut CompletenessFindings,
) -> Result<(), Failure> {
    for other in &found.others {
        let other = other.display();
        doubts.add(
            DoubtKind::File,
            format!(
                "{other} is not a regular file and was not read: pass it as a separate \
                argument"
            ),
        );
    }
    let (mut records, mut is_vouched) = (0, false);
    for file in found.files.iter().filter(|file| !is_journal(file)) {
        let name = file.display().to_string();
        let opened = File::open(file).and_then(|file| Ok((seal_expectation(&file)?, file)));
        let (seal, opened) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                doubts.add(
                    DoubtKind::File,
                    format!(
                        "cannot read {name}: {error}: grant read \
                    permission"
                    ),
                );
                continue;
            }
        };
        let evidence = intake.input((&name, seal), opened)?;
        doubts.judge(&evidence, Some(file), terms);
        records += evidence.tally.records;
        is_vouched |= evidence.seal.is_some() || journal::beside(file).is_some();
    }
    if !is_vouched {
        doubts.expect_records(&path.display().to_string(), records, terms);
    }
    Ok(())
}

/// Whether a file may end with a seal.
///
/// If it may, the records are hashed for comparison with the seal. A seal that is not at the end of
/// the file makes the input incomplete.
fn seal_expectation(file: &File) -> io::Result<SealExpectation> {
    if seal::may_end(file)? {
        Ok(SealExpectation::Possible)
    } else {
        Ok(SealExpectation::Impossible)
    }
}

/// Whether a file is the journal of an output file in the same folder. Such a journal is read
/// together with the output file.
///
/// A file that cannot be read, or that has a journal's name but is not a journal, is treated like
/// any other file.
fn is_journal(file: &Path) -> bool {
    journal::output_of(file).is_ok_and(|output| output.is_some_and(|output| output.is_file()))
}
