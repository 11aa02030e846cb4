//! The tree of a JMESPath expression.

use ct_aws::python::value::Value;

/// What an expression does with a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// The value itself: `@`, or nothing at all.
    Identity,
    /// A member of an object.
    Field(String),
    /// An item of a list; from its end where it is negative.
    Index(i64),
    /// Items of a list.
    Slice {
        start: Option<i64>,
        stop: Option<i64>,
        step: Option<i64>,
    },
    /// An index or a slice of what the first node makes; a second one behind it makes no projection.
    Indexed(Box<Node>, Box<Node>),
    /// The second node, of what the first one makes: `a.b` and `a | b`.
    Then(Box<Node>, Box<Node>),
    /// The second node, of every item of the list that the first one makes; `null` is left out.
    Projection(Box<Node>, Box<Node>),
    /// A list, the lists in it as their items.
    Flatten(Box<Node>),
    /// The members of an object, without their names.
    ObjectValues(Box<Node>),
    /// The second node where the first one makes something true, else `null`.
    Condition(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Comparison(Comparator, Box<Node>, Box<Node>),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{a: b}`
    Object(Vec<(String, Node)>),
    Literal(Value<'static>),
    Function(String, Vec<Node>),
    /// `&a`: an argument that a function evaluates itself.
    Expression(Box<Node>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
