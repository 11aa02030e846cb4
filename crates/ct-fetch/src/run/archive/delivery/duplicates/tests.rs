use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn fingerprint(hour: i64, id: u64, content: u64) -> Fingerprint {
    Fingerprint { hour, id, content }
}

fn novelties(most_bytes: usize, records: &[Fingerprint]) -> Vec<Novelty> {
    let mut seen = DuplicateFilter::of_bytes(most_bytes);
    let novelty = |record: &Fingerprint| seen.novelty(*record).unwrap();
    records.iter().map(novelty).collect()
}

#[test]
fn a_new_content_of_a_known_id_differs_the_first_time_only() {
    let records = [1, 2, 1, 2].map(|content| fingerprint(0, 1, content));
    let [new, differs, repeat] = [Novelty::New, Novelty::Differs, Novelty::Repeat];
    for most_bytes in [0, usize::MAX] {
        let novelties = novelties(most_bytes, &records);
        assert_eq!(novelties, [new, differs, repeat, repeat]);
    }
}

#[test]
fn fingerprints_above_the_limit_are_found_in_the_file() {
    let mut seen = DuplicateFilter::of_bytes(2_000 * FINGERPRINT_BYTES);
    let records: Vec<Fingerprint> = (0..10_000).map(|at| fingerprint(0, at, at)).collect();
    for (expected, content) in [
        (Novelty::New, 0),
        (Novelty::Repeat, 0),
        (Novelty::Differs, 1),
        (Novelty::Repeat, 1),
    ] {
        for record in &records {
            let content = record.content + content;
            let record = Fingerprint { content, ..*record };
            assert_eq!(seen.novelty(record).unwrap(), expected);
        }
        assert!(seen.bytes <= seen.most_bytes && seen.hours.len() <= 1);
    }
}

/// Compares each record with all records before it. Returns the results.
fn compared(records: &[Fingerprint]) -> Vec<Novelty> {
    let mut contents: HashMap<(i64, u64), Vec<u64>> = HashMap::new();
    let novelty = |record: &Fingerprint| {
        let contents = contents.entry((record.hour, record.id)).or_default();
        if contents.contains(&record.content) {
            return Novelty::Repeat;
        }
        contents.push(record.content);
        match contents.len() {
            1 => Novelty::New,
            _ => Novelty::Differs,
        }
    };
    records.iter().map(novelty).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_memory_limit_gives_the_result_of_comparing_all_records(
        keys in prop::collection::vec((-2_i64..3, 0_u64..40, 0_u64..40), 0..1_500),
        most_bytes in prop_oneof![8_000_usize..60_000, Just(usize::MAX)],
    ) {
        let of = |(hour, id, content): &(i64, u64, u64)| fingerprint(*hour, *id, *content);
        let records: Vec<Fingerprint> = keys.iter().map(of).collect();
        prop_assert_eq!(novelties(most_bytes, &records), compared(&records));
    }
}
