//! The tree of a JMESPath expression.

use ct_aws::python::value::Value;

/// An operation on a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// The input value itself: `@`, or an empty expression.
    Identity,
    /// The value of a key in an object.
    Field(String),
    /// An item of a list. A negative index counts from the end.
    Index(i64),
    /// A slice of a list.
    Slice {
        start: Option<i64>,
        stop: Option<i64>,
        step: Option<i64>,
    },
    /// An index or a slice applied to the result of the first node. A slice that follows an
    /// `Indexed` node starts no projection.
    Indexed(Box<Node>, Box<Node>),
    /// The second node applied to the result of the first node: `a.b` and `a | b`.
    Then(Box<Node>, Box<Node>),
    /// The second node applied to every item of the list that the first node returns. `null` results are dropped.
    Projection(Box<Node>, Box<Node>),
    /// The list that the node returns, with nested lists flattened by one level.
    Flatten(Box<Node>),
    /// The values of the object that the node returns.
    ObjectValues(Box<Node>),
    /// The result of the second node if the result of the first node is true, or else `null`.
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
    /// `&a`: an argument that the function itself evaluates.
    Expression(Box<Node>),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
