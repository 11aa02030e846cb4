//! Generates the table of resources that AWS operations create, from botocore's service models. The
//! noun of an operation is its name without the verb: `CreateUser` has the noun `User`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::event_names::{folders, version};

mod loose;

const TABLE: &str = "crates/ct-report/src/created/model.txt";

/// The prefixes of the names of operations that create resources.
const VERBS: [&str; 8] = [
    "Create",
    "Allocate",
    "Register",
    "Import",
    "Copy",
    "Run",
    "Restore",
    "Provision",
];

/// The maximum nesting depth to which the structures of a response are searched for identifiers.
const DEPTH: usize = 4;

/// Replaces the path of the ID of a Lightsail operation with the path of the created resource's
/// name. Lightsail's responses do not describe the resource, but an operation that names the
/// resource.
fn of_operation(path: String) -> String {
    let outer = ["s.operations", "s.operation"].map(|outer| (outer, format!("{outer}.id")));
    let found = outer.into_iter().find(|(_, id)| path == *id);
    found.map_or(path, |(outer, _)| format!("{outer}.resourceName"))
}

/// Generates the table from the folders `botocore` and `cfnlint`, which are installed Python
/// packages.
pub(crate) fn run(botocore: &Path, cfnlint: &Path) -> Result<()> {
    let kinds = RegistryTypes::read(&cfnlint.join("data/schemas/providers/us-east-1.json"))?;
    let (mut table, mut count, mut named, mut typed) = (String::new(), 0, 0, 0);
    for service in folders(&botocore.join("data"))? {
        let Some(latest) = folders(&service)?.pop() else {
            continue;
        };
        let path = latest.join("service-2.json.gz");
        if !path.exists() {
            continue;
        }
        let model = File::open(&path).map_err(anyhow::Error::from);
        let model = model.and_then(|file| Ok(serde_json::from_reader(GzDecoder::new(file))?));
        let model: Value = model.with_context(|| format!("cannot read {}", path.display()))?;
        let folder = service.file_name().unwrap_or_default().to_string_lossy();
        let mut lines = String::new();
        let operations = model["operations"].as_object().context("no operations")?;
        for (name, operation) in operations {
            let verb = VERBS.iter().find(|verb| name.starts_with(*verb));
            let Some(noun) = verb
                .map(|verb| &name[verb.len()..])
                .filter(|noun| is_noun(noun))
            else {
                continue;
            };
            let noun = without_source(noun);
            let kind = kinds.kind(&model, &folder, noun);
            let mut paths = paths(&model, operation, noun);
            if paths.is_empty() {
                paths = loose::paths(&model, operation, noun);
            }
            count += 1;
            named += usize::from(!paths.is_empty());
            typed += usize::from(kind.is_some());
            let kind = kind.unwrap_or_else(|| format!("{}::{noun}", camel(&model, &folder)));
            let paths: Vec<String> = paths.into_iter().map(of_operation).collect();
            let paths = if paths.is_empty() {
                "-".to_owned()
            } else {
                paths.join(" ")
            };
            writeln!(lines, "{name} {kind} {paths}")?;
        }
        if !lines.is_empty() {
            let sources: Vec<String> = sources(&model, &folder).into_iter().collect();
            write!(table, "@{}\n{lines}", sources.join(" "))?;
        }
    }
    let header = format!(
        "# What AWS's operations create: {count} operations, {named} with the place of a name, {typed} with a type of CloudFormation.\n\
         # From the models of botocore {} (Apache-2.0) and the registry's type names in cfn-lint {} (MIT-0).\n\
         # Written by cargo xtask created. The form is that of curated.txt.\n",
        version(botocore)?,
        fs::read_to_string(cfnlint.join("version.py"))?
            .lines()
            .find_map(|line| line.strip_prefix("__version__ = "))
            .context("cfn-lint has no __version__")?
            .trim_matches(['"', '\'']),
    );
    fs::write(TABLE, header + &table).with_context(|| format!("cannot write {TABLE}"))?;
    println!("{count} operations, {named} named, {typed} typed: {TABLE}");
    Ok(())
}

fn is_noun(noun: &str) -> bool {
    noun.starts_with(|first: char| first.is_ascii_uppercase())
}

/// The noun without the words that say from what the resource is restored: `TableFromBackup`
/// becomes `Table`.
fn without_source(noun: &str) -> &str {
    let source = ["From", "ToPointInTime", "WithTags", "BySplitting"]
        .iter()
        .find_map(|word| noun.find(word))
        .filter(|&at| at > 0);
    source.map_or(noun, |at| &noun[..at])
}

/// The possible event sources in the records of a service, without the domain `amazonaws.com`.
fn sources(model: &Value, folder: &str) -> BTreeSet<String> {
    let metadata = &model["metadata"];
    let names = ["endpointPrefix", "signingName"].map(|name| metadata[name].as_str());
    let names = names.into_iter().flatten().chain([folder]);
    let first = names.map(|name| name.split('.').next_back().unwrap_or(name).to_owned());
    first.collect()
}

fn camel(model: &Value, folder: &str) -> String {
    let id = model["metadata"]["serviceId"].as_str().unwrap_or(folder);
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The resource types in `CloudFormation`'s registry.
struct RegistryTypes {
    /// The type, such as `AWS::IAM::User`, by service and noun, both in lower case.
    by_name: BTreeMap<(String, String), String>,
}

/// The services whose name in `CloudFormation` differs from their ID in botocore: the name of
/// botocore's folder, and `CloudFormation`'s name in lower case.
const SERVICES: [(&str, &str); 12] = [
    ("acm", "certificatemanager"),
    ("cognito-idp", "cognito"),
    ("cognito-identity", "cognito"),
    ("elb", "elasticloadbalancing"),
    ("es", "elasticsearch"),
    ("events", "events"),
    ("firehose", "kinesisfirehose"),
    ("greengrassv2", "greengrassv2"),
    ("logs", "logs"),
    ("route53resolver", "route53resolver"),
    ("stepfunctions", "stepfunctions"),
    ("opensearch", "opensearchservice"),
];

impl RegistryTypes {
    fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let types: BTreeMap<String, Value> = serde_json::from_str(&text)?;
        let names = types.keys().filter_map(|name| {
            let (service, noun) = name.strip_prefix("AWS::")?.split_once("::")?;
            let key = (service.to_ascii_lowercase(), noun.to_ascii_lowercase());
            Some((key, format!("{service}::{noun}")))
        });
        Ok(Self {
            by_name: names.collect(),
        })
    }

    /// The type of the resource that an operation with the noun `noun` creates, or `None` if the
    /// registry lacks it.
    fn kind(&self, model: &Value, folder: &str, noun: &str) -> Option<String> {
        let renamed = SERVICES.iter().find(|(name, _)| *name == folder);
        let plain = |text: &str| {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase()
        };
        let services = [
            renamed.map(|(_, service)| (*service).to_owned()),
            Some(plain(&camel(model, folder))),
            Some(plain(folder)),
        ];
        let noun = noun.to_ascii_lowercase();
        let singular = noun.strip_suffix('s').unwrap_or(&noun);
        services.into_iter().flatten().find_map(|service| {
            let mut nouns = [noun.as_str(), singular].into_iter();
            nouns.find_map(|noun| {
                self.by_name
                    .get(&(service.clone(), noun.to_owned()))
                    .cloned()
            })
        })
    }
}

/// A member of a request or response that may contain an identifier of the created resource.
struct Candidate {
    class: Class,
    rank: usize,
    path: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Arn,
    Id,
    Name,
}

/// The paths of the ARN, the ID and the name of the created resource, as far as the model contains
/// them.
fn paths(model: &Value, operation: &Value, noun: &str) -> Vec<String> {
    let mut answered = Vec::new();
    let noun = noun.to_ascii_lowercase();
    if let Some(shape) = operation["output"]["shape"].as_str() {
        look(model, shape, "s", &noun, (true, 0), &mut answered);
    }
    let mut asked = Vec::new();
    if let Some(shape) = operation["input"]["shape"].as_str() {
        look(model, shape, "q", &noun, (true, DEPTH), &mut asked);
    }
    let mut paths = Vec::new();
    for class in [Class::Arn, Class::Id, Class::Name] {
        let best = |candidates: &[Candidate]| {
            let of_class = candidates
                .iter()
                .filter(|candidate| candidate.class == class);
            of_class
                .min_by_key(|candidate| candidate.rank)
                .map(|candidate| candidate.path.clone())
        };
        paths.extend(best(&answered));
    }
    let name = asked
        .into_iter()
        .filter(|candidate| candidate.class != Class::Arn || candidate.rank < 20);
    paths.extend(
        name.min_by_key(|candidate| candidate.rank)
            .map(|candidate| candidate.path),
    );
    paths
}

fn look(
    model: &Value,
    shape: &str,
    path: &str,
    noun: &str,
    (inside, depth): (bool, usize),
    found: &mut Vec<Candidate>,
) {
    let shape = &model["shapes"][shape];
    let Some(members) = shape["members"].as_object() else {
        return;
    };
    for (member, target) in members {
        let Some(target) = target["shape"].as_str() else {
            continue;
        };
        let mut kind = &model["shapes"][target];
        let mut inner = target;
        let is_list = kind["type"] == "list";
        if is_list {
            inner = kind["member"]["shape"].as_str().unwrap_or_default();
            kind = &model["shapes"][inner];
        }
        let name = member.to_ascii_lowercase();
        let path = format!("{path}.{member}");
        if kind["type"] == "string"
            || (kind["type"] == "integer" && !is_list && name.ends_with("id"))
        {
            if let Some((class, rank)) = rank(&name, noun, inside, is_list) {
                found.push(Candidate {
                    class,
                    rank: rank + depth,
                    path,
                });
            }
        } else if kind["type"] == "structure" && depth < DEPTH {
            let is_only = members
                .values()
                .filter(|other| other["shape"] == target)
                .count()
                == 1
                && members.len() <= 2;
            let is_noun = is_the_nouns(&name, noun) || (is_only && inside);
            look(model, inner, &path, noun, (is_noun, depth + 1), found);
        }
    }
}

fn is_the_nouns(structure: &str, noun: &str) -> bool {
    let [structure, noun] = [structure, noun].map(|text| text.strip_suffix('s').unwrap_or(text));
    structure == noun
        || (structure.len() > 3 && noun.ends_with(structure))
        || structure.starts_with(noun)
}

/// What the member `member` contains (an ARN, an ID or a name), and its rank. A member with a lower
/// rank identifies the resource better. `None` if the member does not identify the created
/// resource.
fn rank(member: &str, noun: &str, inside: bool, is_list: bool) -> Option<(Class, usize)> {
    let singular = noun.strip_suffix('s').unwrap_or(noun);
    let rest = member
        .strip_prefix(noun)
        .or_else(|| member.strip_prefix(singular));
    let rest = rest.or_else(|| {
        // A member may contain only the end of the noun: `CreateDBClusterSnapshot` has the member
        // `SnapshotIdentifier`.
        let words = ["arn", "id", "identifier", "name", "url"];
        let suffix = words
            .into_iter()
            .find(|word| member.ends_with(word) && member.len() >= word.len() + 3)?;
        noun.ends_with(&member[..member.len() - suffix.len()])
            .then_some(suffix)
    });
    let rest = if is_list {
        rest.map(|rest| rest.trim_end_matches('s'))
    } else {
        rest
    };
    match (rest, member) {
        (Some("arn"), _) => Some((Class::Arn, 0)),
        (_, "arn" | "resourcearn") if inside => Some((Class::Arn, 10)),
        (Some("id" | "identifier"), _) => Some((Class::Id, 0)),
        (_, "id" | "identifier") if inside => Some((Class::Id, 10)),
        (Some("name"), _) => Some((Class::Name, 0)),
        (_, "name") if inside => Some((Class::Name, 10)),
        (Some("" | "url"), _) => Some((Class::Name, 20)),
        _ => None,
    }
}
