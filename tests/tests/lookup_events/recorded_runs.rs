//! Replays recorded runs of the AWS CLI 2.36.7 with `ct-fetch lookup-events` on ct-sim.
//!
//! `tests/recorded/runs` contains one file per run, with the arguments, the environment, the input
//! files and the result. The folder omits runs on real records, runs that show the AWS CLI's own
//! defects (`docs/deviations.md`), runs that contain a token of the recorded endpoint, and runs
//! that need TLS, a terminal, or a response that ct-sim does not send.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use ct_sim::{Events, Fault, Sim, TimeFormat};
use ct_tests::Sandbox;
use serde_json::{Map, Value, json};

/// The number of concurrent runs. This number does not depend on the number of cores, because most
/// runs wait.
const THREADS: usize = 8;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded")
}

/// The name and the content of every recorded run, sorted by name.
fn runs() -> Vec<(String, Value)> {
    let mut runs: Vec<(String, Value)> = std::fs::read_dir(folder().join("runs"))
        .expect("the recorded runs are in the project")
        .map(|entry| {
            let path = entry.expect("the entries of the folder can be read").path();
            let text = std::fs::read_to_string(&path).expect("a recorded run is UTF-8");
            let name = path
                .file_stem()
                .expect("a recorded run has a name")
                .to_string_lossy();
            let run = serde_json::from_str(&text).expect("a recorded run is JSON");
            (name.into_owned(), run)
        })
        .collect();
    runs.sort_by(|one, other| one.0.cmp(&other.0));
    runs
}

/// The ct-sim settings for a recorded endpoint, or `None` if ct-sim cannot simulate it.
fn events(endpoint: &Value) -> Option<Events> {
    let data = |name: &str| {
        let path = endpoint[name]
            .as_str()?
            .replace("{LAB}", &folder().to_string_lossy());
        Some(PathBuf::from(path))
    };
    let mut events =
        Events::files(data("events").into_iter().chain(data("insights"))).every_region();
    for (key, value) in endpoint.as_object()? {
        events = match key.as_str() {
            "events" | "insights" => events,
            "page_pattern" => {
                let sizes = value.as_array()?.iter().filter_map(Value::as_u64);
                events.page_sizes(
                    sizes
                        .filter_map(|size| usize::try_from(size).ok())
                        .collect::<Vec<_>>(),
                )
            }
            "time_format" => events.time_format(value.as_str()?.parse::<TimeFormat>().ok()?),
            "faults" => value
                .as_array()?
                .iter()
                .try_fold(events, |events, recorded| {
                    Some(events.fault(fault(recorded.as_object()?)?))
                })?,
            _ => return None,
        };
    }
    Some(events)
}

fn fault(recorded: &Map<String, Value>) -> Option<Fault> {
    let kind = match recorded["kind"].as_str()? {
        "http500" => "500".to_owned(),
        "http503" => "503".to_owned(),
        "http429" => "429".to_owned(),
        "hang" => "hang:30s".to_owned(),
        "slow" => "slow:2s".to_owned(),
        "error" if !recorded.contains_key("message") => {
            format!("error:{}", recorded["code"].as_str()?)
        }
        "error" => return None,
        other => other.to_owned(),
    };
    let when = match (recorded.get("at"), recorded.get("from")) {
        (Some(at), _) => at[0].to_string(),
        (_, Some(from)) => format!("{from}.."),
        _ => return None,
    };
    format!("{kind}@{when}").parse().ok()
}

/// Pairs of a placeholder in a recorded run and its value in the current run. The methods replace
/// placeholders with values, and values with placeholders.
struct Names {
    pairs: [(&'static str, String); 4],
}

impl Names {
    fn filled(&self, text: &str) -> String {
        let fill = |text: String, (name, value): &(&str, String)| text.replace(name, value);
        self.pairs.iter().fold(text.to_owned(), fill)
    }

    fn recorded(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text).into_owned();
        let name = |text: String, (name, value): &(&str, String)| text.replace(value, name);
        self.pairs.iter().fold(text, name)
    }
}

/// Replays a recorded run of the AWS CLI with ct-fetch, and returns the differences from the
/// recorded result.
fn differences(name: &str, run: &Value) -> Vec<String> {
    let sim = Sim::start(events(&run["mock"]).expect("only such runs are replayed"));
    let sandbox = Sandbox::new();
    let home = sandbox.folder().join("home");
    let port = sim
        .url()
        .rsplit(':')
        .next()
        .map(str::to_owned)
        .unwrap_or_default();
    let names = Names {
        pairs: [
            ("{ENDPOINT}", sim.url()),
            ("{PORT}", port),
            ("{HOME}", home.to_string_lossy().into_owned()),
            ("{LAB}", folder().to_string_lossy().into_owned()),
        ],
    };
    let members = |key: &str| run[key].as_object().cloned().unwrap_or_default();
    for (path, text) in members("files") {
        sandbox.write(
            &format!("home/{path}"),
            names.filled(text.as_str().unwrap_or_default()),
        );
    }
    let mut command = sandbox.process("ct-fetch");
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        )
        .current_dir(&home)
        .stdin(Stdio::null());
    for (key, value) in members("env") {
        match value.as_str() {
            Some(value) => command.env(key, names.filled(value)),
            None => command.env_remove(key),
        };
    }
    let words = run["argv"].as_array().cloned().unwrap_or_default();
    let words = words
        .iter()
        .filter_map(Value::as_str)
        .map(|word| names.filled(word));
    let output = command.args(words).output().expect("ct-fetch runs");

    let stderr = names
        .recorded(&output.stderr)
        .replace("ct-fetch: [ERROR]:", "aws: [ERROR]:");
    let is_loose = run["impl_specific_stderr"] == true;
    let said = |text: &str| {
        if is_loose {
            text.trim().is_empty().to_string()
        } else {
            text.to_owned()
        }
    };
    let requests: Vec<Value> = sim
        .requests()
        .into_iter()
        .filter(|request| request.number > 0)
        .map(|request| json!([request.region, request.access_key_id, request.body]))
        .collect();
    let recorded = run["requests"].as_array().cloned().unwrap_or_default();
    let recorded: Vec<Value> = recorded
        .iter()
        .map(|request| {
            let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
            json!([text("region"), text("access_key"), request["body"]])
        })
        .collect();
    let compared = [
        (
            "stdout",
            json!(names.recorded(&output.stdout)),
            run["stdout"].clone(),
        ),
        (
            "stderr",
            json!(said(&stderr)),
            json!(said(run["stderr"].as_str().unwrap_or_default())),
        ),
        ("exit", json!(output.status.code()), run["exit"].clone()),
        (
            "requests",
            without_tokens(requests),
            without_tokens(recorded),
        ),
    ];
    compared
        .into_iter()
        .filter(|(_, ours, recorded)| ours != recorded)
        .map(|(what, ours, recorded)| format!("{name}: {what}: {ours} in place of {recorded}"))
        .collect()
}

/// The requests with every token replaced by `…`. A token is specific to the endpoint, so only its
/// presence is compared.
fn without_tokens(requests: Vec<Value>) -> Value {
    let requests = requests.into_iter().map(|mut request| {
        if let Some(token) = request[2].get_mut("NextToken") {
            *token = json!("…");
        }
        request
    });
    Value::Array(requests.collect())
}

#[test]
fn recorded_runs_of_the_aws_cli_give_the_same_output_status_and_requests() {
    let runs = runs();
    let waiting = Mutex::new(runs.iter());
    let next = || waiting.lock().expect("no thread panics").next();
    let differences: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    while let Some((name, run)) = next() {
                        found.extend(differences(name, run));
                    }
                    found
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no run panics"))
            .collect()
    });
    assert_eq!(differences, Vec::<String>::new(), "of {} runs", runs.len());
    assert_eq!(runs.len(), 163);
}
