//! Builds the LALR(1) automaton of jq's grammar, with default reductions.

use std::collections::{BTreeMap, HashMap};

use crate::grammar::{Associativity, END, ERROR, FOLLOWS, Grammar, Item, Terminals};

pub(crate) enum Action {
    Shift(usize),
    Reduce(usize),
    Refuse,
}

impl Grammar {
    /// The LR(1) closure of the items `kernel`: each item with its lookahead.
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

    /// The kernel of each state, and the transitions of each state by symbol.
    pub(crate) fn states(&self) -> (Vec<Vec<Item>>, Vec<BTreeMap<usize, usize>>) {
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

    /// The lookahead of each kernel item; lookaheads are propagated between states until none
    /// changes.
    pub(crate) fn lookaheads(
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
                        .expect("a transition keeps its items");
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

    /// A state's actions by terminal, and the number of the rule that the state reduces by default;
    /// 0 if there is none.
    pub(crate) fn actions(
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

    /// Resolves a shift/reduce conflict by precedence; `None` keeps the shift.
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
}
