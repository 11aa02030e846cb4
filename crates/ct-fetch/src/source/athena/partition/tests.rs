use super::*;
use ct_core::record::category::EventCategory;
use ct_core::time::Window;
use jiff::civil::date;

fn columns(names: &[&str]) -> Vec<Column> {
    let column = |name: &&str| Column {
        name: (*name).to_owned(),
        data_type: "string".to_owned(),
    };
    names.iter().map(column).collect()
}

fn projected(names: &[&str], template: &str, properties: &[(&str, &str)]) -> Partitions {
    let properties = properties.iter().map(|(name, value)| {
        let value = (*value).to_owned();
        (format!("projection.{name}"), value)
    });
    let template = ("storage.location.template".to_owned(), template.to_owned());
    let parameters = properties.chain([template]).collect();
    Partitions::projected(&columns(names), &parameters, date(2026, 3, 31)).unwrap()
}

fn registered(names: &[&str], rows: &[&[&str]]) -> Partitions {
    let rows = rows
        .iter()
        .map(|row| row.iter().map(|value| Some((*value).to_owned())));
    let rows: Vec<Vec<_>> = rows.map(Iterator::collect).collect();
    Partitions::registered(&columns(names), &rows)
}

fn scope(since: &str, until: &str) -> Scope {
    let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
    Scope {
        window: Window::new(Some(second(since)), Some(second(until))).unwrap(),
        late: 86_400,
        accounts: Some(vec!["111122223333".to_owned()]),
        regions: Some(vec!["us-east-1".to_owned()]),
        categories: Some(vec![EventCategory::Management]),
        ..Scope::default()
    }
}

fn place(kind: Kind, region: &str, days: Option<(Date, Date)>) -> FolderPosition {
    FolderPosition {
        account: "111122223333".to_owned(),
        kind,
        region: Some(region.to_owned()),
        days,
    }
}

fn on(day: Date) -> (Date, Date) {
    (day, day)
}

const DAYS: [(&str, &str); 3] = [
    ("timestamp.type", "date"),
    ("timestamp.format", "yyyy/MM/dd"),
    ("timestamp.range", "2020/01/01,NOW"),
];

#[test]
fn the_condition_on_projected_days_includes_days_for_late_files() {
    let template = "s3://b/AWSLogs/111122223333/CloudTrail/us-east-1/${timestamp}";
    let partitions = projected(&["timestamp"], template, &DAYS);
    let scope = scope("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z");
    assert_eq!(
        partitions.conditions(&scope),
        Ok(vec![
            r#""timestamp" BETWEEN '2026/01/31' AND '2026/02/02'"#.to_owned()
        ])
    );
    let cover = |place| partitions.cover(&place);
    assert_eq!(
        cover(place(Kind::Events, "us-east-1", Some(on(date(2026, 1, 1))))),
        FolderCoverage::All
    );
    assert_eq!(
        cover(place(
            Kind::Events,
            "us-east-1",
            Some(on(date(2019, 12, 31)))
        )),
        FolderCoverage::Nothing
    );
    assert_eq!(
        cover(place(Kind::Events, "us-east-1", Some(on(date(2026, 4, 1))))),
        FolderCoverage::Nothing
    );
    assert_eq!(
        cover(place(Kind::Events, "us-east-1", None)),
        FolderCoverage::Some
    );
    assert_eq!(
        cover(place(Kind::Events, "eu-west-1", None)),
        FolderCoverage::Nothing
    );
    assert_eq!(
        cover(place(Kind::Insight, "us-east-1", None)),
        FolderCoverage::Nothing
    );
}

#[test]
fn the_place_in_the_path_gives_the_meaning_of_a_key() {
    let properties = [
        ("who.type", "enum"),
        ("who.values", "111122223333,444455556666"),
        ("where.type", "injected"),
        ("y.type", "integer"),
        ("y.range", "2020,2030"),
        ("m.type", "enum"),
        ("m.values", "01,02,03,04,05,06,07,08,09,10,11,12"),
        ("d.type", "integer"),
        ("d.range", "1,31"),
        ("d.digits", "2"),
    ];
    let template = "s3://b/AWSLogs/o-x/${who}/CloudTrail/${where}/${y}/${m}/${d}/";
    let partitions = projected(&["who", "where", "y", "m", "d"], template, &properties);
    let narrow = scope("2026-01-30T00:00:00Z", "2026-01-30T12:00:00Z");
    assert_eq!(
        partitions.conditions(&narrow).unwrap(),
        [
            r#""who" IN ('111122223333')"#,
            r#""where" IN ('us-east-1')"#,
            r#""y" IN ('2026')"#,
            r#""m" IN ('01', '1')"#,
            r#""d" IN ('30', '31')"#,
        ]
    );
    let wide = scope("2025-06-01T00:00:00Z", "2026-01-30T12:00:00Z");
    assert_eq!(partitions.conditions(&wide).unwrap().len(), 4);
    let open = Scope {
        window: Window::new(Some(0), None).unwrap(),
        ..narrow
    };
    assert_eq!(
        partitions.conditions(&open).unwrap()[2..],
        [r#""y" >= '1970'"#]
    );
    let anywhere = Scope {
        regions: None,
        ..open
    };
    assert!(
        partitions
            .conditions(&anywhere)
            .unwrap_err()
            .contains("its partition key where requires a value")
    );
    let year = Some((date(2026, 1, 1), date(2026, 12, 31)));
    assert_eq!(
        partitions.cover(&place(Kind::Events, "x", year)),
        FolderCoverage::All
    );
    assert_eq!(
        partitions.cover(&place(Kind::Events, "x", Some(on(date(2031, 1, 1))))),
        FolderCoverage::Nothing
    );
}

#[test]
fn a_key_with_unknown_values_has_no_condition() {
    let template = "s3://b/AWSLogs/${team}/x/${timestamp}";
    let properties = [
        DAYS.as_slice(),
        &[("team.type", "enum"), ("team.values", "a,b")],
    ]
    .concat();
    let partitions = projected(&["team", "timestamp"], template, &properties);
    let scope = scope("2026-01-30T00:00:00Z", "2026-01-30T12:00:00Z");
    assert_eq!(partitions.conditions(&scope), Ok(Vec::new()));

    let names = ["account", "region", "date"];
    for (rows, expected) in [
        (&[&["prod", "us-east-1", "2026-01-30"][..]][..], 2),
        (&[&["111122223333", "us-east-1", "30.1.2026"]], 2),
        (&[&["111122223333", "us-east-1", "2026-01-30"]], 3),
    ] {
        let partitions = registered(&names, rows);
        assert_eq!(
            partitions.conditions(&scope).unwrap().len(),
            expected,
            "{rows:?}"
        );
    }
}

#[test]
fn a_registered_day_is_covered_and_one_that_is_not_is_missing() {
    let names = ["region", "year", "month", "day"];
    let partitions = registered(&names, &[&["us-east-1", "2026", "1", "30"]]);
    let cover = |region, days| partitions.cover(&place(Kind::Events, region, days));
    assert_eq!(cover("us-east-1", None), FolderCoverage::Some);
    assert_eq!(
        cover("us-east-1", Some(on(date(2026, 1, 30)))),
        FolderCoverage::All
    );
    assert_eq!(
        cover("us-east-1", Some(on(date(2026, 1, 31)))),
        FolderCoverage::Nothing
    );
    assert_eq!(
        cover("eu-west-1", Some(on(date(2026, 1, 30)))),
        FolderCoverage::Nothing
    );

    let months = registered(
        &["region", "year", "month"],
        &[&["us-east-1", "2026", "01"]],
    );
    let cover = |days| months.cover(&place(Kind::Events, "us-east-1", days));
    assert_eq!(cover(Some(on(date(2026, 1, 30)))), FolderCoverage::All);
    assert_eq!(cover(Some(on(date(2026, 2, 1)))), FolderCoverage::Nothing);

    let none = registered(&names, &[]);
    let cover = none.cover(&place(
        Kind::Events,
        "us-east-1",
        Some(on(date(2026, 1, 30))),
    ));
    assert_eq!(cover, FolderCoverage::Nothing);
}
