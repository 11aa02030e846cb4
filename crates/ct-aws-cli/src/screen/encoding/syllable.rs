//! Spells Korean syllables letter by letter.

/// The EUC-KR bytes for a Korean syllable that has no code in KS X 1001: a filler and three
/// letters.
pub(super) fn spelled(c: char) -> Option<[u8; 8]> {
    // The positions of the initial and final letters in row 4 of KS X 1001.
    const FIRST: [u8; 19] = [
        1, 2, 4, 7, 8, 9, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    ];
    const LAST: [u8; 28] = [
        52, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 26, 27,
        28, 29, 30,
    ];
    let syllable = usize::try_from(u32::from(c).checked_sub(0xac00)?).ok()?;
    let first = FIRST.get(syllable / (21 * 28))?;
    let middle = 31 + u8::try_from(syllable / 28 % 21).ok()?;
    let last = LAST[syllable % 28];
    Some([
        0xa4,
        0xd4,
        0xa4,
        0xa0 + first,
        0xa4,
        0xa0 + middle,
        0xa4,
        0xa0 + last,
    ])
}
