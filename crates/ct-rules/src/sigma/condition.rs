//! Parses the condition of a Sigma detection, such as `selection and not 1 of filter_*`.

use ct_core::predicate::Glob;

use crate::RuleRefusal;

/// The maximum nesting depth of parentheses and `not`.
const MAX_DEPTH: u32 = 64;

/// A condition that combines the named parts of a detection.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Part(String),
}

/// Parses a condition. `names` contains the names of the detection's parts, to which the condition
/// may refer.
pub(super) fn parse(text: &str, names: &[&str]) -> Result<Condition, RuleRefusal> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut reader = Parser {
        words: spaced.split_whitespace().collect(),
        at: 0,
        names,
        text,
    };
    let condition = reader.any(0)?;
    if reader.at < reader.words.len() {
        return Err(reader.refused(&format!(
            "`{}` is not expected here",
            reader.words[reader.at]
        )));
    }
    Ok(condition)
}

struct Parser<'r> {
    words: Vec<&'r str>,
    at: usize,
    names: &'r [&'r str],
    text: &'r str,
}

impl Parser<'_> {
    fn refused(&self, reason: &str) -> RuleRefusal {
        RuleRefusal::new(format!("condition: {}", self.text), reason)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self
            .words
            .get(self.at)
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self, depth: u32) -> Result<Condition, RuleRefusal> {
        let mut parts = vec![self.all(depth)?];
        while self.take("or") {
            parts.push(self.all(depth)?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self, depth: u32) -> Result<Condition, RuleRefusal> {
        let mut parts = vec![self.one(depth)?];
        while self.take("and") {
            parts.push(self.one(depth)?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn one(&mut self, depth: u32) -> Result<Condition, RuleRefusal> {
        if depth > MAX_DEPTH {
            return Err(self.refused("the condition is nested too deeply"));
        }
        if self.take("not") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            if self.take(")") {
                return Ok(inner);
            }
            return Err(self.refused("a closing parenthesis is missing"));
        }
        let Some(&word) = self.words.get(self.at) else {
            return Err(self.refused("the condition is incomplete"));
        };
        self.at += 1;
        if self.take("of") {
            return self.quantified(word);
        }
        if self.names.contains(&word) {
            return Ok(Condition::Part(word.to_owned()));
        }
        Err(self.refused(&format!("the detection has no search identifier `{word}`")))
    }

    fn quantified(&mut self, quantity: &str) -> Result<Condition, RuleRefusal> {
        let Some(&pattern) = self.words.get(self.at) else {
            return Err(self.refused("the condition is incomplete"));
        };
        self.at += 1;
        let is_named = |name: &str| match pattern {
            "them" => !name.starts_with('_'),
            pattern => covers(pattern, name),
        };
        let names = self.names.iter().filter(|name| is_named(name));
        let parts: Vec<Condition> = names
            .map(|&name| Condition::Part(name.to_owned()))
            .collect();
        if parts.is_empty() {
            return Err(self.refused(&format!(
                "the detection has no search identifier \
                `{pattern}`"
            )));
        }
        match quantity.to_ascii_lowercase().as_str() {
            "1" | "any" => Ok(joined(parts, Condition::Any)),
            "all" => Ok(joined(parts, Condition::All)),
            _ => Err(self.refused("use `1 of` or `all of`")),
        }
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    Glob::new(pattern).covers(name)
}

fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        join(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(condition: &Condition) -> String {
        let list = |parts: &[Condition], word: &str| {
            let parts: Vec<String> = parts.iter().map(show).collect();
            format!("({})", parts.join(word))
        };
        match condition {
            Condition::All(parts) => list(parts, " & "),
            Condition::Any(parts) => list(parts, " | "),
            Condition::Not(inner) => format!("!{}", show(inner)),
            Condition::Part(name) => name.clone(),
        }
    }

    fn parsed(text: &str) -> String {
        let parsed = parse(text, &["a", "b", "f_1", "f_2", "_x"]);
        parsed.map_or_else(|refused| refused.reason, |condition| show(&condition))
    }

    #[test]
    fn not_binds_tighter_than_and_and_and_tighter_than_or() {
        assert_eq!(parsed("a or b and not f_1"), "(a | (b & !f_1))");
        assert_eq!(parsed("(a or b) and not (f_1)"), "((a | b) & !f_1)");
    }

    #[test]
    fn parts_are_counted_by_their_names() {
        assert_eq!(parsed("a and not 1 of f_*"), "(a & !(f_1 | f_2))");
        assert_eq!(parsed("all of f_*"), "(f_1 & f_2)");
        assert_eq!(parsed("1 of them"), "(a | b | f_1 | f_2)");
    }

    #[test]
    fn conditions_that_cannot_be_evaluated_are_refused() {
        assert_eq!(parsed("c"), "the detection has no search identifier `c`");
        assert_eq!(parsed("a and"), "the condition is incomplete");
        assert_eq!(parsed("a | count() > 5"), "`|` is not expected here");
        assert_eq!(parsed("2 of f_*"), "use `1 of` or `all of`");
        assert_eq!(parsed("(a"), "a closing parenthesis is missing");
        assert_eq!(
            parsed(&"(".repeat(99)),
            "the condition is nested too deeply"
        );
    }
}
