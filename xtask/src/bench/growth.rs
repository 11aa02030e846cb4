//! The filters of the benchmark that run on one large document. The time and the memory of each
//! filter must grow linearly with the document.

use super::rows::{Input, Requirement, Row, row};

const GROWTH: Requirement = Requirement {
    memory: 1.2,
    ..Requirement::faster(2.0, 0.0)
};

/// The filters. Each filter may take at most half of jq's time and 1.2 times jq's memory.
pub(super) const ROWS: &[Row] = &[
    of_document(".Records | (map(keys) | add | unique) as $c | $c"),
    of_document(".Records | map(tojson) | add | length"),
    of_document(".Records | map(.eventName) | add | length"),
    of_document(".Records | map({(.eventID): .eventName}) | add | length"),
    of_document(r#"reduce .Records[] as $r (""; . + $r.eventName) | length"#),
    of_document("reduce .Records[] as $r ([]; . + [$r.eventName]) | length"),
    of_document("reduce .Records[] as $r ({}; .[$r.eventName] += 1) | length"),
    of_document("reduce .Records[] as $r ({}; .[$r.eventID].n = 1) | length"),
    of_document(".Records as $r | [range($r | length) | $r[.].eventName] | length"),
    of_document(". as $d | [range($d.Records | length) | $d.Records[.].eventName] | length"),
    of_document("[.Records | keys[] as $k | .[$k].eventName] | length"),
    of_document(".Records | to_entries | map(.value.eventName) | length"),
    of_document(".Records | [range(length) as $i | .[$i:$i + 2] | length] | add"),
    of_document(
        r#"[range(.Records | length) as $i | getpath(["Records", $i, "eventName"])] | length"#,
    ),
    of_document("INDEX(.Records[]; .eventID) | length"),
    of_document(".Records | map({key: .eventID, value: .eventName}) | from_entries | length"),
    of_document(".Records | map(.userIdentity) | unique | length"),
    of_document(".Records | group_by(.userIdentity) | map(length)"),
    of_document(".Records | sort_by(.userIdentity, .eventID) | length"),
    of_document(r#"[.Records[] | .eventID] | join(",") | length"#),
    of_document(r#".Records | [.[] | .eventName] | index("zzz")"#),
    of_document("[.Records[] | with_entries(.value |= tostring)] | length"),
    of_document("[paths] | length"),
    of_document("[..] | length"),
    of_document("[.Records[] | [.eventID, .eventName] | @csv] | add | length"),
    of_document(".Records | [foreach .[] as $r (0; . + 1; .)] | length"),
    of_document(".Records | [range(length) as $k | has($k)] | all"),
    of_document("del(.Records[].userIdentity) | .Records | length"),
    of_document(".Records[].eventName |= ascii_downcase | .Records | length"),
    of_document(
        "(.Records[0] | keys_unsorted) as $h | .Records | map([.[$h[]] | tostring]) | length",
    ),
];

const fn of_document(filter: &'static str) -> Row {
    row(&["-c"], filter, Input::Document, GROWTH)
}
