//! Searches bytes eight at a time: eight bytes form a `u64`, with the first byte lowest. A search
//! returns a `u64` in which the top bit of each matching byte is set.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Sets the top bit of each byte that equals `c`. Only the lowest bit that is set is reliable;
/// higher bits may be wrong.
#[inline]
pub(super) fn first(word: u64, c: u8) -> u64 {
    let zero = word ^ (ONES * u64::from(c));
    zero.wrapping_sub(ONES) & !zero & TOPS
}

/// Sets the top bit of each byte that equals `c`, and no other bits.
#[inline]
pub(super) fn equal(word: u64, c: u8) -> u64 {
    let zero = word ^ (ONES * u64::from(c));
    !(((zero & !TOPS) + !TOPS) | zero) & TOPS
}

/// Sets the top bit of each byte that is a control character, and no other bits.
#[inline]
pub(super) fn control(word: u64) -> u64 {
    !(((word & !TOPS) + ONES * 0x60) | word) & TOPS
}

/// The index of the first byte equal to `c` among 16 bytes, or `None` if there is none.
#[inline]
pub(super) fn first_of_two(bytes: &[u8; 16], c: u8) -> Option<usize> {
    let marks = |at| Some(first(u64::from_le_bytes(*bytes[at..].first_chunk()?), c));
    match (marks(0)?, marks(8)?) {
        (0, 0) => None,
        (0, second) => Some(8 + second.trailing_zeros() as usize / 8),
        (first, _) => Some(first.trailing_zeros() as usize / 8),
    }
}

/// The position of the first byte equal to `c` at or after `i`, or `None` if there is none.
#[inline]
pub(super) fn find(b: &[u8], mut i: usize, c: u8) -> Option<usize> {
    while let Some(word) = b.get(i..).and_then(<[u8]>::first_chunk) {
        let found = first(u64::from_le_bytes(*word), c);
        if found != 0 {
            return Some(i + found.trailing_zeros() as usize / 8);
        }
        i += 8;
    }
    b.get(i..)?.iter().position(|&b| b == c).map(|at| i + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_marked_at_its_position_only() {
        let marked = |marks: u64| {
            (0..8)
                .filter(|at| marks >> (8 * at) & 0x80 != 0)
                .collect::<Vec<_>>()
        };
        for c in 0..=255_u8 {
            for neighbour in [0, 1, b'"', b'#', 0x1f, 0x20, 0x7f, 0x80, 0xff] {
                let mut bytes = [neighbour; 8];
                bytes[3] = c;
                let word = u64::from_le_bytes(bytes);
                let places = |wanted: &dyn Fn(u8) -> bool| {
                    (0..8).filter(|&at| wanted(bytes[at])).collect::<Vec<_>>()
                };
                let quotes = places(&|c| c == b'"');
                let controls = places(&|c| c < 0x20);
                assert_eq!(marked(equal(word, b'"')), quotes);
                assert_eq!(marked(control(word)), controls);
                assert_eq!(marked(first(word, b'"')).first(), quotes.first());
            }
        }
    }
}
