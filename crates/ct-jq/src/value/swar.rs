//! Searching strings eight bytes at a time.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bits of the bytes of `word` that are zero; exact up to and with the first of them.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// The high bits of the bytes that are `b`.
const fn equal(word: u64, b: u8) -> u64 {
    zeros(word ^ (LOW * b as u64))
}

/// The high bits of the bytes below 0x20.
const fn controls(word: u64) -> u64 {
    word.wrapping_sub(LOW * 0x20) & !word & HIGH
}

/// Where the first quote, backslash or control character is.
#[must_use]
pub fn string_end(bytes: &[u8]) -> Option<usize> {
    first(
        bytes,
        |word| equal(word, b'"') | equal(word, b'\\') | controls(word),
        |b| b == b'"' || b == b'\\' || b < 0x20,
    )
}

fn first(bytes: &[u8], in_word: impl Fn(u64) -> u64, is_one: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        let found = in_word(u64::from_le_bytes(word));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes[at..]
        .iter()
        .position(|&b| is_one(b))
        .map(|ahead| at + ahead)
}

/// A cheap hash of a short key: its length, its first and its last bytes.
#[must_use]
pub fn key_hash(key: &[u8]) -> u64 {
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
