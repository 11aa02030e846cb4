//! The values of the fast path, which borrow from the record or from an arena.

pub(crate) mod arena;
pub(crate) mod compact;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod number;
pub(crate) mod strings;
pub(crate) mod write;

use std::cmp::Ordering;

use crate::fastpath::value::arena::Arena;
use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::value::keys::Keys;
use ct_core::json as scan;

/// The reason that an evaluation stops before its last result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// jq raises an error here. The engine runs the record again and produces the message.
    Error,
    /// The fast path cannot guarantee jq's result, so the record must run on the engine.
    Bail,
    /// A step such as `first` needs no further results; the number identifies the step.
    Enough(u32),
}

/// Whether an evaluation continues with the next result.
pub(crate) type Flow = Result<(), Stop>;

/// A JSON value. Arrays and objects of the input stay text until a part of them is accessed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Num(f64),
    /// A number literal with a fraction, as written. It converts to a double and back without
    /// change.
    Lit(&'a [u8]),
    /// The characters of a string, as valid UTF-8.
    Str(&'a [u8]),
    /// A string as written between its quotes, with at least one escape.
    Esc(&'a [u8]),
    /// An array or object of the input, as written.
    Raw(&'a [u8]),
    Arr(&'a [Value<'a>]),
    /// An object: its keys (unescaped, all different) and values, in order of insertion.
    Obj(&'a [Member<'a>]),
}

pub(crate) type Member<'a> = (&'a [u8], Value<'a>);

/// The types of jq's values, in jq's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The name of the type, as jq's `type` outputs it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::False | Self::True => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl<'a> Value<'a> {
    /// The value of JSON text that has been scanned.
    ///
    /// # Errors
    /// [`Stop::Bail`] for the number literals that [`number::literal`] refuses.
    #[inline]
    pub(crate) fn new(text: &'a [u8]) -> Result<Self, Stop> {
        Ok(match text[0] {
            b'"' => {
                let inner = &text[1..text.len() - 1];
                if memchr::memchr(b'\\', inner).is_some() {
                    Self::Esc(inner)
                } else {
                    Self::Str(inner)
                }
            }
            b'{' | b'[' => Self::Raw(text),
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'n' => Self::Null,
            _ => number::literal(text)?,
        })
    }

    /// Whether two values are the same value in memory; equal values may be different in memory.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Num(a), Self::Num(b)) => a.to_bits() == b.to_bits(),
            (Self::Lit(a), Self::Lit(b))
            | (Self::Str(a), Self::Str(b))
            | (Self::Esc(a), Self::Esc(b))
            | (Self::Raw(a), Self::Raw(b)) => std::ptr::eq(*a, *b),
            (Self::Arr(a), Self::Arr(b)) => std::ptr::eq(*a, *b),
            (Self::Obj(a), Self::Obj(b)) => std::ptr::eq(*a, *b),
            _ => false,
        }
    }

    /// Converts a count to a number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "no value in memory has 2^53 elements"
    )]
    pub(crate) fn count(count: usize) -> Self {
        Self::Num(count as f64)
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(false) => Kind::False,
            Self::Bool(true) => Kind::True,
            Self::Num(_) | Self::Lit(_) => Kind::Number,
            Self::Str(_) | Self::Esc(_) => Kind::String,
            Self::Raw(text) if text[0] == b'{' => Kind::Object,
            Self::Raw(_) | Self::Arr(_) => Kind::Array,
            Self::Obj(_) => Kind::Object,
        }
    }

    /// Whether a condition treats the value as true.
    #[inline]
    pub(crate) fn truth(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    /// The characters of a string; `None` for any other value.
    #[inline]
    pub(crate) fn text(&self, arena: &'a Arena) -> Option<&'a [u8]> {
        match self {
            Self::Str(text) => Some(text),
            Self::Esc(written) => Some(strings::decode(written, arena)),
            _ => None,
        }
    }

    /// The number as a double; `None` for any other value.
    #[inline]
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Num(n) => Some(*n),
            Self::Lit(text) => Some(number::parse(text)),
            _ => None,
        }
    }

    /// The elements of an array; `None` for any other value.
    pub(crate) fn elements(&self, arena: &'a Arena) -> Result<Option<&'a [Value<'a>]>, Stop> {
        match *self {
            Self::Arr(items) => Ok(Some(items)),
            Self::Raw(text) if text[0] == b'[' => {
                arena.charge(text.len())?;
                let mut items = ArenaVec::new_in(arena);
                scan::elements(text, |item| {
                    items.push(Value::new(item)?);
                    Ok(())
                })?;
                Ok(Some(items.into_bump_slice()))
            }
            _ => Ok(None),
        }
    }

    /// The number of elements of an array, or of members of an object; `None` for any other value.
    ///
    /// # Errors
    /// Fails where [`Self::members`] fails.
    pub(crate) fn count_parts(&self, arena: &'a Arena) -> Result<Option<usize>, Stop> {
        if let Self::Raw(text) = *self
            && let Some(index) = arena.index(text)?
        {
            return Ok(Some(index.len()));
        }
        match self.elements(arena)? {
            Some(items) => Ok(Some(items.len())),
            None => Ok(self.members(arena)?.map(<[_]>::len)),
        }
    }

    /// The keys and values of an object; `None` for any other value.
    ///
    /// # Errors
    /// [`Stop::Bail`] for repeated keys.
    pub(crate) fn members(&self, arena: &'a Arena) -> Result<Option<&'a [Member<'a>]>, Stop> {
        match *self {
            Self::Obj(members) => Ok(Some(members)),
            Self::Raw(text) if text[0] == b'{' => {
                arena.charge(text.len())?;
                let mut members: ArenaVec<'_, Member<'a>> = ArenaVec::new_in(arena);
                let mut keys = Keys::default();
                scan::members(text, |key, value| {
                    members.push((keys.add(key, arena)?, Value::new(value)?));
                    Ok(())
                })?;
                Ok(Some(members.into_bump_slice()))
            }
            _ => Ok(None),
        }
    }

    /// The value at `key` of an object. The result is null if the key is missing, or if `self` is
    /// null.
    ///
    /// # Errors
    /// [`Stop::Error`] for other kinds of values; [`Stop::Bail`] for a repeated or escaped key.
    #[inline]
    pub(crate) fn field(&self, key: &[u8], arena: &'a Arena) -> Result<Value<'a>, Stop> {
        match *self {
            Self::Null => Ok(Self::Null),
            Self::Obj(members) => Ok(arena
                .position(members, key)
                .map_or(Self::Null, |at| members[at].1)),
            Self::Raw(text) if text[0] == b'{' => {
                find(text, key, arena)?.map_or(Ok(Self::Null), Value::new)
            }
            _ => Err(Stop::Error),
        }
    }
}

/// The value at `key` in the text of an object that has been scanned.
///
/// # Errors
/// [`Stop::Bail`] for a repeated or escaped key.
pub(crate) fn find<'a>(
    object: &'a [u8],
    key: &[u8],
    arena: &Arena,
) -> Result<Option<&'a [u8]>, Stop> {
    if let Some(index) = arena.index(object)? {
        return Ok(index.find(object, key));
    }
    let mut found = None;
    scan::members(object, |name, value| {
        if name == key {
            if found.replace(value).is_some() {
                return Err(Stop::Bail);
            }
        } else if name.len() > key.len() && memchr::memchr(b'\\', name).is_some() {
            // An escaped name may be equal to the key, and is then longer than the key.
            return Err(Stop::Bail);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Whether two values are equal by jq's `==`.
pub(crate) fn equal<'a>(a: &Value<'a>, b: &Value<'a>, arena: &'a Arena) -> Result<bool, Stop> {
    if let (Value::Str(a), Value::Str(b)) = (a, b) {
        return Ok(a == b);
    }
    Ok(a.kind() == b.kind() && compare(a, b, arena)? == Ordering::Equal)
}

/// Compares two values in jq's order.
///
/// # Errors
/// [`Stop::Bail`] for nan, and for objects with repeated keys.
pub(crate) fn compare<'a>(
    a: &Value<'a>,
    b: &Value<'a>,
    arena: &'a Arena,
) -> Result<Ordering, Stop> {
    let kind = a.kind();
    if kind != b.kind() {
        return Ok(kind.cmp(&b.kind()));
    }
    match kind {
        Kind::Null | Kind::False | Kind::True => Ok(Ordering::Equal),
        Kind::Number => a.number().partial_cmp(&b.number()).ok_or(Stop::Bail),
        Kind::String => Ok(a.text(arena).cmp(&b.text(arena))),
        Kind::Array => {
            let (a, b) = (
                a.elements(arena)?.unwrap_or_default(),
                b.elements(arena)?.unwrap_or_default(),
            );
            for (a, b) in a.iter().zip(b) {
                match compare(a, b, arena)? {
                    Ordering::Equal => {}
                    other => return Ok(other),
                }
            }
            Ok(a.len().cmp(&b.len()))
        }
        Kind::Object => {
            let (a, b) = (sorted(a, arena)?, sorted(b, arena)?);
            match a
                .iter()
                .map(|(key, _)| key)
                .cmp(b.iter().map(|(key, _)| key))
            {
                Ordering::Equal => {}
                other => return Ok(other),
            }
            for ((_, a), (_, b)) in a.iter().zip(b) {
                match compare(a, b, arena)? {
                    Ordering::Equal => {}
                    other => return Ok(other),
                }
            }
            Ok(Ordering::Equal)
        }
    }
}

/// The members of an object, sorted by key.
pub(crate) fn sorted<'a>(object: &Value<'a>, arena: &'a Arena) -> Result<&'a [Member<'a>], Stop> {
    let members = object.members(arena)?.unwrap_or_default();
    if members.is_sorted_by_key(|(key, _)| *key) {
        return Ok(members);
    }
    let members = arena.alloc_slice_copy(members);
    members.sort_unstable_by_key(|(key, _)| *key);
    Ok(members)
}

/// Converts a value to a form that can be compared without further parsing or sorting.
pub(crate) fn settled<'a>(value: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    if let Some(items) = value.elements(arena)? {
        let is_settled = |item: &Value<'_>| item.kind() < Kind::Array;
        if items.iter().all(is_settled) {
            return Ok(Value::Arr(items));
        }
        let mut settled_items = ArenaVec::with_capacity_in(items.len(), arena);
        for item in items {
            settled_items.push(settled(*item, arena)?);
        }
        return Ok(Value::Arr(settled_items.into_bump_slice()));
    }
    if value.kind() != Kind::Object {
        return Ok(value);
    }
    let members = sorted(&value, arena)?;
    let mut settled_members = ArenaVec::with_capacity_in(members.len(), arena);
    for &(key, value) in members {
        settled_members.push((key, settled(value, arena)?));
    }
    Ok(Value::Obj(settled_members.into_bump_slice()))
}

/// Sorts items by key as jq's `sort` does: items with equal keys keep their order.
pub(crate) fn sort_by_key<'a, T: Copy>(
    items: &mut [T],
    arena: &'a Arena,
    key: impl Fn(&T) -> Value<'a>,
) -> Result<(), Stop> {
    let mut failed = None;
    items.sort_by(|a, b| {
        compare(&key(a), &key(b), arena).unwrap_or_else(|stop| {
            failed = Some(stop);
            Ordering::Equal
        })
    });
    failed.map_or(Ok(()), Err)
}
