//! A suite of filters of all kinds, each with a time limit.

use super::rows::{Input, Requirement, Row, row};

/// The filters of the suite. Each filter may take at most two thirds of jq's time, and no more time
/// than jaq or gojq.
pub(super) const ROWS: &[Row] = &[
    // Filters that are typical of an investigation.
    of_records(
        &["-r"],
        r#"select(.errorCode == "AccessDenied") | [.eventTime, .userIdentity.arn, .eventName] | @csv"#,
    ),
    of_records(
        &["-c"],
        r#"select(.eventName | IN("AssumeRole", "GetCallerIdentity")) | .eventID"#,
    ),
    of_records(
        &["-c"],
        r#"select(.userIdentity.type == "Root" and .eventType != "AwsServiceEvent") | .eventName"#,
    ),
    of_records(
        &["-c"],
        r#"select(.eventTime >= "2020-10-01T12:00:00Z" and .eventTime < "2020-10-01T13:00:00Z") | .eventID"#,
    ),
    of_records(&["-c"], "[.. | .accessKeyId? // empty] | unique"),
    of_records(
        &["-c"],
        r#"first(.. | strings | select(startswith("AKIA"))) // empty"#,
    ),
    of_records(
        &["-r"],
        r#"select(.sourceIPAddress // "" | test("^192[.]0[.]2[.]")) | .eventName"#,
    ),
    of_records(
        &["-c"],
        "if .errorCode then {errorCode, eventName} else empty end",
    ),
    of_records(
        &["-c"],
        "pick(.eventName, .userIdentity.arn, .requestParameters)",
    ),
    of_records(&["-r"], r#".userIdentity.arn // "-" | split("/") | last"#),
    // Filters that count, group and sort.
    of_records(
        &["-s", "-c"],
        "map(.eventName) | group_by(.) | map({(.[0]): length}) | add",
    ),
    of_records(
        &["-s", "-c"],
        "group_by(.userIdentity.arn) | map({arn: .[0].userIdentity.arn, names: (map(.eventName) | unique)})",
    ),
    of_records(
        &["-n", "-c"],
        "reduce inputs as $r ({}; .[$r.eventSource][$r.eventName] += 1)",
    ),
    of_records(
        &["-n", "-c"],
        "[inputs | .eventTime[:13]] | group_by(.) | map({hour: .[0], n: length})",
    ),
    of_records(&["-s"], "INDEX(.eventID) | length"),
    of_records(
        &["-s", "-c"],
        "unique_by(.sourceIPAddress) | map(.sourceIPAddress)",
    ),
    of_records(
        &["-s"],
        "min_by(.eventTime), max_by(.eventTime) | .eventTime",
    ),
    of_records(&["-s"], r#"map(.eventName) | join(",") | length"#),
    of_records(&["-s"], "flatten | length"),
    of_records(&["-s"], "map(tojson | length) | add / length"),
    of_records(&["-n"], "[foreach inputs as $r (0; . + 1; .)] | last"),
    of_records(
        &["-s", "-r"],
        "(.[0] | keys_unsorted) as $h | $h, (.[] | [.[$h[]] | tostring]) | @csv",
    ),
    // Filters that use the builtins of jq's manual.
    of_records(&["-c"], "keys"),
    of_records(&["-c"], "length"),
    of_records(&["-c"], "map_values(type)"),
    of_records(&["-c"], "[paths | length] | add"),
    of_records(&["-c"], "[.[] | type]"),
    of_records(&["-c"], r#"has("errorCode")"#),
    of_records(
        &["-c"],
        r#".eventTime | fromdateiso8601 | strftime("%A %H:%M")"#,
    ),
    of_records(&["-c"], ".eventName | explode | implode"),
    of_records(&["-c"], r#".eventName | ascii_downcase | ltrimstr("get")"#),
    of_records(&["-c"], "tojson | fromjson | .eventName"),
    of_records(&["-c"], ".eventID | @base64 | @base64d"),
    of_records(
        &["-c"],
        r#".eventName | capture("^(?<verb>[A-Z][a-z]+)(?<what>.*)$")"#,
    ),
    of_records(&["-c"], r#"[.userAgent // "" | scan("[a-z]+/[0-9.]+")]"#),
    of_records(&["-c"], r#".eventSource | sub("[.]amazonaws[.]com$"; "")"#),
    of_records(
        &["-c"],
        r#"to_entries | map("\(.key)=\(.value)") | join("&")"#,
    ),
    of_records(&["-c"], "with_entries(.key |= ascii_upcase)"),
    of_records(
        &["-c"],
        r#"delpaths([["requestParameters"], ["responseElements"]])"#,
    ),
    of_records(&["-c"], "[tostream] | length"),
    of_records(&["-c"], "fromstream(tostream)"),
    of_records(&["-c"], "del(.. | nulls)"),
    of_records(
        &["-c"],
        r#"reduce paths(type == "number") as $p (.; setpath($p; 0))"#,
    ),
    of_records(&["-c"], r#"getpath(paths(type == "boolean"))"#),
    of_records(&["-c"], "limit(3; ..)"),
    of_records(&["-c"], r#"any(..; . == "root")"#),
    of_records(&["-c"], "try error(.eventName) catch ."),
    of_records(&["-c"], r#"@sh "echo \(.eventName)""#),
    of_records(&["-c"], "(.eventTime, .eventName) |= ascii_downcase"),
    of_records(&["-c"], "[limit(5; .[] | scalars)] | map(tostring)"),
    of_records(&["-c"], r#".eventName | [splits("[A-Z]")] | length"#),
    of_records(&["-S", "-c"], "."),
    of_records(&["-R", "-r"], "fromjson? | .eventName"),
    of_records(
        &["-n", "-c", "--stream"],
        "[inputs | select(length == 2)] | length",
    ),
    of_records(
        &["-n", "-c", "--stream"],
        r#"reduce (inputs | select(length == 2)) as [$p, $v] ({}; .[$p | map(tostring) | join(".")] += 1)"#,
    ),
    // Computations.
    alone("def fib: if . < 2 then . else (. - 1 | fib) + (. - 2 | fib) end; 25 | fib"),
    alone("reduce range(1000000) as $i (0; . + $i)"),
    alone("[range(300000)] | map(. * 2) | add"),
    alone("def f: if . < 300000 then . + 1 | f else . end; 0 | f"),
    alone("def d: if . == 0 then 0 else (. - 1 | d) + 1 end; 50000 | d"),
    alone(
        "def hanoi(n; a; b; c): if n == 0 then 0 else hanoi(n - 1; a; c; b) + 1 + hanoi(n - 1; c; b; a) end; hanoi(14; 1; 2; 3)",
    ),
    alone(
        "[range(2; 3000) | . as $n | select(all(range(2; ($n | sqrt | floor) + 1); $n % . != 0))] | length",
    ),
    alone("reduce range(200000) as $i ({}; .[$i | tostring] = $i) | length"),
    alone("reduce range(300000) as $i ([range(100)]; .[$i % 100] += $i) | add"),
    alone("[range(300000)] | sort_by(-.) | .[0]"),
    alone("[range(200) as $y | [range(200) as $x | $x * $y]] | transpose | map(add) | add"),
    alone(
        "def collatz: if . == 1 then 0 elif . % 2 == 0 then (. / 2 | floor | collatz) + 1 else (. * 3 + 1 | collatz) + 1 end; [range(1; 5000) | collatz] | max",
    ),
    alone("[range(100000) | tojson | fromjson] | add"),
    alone(
        "[range(7)] | def perm: if length == 0 then [] else range(length) as $i | [.[$i]] + (del(.[$i]) | perm) end; [perm] | length",
    ),
    alone("[range(20000) | {a: ., b: [., .]}] | [paths] | length"),
];

const MUST: Requirement = Requirement::faster(1.5, 1.0);

const fn of_records(options: &'static [&'static str], filter: &'static str) -> Row {
    row(options, filter, Input::Quarter, MUST)
}

const fn alone(filter: &'static str) -> Row {
    row(&["-n"], filter, Input::Nothing, MUST)
}
