//! Handles a request: first the quota, then latency, faults, and the operation.

use std::io;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::http::request::Parts;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use super::effect::{effect, unrecognized};
use crate::answer::{AWS_JSON, Cut, FaultEffect, HttpResponse, Refusal, Reply};
use crate::clock::{Moment, SimClock};
use crate::fault::Fault;
use crate::random::Random;
use crate::region::Regions;
use crate::requester::CredentialScope;
use crate::requester::Requester;
use crate::serve::log::{Log, Request};
use crate::serve::quota::Quota;
use crate::services::athena::Athena;
use crate::services::lookup::token::Token;
use crate::services::lookup::{LookupRequest, Paging};
use crate::services::s3::S3;
use crate::services::sts::Identities;
use crate::services::trails::{self, ListedTrail};
use crate::services::{ec2, form, lookup};
use crate::store::Store;
use crate::store::index::Scoping;

/// The maximum latency of the response to a throttled request.
const THROTTLED_LATENCY: Duration = Duration::from_millis(30);

/// The operation that lists the public keys of digests.
const LIST_PUBLIC_KEYS: &str = "ListPublicKeys";

/// The operation that lists the account's trails.
const DESCRIBE_TRAILS: &str = "DescribeTrails";

/// The response to `ListPublicKeys` if there are no keys.
const NO_PUBLIC_KEYS: &str = r#"{"PublicKeyList":[]}"#;

/// The simulated services: their data, their settings, and the state that changes with requests.
pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) paging: Paging,
    pub(crate) identities: Identities,
    pub(crate) regions: Regions,
    pub(crate) s3: S3,
    pub(crate) athena: Athena,
    /// The response to `ListPublicKeys`, or `None` if there are no keys.
    pub(crate) public_keys: Option<String>,
    /// The trails in the response to `DescribeTrails`.
    pub(crate) trails: Vec<ListedTrail>,
    /// The region of the buckets that are configured without a region.
    pub(crate) home: String,
    pub(crate) scoping: Scoping,
    pub(crate) quota: Option<Mutex<Quota>>,
    pub(crate) latency: RangeInclusive<Duration>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) seed: u64,
    pub(crate) present: SimClock,
    pub(crate) log: Log,
    pub(crate) started: (Timestamp, Instant),
    pub(crate) count: AtomicU64,
    /// The last error that occurred when the request log was written, or `None` if there was none.
    pub(crate) log_error: Mutex<Option<io::Error>>,
    pub(crate) log_failed: Notify,
}

impl Service {
    /// Handles and logs a request, and returns the response.
    pub(crate) async fn reply(&self, head: &Parts, body: &[u8]) -> Reply {
        let arrived = self.started.1.elapsed();
        let header = |name: &str| head.headers.get(name).and_then(|text| text.to_str().ok());
        let scope = header("authorization").and_then(CredentialScope::read);
        let mut request = Request {
            arrived: arrived.as_secs_f64(),
            target: header("x-amz-target").map(str::to_owned),
            user_agent: header("user-agent").map(str::to_owned),
            has_session_token: head.headers.contains_key("x-amz-security-token"),
            ..Request::default()
        };
        if let Some(scope) = &scope {
            request.region.clone_from(&scope.region);
            request.access_key_id.clone_from(&scope.access_key_id);
            request.account = self.identities.account(&scope.access_key_id);
        }
        let service = scope.as_ref().map(|scope| scope.service.as_str());
        let reply = if service == Some("sts") {
            self.sts(body, &mut request)
        } else if service == Some("ec2") {
            self.ec2(body, &mut request)
        } else if service == Some("athena") {
            self.athena(head, body, &mut request).await
        } else if self.is_for_s3(head, service) {
            self.s3(head, service.is_some(), &mut request).await
        } else {
            request.number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
            let outcome = self.look_up(head, body, scope.as_ref(), &mut request);
            outcome.await.unwrap_or_else(|refusal| {
                request.result.clone_from(&refusal.code);
                Reply {
                    answer: refusal.into_answer(),
                    cut: None,
                    now: self.now(),
                }
            })
        };
        request.status = match reply.cut {
            Some(cut) if cut.sends_nothing() => 0,
            _ => reply.answer.status,
        };
        if request.result.is_empty() {
            "ok".clone_into(&mut request.result);
        }
        request.took_ms = self
            .started
            .1
            .elapsed()
            .saturating_sub(arrived)
            .as_secs_f64()
            * 1000.0;
        if let Err(error) = self.log.add(request) {
            let mut log_error = self
                .log_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *log_error = Some(error);
            self.log_failed.notify_one();
        }
        reply
    }

    fn sts(&self, body: &[u8], request: &mut Request) -> Reply {
        let form = form::form(body);
        request.operation = form.get("Action").cloned().unwrap_or_default();
        let now = self.started.0.as_second() + seconds(self.started.1.elapsed());
        let is_kept = |account: &str| {
            let mut faults = self.faults.iter();
            faults.any(|fault| fault.keeps_roles_of(account))
        };
        let key = &request.access_key_id;
        let answer = self.identities.answer(&form, key, now, is_kept);
        let answer = answer.unwrap_or_else(|refused| {
            "refused".clone_into(&mut request.result);
            refused
        });
        Reply {
            answer,
            cut: None,
            now: self.now(),
        }
    }

    fn ec2(&self, body: &[u8], request: &mut Request) -> Reply {
        let form = form::form(body);
        request.operation = form.get("Action").cloned().unwrap_or_default();
        let answer = ec2::answer(&form, &request.region, &self.regions);
        let answer = answer.unwrap_or_else(|refused| {
            "refused".clone_into(&mut request.result);
            refused
        });
        Reply {
            answer,
            cut: None,
            now: self.now(),
        }
    }

    async fn look_up(
        &self,
        head: &Parts,
        body: &[u8],
        scope: Option<&CredentialScope>,
        request: &mut Request,
    ) -> Result<Reply, Refusal> {
        request.body = serde_json::from_slice(body).unwrap_or(Value::Null);
        // The page is read from the token before the quota or a fault can refuse the request, so
        // that the log contains the page of refused requests too.
        request.page = request.body["NextToken"].as_str().and_then(Token::page);
        let mut random = Random::new(self.seed, request.number);
        let latency = self.latency(&mut random);
        let account = request.account.clone();
        if !self.is_within_quota(request) {
            tokio::time::sleep(latency.min(THROTTLED_LATENCY)).await;
            return Err(Refusal::throttled());
        }
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let fault = self.faults.iter().find(|fault| {
            let requester = Requester {
                region: &request.region,
                account: account.as_deref(),
            };
            fault.strikes(request.number, &requester, &mut random)
        });
        let mut cut = None;
        if let Some(fault) = fault {
            match effect(&fault.kind)? {
                FaultEffect::HttpResponse(answer) => {
                    request.result = fault.kind.to_string();
                    return Ok(Reply {
                        answer,
                        cut: None,
                        now: self.now(),
                    });
                }
                FaultEffect::Cut(kind) => {
                    request.result = fault.kind.to_string();
                    cut = Some(kind);
                }
            }
        }
        if cut.is_some_and(Cut::sends_nothing) {
            return Ok(Reply {
                answer: HttpResponse::ok(AWS_JSON, ""),
                cut,
                now: None,
            });
        }
        request.operation = operation(head)?;
        check_signature(scope)?;
        if !self.regions.is_enabled(&request.region) && self.scoping == Scoping::Region {
            return Err(unrecognized());
        }
        if request.operation == LIST_PUBLIC_KEYS {
            let listing = self.public_keys.as_deref().unwrap_or(NO_PUBLIC_KEYS);
            return Ok(Reply {
                answer: HttpResponse::ok(AWS_JSON, listing),
                cut,
                now: self.now(),
            });
        }
        if request.operation == DESCRIBE_TRAILS {
            return Ok(Reply {
                answer: HttpResponse::ok(AWS_JSON, trails::answer(&self.trails, &request.body)),
                cut,
                now: self.now(),
            });
        }
        let question = LookupRequest::read(body)?;
        let requester = Requester {
            region: &request.region,
            account: account
                .as_deref()
                .filter(|_| self.scoping == Scoping::Region),
        };
        let from = lookup::continued(&question, &requester)?;
        let now = self.now();
        let page = lookup::page(&self.store, &question, &requester, from, &self.paging, now);
        request.events = page.events;
        Ok(Reply {
            answer: HttpResponse::ok(AWS_JSON, page.body),
            cut,
            now,
        })
    }

    /// Returns the current moment, from which the service's clock computes its time.
    pub(crate) fn moment(&self) -> Moment {
        Moment {
            elapsed: self.started.1.elapsed(),
            requests: self.count.load(Ordering::Relaxed),
        }
    }

    /// Returns the service's current Unix time in seconds, or `None` if the service uses the
    /// machine's clock.
    pub(super) fn now(&self) -> Option<i64> {
        self.present.second(self.moment())
    }

    pub(super) fn latency(&self, random: &mut Random) -> Duration {
        let us = |duration: &Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let range = us(self.latency.start())..=us(self.latency.end());
        Duration::from_micros(random.within(&range))
    }

    /// Whether a request is within the quota of its account and region.
    fn is_within_quota(&self, request: &Request) -> bool {
        let Some(quota) = &self.quota else {
            return true;
        };
        let account = request.account.as_ref().unwrap_or(&request.access_key_id);
        let mut quota = quota.lock().unwrap_or_else(PoisonError::into_inner);
        quota.take(account, &request.region, self.started.1.elapsed())
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Returns the name of the operation that a request is for. In `X-Amz-Target`, botocore sends the
/// full name of the service, and the SDKs send the last part of this name.
fn operation(head: &Parts) -> Result<String, Refusal> {
    let header = |name: &str| head.headers.get(name).and_then(|text| text.to_str().ok());
    let unknown = || Refusal::silent("UnknownOperationException");
    if head.method != "POST" || head.uri.path() != "/" {
        return Err(unknown().with_status(404));
    }
    let target = header("x-amz-target").unwrap_or_default();
    let (service, operation) = target.rsplit_once('.').ok_or_else(unknown)?;
    let is_known = matches!(
        service,
        "CloudTrail_20131101" | "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
    );
    let content_type = header("content-type").unwrap_or_default();
    if !is_known || !content_type.starts_with(AWS_JSON) {
        return Err(unknown());
    }
    if !matches!(
        operation,
        "LookupEvents" | LIST_PUBLIC_KEYS | DESCRIBE_TRAILS
    ) {
        let message = "ct-sim supports LookupEvents, ListPublicKeys and DescribeTrails only.";
        return Err(Refusal::new("UnsupportedOperationException", message));
    }
    Ok(operation.to_owned())
}

fn check_signature(scope: Option<&CredentialScope>) -> Result<(), Refusal> {
    let scope = scope.ok_or_else(|| {
        Refusal::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )
    })?;
    if scope.service != "cloudtrail" {
        let message = "Credential should be scoped to correct service: 'cloudtrail'. ";
        return Err(Refusal::new("InvalidSignatureException", message));
    }
    Ok(())
}
