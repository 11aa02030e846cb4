//! Writes the automaton as Rust source.

use std::fmt::Write as _;

use crate::automaton::Action;
use crate::grammar::Grammar;

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shift(state) => write!(f, "Action::Shift({state})"),
            Self::Reduce(rule) => write!(f, "Action::Reduce({rule})"),
            Self::Refuse => write!(f, "Action::Refuse"),
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",\n    ")
}

impl Grammar {
    pub(crate) fn tables(&self) -> String {
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
            "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[expect(dead_code, reason = \"two tokens only set a precedence\")]\npub(super) enum Token {{\n{tokens}\n}}\n\
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
