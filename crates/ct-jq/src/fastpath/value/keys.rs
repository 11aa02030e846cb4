//! Detects repeated keys of an object.

use crate::fastpath::value::Stop;
use crate::fastpath::value::arena::Arena;
use crate::fastpath::value::strings;

/// The keys of one object that have been seen so far.
///
/// Only hashes are stored, so two keys with the same hash count as repeated. That costs a fallback
/// to the engine, but the result stays correct.
pub(crate) struct Keys {
    hashes: [u32; 64],
    count: usize,
    more: Vec<u32>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            hashes: [0; 64],
            count: 0,
            more: Vec::new(),
        }
    }
}

impl Keys {
    /// Adds a key, and returns its characters. `written` is the key as written in the input.
    ///
    /// # Errors
    /// [`Stop::Bail`] if the object may have this key already.
    #[inline]
    pub(crate) fn add<'a>(
        &mut self,
        written: &'a [u8],
        arena: &'a Arena,
    ) -> Result<&'a [u8], Stop> {
        let key = if memchr::memchr(b'\\', written).is_none() {
            written
        } else {
            strings::decode(written, arena)
        };
        if self.is_new(key) {
            Ok(key)
        } else {
            Err(Stop::Bail)
        }
    }

    /// Adds a key; returns false if the object may have this key already.
    #[inline]
    pub(crate) fn is_new(&mut self, key: &[u8]) -> bool {
        let hash = hash(key);
        if self.count < self.hashes.len() {
            // Unused entries are zero, and no hash is zero.
            let blocks = self.hashes.chunks_exact(8).take(self.count / 8 + 1);
            let seen = blocks.fold(false, |seen, block| {
                block.iter().fold(seen, |seen, &old| seen || (old == hash))
            });
            self.hashes[self.count] = hash;
            self.count += 1;
            return !seen;
        }
        let seen = self.hashes.contains(&hash) || self.more.contains(&hash);
        self.more.push(hash);
        !seen
    }
}

#[inline]
fn hash(key: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let mut hash = mix(0, key.len() as u64);
    if let Some(last) = key.last_chunk::<8>() {
        // The last word overlaps the word before it, so that the hash covers all bytes of the key.
        for word in key.as_chunks::<8>().0 {
            hash = mix(hash, u64::from_le_bytes(*word));
        }
        hash = mix(hash, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        hash = mix(
            hash,
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last)),
        );
    } else {
        hash = key.iter().fold(hash, |hash, &c| mix(hash, u64::from(c)));
    }
    let hash = (hash >> 32) as u32;
    hash | 1
}
