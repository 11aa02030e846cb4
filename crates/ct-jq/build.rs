//! Turns `src/syntax/grammar.txt` into the parser's tables: an LALR(1) automaton with default reductions.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

/// Terminals as a set of bits; the last bit stands for "whatever follows the item" while propagating.
type Terminals = u128;
/// A production and how much of it has been seen.
type Item = (usize, usize);

const END: usize = 0;
const ERROR: usize = 1;
const FOLLOWS: Terminals = 1 << 127;

#[derive(Clone, Copy, PartialEq)]
enum Associativity {
    Left,
    Right,
    Never,
    Undecided,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shift(state) => write!(f, "Action::Shift({state})"),
            Self::Reduce(rule) => write!(f, "Action::Reduce({rule})"),
            Self::Refuse => write!(f, "Action::Refuse"),
        }
    }
}

struct Rule {
    label: String,
    left: usize,
    right: Vec<usize>,
    strength: Option<usize>,
}

/// Symbols are numbered: terminals first, then nonterminals.
#[derive(Default)]
struct Grammar {
    names: Vec<String>,
    shown: Vec<String>,
    terminals: usize,
    strengths: HashMap<usize, (usize, Associativity)>,
    rules: Vec<Rule>,
    of: HashMap<usize, Vec<usize>>,
    first: Vec<Terminals>,
    nullable: Vec<bool>,
}

enum Action {
    Shift(usize),
    Reduce(usize),
    Refuse,
}

fn main() {
    println!("cargo::rerun-if-changed=src/syntax/grammar.txt");
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string("src/syntax/grammar.txt")
        .expect("the grammar is part of the crate");
    let grammar = Grammar::read(&text);
    let out = std::env::var("OUT_DIR").expect("cargo names the output folder");
    std::fs::write(Path::new(&out).join("grammar.rs"), grammar.tables())
        .expect("the output folder is writable");
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",\n    ")
}

impl Grammar {
    fn read(text: &str) -> Self {
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

    fn add(&mut self, label: &str, left: usize, right: Vec<usize>, strength: Option<usize>) {
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

    /// Which terminals each symbol may begin with, and which symbols may be nothing.
    fn find_first(&mut self) {
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

    fn first_of(&self, symbols: &[usize]) -> (Terminals, bool) {
        let mut first = 0;
        for symbol in symbols {
            first |= self.first[*symbol];
            if !self.nullable[*symbol] {
                return (first, false);
            }
        }
        (first, true)
    }

    /// The items reached from `kernel` without reading anything, with what may follow each.
    fn closure(&self, kernel: &[(Item, Terminals)]) -> BTreeMap<Item, Terminals> {
        let mut items = BTreeMap::new();
        let mut open: Vec<(Item, Terminals)> = kernel.to_vec();
        while let Some((item, follow)) = open.pop() {
            let known = items.entry(item).or_insert(0);
            if *known | follow == *known && follow != 0 {
                continue;
            }
            let is_news = *known | follow != *known;
            *known |= follow;
            let right = &self.rules[item.0].right;
            let Some(next) = right.get(item.1).filter(|s| **s >= self.terminals) else {
                continue;
            };
            let (mut after, nullable) = self.first_of(&right[item.1 + 1..]);
            if nullable {
                after |= follow;
            }
            for rule in &self.of[next] {
                if is_news || !items.contains_key(&(*rule, 0)) {
                    open.push(((*rule, 0), after));
                }
            }
        }
        items
    }

    /// Every state's kernel, and where each symbol leads from it.
    fn states(&self) -> (Vec<Vec<Item>>, Vec<BTreeMap<usize, usize>>) {
        let mut kernels = vec![vec![(0, 0)]];
        let mut known = HashMap::from([(kernels[0].clone(), 0)]);
        let mut moves = Vec::new();
        while moves.len() < kernels.len() {
            let kernel: Vec<_> = kernels[moves.len()]
                .iter()
                .map(|item| (*item, FOLLOWS))
                .collect();
            let mut next: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
            for (rule, dot) in self.closure(&kernel).into_keys() {
                if let Some(symbol) = self.rules[rule].right.get(dot) {
                    next.entry(*symbol).or_default().push((rule, dot + 1));
                }
            }
            let targets = next.into_iter().map(|(symbol, kernel)| {
                let state = *known.entry(kernel.clone()).or_insert_with(|| {
                    kernels.push(kernel);
                    kernels.len() - 1
                });
                (symbol, state)
            });
            moves.push(targets.collect::<BTreeMap<_, _>>());
        }
        (kernels, moves)
    }

    /// What may follow each kernel item, by propagating from state to state until nothing changes.
    fn lookaheads(
        &self,
        kernels: &[Vec<Item>],
        moves: &[BTreeMap<usize, usize>],
    ) -> Vec<Vec<(Item, Terminals)>> {
        let mut follow: Vec<Vec<(Item, Terminals)>> = kernels
            .iter()
            .map(|k| k.iter().map(|item| (*item, 0)).collect())
            .collect();
        follow[0][0].1 = 1 << END;
        let mut links = Vec::new();
        for (state, kernel) in kernels.iter().enumerate() {
            for (index, item) in kernel.iter().enumerate() {
                for ((rule, dot), seen) in self.closure(&[(*item, FOLLOWS)]) {
                    let Some(symbol) = self.rules[rule].right.get(dot) else {
                        continue;
                    };
                    let target = moves[state][symbol];
                    let at = kernels[target]
                        .iter()
                        .position(|k| *k == (rule, dot + 1))
                        .expect("moves keep items");
                    follow[target][at].1 |= seen & !FOLLOWS;
                    if seen & FOLLOWS != 0 {
                        links.push(((state, index), (target, at)));
                    }
                }
            }
        }
        loop {
            let mut changed = false;
            for ((state, index), (target, at)) in &links {
                let more = follow[*state][*index].1;
                changed |= follow[*target][*at].1 | more != follow[*target][*at].1;
                follow[*target][*at].1 |= more;
            }
            if !changed {
                return follow;
            }
        }
    }

    /// What one state does with each terminal, and the rule it reduces by otherwise.
    fn actions(
        &self,
        kernel: &[(Item, Terminals)],
        moves: &BTreeMap<usize, usize>,
    ) -> (BTreeMap<usize, Action>, usize) {
        let mut actions: BTreeMap<usize, Action> = moves
            .iter()
            .filter(|(s, _)| **s < self.terminals)
            .map(|(s, to)| (*s, Action::Shift(*to)))
            .collect();
        let complete = self
            .closure(kernel)
            .into_iter()
            .filter(|((rule, dot), _)| *dot == self.rules[*rule].right.len());
        let reductions: Vec<(usize, Terminals)> =
            complete.map(|((rule, _), follow)| (rule, follow)).collect();
        for (rule, follow) in &reductions {
            for terminal in (0..self.terminals).filter(|t| follow & (1 << t) != 0) {
                let action = match actions.get(&terminal) {
                    None => Action::Reduce(*rule),
                    Some(Action::Shift(_)) => match self.decide(*rule, terminal) {
                        Some(action) => action,
                        None => continue,
                    },
                    Some(_) => self.clash(*rule, terminal),
                };
                actions.insert(terminal, action);
            }
        }
        let count = |rule| {
            actions
                .values()
                .filter(|a| matches!(a, Action::Reduce(r) if *r == rule))
                .count()
        };
        let is_consistent = reductions.len() == 1 && !moves.keys().any(|s| *s < self.terminals);
        let default = if actions.contains_key(&ERROR) {
            0
        } else if is_consistent {
            reductions[0].0
        } else {
            let best = reductions
                .iter()
                .map(|(rule, _)| *rule)
                .rev()
                .max_by_key(|rule| count(*rule));
            best.filter(|rule| count(*rule) > 0).unwrap_or(0)
        };
        actions.retain(|_, action| match action {
            Action::Reduce(rule) => *rule != default,
            Action::Refuse => default != 0,
            Action::Shift(_) => true,
        });
        (actions, default)
    }

    /// A shift against a reduction, settled by their strengths; none where the shift stays.
    fn decide(&self, rule: usize, terminal: usize) -> Option<Action> {
        let strength = self.rules[rule]
            .strength
            .and_then(|s| self.strengths.get(&s));
        let (Some((ours, _)), Some((theirs, associativity))) =
            (strength, self.strengths.get(&terminal))
        else {
            self.clash(rule, terminal)
        };
        match (ours.cmp(theirs), associativity) {
            (std::cmp::Ordering::Greater, _) | (std::cmp::Ordering::Equal, Associativity::Left) => {
                Some(Action::Reduce(rule))
            }
            (std::cmp::Ordering::Equal, Associativity::Never) => Some(Action::Refuse),
            (std::cmp::Ordering::Equal, Associativity::Undecided) => self.clash(rule, terminal),
            _ => None,
        }
    }

    fn clash(&self, rule: usize, terminal: usize) -> ! {
        panic!(
            "{} clashes on {}",
            self.rules[rule].label, self.shown[terminal]
        )
    }

    fn tables(&self) -> String {
        let (kernels, moves) = self.states();
        let lookaheads = self.lookaheads(&kernels, &moves);
        let mut actions = String::new();
        let mut gotos = String::new();
        for (kernel, moves) in lookaheads.iter().zip(&moves) {
            let (row, default) = self.actions(kernel, moves);
            let _ = write!(actions, "    ({default}, &[");
            for (terminal, action) in row {
                let _ = write!(actions, "({terminal}, {action}), ");
            }
            actions.push_str("]),\n");
            gotos.push_str("    &[");
            for (symbol, state) in moves.iter().filter(|(s, _)| **s >= self.terminals) {
                let _ = write!(gotos, "({symbol}, {state}), ");
            }
            gotos.push_str("],\n");
        }
        let tokens = list(self.names[..self.terminals].iter().cloned()).replace("error", "Error");
        let labels = list(self.rules.iter().map(|r| r.label.clone()));
        let all = list(self.rules.iter().map(|r| format!("Rule::{}", r.label)));
        let shapes = list(
            self.rules
                .iter()
                .map(|r| format!("({}, {})", r.left.min(255), r.right.len())),
        );
        format!(
            "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[expect(dead_code, reason = \"two stand for strengths, not for text\")]\npub(super) enum Token {{\n{tokens}\n}}\n\
             #[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub(super) enum Rule {{\n{labels}\n}}\n\
             pub(super) static SHOWN: &[&str] = &{shown:?};\n\
             pub(super) static RULES: &[Rule] = &[{all}];\n\
             pub(super) static SHAPES: &[(u8, u8)] = &[{shapes}];\n\
             pub(super) static ACTIONS: &[(u16, &[(u8, Action)])] = &[\n{actions}];\n\
             pub(super) static GOTOS: &[&[(u8, u16)]] = &[\n{gotos}];\n",
            shown = self.shown,
        )
    }
}
