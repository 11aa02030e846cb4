//! Tests in a browser that no hostile field of a report runs code, loads a resource or breaks the
//! page.

use std::fs;

use ct_tests::Sandbox;
use ct_tests::browser::Browser;
use serde_json::{Value, json};

/// The axe-core script that `cargo xtask browser` installs.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/axe-core/package/axe.min.js"
);

/// A hostile field with markup, scripts, terminal escapes and bidirectional overrides.
const HOSTILE: &str = "=cmd|'<script>alert(1)</script><img src=http://192.0.2.1/a.png onerror=alert(2)>\u{1b}[2J\u{202e}abc\n\"></pre></td>\
    <svg onload=alert(3)><a href=javascript:alert(4)>x</a>{{7*7}}<!--";

/// Records in which every free-text field is hostile, and one field is very long.
fn records() -> String {
    let record = |number: usize, name: &str| {
        json!({
            "eventVersion": "1.08",
            "eventID": format!("00000000-0000-4000-8000-{number:012}"),
            "eventTime": format!("2026-01-31T10:{:02}:00Z", number % 60),
            "eventName": name,
            "eventSource": "ec2.amazonaws.com",
            "awsRegion": HOSTILE,
            "recipientAccountId": "111122223333",
            "sourceIPAddress": HOSTILE,
            "userAgent": if number.is_multiple_of(7) { "A".repeat(1_000_000) } else { HOSTILE.to_owned() },
            "readOnly": false,
            "errorCode": if number.is_multiple_of(3) { json!(HOSTILE) } else { Value::Null },
            "userIdentity": {
                "type": "IAMUser", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "principalId": HOSTILE,
                "arn": format!("arn:aws:iam::111122223333:user/{HOSTILE}"), "userName": HOSTILE,
            },
            "requestParameters": {"keyName": HOSTILE, "more": "<script>".repeat(if number % 7 == 1 { 130_000 } else { 1 })},
            "responseElements": {"keyName": HOSTILE, "keyPairId": format!("{HOSTILE}{number}")},
        })
    };
    let lines = (0_usize..40).map(|number| {
        let name = if number.is_multiple_of(2) {
            "CreateKeyPair"
        } else {
            HOSTILE
        };
        format!("{}\n", record(number, name))
    });
    lines.collect()
}

/// A script that returns the effects of hostile fields on the page, and the findings of axe-core.
const LOOK: &str = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']}).then(found => ({
    scripts: document.scripts.length,
    images: document.images.length,
    handlers: [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on')).length,
    links: [...document.links].filter(link => !link.getAttribute('href').startsWith('#')).length,
    wide: document.documentElement.scrollWidth > innerWidth,
    violations: found.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 200)),
}))";

#[test]
#[ignore = "needs Chromium and axe-core: cargo xtask browser"]
fn hostile_fields_run_nothing_load_nothing_and_leave_the_page_accessible() {
    let axe = fs::read_to_string(AXE).expect("cargo xtask browser has fetched axe-core");
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", records());
    let arguments = ["--format", "html", "-o", "report.html", "records.ndjson"];
    let output = sandbox.command("ct-report").args(arguments).output();
    assert_eq!(output.expect("ct-report runs").status.code(), Some(0));
    let page = sandbox.folder().join("report.html");
    for scheme in ["light", "dark"] {
        for width in [380, 1400] {
            let mut browser = Browser::start();
            let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.call("Emulation.setEmulatedMedia", &scheme);
            let size = json!({"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500});
            browser.call("Emulation.setDeviceMetricsOverride", &size);
            browser.open(&page);
            browser.evaluate(&format!("{axe}; 0"));
            let looked = browser.evaluate(LOOK);
            let expected = json!({
                "scripts": 1, "images": 0, "handlers": 0, "links": 0, "wide": false, "violations": [],
            });
            assert_eq!(looked, expected, "{scheme} at {width} pixels");
            let requests = browser.told("Network.requestWillBeSent");
            let urls: Vec<&Value> = requests.map(|request| &request["request"]["url"]).collect();
            assert_eq!(urls, [&json!(format!("file://{}", page.display()))]);
            for event in [
                "Log.entryAdded",
                "Runtime.consoleAPICalled",
                "Runtime.exceptionThrown",
                "Page.javascriptDialogOpening",
            ] {
                assert_eq!(
                    browser.told(event).collect::<Vec<_>>(),
                    Vec::<&Value>::new()
                );
            }
        }
    }
}
