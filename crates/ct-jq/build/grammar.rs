//! Reads the grammar file, and computes the first set of each symbol.

use std::collections::HashMap;

/// A set of terminals, one bit each. The last bit, [`FOLLOWS`], is a placeholder for the unknown
/// lookahead of a kernel item.
pub(crate) type Terminals = u128;
/// An item of the automaton: the number of a production, and a position in its symbols.
pub(crate) type Item = (usize, usize);

pub(crate) const END: usize = 0;
pub(crate) const ERROR: usize = 1;
pub(crate) const FOLLOWS: Terminals = 1 << 127;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Associativity {
    Left,
    Right,
    Never,
    Undecided,
}

pub(crate) struct Rule {
    pub(crate) label: String,
    pub(crate) left: usize,
    pub(crate) right: Vec<usize>,
    pub(crate) strength: Option<usize>,
}

/// A grammar, whose symbols are numbered: terminals first, then nonterminals.
#[derive(Default)]
pub(crate) struct Grammar {
    pub(crate) names: Vec<String>,
    pub(crate) shown: Vec<String>,
    pub(crate) terminals: usize,
    pub(crate) strengths: HashMap<usize, (usize, Associativity)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) of: HashMap<usize, Vec<usize>>,
    pub(crate) first: Vec<Terminals>,
    pub(crate) nullable: Vec<bool>,
}

impl Grammar {
    pub(crate) fn read(text: &str) -> Self {
        let mut grammar = Self::default();
        for (name, shown) in [("EndOfFile", "end of file"), ("error", "error")] {
            grammar.names.push(name.into());
            grammar.shown.push(shown.into());
        }
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim_end)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
            .collect();
        let directives = ["token ", "prec ", "left ", "right ", "nonassoc "];
        let is_directive = |line: &str| directives.iter().any(|d| line.starts_with(d));
        for line in lines.iter().filter(|l| l.starts_with("token ")) {
            let mut words = line.split(' ').skip(1);
            grammar
                .names
                .push(words.next().expect("a token has a name").into());
            grammar
                .shown
                .push(words.next().expect("a token has a shown name").into());
        }
        grammar.terminals = grammar.names.len();
        let heads = lines
            .iter()
            .filter(|l| !l.starts_with(' ') && !is_directive(l));
        grammar.names.extend(heads.map(|l| (*l).to_string()));

        let numbers: HashMap<String, usize> = grammar
            .names
            .iter()
            .cloned()
            .enumerate()
            .map(|(i, n)| (n, i))
            .collect();
        let number = |name: &str| {
            *numbers
                .get(name)
                .unwrap_or_else(|| panic!("{name} is not in the grammar"))
        };
        let mut left = number("Top");
        grammar.add("Start", usize::MAX, vec![left, END], None);
        let mut level = 0;
        for line in lines {
            if let Some(production) = line.strip_prefix("  ") {
                let (label, right) = production
                    .split_once(':')
                    .expect("a production has a label");
                let (strengths, right): (Vec<&str>, Vec<&str>) =
                    right.split_whitespace().partition(|w| w.starts_with('%'));
                let strength = strengths.first().map(|s| number(&s[1..]));
                grammar.add(
                    label,
                    left,
                    right.into_iter().map(number).collect(),
                    strength,
                );
            } else if !is_directive(line) {
                left = number(line);
            } else if !line.starts_with("token ") {
                level += 1;
                let (kind, tokens) = line.split_once(' ').expect("a directive has a space");
                let associativity = match kind {
                    "left" => Associativity::Left,
                    "right" => Associativity::Right,
                    "nonassoc" => Associativity::Never,
                    _ => Associativity::Undecided,
                };
                grammar.strengths.extend(
                    tokens
                        .split(' ')
                        .map(|t| (number(t), (level, associativity))),
                );
            }
        }
        grammar.find_first();
        grammar
    }

    pub(crate) fn add(
        &mut self,
        label: &str,
        left: usize,
        right: Vec<usize>,
        strength: Option<usize>,
    ) {
        let strength =
            strength.or_else(|| right.iter().rev().find(|s| **s < self.terminals).copied());
        self.of.entry(left).or_default().push(self.rules.len());
        self.rules.push(Rule {
            label: label.into(),
            left,
            right,
            strength,
        });
    }

    /// Computes the first set of each symbol, and whether the symbol may be empty.
    pub(crate) fn find_first(&mut self) {
        let symbols = self.names.len();
        self.first = (0..symbols)
            .map(|s| if s < self.terminals { 1 << s } else { 0 })
            .collect();
        self.nullable = vec![false; symbols];
        loop {
            let before = (self.first.clone(), self.nullable.clone());
            for rule in &self.rules[1..] {
                let (first, nullable) = self.first_of(&rule.right);
                self.first[rule.left] |= first;
                self.nullable[rule.left] |= nullable;
            }
            if before == (self.first.clone(), self.nullable.clone()) {
                return;
            }
        }
    }

    pub(crate) fn first_of(&self, symbols: &[usize]) -> (Terminals, bool) {
        let mut first = 0;
        for symbol in symbols {
            first |= self.first[*symbol];
            if !self.nullable[*symbol] {
                return (first, false);
            }
        }
        (first, true)
    }
}
