//! Tests outputs that jq takes from the C library or from its library for regular expressions.

use crate::cases::check;
use crate::run::jq;

#[test]
fn a_double_half_way_between_two_texts_ends_in_an_even_digit() {
    check(&[
        (". / 4", "6816658580493823", "1704164645123455.8"),
        (". + 0.75", "1704164645123456", "1704164645123456.8"),
        (
            "add / length",
            "[1700000000123457,1700000000123456,1700000000123456,1700000000123456]",
            "1700000000123456.2",
        ),
        (". * 0.125", "11258999068426241", "1407374883553280"),
        (
            "map(. + 0)",
            "[1e17,123456789012345678,0.1,1e-7,5e-324,9007199254740993]",
            "[1e+17,123456789012345680,0.1,1e-07,5e-324,9007199254740992]",
        ),
    ]);
}

#[test]
fn formats_write_nul_as_a_backslash_and_a_zero() {
    check(&[
        (
            "@csv, @tsv, (.[0] | @html, @sh, @uri, @json, @text, @base64)",
            r#"["a\u0000\"b"]"#,
            r#""\"a\\0\"\"b\"" "a\\0\"b" "a\\0&quot;b" "'a\\0\"b'" "a%00%22b" "\"a\\u0000\\\"b\"" "a\u0000\"b" "YQAiYg==""#,
        ),
        (r#"@html "<\(.[0])>""#, r#"["\u0000&"]"#, r#""<\\0&amp;>""#),
        ("map(@sh)", r#"["\u0000\u0027"]"#, r#"["'\\0'\\'''"]"#),
    ]);
}

#[test]
fn regular_expressions_take_all_of_jqs_flags() {
    check(&[
        (
            r#"[match("b.d"; "m").offset, test("B"; "mi")]"#,
            r#""ab\nd""#,
            "[1,true]",
        ),
        (
            r#"try test("a"; "gq") catch ."#,
            r#""a""#,
            r#""gq is not a valid modifier string""#,
        ),
        (
            r#"try [scan("a"; 1)] catch ."#,
            r#""a""#,
            r#""string (\"g\") and number (1) cannot be added""#,
        ),
        (
            r#"try [splits("a"; {})] catch ."#,
            r#""a""#,
            r#""object ({}) and string (\"g\") cannot be added""#,
        ),
        (
            r#"try sub("a"; "b"; "?") catch ."#,
            r#""a""#,
            r#""? is not a valid modifier string""#,
        ),
        (
            r#"try gsub("a"; "b"; []) catch ."#,
            r#""a""#,
            r#""array ([]) and string (\"g\") cannot be added""#,
        ),
        (r#"[scan("[A-Z]"; "i")]"#, r#""aB1""#, r#"["a","B"]"#),
        (
            r#"gsub("(?<l>[a-z])"; "<\(.l)>", "-")"#,
            r#""ab""#,
            r#""<a><b>" "--""#,
        ),
        (
            r#"sub("$"; "!"), gsub(""; "-"), [splits(", *"; null)]"#,
            r#""a, b""#,
            r#""a, b!" "-a-,- -b-" ["a","b"]"#,
        ),
        (
            r#"capture("(?<a>.)(?<n>z)?")"#,
            r#""q""#,
            r#"{"a":"q","n":null}"#,
        ),
    ]);
}

#[test]
fn dates_are_those_of_the_c_library() {
    check(&[
        (
            "try (. | mktime) catch .",
            "[1969,11,31,23,59,59,3,364]",
            r#""invalid gmtime representation""#,
        ),
        (
            "try fromdate catch .",
            r#""1969-12-31T23:59:58Z""#,
            r#""mktime not supported on this platform""#,
        ),
        (
            "[.[] | fromdate]",
            r#"["1969-12-31T23:59:57Z","1901-01-01T00:00:00Z"]"#,
            "[-3,-2177452800]",
        ),
        (
            r#"[.[] | strptime("%Y-%j")]"#,
            r#"["2001-366","2000-366","2000-001"]"#,
            "[[2001,24,31,0,0,0,2,365],[2000,11,31,0,0,0,0,365],[2000,0,1,0,0,0,6,0]]",
        ),
        (
            r#"try strptime("%Od %Oy") catch ."#,
            r#""12 15""#,
            r#""date \"12 15\" does not match format \"%Od %Oy\"""#,
        ),
        (
            r#"try strptime("%OY") catch ."#,
            r#""2015""#,
            r#""date \"2015\" does not match format \"%OY\"""#,
        ),
        (
            r#"[strftime("%Ey|%OY|%_d|%-m|%^a|%#c|%P")]"#,
            "1425599507",
            r#"["15|%OY| 5|3|THU|Thu Mar  5 23:51:47 2015|pm"]"#,
        ),
        (
            r#"try strftime("%c%c%c%c%c%c%c") catch ."#,
            "0",
            r#""strftime/1: unknown system failure""#,
        ),
        (
            "gmtime, todate",
            "-1.5",
            r#"[1969,11,31,23,59,59.5,3,364] "1969-12-31T23:59:59Z""#,
        ),
        (
            r#"[.[] | strptime("%U %w %Y")]"#,
            r#"["53 2 1999","00 0 1999"]"#,
            "[[1999,25,3,0,0,0,2,368],[1999,-1,-4,0,0,0,0,-5]]",
        ),
    ]);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn mathematical_functions_have_the_domains_and_digits_of_the_c_library() {
    check(&[
        (
            "map(acosh)",
            "[0.5,-3,1,1.5,30]",
            "[null,null,0,0.9624236501192069,4.0940666686320855]",
        ),
        (
            "map(asinh)",
            "[-6.373185582151812,29.10399736257581,1e-30,1e300]",
            "[-2.551345539005862,4.064317725655189,1e-30,691.4686750787736]",
        ),
        (
            "map(cbrt)",
            "[64,-0.001,2,1e-300,0]",
            "[4,-0.1,1.2599210498948734,1e-100,0]",
        ),
        (
            "[scalb(3; 1.5), scalb(3; 2), scalb(1; infinite), scalb(0; -infinite)]",
            "0",
            "[null,12,1.7976931348623157e+308,0]",
        ),
        (
            "[ldexp(1; 1e99), ldexp(1; nan), ldexp(3; -1), scalbln(1; -1e99), scalbln(1; 1e18)]",
            "0",
            "[0,0,1.5,0,1.7976931348623157e+308]",
        ),
        (
            "map(tgamma, lgamma)",
            "[2.5,-10.3]",
            "[1.329340388179137,0.2846828704729192,-5.26236323953561e-07,-14.457515440024208]",
        ),
        (
            "map(j0, j1, y0, y1)",
            "[2.5]",
            "[-0.04838377646819799,0.49709410246427405,0.49807035961523183,0.14591813796678577]",
        ),
        (
            "[jn(3; 33.3), yn(3; 33.3), jn(1e99; 2), yn(1e99; 2), jn(-2; 0.5)]",
            "0",
            "[-0.13057678068290837,0.04629456830440916,null,-0.10703243154093756,0.03060402345868264]",
        ),
        (
            "[0.3 | erf, atanh, exp10], (2.5 | [lgamma_r])",
            "0",
            "[0.3286267594591274,0.30951960420311175,1.9952623149688795] [[0.2846828704729192,1]]",
        ),
        (
            "[pow(2; 0.5), (9 | significand), (10 | logb)]",
            "0",
            "[1.4142135623730951,1.125,3]",
        ),
    ]);
}

#[test]
fn strftime_pads_to_a_width_as_the_c_library_does() {
    check(&[(
        r#"[strftime("%-5S|%_5d|%5m|%20s|%020s|%10b|%5z|%-5z|%05z|%5q|%^q|%5")]"#,
        "1700000000",
        r#"["   20|   14|00011|          1700000000|00000000001700000000|       Nov|    +00000|    +    0|0000+00000|  %5q|%^Q|   %5"]"#,
    )]);
}

#[test]
fn strftime_takes_every_time_for_standard_time() {
    let run = jq([
        "-n",
        r#"1.5e9, 1.48e9 | strftime("%s"), strflocaltime("%s")"#,
    ])
    .env("TZ", "America/New_York");
    assert_eq!(
        run.stdout(),
        "\"1500018000\"\n\"1500000000\"\n\"1480018000\"\n\"1480000000\"\n"
    );
}
