//! The fast reader for whole values of plain JSON. The exact reader in `machine.rs` reads anything
//! else.

use ct_core::json::Text as _;

use super::string::unescape;
use crate::value::number::Num;
use crate::value::object::Object;
use crate::value::text::Text;
use crate::value::{DEPTH_MAX, Val};

/// The result of an attempt to read a value with the fast reader.
pub(super) enum Outcome {
    /// A value and its length in bytes.
    Value(Val, usize),
    /// The bytes end inside a value.
    Incomplete,
    /// The text is not plain JSON, so the exact reader must read it.
    Odd,
}

/// How a repeated key of an object is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// The last value of the key wins.
    Any,
    /// The exact reader must read the value.
    Distinct,
}

/// The maximum length in bytes of a key whose memory several objects share.
const SHARED_KEY_MAX: usize = 32;
const SHARED_KEYS: usize = 512;

/// A container whose end has not been read.
#[derive(Debug)]
enum OpenContainer {
    Array(Vec<Val>),
    Object(Members),
}

/// The members of an open object, and the key for the next value.
#[derive(Debug)]
struct Members {
    object: Object,
    key: Key,
    /// A set of key hashes, as bits: if the hash of a key is not in the set, the key is new.
    seen: u64,
}

#[derive(Debug)]
struct Key {
    text: Text,
    hash: u64,
}

impl Members {
    fn new(key: Key) -> Self {
        Self {
            object: Object::new(),
            key,
            seen: 0,
        }
    }

    /// Adds a value for the current key, and makes `next` the current key. Returns whether the key
    /// of the value was new.
    fn add(&mut self, value: Val, next: Key) -> bool {
        let key = std::mem::replace(&mut self.key, next);
        add(&mut self.object, &mut self.seen, key, value)
    }

    /// Adds the last value. Returns the object, and whether the key of the value was new.
    fn finish(mut self, value: Val) -> (Object, bool) {
        let is_new = add(&mut self.object, &mut self.seen, self.key, value);
        (self.object, is_new)
    }
}

fn add(object: &mut Object, seen: &mut u64, key: Key, value: Val) -> bool {
    let bit = 1 << (key.hash & 63);
    if *seen & bit == 0 {
        *seen |= bit;
        object.append(key.text, value);
        true
    } else {
        let length = object.len();
        object.insert(key.text, value);
        object.len() > length
    }
}

/// The memory that the fast reader keeps between values.
#[derive(Debug, Default)]
pub(super) struct FastParser {
    keys: Vec<Option<Text>>,
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

type Parsed<T> = Result<T, Outcome>;

impl Input<'_> {
    fn next_token(&mut self) -> Parsed<u8> {
        while let Some(&b) = self.bytes.get(self.at) {
            if !matches!(b, b' ' | b'\n' | b'\t' | b'\r') {
                self.at += 1;
                return Ok(b);
            }
            self.at += 1;
        }
        Err(Outcome::Incomplete)
    }

    /// The bytes of a string up to the closing quote, and whether they contain escapes.
    fn string(&mut self) -> Parsed<(&[u8], bool)> {
        let from = self.at;
        let mut escapes = false;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(ahead) = rest.special(0) else {
                return Err(Outcome::Incomplete);
            };
            self.at += ahead + 1;
            match rest[ahead] {
                b'"' => return Ok((&self.bytes[from..self.at - 1], escapes)),
                b'\\' => {
                    escapes = true;
                    if self.at >= self.bytes.len() {
                        return Err(Outcome::Incomplete);
                    }
                    self.at += 1;
                }
                0x7f => {}
                _ => return Err(Outcome::Odd),
            }
        }
    }

    fn text(&mut self) -> Parsed<Text> {
        let (raw, escapes) = self.string()?;
        decode(raw, escapes)
    }

    fn word(&mut self, first: u8) -> Parsed<Val> {
        let (word, value): (&[u8], _) = match first {
            b't' => (b"true", Val::Bool(true)),
            b'f' => (b"false", Val::Bool(false)),
            _ => (b"null", Val::Null),
        };
        let rest = &self.bytes[self.at - 1..];
        if rest.starts_with(word) {
            self.at += word.len() - 1;
            Ok(value)
        } else if word.starts_with(rest) {
            Err(Outcome::Incomplete)
        } else {
            Err(Outcome::Odd)
        }
    }

    fn number(&mut self) -> Parsed<Val> {
        let from = self.at - 1;
        let rest = &self.bytes[self.at..];
        let len = rest
            .iter()
            .position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        let Some(len) = len else {
            self.at = self.bytes.len();
            return Num::parse(&self.bytes[from..])
                .map(Val::Num)
                .ok_or(Outcome::Odd);
        };
        self.at += len;
        Num::parse(&self.bytes[from..self.at])
            .map(Val::Num)
            .ok_or(Outcome::Odd)
    }

    /// Checks that a number or word at the outermost level ends here. Only the next byte or the end
    /// of the input shows this.
    fn ends_scalar(&self, finished: bool) -> Parsed<()> {
        match self.bytes.get(self.at) {
            Some(b' ' | b'\n' | b'\t' | b'\r') => Ok(()),
            Some(_) => Err(Outcome::Odd),
            None if finished => Ok(()),
            None => Err(Outcome::Incomplete),
        }
    }
}

fn decode(raw: &[u8], escapes: bool) -> Parsed<Text> {
    if escapes {
        return unescape(raw).map(Text::from).map_err(|_| Outcome::Odd);
    }
    match std::str::from_utf8(raw) {
        Ok(text) => Ok(Text::from(text)),
        Err(_) => Ok(Text::from(super::lossy(raw).into_owned())),
    }
}

/// A cheap hash of a key, from its length and its first and last eight bytes.
fn key_hash(key: &[u8]) -> u64 {
    let part = |bytes: &[u8]| {
        let mut word = [0; 8];
        let len = bytes.len().min(8);
        word[..len].copy_from_slice(&bytes[..len]);
        u64::from_le_bytes(word)
    };
    let head = part(key);
    let tail = part(&key[key.len().saturating_sub(8)..]);
    let mixed =
        (head ^ tail.rotate_left(23) ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 32
}

impl FastParser {
    /// Reads one value at the start of `bytes`, which must not begin with whitespace.
    pub(super) fn value(&mut self, bytes: &[u8], finished: bool, keys: Keys) -> Outcome {
        let mut input = Input { bytes, at: 0 };
        match self.run(&mut input, finished, keys) {
            Ok(value) => Outcome::Value(value, input.at),
            Err(outcome) => outcome,
        }
    }

    fn run(&mut self, input: &mut Input, finished: bool, keys: Keys) -> Parsed<Val> {
        let mut open: Vec<OpenContainer> = Vec::new();
        // In jq, a key without its value counts as a level.
        let mut depth = 0;
        let mut token = input.next_token()?;
        loop {
            let mut value = match token {
                b'"' => Val::Str(input.text()?),
                b'{' => {
                    depth += 1;
                    if depth > DEPTH_MAX {
                        return Err(Outcome::Odd);
                    }
                    token = input.next_token()?;
                    if token == b'}' {
                        depth -= 1;
                        Val::object(Object::new())
                    } else {
                        let key = self.key(input, token)?;
                        depth += 1;
                        open.push(OpenContainer::Object(Members::new(key)));
                        token = input.next_token()?;
                        continue;
                    }
                }
                b'[' => {
                    depth += 1;
                    if depth > DEPTH_MAX {
                        return Err(Outcome::Odd);
                    }
                    token = input.next_token()?;
                    if token == b']' {
                        depth -= 1;
                        Val::array(Vec::new())
                    } else {
                        open.push(OpenContainer::Array(Vec::new()));
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => input.number()?,
                b't' | b'f' | b'n' => input.word(token)?,
                _ => return Err(Outcome::Odd),
            };
            if open.is_empty() {
                if !matches!(value, Val::Str(_) | Val::Arr(_) | Val::Obj(_)) {
                    input.ends_scalar(finished)?;
                }
                return Ok(value);
            }
            token = input.next_token()?;
            loop {
                match (open.last_mut(), token) {
                    (Some(OpenContainer::Array(elements)), b',') => {
                        elements.push(value);
                        token = input.next_token()?;
                        break;
                    }
                    (Some(OpenContainer::Object(members)), b',') => {
                        token = input.next_token()?;
                        let next = self.key(input, token)?;
                        if !members.add(value, next) && keys == Keys::Distinct {
                            return Err(Outcome::Odd);
                        }
                        token = input.next_token()?;
                        break;
                    }
                    (Some(OpenContainer::Array(_)), b']')
                    | (Some(OpenContainer::Object(..)), b'}') => {}
                    _ => return Err(Outcome::Odd),
                }
                match open.pop() {
                    Some(OpenContainer::Array(mut elements)) => {
                        depth -= 1;
                        elements.push(value);
                        value = Val::array(elements);
                    }
                    Some(OpenContainer::Object(members)) => {
                        depth -= 2;
                        let (object, is_new) = members.finish(value);
                        if !is_new && keys == Keys::Distinct {
                            return Err(Outcome::Odd);
                        }
                        value = Val::object(object);
                    }
                    None => {}
                }
                if open.is_empty() {
                    return Ok(value);
                }
                token = input.next_token()?;
            }
        }
    }

    /// Reads a key and the colon after it.
    fn key(&mut self, input: &mut Input, token: u8) -> Parsed<Key> {
        if token != b'"' {
            return Err(Outcome::Odd);
        }
        let (raw, escapes) = input.string()?;
        let hash = key_hash(raw);
        let text = if escapes || raw.len() > SHARED_KEY_MAX {
            decode(raw, escapes)?
        } else {
            self.shared(raw, hash)?
        };
        // A key with escapes or invalid UTF-8 may be equal to a plain key, so its hash is that of
        // the decoded text.
        let hash = if text.as_bytes() == raw {
            hash
        } else {
            key_hash(text.as_bytes())
        };
        match input.next_token()? {
            b':' => Ok(Key { text, hash }),
            _ => Err(Outcome::Odd),
        }
    }

    fn shared(&mut self, raw: &[u8], hash: u64) -> Parsed<Text> {
        if self.keys.is_empty() {
            self.keys.resize(SHARED_KEYS, None);
        }
        let slot = &mut self.keys[usize::try_from(hash).unwrap_or(0) % SHARED_KEYS];
        if let Some(key) = slot
            && key.as_bytes() == raw
        {
            return Ok(key.clone());
        }
        let key = decode(raw, false)?;
        *slot = Some(key.clone());
        Ok(key)
    }
}
