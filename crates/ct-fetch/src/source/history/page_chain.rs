//! One listing: a chain of pages, each asked for with the token the one before it gave.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use ct_core::query::Category;
use ct_core::record::attribute::Attribute;
use ct_core::record::event::Event;
use ct_core::time::Window;
use serde_json::{Map, Value, json};

use crate::source::history::page::Page;

/// What one listing asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LookupRequest {
    /// Inclusive at both ends, in whole seconds on the wire.
    pub(crate) window: Window,
    /// The one attribute LookupEvents can search by.
    pub(crate) lookup: Option<(Attribute, String)>,
    /// Management events or Insights.
    pub(crate) category: Category,
    /// 1 to 50; the service's own default is 50.
    pub(crate) page_size: Option<u8>,
}

impl LookupRequest {
    /// The same for the second `newest` and what is older; all of it where there is none.
    ///
    /// It ends a second later than that: should an event's time have a fraction, the service may hold it to be
    /// after the second it falls in.
    pub(crate) fn up_to(&self, newest: Option<i64>) -> Self {
        let (since, until) = (self.window.since(), self.window.until());
        let Some(newest) = newest else {
            return self.clone();
        };
        let end = newest.saturating_add(1);
        let end = until
            .map_or(end, |until| until.min(end))
            .max(since.unwrap_or(end));
        self.of(since, Some(end))
    }

    /// The same for the second `oldest` and what is newer; from the beginning of the history where there is none.
    pub(crate) fn from(&self, oldest: Option<i64>) -> Self {
        let until = self.window.until();
        self.of(oldest, until.max(until.and(oldest)))
    }

    fn of(&self, since: Option<i64>, until: Option<i64>) -> Self {
        Self {
            window: Window::new(since, until).expect("the end is not before the start"),
            ..self.clone()
        }
    }

    /// The body without a token: members the user did not ask for are not sent.
    fn body(&self, until: Option<i64>) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some((attribute, value)) = &self.lookup {
            let lookup = json!([{ "AttributeKey": attribute.name(), "AttributeValue": value }]);
            body.insert("LookupAttributes".to_owned(), lookup);
        }
        if let Some(since) = self.window.since() {
            body.insert("StartTime".to_owned(), json!(since));
        }
        if let Some(until) = until {
            body.insert("EndTime".to_owned(), json!(until));
        }
        if self.category == Category::Insight {
            body.insert("EventCategory".to_owned(), json!("insight"));
        }
        if let Some(page_size) = self.page_size {
            body.insert("MaxResults".to_owned(), json!(page_size));
        }
        body
    }
}

/// A chain of pages, and where it is.
///
/// A listing without an end would grow at its newest end while it is paged, and a service whose tokens
/// are positions would then repeat events. So the end is fixed after the first page that has events:
/// the next request begins a new chain that ends at the oldest second seen, and what it repeats is
/// dropped. Nothing that arrives later is newer than that end.
#[derive(Debug)]
pub(crate) struct PageChain {
    request: LookupRequest,
    until: Option<i64>,
    token: Option<String>,
    done: bool,
    /// Hashes of the tokens that the chain gave so far: 8 bytes for a page of 50 events.
    tokens: HashSet<u64>,
    hasher: RandomState,
    /// The second of the oldest event so far.
    reached: Option<i64>,
    /// Events given that a chain begun at `reached` lists again: by key their second and their number.
    given: HashMap<String, (i64, u32)>,
    /// What the chain has yet to repeat of what earlier ones gave.
    repeats: HashMap<String, (i64, u32)>,
    /// The newest second that is new: the second that the chain was begun at.
    newest: Option<i64>,
    /// How often it has begun a new chain since the last new event.
    fruitless: u32,
}

/// How often in a row a listing may begin a new chain without a new event.
const FRUITLESS: u32 = 10;

/// The service gave a token that it had given before in the same chain, which would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RepeatedToken;

impl PageChain {
    /// Not asked for yet.
    #[must_use]
    pub(crate) fn new(request: LookupRequest) -> Self {
        let until = request.window.until();
        Self {
            request,
            until,
            token: None,
            done: false,
            tokens: HashSet::new(),
            hasher: RandomState::new(),
            reached: None,
            given: HashMap::new(),
            repeats: HashMap::new(),
            newest: None,
            fruitless: 0,
        }
    }

    /// Whether the last page has come.
    #[must_use]
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// The JSON body that asks for the next page.
    #[must_use]
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = self.request.body(self.until);
        if let Some(token) = &self.token {
            body.insert("NextToken".to_owned(), json!(token));
        }
        Value::Object(body).to_string().into_bytes()
    }

    /// Takes the page that was asked for, and gives its events, newest first.
    ///
    /// # Errors
    /// When its token is one that the chain gave before, in a cycle of any length.
    pub(crate) fn accept(&mut self, page: Page) -> Result<Vec<Event>, RepeatedToken> {
        // botocore, too, takes an empty token for none.
        let next_token = page.next_token.filter(|token| !token.is_empty());
        if let Some(token) = &next_token
            && !self.tokens.insert(self.hasher.hash_one(token))
        {
            return Err(RepeatedToken);
        }
        self.token = next_token;
        self.done = self.token.is_none();
        let is_in_order = is_newest_first(&page.events);
        let events = page.events.into_iter();
        let events = events.filter(|event| self.is_new(event)).collect();
        if let (true, None, Some(reached)) = (is_in_order && !self.done, self.until, self.reached) {
            self.begin_at(reached);
        }
        Ok(events)
    }

    /// Begins a new chain at the last second seen, or where the listing began, since the token no longer
    /// holds.
    ///
    /// `false` where that has not helped: nothing new has come in the last ten times.
    #[must_use]
    pub(crate) fn restart(&mut self) -> bool {
        self.fruitless += 1;
        if self.fruitless > FRUITLESS {
            return false;
        }
        match self.reached {
            Some(reached) => self.begin_at(reached),
            None => self.begin(),
        }
        true
    }

    fn begin_at(&mut self, second: i64) {
        self.until = self.request.up_to(Some(second)).window.until();
        self.newest = Some(second);
        self.begin();
    }

    fn begin(&mut self) {
        self.token = None;
        self.tokens.clear();
        self.repeats.clone_from(&self.given);
    }

    /// Remembers the event, and tells whether the listing had not given it before the present chain.
    fn is_new(&mut self, event: &Event) -> bool {
        let second = event.second();
        // Where tokens are positions, a page may begin with events newer than the last one's.
        if let Some(second) = second
            && self.reached.is_none_or(|reached| second < reached)
        {
            self.reached = Some(second);
            self.given.retain(|_, (given, _)| *given <= second + 1);
        }
        let key = event.key();
        if let Some((_, number)) = self.repeats.get_mut(key.as_ref())
            && *number > 0
        {
            *number -= 1;
            return false;
        }
        if second > self.newest && self.newest.is_some() {
            return false;
        }
        self.fruitless = 0;
        let last = self.reached.unwrap_or_default();
        let second = second.unwrap_or(last);
        if second <= last + 1 {
            let given = self.given.entry(key.into_owned()).or_insert((second, 0));
            given.1 += 1;
        }
        true
    }
}

fn is_newest_first(events: &[Event]) -> bool {
    let seconds = events.iter().filter_map(Event::second);
    seconds.is_sorted_by(|newer, older| newer >= older)
}

#[cfg(test)]
mod tests;
