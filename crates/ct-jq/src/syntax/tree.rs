//! Builds jaq-core's terms as the parser recognises each production.

use super::constant::{Constant, text};
use super::error::Source;
use super::grammar::{Rule, Token};
use super::{ALTERNATIVES, Arena, Def, Pattern, Term};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part, Path};
use std::ops::Range;

/// A program or module: header, what it imports, its definitions, and a program's filter.
#[derive(Debug, Default)]
pub struct Parsed<'s> {
    /// `module {…};`
    pub meta: Option<Constant>,
    /// `import` and `include`, in their order.
    pub dependencies: Vec<Dependency<'s>>,
    /// A module's definitions; a program's are inside its filter.
    pub defs: Vec<Def<'s>>,
    /// The filter of a program, none in a module.
    pub main: Option<Term<'s>>,
}

/// An `import` or `include`.
#[derive(Debug)]
pub struct Dependency<'s> {
    /// What it names.
    pub path: String,
    /// The name it is known by: `name`, or `$name` for data; none for `include`.
    pub name: Option<&'s str>,
    /// The object behind it.
    pub meta: Option<Constant>,
}

type Entry<'s> = (Term<'s>, Option<Term<'s>>);
type Parts<'s> = Vec<StrPart<&'s str, Term<'s>>>;

/// What a piece of program stands for.
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

/// Makes nodes of nodes, and keeps what is wrong with them.
pub(super) struct Builder<'s> {
    arena: &'s Arena,
    source: Source<'s>,
    pub problems: Vec<String>,
}

/// The nodes of one production, taken one by one from the left.
struct Children<'s>(std::vec::IntoIter<Node<'s>>);

macro_rules! take {
    ($($name:ident: $kind:ident -> $type:ty;)*) => {
        $(fn $name(&mut self) -> $type {
            loop {
                match self.0.next() {
                    Some(Node::$kind(value)) => return value,
                    Some(Node::Nothing) => {}
                    _ => unreachable!("a production holds what the grammar says"),
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

    fn branches(&mut self) -> (Vec<(Term<'s>, Term<'s>)>, Option<Box<Term<'s>>>) {
        loop {
            match self.0.next() {
                Some(Node::Branches(branches, otherwise)) => return (branches, otherwise),
                Some(Node::Nothing) => {}
                _ => unreachable!("a production holds what the grammar says"),
            }
        }
    }
}

fn operation<'s>(left: Term<'s>, op: BinaryOp<&'s str>, right: Term<'s>) -> Node<'s> {
    Node::Term(Term::BinOp(Box::new(left), op, Box::new(right)))
}

fn string(text: &str) -> Term<'_> {
    Term::Str(None, vec![StrPart::Str(text)])
}

/// `term` followed by one more step.
fn step<'s>(term: Term<'s>, part: Part<Term<'s>>, opt: Opt) -> Node<'s> {
    Node::Term(match term {
        Term::Path(head, mut path) => {
            path.0.push((part, opt));
            Term::Path(head, path)
        }
        term => Term::Path(Box::new(term), Path(vec![(part, opt)])),
    })
}

/// `source as patterns | body`.
fn bind<'s>(source: Term<'s>, mut patterns: Vec<Pattern<'s>>, body: Term<'s>) -> Term<'s> {
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

/// `reduce` and `foreach` take one pattern: several become one of all their variables.
fn fold<'s>(
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

/// The variables a pattern binds, each once, in their order.
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
    pub(super) fn new(arena: &'s Arena, source: Source<'s>) -> Self {
        Self {
            arena,
            source,
            problems: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, span: &Range<usize>, message: &str) {
        self.problems.push(self.source.locate(span, message));
    }

    fn keep(&self, text: String) -> &'s str {
        self.arena.alloc(text)
    }

    /// What a token stands for by itself.
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

    fn location(&self, span: &Range<usize>) -> Term<'s> {
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

    /// The object behind `module` and `import`, which must not need to be computed.
    fn metadata(&mut self, term: &Term<'s>, span: &Range<usize>) -> Option<Constant> {
        match Constant::of(term) {
            Some(object @ Constant::Object(_)) => return Some(object),
            Some(_) => self.fail(span, "Module metadata must be an object"),
            None => self.fail(span, "Module metadata must be constant"),
        }
        None
    }

    fn check_key(&mut self, key: &Term<'s>, span: &Range<usize>) {
        match Constant::of(key) {
            None | Some(Constant::Text(_)) => {}
            Some(value) => {
                let mut text = value.to_json();
                if text.len() > 29 {
                    let end = (0..=26)
                        .rev()
                        .find(|end| text.is_char_boundary(*end))
                        .unwrap_or(0);
                    text.truncate(end);
                    text.push_str("...");
                }
                self.fail(
                    span,
                    &format!("Cannot use {} ({text}) as object key", value.kind()),
                );
            }
        }
    }

    /// The node of a recognised production, from the places and nodes of its symbols.
    #[expect(
        clippy::too_many_lines,
        clippy::match_same_arms,
        reason = "one flat table, a line for each production of the grammar"
    )]
    pub(super) fn build(
        &mut self,
        rule: Rule,
        span: &Range<usize>,
        spans: &[Range<usize>],
        nodes: Vec<Node<'s>>,
    ) -> Node<'s> {
        use BinaryOp::{Alt, And, Assign, Comma, Or, Pipe, Update, UpdateAlt, UpdateMath};
        let word = spans
            .first()
            .map_or("", |span| &self.source.text[span.clone()]);
        let c = &mut Children(nodes.into_iter());
        match rule {
            Rule::Start => Node::Nothing,
            Rule::TopProgram => {
                let (meta, dependencies) = (c.meta(), c.dependencies());
                Node::Program(Box::new(Parsed {
                    meta,
                    dependencies,
                    defs: Vec::new(),
                    main: Some(c.term()),
                }))
            }
            Rule::TopLibrary => {
                let (meta, dependencies) = (c.meta(), c.dependencies());
                Node::Program(Box::new(Parsed {
                    meta,
                    dependencies,
                    defs: c.defs(),
                    main: None,
                }))
            }
            Rule::HeaderNone => Node::Meta(None),
            Rule::HeaderModule => Node::Meta(self.metadata(&c.term(), &spans[1])),
            Rule::ImportsNone => Node::Dependencies(Vec::new()),
            Rule::ImportsMore => {
                let first = c.dependency();
                Node::Dependencies(std::iter::once(first).chain(c.dependencies()).collect())
            }
            Rule::DefsNone => Node::Defs(Vec::new()),
            Rule::DefsMore => {
                let first = c.def();
                Node::Defs(std::iter::once(first).chain(c.defs()).collect())
            }
            Rule::QueryDef => Node::Term(Term::Def(vec![c.def()], Box::new(c.term()))),
            Rule::QueryBind => Node::Term(bind(c.term(), c.patterns(), c.term())),
            Rule::QueryLabel => Node::Term(Term::Label(c.text(), Box::new(c.term()))),
            Rule::QueryPipe | Rule::ValuePipe => operation(c.term(), Pipe(None), c.term()),
            Rule::QueryComma => operation(c.term(), Comma, c.term()),
            Rule::QueryExpr
            | Rule::ExprTerm
            | Rule::TermString
            | Rule::TermGroup
            | Rule::ValueExpr
            | Rule::Arg => Node::Term(c.term()),
            Rule::ExprAlt => operation(c.term(), Alt, c.term()),
            Rule::ExprAssign => operation(c.term(), Assign, c.term()),
            Rule::ExprOr => operation(c.term(), Or, c.term()),
            Rule::ExprAnd => operation(c.term(), And, c.term()),
            Rule::ExprUpdateAlt => operation(c.term(), UpdateAlt, c.term()),
            Rule::ExprUpdate => operation(c.term(), Update, c.term()),
            Rule::ExprAdd => operation(c.term(), BinaryOp::Math(Math::Add), c.term()),
            Rule::ExprUpdateAdd => operation(c.term(), UpdateMath(Math::Add), c.term()),
            Rule::ExprSub => operation(c.term(), BinaryOp::Math(Math::Sub), c.term()),
            Rule::ExprUpdateSub => operation(c.term(), UpdateMath(Math::Sub), c.term()),
            Rule::ExprMul => operation(c.term(), BinaryOp::Math(Math::Mul), c.term()),
            Rule::ExprUpdateMul => operation(c.term(), UpdateMath(Math::Mul), c.term()),
            Rule::ExprDiv => operation(c.term(), BinaryOp::Math(Math::Div), c.term()),
            Rule::ExprRem => operation(c.term(), BinaryOp::Math(Math::Rem), c.term()),
            Rule::ExprUpdateDiv => operation(c.term(), UpdateMath(Math::Div), c.term()),
            Rule::ExprUpdateRem => operation(c.term(), UpdateMath(Math::Rem), c.term()),
            Rule::ExprEq => operation(c.term(), BinaryOp::Cmp(Cmp::Eq), c.term()),
            Rule::ExprNe => operation(c.term(), BinaryOp::Cmp(Cmp::Ne), c.term()),
            Rule::ExprLt => operation(c.term(), BinaryOp::Cmp(Cmp::Lt), c.term()),
            Rule::ExprGt => operation(c.term(), BinaryOp::Cmp(Cmp::Gt), c.term()),
            Rule::ExprLe => operation(c.term(), BinaryOp::Cmp(Cmp::Le), c.term()),
            Rule::ExprGe => operation(c.term(), BinaryOp::Cmp(Cmp::Ge), c.term()),
            Rule::DependencyPlain => Node::Dependency(c.dependency()),
            Rule::DependencyMeta => {
                let dependency = c.dependency();
                Node::Dependency(Dependency {
                    meta: self.metadata(&c.term(), &spans[1]),
                    ..dependency
                })
            }
            Rule::ImportData | Rule::ImportModule => {
                let path = c.text().to_owned();
                Node::Dependency(Dependency {
                    path,
                    name: Some(c.text()),
                    meta: None,
                })
            }
            Rule::IncludeModule => Node::Dependency(Dependency {
                path: c.text().to_owned(),
                name: None,
                meta: None,
            }),
            Rule::DependencyPath => match c.term() {
                Term::Str(_, parts) if text(&parts).is_some() => {
                    Node::Text(self.keep(text(&parts).unwrap_or_default()))
                }
                _ => {
                    self.fail(span, "Import path must be constant");
                    Node::Text("")
                }
            },
            Rule::DefinitionPlain => Node::Def(Def {
                name: c.text(),
                args: Vec::new(),
                body: c.term(),
            }),
            Rule::DefinitionParams => Node::Def(Def {
                name: c.text(),
                args: c.names(),
                body: c.term(),
            }),
            Rule::ParamsOne => Node::Names(vec![c.text()]),
            Rule::ParamsMore => {
                let mut names = c.names();
                names.push(c.text());
                Node::Names(names)
            }
            Rule::ParamVar | Rule::ParamFilter | Rule::OpeningFormat => Node::Text(c.text()),
            Rule::OpeningText => Node::Text(""),
            Rule::String => {
                let format = Some(c.text()).filter(|format| !format.is_empty());
                Node::Term(Term::Str(format, c.parts()))
            }
            Rule::PartsNone => Node::Parts(Vec::new()),
            Rule::PartsText => {
                let mut parts = c.parts();
                parts.push(StrPart::Str(c.text()));
                Node::Parts(parts)
            }
            Rule::PartsQuery => {
                let mut parts = c.parts();
                parts.push(StrPart::Term(c.term()));
                Node::Parts(parts)
            }
            Rule::OtherwiseElif => {
                let branch = (c.term(), c.term());
                let (branches, otherwise) = c.branches();
                Node::Branches(std::iter::once(branch).chain(branches).collect(), otherwise)
            }
            Rule::OtherwiseElse => Node::Branches(Vec::new(), Some(Box::new(c.term()))),
            Rule::OtherwiseEnd => Node::Branches(Vec::new(), None),
            Rule::TermIdentity => Node::Term(Term::Id),
            Rule::TermRecurse => Node::Term(Term::Recurse),
            Rule::TermBreak => Node::Term(Term::Break(c.text())),
            Rule::TermBreakBad => {
                self.fail(span, "break requires a label to break to");
                Node::Term(Term::Id)
            }
            Rule::TermField => step(c.term(), Part::Index(string(c.text())), Opt::Essential),
            Rule::TermFieldOpt => step(c.term(), Part::Index(string(c.text())), Opt::Optional),
            Rule::Field => step(Term::Id, Part::Index(string(c.text())), Opt::Essential),
            Rule::FieldOpt => step(Term::Id, Part::Index(string(c.text())), Opt::Optional),
            Rule::TermDotString | Rule::Index | Rule::DotIndex => {
                step(c.term(), Part::Index(c.term()), Opt::Essential)
            }
            Rule::TermStringOpt | Rule::IndexOpt | Rule::DotIndexOpt => {
                step(c.term(), Part::Index(c.term()), Opt::Optional)
            }
            Rule::DotString => step(Term::Id, Part::Index(c.term()), Opt::Essential),
            Rule::StringOpt => step(Term::Id, Part::Index(c.term()), Opt::Optional),
            Rule::DotBad | Rule::DotIdentBad => {
                self.fail(
                    span,
                    "try .[\"field\"] instead of .field for unusually named fields",
                );
                Node::Term(Term::Id)
            }
            Rule::Each | Rule::DotEach => step(c.term(), Part::Range(None, None), Opt::Essential),
            Rule::EachOpt | Rule::DotEachOpt => {
                step(c.term(), Part::Range(None, None), Opt::Optional)
            }
            Rule::Slice => step(
                c.term(),
                Part::Range(Some(c.term()), Some(c.term())),
                Opt::Essential,
            ),
            Rule::SliceOpt => step(
                c.term(),
                Part::Range(Some(c.term()), Some(c.term())),
                Opt::Optional,
            ),
            Rule::SliceFrom => step(c.term(), Part::Range(Some(c.term()), None), Opt::Essential),
            Rule::SliceFromOpt => step(c.term(), Part::Range(Some(c.term()), None), Opt::Optional),
            Rule::SliceTo => step(c.term(), Part::Range(None, Some(c.term())), Opt::Essential),
            Rule::SliceToOpt => step(c.term(), Part::Range(None, Some(c.term())), Opt::Optional),
            Rule::TermTry | Rule::TermTryOnly => {
                Node::Term(Term::TryCatch(Box::new(c.term()), None))
            }
            Rule::TermLiteral => Node::Term(Term::Num(c.text())),
            Rule::TermFormat => Node::Term(Term::Call(c.text(), Vec::new())),
            Rule::TermNegate => Node::Term(Term::Neg(Box::new(c.term()))),
            Rule::TermArray => Node::Term(Term::Arr(Some(Box::new(c.term())))),
            Rule::TermArrayEmpty => Node::Term(Term::Arr(None)),
            Rule::TermObject => Node::Term(Term::Obj(c.entries())),
            Rule::TermReduce => fold("reduce", c.term(), c.patterns(), vec![c.term(), c.term()]),
            Rule::TermForeach => fold("foreach", c.term(), c.patterns(), vec![c.term(), c.term()]),
            Rule::TermForeachExtract => fold(
                "foreach",
                c.term(),
                c.patterns(),
                vec![c.term(), c.term(), c.term()],
            ),
            Rule::TermIf => {
                let branch = (c.term(), c.term());
                let (branches, otherwise) = c.branches();
                Node::Term(Term::IfThenElse(
                    std::iter::once(branch).chain(branches).collect(),
                    otherwise,
                ))
            }
            Rule::TermIfBad => {
                self.fail(span, "Possibly unterminated 'if' statement");
                Node::Term(Term::Id)
            }
            Rule::TermTryCatch => {
                Node::Term(Term::TryCatch(Box::new(c.term()), Some(Box::new(c.term()))))
            }
            Rule::TermTryBad => {
                self.fail(span, "Possibly unterminated 'try' statement");
                Node::Term(Term::Id)
            }
            Rule::TermVar | Rule::TermMovedVar => Node::Term(Term::Var(c.text())),
            Rule::TermLoc => Node::Term(self.location(span)),
            Rule::TermCall => Node::Term(Term::Call(c.text(), Vec::new())),
            Rule::TermCallArgs => Node::Term(Term::Call(c.text(), c.terms())),
            Rule::GroupBad | Rule::ArrayBad | Rule::IndexBad | Rule::ObjectBad => {
                Node::Term(Term::Id)
            }
            Rule::ArgsOne => Node::Terms(vec![c.term()]),
            Rule::ArgsMore => {
                let mut terms = c.terms();
                terms.push(c.term());
                Node::Terms(terms)
            }
            Rule::AlternativesOne | Rule::PatternsOne | Rule::ElementsOne => {
                Node::Patterns(vec![c.pattern()])
            }
            Rule::AlternativesMore | Rule::PatternsMore | Rule::ElementsMore => {
                let mut patterns = c.patterns();
                patterns.push(c.pattern());
                Node::Patterns(patterns)
            }
            Rule::PatternVar => Node::Pattern(Pattern::Var(c.text())),
            Rule::PatternArray => Node::Pattern(Pattern::Arr(c.patterns())),
            Rule::PatternObject => Node::Pattern(Pattern::Obj(c.members())),
            Rule::MembersOne => Node::Members(c.members()),
            Rule::MembersMore => {
                let mut members = c.members();
                members.extend(c.members());
                Node::Members(members)
            }
            Rule::MemberVar => {
                let name = c.text();
                Node::Members(vec![(string(&name[1..]), Pattern::Var(name))])
            }
            Rule::MemberVarPattern => {
                let (name, pattern) = (c.text(), c.pattern());
                Node::Members(vec![
                    (string(&name[1..]), Pattern::Var(name)),
                    (string(&name[1..]), pattern),
                ])
            }
            Rule::MemberIdent | Rule::MemberKeyword => {
                Node::Members(vec![(string(c.text()), c.pattern())])
            }
            Rule::MemberString => Node::Members(vec![(c.term(), c.pattern())]),
            Rule::MemberQuery => {
                let key = c.term();
                self.check_key(&key, &spans[1]);
                Node::Members(vec![(key, c.pattern())])
            }
            Rule::MemberBad => {
                self.fail(span, "May need parentheses around object key expression");
                Node::Members(vec![(Term::Id, c.pattern())])
            }
            Rule::EntriesNone => Node::Entries(Vec::new()),
            Rule::EntriesOne => Node::Entries(c.entries()),
            Rule::EntriesMore => {
                let mut entries = c.entries();
                entries.extend(c.entries());
                Node::Entries(entries)
            }
            Rule::EntryIdent | Rule::EntryKeyword => {
                Node::Entries(vec![(string(c.text()), Some(c.term()))])
            }
            Rule::EntryIdentOnly | Rule::EntryKeywordOnly => {
                Node::Entries(vec![(string(c.text()), None)])
            }
            Rule::EntryString => Node::Entries(vec![(c.term(), Some(c.term()))]),
            Rule::EntryStringOnly => Node::Entries(vec![(c.term(), None)]),
            Rule::EntryVar => Node::Entries(vec![(Term::Var(c.text()), Some(c.term()))]),
            Rule::EntryVarOnly => Node::Entries(vec![(Term::Var(c.text()), None)]),
            Rule::EntryLocOnly => {
                Node::Entries(vec![(string("__loc__"), Some(self.location(span)))])
            }
            Rule::EntryQuery => {
                let key = c.term();
                self.check_key(&key, &spans[1]);
                Node::Entries(vec![(key, Some(c.term()))])
            }
            Rule::EntryBad => {
                self.fail(
                    &spans[0],
                    "May need parentheses around object key expression",
                );
                Node::Entries(vec![(Term::Id, Some(c.term()))])
            }
            _ => Node::Text(word),
        }
    }
}
