//! Builds the syntax tree's node for each production of the grammar.

use super::constant::text;
use super::grammar::Rule;
use super::tree::{
    Builder, Children, Dependency, Node, Parsed, bind, fold, operation, step, string,
};
use super::{Def, Pattern, Term};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part};
use std::ops::Range;

impl<'s> Builder<'s> {
    /// Builds the node of a production from the positions and nodes of its symbols.
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
        // The text of the first symbol. It is empty for an invalid character of several bytes,
        // because the span of an invalid character is one byte.
        let word = spans
            .first()
            .and_then(|span| self.source.text.get(span.clone()))
            .unwrap_or_default();
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
