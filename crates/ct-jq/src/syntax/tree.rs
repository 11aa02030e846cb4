//! The nodes of the parser, and the jaq-core terms that are built from them.

use super::constant::Constant;
use super::error::ProgramText;
use super::grammar::Token;
use super::{ALTERNATIVES, Arena, Def, Pattern, Term};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::path::{Opt, Part, Path};
use std::ops::Range;

/// A parsed program or module: its header, imports and definitions, and the main filter of a
/// program.
#[derive(Debug, Default)]
pub(crate) struct Parsed<'s> {
    /// `module {…};`
    pub meta: Option<Constant>,
    /// The `import` and `include` directives, in their order.
    pub dependencies: Vec<Dependency<'s>>,
    /// The definitions of a module. The definitions of a program are inside `main`.
    pub defs: Vec<Def<'s>>,
    /// The main filter of a program; `None` for a module.
    pub main: Option<Term<'s>>,
}

/// An `import` or `include` directive.
#[derive(Debug)]
pub(crate) struct Dependency<'s> {
    /// The path of the module or data.
    pub path: String,
    /// The name in the program: `name` for a module, `$name` for data, `None` for `include`.
    pub name: Option<&'s str>,
    /// The metadata of the directive.
    pub meta: Option<Constant>,
}

type Entry<'s> = (Term<'s>, Option<Term<'s>>);
type Parts<'s> = Vec<StrPart<&'s str, Term<'s>>>;

/// The value of a symbol on the parser's stack.
#[derive(Default)]
pub(super) enum Node<'s> {
    #[default]
    Nothing,
    Text(&'s str),
    Term(Term<'s>),
    Terms(Vec<Term<'s>>),
    Parts(Parts<'s>),
    Names(Vec<&'s str>),
    Def(Def<'s>),
    Defs(Vec<Def<'s>>),
    Pattern(Pattern<'s>),
    Patterns(Vec<Pattern<'s>>),
    Entries(Vec<Entry<'s>>),
    Members(Vec<(Term<'s>, Pattern<'s>)>),
    Branches(Vec<(Term<'s>, Term<'s>)>, Option<Box<Term<'s>>>),
    Meta(Option<Constant>),
    Dependency(Dependency<'s>),
    Dependencies(Vec<Dependency<'s>>),
    Program(Box<Parsed<'s>>),
}

/// Builds the parser's nodes, and collects errors.
pub(super) struct Builder<'s> {
    arena: &'s Arena,
    pub source: ProgramText<'s>,
    pub problems: Vec<String>,
}

/// The nodes of one production, from left to right.
pub(super) struct Children<'s>(pub std::vec::IntoIter<Node<'s>>);

macro_rules! take {
    ($($name:ident: $kind:ident -> $type:ty;)*) => {
        $(pub(super) fn $name(&mut self) -> $type {
            loop {
                match self.0.next() {
                    Some(Node::$kind(value)) => return value,
                    Some(Node::Nothing) => {}
                    _ => unreachable!("the grammar determines the parts of a production"),
                }
            }
        })*
    };
}

impl<'s> Children<'s> {
    take! {
        text: Text -> &'s str;
        term: Term -> Term<'s>;
        terms: Terms -> Vec<Term<'s>>;
        parts: Parts -> Parts<'s>;
        names: Names -> Vec<&'s str>;
        def: Def -> Def<'s>;
        defs: Defs -> Vec<Def<'s>>;
        pattern: Pattern -> Pattern<'s>;
        patterns: Patterns -> Vec<Pattern<'s>>;
        entries: Entries -> Vec<Entry<'s>>;
        members: Members -> Vec<(Term<'s>, Pattern<'s>)>;
        meta: Meta -> Option<Constant>;
        dependency: Dependency -> Dependency<'s>;
        dependencies: Dependencies -> Vec<Dependency<'s>>;
    }

    pub(super) fn branches(&mut self) -> (Vec<(Term<'s>, Term<'s>)>, Option<Box<Term<'s>>>) {
        loop {
            match self.0.next() {
                Some(Node::Branches(branches, otherwise)) => return (branches, otherwise),
                Some(Node::Nothing) => {}
                _ => unreachable!("the grammar determines the parts of a production"),
            }
        }
    }
}

pub(super) fn operation<'s>(left: Term<'s>, op: BinaryOp<&'s str>, right: Term<'s>) -> Node<'s> {
    Node::Term(Term::BinOp(Box::new(left), op, Box::new(right)))
}

pub(super) fn string(text: &str) -> Term<'_> {
    Term::Str(None, vec![StrPart::Str(text)])
}

/// Adds one more step to the path of `term`.
pub(super) fn step<'s>(term: Term<'s>, part: Part<Term<'s>>, opt: Opt) -> Node<'s> {
    Node::Term(match term {
        Term::Path(head, mut path) => {
            path.0.push((part, opt));
            Term::Path(head, path)
        }
        term => Term::Path(Box::new(term), Path(vec![(part, opt)])),
    })
}

/// Builds the term for `source as patterns | body`.
pub(super) fn bind<'s>(
    source: Term<'s>,
    mut patterns: Vec<Pattern<'s>>,
    body: Term<'s>,
) -> Term<'s> {
    let bound = |source, pattern, body| {
        Term::BinOp(
            Box::new(source),
            BinaryOp::Pipe(Some(pattern)),
            Box::new(body),
        )
    };
    match patterns.pop() {
        Some(pattern) if patterns.is_empty() => bound(source, pattern, body),
        last => {
            let patterns = patterns
                .into_iter()
                .chain(last)
                .map(|pattern| bound(Term::Id, pattern, Term::Id));
            let args = std::iter::once(source).chain(patterns).chain([body]);
            Term::Call(ALTERNATIVES, args.collect())
        }
    }
}

/// Builds the term for `reduce` or `foreach`. The term can have only one pattern, so several
/// patterns are merged into one with all their variables.
pub(super) fn fold<'s>(
    name: &'s str,
    source: Term<'s>,
    mut patterns: Vec<Pattern<'s>>,
    args: Vec<Term<'s>>,
) -> Node<'s> {
    if patterns.len() == 1 {
        return Node::Term(Term::Fold(name, Box::new(source), patterns.remove(0), args));
    }
    let mut names = Vec::new();
    for pattern in &patterns {
        variables(pattern, &mut names);
    }
    let comma = |list, next| Term::BinOp(Box::new(list), BinaryOp::Comma, Box::new(next));
    let values = names.iter().map(|name| Term::Var(name)).reduce(comma);
    let source = bind(source, patterns, Term::Arr(values.map(Box::new)));
    let pattern = Pattern::Arr(names.into_iter().map(Pattern::Var).collect());
    Node::Term(Term::Fold(name, Box::new(source), pattern, args))
}

/// Adds the variables that a pattern binds to `names`, each once, in the order of the pattern.
pub(super) fn variables<'s>(pattern: &Pattern<'s>, names: &mut Vec<&'s str>) {
    match pattern {
        Pattern::Var(name) if names.contains(name) => {}
        Pattern::Var(name) => names.push(name),
        Pattern::Arr(patterns) => patterns
            .iter()
            .for_each(|pattern| variables(pattern, names)),
        Pattern::Obj(members) => members
            .iter()
            .for_each(|(_, pattern)| variables(pattern, names)),
    }
}

impl<'s> Builder<'s> {
    pub(super) fn new(arena: &'s Arena, source: ProgramText<'s>) -> Self {
        Self {
            arena,
            source,
            problems: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, span: &Range<usize>, message: &str) {
        self.problems.push(self.source.locate(span, message));
    }

    pub(super) fn keep(&self, text: String) -> &'s str {
        self.arena.alloc(text)
    }

    /// Builds the node for one token.
    pub(super) fn leaf(
        &self,
        token: Token,
        span: &Range<usize>,
        unescaped: Option<Result<String, String>>,
    ) -> Node<'s> {
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        match token {
            Token::Field => Node::Text(&text[1..]),
            Token::Literal if text.starts_with('.') => Node::Text(self.keep(format!("0{text}"))),
            Token::StringText => match unescaped {
                Some(Ok(unescaped)) => Node::Text(self.keep(unescaped)),
                _ => Node::Text(text),
            },
            Token::Ident | Token::Binding | Token::Literal | Token::Format | Token::Loc => {
                Node::Text(text)
            }
            _ => Node::Nothing,
        }
    }

    pub(super) fn location(&self, span: &Range<usize>) -> Term<'s> {
        let line = self.keep(self.source.line_number(span.start).to_string());
        let entries = [
            ("file", string(self.source.name)),
            ("line", Term::Num(line)),
        ];
        Term::Obj(
            entries
                .map(|(key, value)| (string(key), Some(value)))
                .into(),
        )
    }

    /// The metadata of `module` or `import`, which must be a constant object.
    pub(super) fn metadata(&mut self, term: &Term<'s>, span: &Range<usize>) -> Option<Constant> {
        match Constant::of(term) {
            Some(object @ Constant::Object(_)) => return Some(object),
            Some(_) => self.fail(span, "Module metadata must be an object"),
            None => self.fail(span, "Module metadata must be constant"),
        }
        None
    }

    pub(super) fn check_key(&mut self, key: &Term<'s>, span: &Range<usize>) {
        match Constant::of(key) {
            None | Some(Constant::Text(_)) => {}
            Some(value) => {
                let mut text = value.to_json();
                let close = match &value {
                    Constant::Object(_) => "}",
                    Constant::Array(_) => "]",
                    _ => "",
                };
                if text.len() > 29 {
                    let end = (0..=26 - close.len())
                        .rev()
                        .find(|end| text.is_char_boundary(*end))
                        .unwrap_or(0);
                    text.truncate(end);
                    text.push_str("...");
                    text.push_str(close);
                }
                self.fail(
                    span,
                    &format!("Cannot use {} ({text}) as object key", value.kind()),
                );
            }
        }
    }
}
