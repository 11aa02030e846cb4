//! Implements the part of Python's argparse that the AWS CLI uses: abbreviations, `--opt=value`,
//! unknown options and error messages.

use ct_aws::python;
use std::collections::HashMap;
use std::fmt::Write as _;

use ct_aws::python::value::string_repr;

/// The number of values that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueCount {
    /// The option is a switch without a value.
    Nothing,
    /// The option has no value, and the words after it are not parsed.
    NothingMore,
    /// One value.
    One,
    /// An optional value, with a default.
    OneOr(&'static str),
    /// All values up to the next option.
    Many,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A number that Python's `int()` accepts.
    Int,
    /// One of the listed values.
    Choice(&'static [&'static str]),
}

/// One long option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionSpec {
    pub(crate) name: &'static str,
    pub(crate) takes: ValueCount,
    pub(crate) kind: Kind,
}

/// A parser for a set of options and at most one positional argument.
pub(crate) struct Parser<'p> {
    pub(crate) options: &'p [OptionSpec],
    pub(crate) positional: Option<Positional>,
}

/// The positional argument of a parser.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Positional {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
}

/// The result of parsing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedArguments {
    /// The values of each given option, by its full name. If an option is repeated, the last
    /// occurrence counts.
    pub(crate) values: HashMap<&'static str, Vec<String>>,
    pub(crate) positional: Option<String>,
    /// Unknown words, in argparse's order.
    pub(crate) left: Vec<String>,
}

/// The kind of a word, determined by the start of the word.
enum Word<'p> {
    Argument,
    Separator,
    Known(&'p OptionSpec, Option<String>),
    Unknown,
}

impl<'p> Parser<'p> {
    /// Parses `words`.
    ///
    /// # Errors
    /// argparse's message, without the usage message that precedes it in the output.
    pub(crate) fn parse(&self, words: &[String]) -> Result<ParsedArguments, String> {
        let kinds = self.kinds(words)?;
        let mut found = ParsedArguments::default();
        let last_option = kinds.iter().rposition(Word::is_option);
        let mut at = 0;
        while last_option.is_some_and(|last| at <= last) {
            let next = at + kinds[at..].iter().position(Word::is_option).unwrap_or(0);
            if at != next {
                let taken = self.take_positional(words, &kinds, at, &mut found);
                if taken > at {
                    at = taken;
                    continue;
                }
                found.left.extend_from_slice(&words[at..next]);
                at = next;
            }
            let ends = matches!(&kinds[at], Word::Known(option, _) if option.takes == ValueCount::NothingMore);
            at = take_option(words, &kinds, at, &mut found)?;
            if ends {
                return Ok(found);
            }
        }
        at = self.take_positional(words, &kinds, at, &mut found);
        found.left.extend_from_slice(&words[at..]);
        match self.positional {
            Some(Positional {
                name,
                required: true,
            }) if found.positional.is_none() => {
                Err(format!("the following arguments are required: {name}"))
            }
            _ => Ok(found),
        }
    }

    fn kinds(&self, words: &[String]) -> Result<Vec<Word<'p>>, String> {
        let mut kinds = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            if word == "--" {
                kinds.push(Word::Separator);
                kinds.extend(words[at + 1..].iter().map(|_| Word::Argument));
                break;
            }
            kinds.push(self.kind(word)?);
        }
        Ok(kinds)
    }

    fn kind(&self, word: &str) -> Result<Word<'p>, String> {
        if !word.starts_with('-') || word == "-" {
            return Ok(Word::Argument);
        }
        let exact = |name: &str| self.options.iter().find(|option| option.name == name);
        if let Some(option) = exact(word) {
            return Ok(Word::Known(option, None));
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        if let (Some(option), Some(_)) = (exact(name), &value) {
            return Ok(Word::Known(option, value));
        }
        let fits = |option: &&OptionSpec| word.starts_with("--") && option.name.starts_with(name);
        let matches: Vec<_> = self.options.iter().filter(fits).collect();
        match matches.as_slice() {
            [] if is_negative_number(word) || word.contains(' ') => Ok(Word::Argument),
            [] => Ok(Word::Unknown),
            [option] => Ok(Word::Known(option, value)),
            several => {
                let names: Vec<_> = several.iter().map(|option| option.name).collect();
                Err(format!(
                    "ambiguous option: {word} could match {}",
                    names.join(", ")
                ))
            }
        }
    }

    fn take_positional(
        &self,
        words: &[String],
        kinds: &[Word<'_>],
        at: usize,
        found: &mut ParsedArguments,
    ) -> usize {
        if self.positional.is_none() || found.positional.is_some() {
            return at;
        }
        // If `--` stands directly before or after the positional argument, it is consumed together
        // with this argument.
        let separators = |from: usize| {
            kinds[from..]
                .iter()
                .take_while(|kind| matches!(kind, Word::Separator))
                .count()
        };
        let argument = at + separators(at);
        if !matches!(kinds.get(argument), Some(Word::Argument)) {
            return at;
        }
        found.positional = Some(words[argument].clone());
        argument + 1 + separators(argument + 1)
    }
}

impl Word<'_> {
    fn is_option(&self) -> bool {
        matches!(self, Self::Known(..) | Self::Unknown)
    }
}

fn take_option(
    words: &[String],
    kinds: &[Word<'_>],
    at: usize,
    found: &mut ParsedArguments,
) -> Result<usize, String> {
    let Word::Known(option, value) = &kinds[at] else {
        found.left.push(words[at].clone());
        return Ok(at + 1);
    };
    let following = kinds[at + 1..]
        .iter()
        .take_while(|kind| matches!(kind, Word::Argument))
        .count();
    let wrong = |message: &str| Err(format!("argument {}: {message}", option.name));
    let (taken, end) = match (option.takes, value) {
        (ValueCount::Nothing | ValueCount::NothingMore, Some(value)) => {
            return wrong(&format!("ignored explicit argument {}", string_repr(value)));
        }
        (ValueCount::Nothing | ValueCount::NothingMore, None) => (Vec::new(), at + 1),
        (_, Some(value)) => (vec![value.clone()], at + 1),
        (ValueCount::One, None) if following == 0 => return wrong("expected one argument"),
        (ValueCount::OneOr(default), None) if following == 0 => (vec![default.to_owned()], at + 1),
        (ValueCount::One | ValueCount::OneOr(_), None) => (vec![words[at + 1].clone()], at + 2),
        (ValueCount::Many, None) => (words[at + 1..=at + following].to_vec(), at + 1 + following),
    };
    for word in &taken {
        check(option, word)?;
    }
    found.values.insert(option.name, taken);
    Ok(end)
}

fn check(option: &OptionSpec, word: &str) -> Result<(), String> {
    match option.kind {
        Kind::Text => Ok(()),
        Kind::Int if python::int(word).is_some() => Ok(()),
        Kind::Int => Err(format!(
            "argument {}: invalid int value: {}",
            option.name,
            string_repr(word)
        )),
        Kind::Choice(choices) if choices.contains(&word) => Ok(()),
        Kind::Choice(choices) => Err(format!(
            "argument {}: {}",
            option.name,
            wrong_choice(word, choices)
        )),
    }
}

/// The AWS CLI's message for a value that is not one of the choices.
fn wrong_choice(word: &str, choices: &[&str]) -> String {
    let mut message = format!("Found invalid choice {}\n", string_repr(word));
    let mut close: Vec<_> = choices
        .iter()
        .map(|choice| (likeness(choice, word), choice))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .collect();
    close.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    if !close.is_empty() {
        message.push_str("\nMaybe you meant:\n");
    }
    for (_, choice) in close.iter().take(3) {
        // Writing to a String cannot fail.
        let _ = write!(message, "\n  * {choice}");
    }
    message
}

/// The similarity of two strings as in Python's difflib: twice the length of the matching parts,
/// divided by the sum of both lengths.
fn likeness(one: &str, other: &str) -> f64 {
    let (one, other): (Vec<_>, Vec<_>) = (one.chars().collect(), other.chars().collect());
    #[expect(clippy::cast_precision_loss, reason = "option values are short")]
    let ratio = 2.0 * common(&one, &other) as f64 / (one.len() + other.len()) as f64;
    ratio
}

/// The number of matching characters: the longest common substring and, recursively, the matches to its left and
/// right.
fn common(one: &[char], other: &[char]) -> usize {
    let mut best = (0, 0, 0);
    for at in 0..one.len() {
        for there in 0..other.len() {
            let run = one[at..]
                .iter()
                .zip(&other[there..])
                .take_while(|(a, b)| a == b)
                .count();
            if run > best.0 {
                best = (run, at, there);
            }
        }
    }
    let (run, at, there) = best;
    if run == 0 {
        return 0;
    }
    run + common(&one[..at], &other[..there]) + common(&one[at + run..], &other[there + run..])
}

fn is_negative_number(word: &str) -> bool {
    let Some(body) = word.strip_prefix('-') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match body.split_once('.') {
        Some((whole, fraction)) => (whole.is_empty() || digits(whole)) && digits(fraction),
        None => digits(body),
    }
}

#[cfg(test)]
mod tests;
