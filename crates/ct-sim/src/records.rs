//! Keeps the records' texts: those that were read in one piece of memory, those to be generated not at all.

use std::borrow::Cow;
use std::fmt;

use crate::generate::Generator;

/// The records' texts, each one line of JSON.
#[derive(Default)]
pub(crate) struct Records {
    texts: String,
    ends: Vec<usize>,
    /// Where each record was: a place in `files`, and the line, 0 where the file is one value.
    origins: Vec<(u32, u32)>,
    files: Vec<String>,
    generator: Option<Generator>,
}

impl Records {
    /// The records pushed from here on are of this file.
    pub(crate) fn begin_file(&mut self, name: String) {
        self.files.push(name);
    }

    /// Adds a record that was read from a line of the file; 0 where the file is one value.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub(crate) fn push(&mut self, record: &str, line: u32) -> Result<(), BadRecord> {
        let file = u32::try_from(self.files.len()).expect("fewer files than records");
        self.origins.push((file, line));
        let text = ct_core::record::line(record);
        let text = text.map_err(|error| self.bad(self.origins.len() - 1, &error))?;
        self.texts.push_str(&text);
        self.ends.push(self.texts.len());
        Ok(())
    }

    /// Adds generated records after those that were read.
    pub(crate) fn generate(&mut self, generator: Generator) {
        self.generator = Some(generator);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() + self.generator.as_ref().map_or(0, Generator::len)
    }

    /// The text of an item below [`Records::len`].
    pub(crate) fn text(&self, item: usize) -> Cow<'_, str> {
        match (self.ends.get(item), &self.generator) {
            (Some(end), _) => {
                let start = item.checked_sub(1).map_or(0, |before| self.ends[before]);
                Cow::Borrowed(&self.texts[start..*end])
            }
            (None, Some(generator)) => Cow::Owned(generator.record(item - self.ends.len())),
            (None, None) => Cow::Borrowed(""),
        }
    }

    /// Says where a record that is not CloudTrail's came from.
    pub(crate) fn bad(&self, item: usize, error: &dyn fmt::Display) -> BadRecord {
        let (file, line) = self.origins.get(item).copied().unwrap_or_default();
        let file = file.checked_sub(1).and_then(|file| {
            let place = usize::try_from(file).ok()?;
            self.files.get(place).cloned()
        });
        BadRecord {
            file: file.unwrap_or_default(),
            line,
            reason: error.to_string(),
        }
    }
}

/// A text that is no CloudTrail record, and where it was.
#[derive(Debug)]
pub(crate) struct BadRecord {
    file: String,
    line: u32,
    reason: String,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.file)?;
        if self.line > 0 {
            write!(formatter, "{}:", self.line)?;
        }
        write!(formatter, " not a CloudTrail record: {}", self.reason)
    }
}

impl std::error::Error for BadRecord {}
