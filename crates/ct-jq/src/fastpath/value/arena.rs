//! Memory for one evaluation, with a budget in proportion to the size of the input.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use bumpalo::Bump;

use crate::fastpath::value::{Member, Stop};
use ct_core::json as scan;

/// The budget of bytes read or written is [`WORK_BASE`], plus this factor times the input's length.
const WORK_FACTOR: usize = 64;
const WORK_BASE: usize = 4 << 20;

/// The budget of allocated bytes is [`MEMORY_BASE`], plus this factor times the input's length.
const MEMORY_FACTOR: usize = 3;
const MEMORY_BASE: usize = 8 << 20;

/// The maximum memory in bytes that is kept for the next evaluation after a fallback to the engine.
const KEPT_BYTES: usize = 1 << 20;

/// The minimum length in bytes of an array or object with an index; a shorter one is scanned at
/// each access.
const INDEXED_BYTES: usize = 128;

/// The minimum number of members of an object with an index; a smaller object is searched linearly.
const INDEXED_MEMBERS: usize = 16;

/// The number of entries in the table of values that have been scanned once.
const SEEN: usize = 16;

/// A bump allocator, with indexes of the values that a program reads repeatedly.
///
/// A program may access an array or object of the input many times. The first access scans the
/// value, and the second access builds an index.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    bump: Bump,
    /// The number of allocated bytes when the evaluation began.
    held: usize,
    most_held: usize,
    /// The number of bytes read and written so far; `most_work` is its limit.
    work: Cell<usize>,
    most_work: usize,
    seen: [Cell<usize>; SEEN],
    /// The indexes, by the address of the indexed text or members.
    indexes: RefCell<HashMap<usize, Rc<Index>>>,
}

/// The offsets of the parts of an array or object.
#[derive(Debug)]
pub(crate) struct Index {
    /// The start and end of each value in the text; empty for a computed object, which has no text.
    values: Vec<(u32, u32)>,
    /// The positions of an object's members by key.
    keys: HashMap<Box<[u8]>, u32>,
}

impl Arena {
    /// Clears the arena, and begins the evaluation of an input of `input_bytes` bytes.
    pub(crate) fn begin(&mut self, input_bytes: usize) {
        self.bump.reset();
        self.held = self.bump.allocated_bytes();
        self.most_held = input_bytes.saturating_mul(MEMORY_FACTOR) + MEMORY_BASE;
        self.most_work = input_bytes.saturating_mul(WORK_FACTOR) + WORK_BASE;
        self.work.set(0);
        self.seen.fill(Cell::new(0));
        let indexes = self.indexes.get_mut();
        if !indexes.is_empty() {
            indexes.clear();
        }
    }

    /// Returns the memory of a large arena to the operating system.
    pub(crate) fn release(&mut self) {
        if self.bump.allocated_bytes() > KEPT_BYTES {
            *self = Self::default();
        }
    }

    /// Counts bytes that are read or written.
    ///
    /// # Errors
    /// [`Stop::Bail`] if the budget is used up. The program must then run on the engine, which
    /// needs less memory because it shares and frees values.
    #[inline]
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), Stop> {
        let work = self.work.get().saturating_add(bytes);
        self.work.set(work);
        let held = self.bump.allocated_bytes() - self.held;
        if work > self.most_work || held > self.most_held {
            return Err(Stop::Bail);
        }
        Ok(())
    }

    /// The index of a scanned array or object; `None` the first time that the index is requested.
    ///
    /// # Errors
    /// [`Stop::Bail`] for repeated or escaped keys, and if the budget is used up.
    pub(crate) fn index(&self, text: &[u8]) -> Result<Option<Rc<Index>>, Stop> {
        if text.len() < INDEXED_BYTES {
            return Ok(None);
        }
        let address = text.as_ptr().addr();
        let seen = &self.seen[address / 8 % SEEN];
        if seen.replace(address) != address && !self.is_indexed(address) {
            self.charge(text.len())?;
            return Ok(None);
        }
        if let Some(index) = self.indexes.borrow().get(&address) {
            return Ok(Some(index.clone()));
        }
        self.charge(2 * text.len())?;
        let Some(index) = Index::of_text(text)? else {
            return Ok(None);
        };
        let index = Rc::new(index);
        self.indexes.borrow_mut().insert(address, index.clone());
        Ok(Some(index))
    }

    fn is_indexed(&self, address: usize) -> bool {
        let indexes = self.indexes.borrow();
        !indexes.is_empty() && indexes.contains_key(&address)
    }

    /// The position of `key` among the members of a computed object.
    pub(crate) fn position(&self, members: &[Member<'_>], key: &[u8]) -> Option<usize> {
        let position = || members.iter().position(|(name, _)| *name == key);
        if members.len() < INDEXED_MEMBERS {
            return position();
        }
        let address = members.as_ptr().addr();
        if self.seen[address / 8 % SEEN].replace(address) != address && !self.is_indexed(address) {
            return position();
        }
        let mut indexes = self.indexes.borrow_mut();
        let index = indexes
            .entry(address)
            .or_insert_with(|| Rc::new(Index::of_members(members)));
        index.keys.get(key).map(|&at| at as usize)
    }
}

impl Deref for Arena {
    type Target = Bump;

    fn deref(&self) -> &Bump {
        &self.bump
    }
}

impl Index {
    /// Builds the index of an array or object; `None` if offsets do not fit into 32 bits.
    fn of_text(text: &[u8]) -> Result<Option<Self>, Stop> {
        if u32::try_from(text.len()).is_err() {
            return Ok(None);
        }
        let place = |part: &[u8]| {
            let start = part.as_ptr().addr() - text.as_ptr().addr();
            let at = |at| u32::try_from(at).map_err(|_| Stop::Bail);
            Ok((at(start)?, at(start + part.len())?))
        };
        let (mut values, mut keys) = (Vec::new(), HashMap::new());
        if text[0] == b'[' {
            scan::elements(text, |value| {
                values.push(place(value)?);
                Ok(())
            })?;
        } else {
            scan::members(text, |key, value| {
                let at = u32::try_from(values.len()).map_err(|_| Stop::Bail)?;
                let is_new = keys.insert(Box::from(key), at).is_none();
                if !is_new || memchr::memchr(b'\\', key).is_some() {
                    return Err(Stop::Bail);
                }
                values.push(place(value)?);
                Ok(())
            })?;
        }
        Ok(Some(Self { values, keys }))
    }

    fn of_members(members: &[Member<'_>]) -> Self {
        let keys = members.iter().zip(0..);
        Self {
            values: Vec::new(),
            keys: keys.map(|((key, _), at)| (Box::from(*key), at)).collect(),
        }
    }

    /// The number of parts of the indexed value.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The text of the part at the position `at`; `text` is the indexed value.
    pub(crate) fn value<'a>(&self, text: &'a [u8], at: usize) -> Option<&'a [u8]> {
        let (start, end) = *self.values.get(at)?;
        Some(&text[start as usize..end as usize])
    }

    /// The text of the member at `key`; `text` is the indexed value.
    pub(crate) fn find<'a>(&self, text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
        self.value(text, *self.keys.get(key)? as usize)
    }
}

#[cfg(test)]
mod tests {
    use crate::fastpath::{Arenas, FastPath, Outcome, Results, Style, Unit};

    /// A document of `records` records, and an object with the same records.
    fn documents(records: usize) -> [String; 2] {
        let record = |n: usize| {
            let note = "an address, a user agent and parameters that nobody asks for ".repeat(4);
            format!(
                r#"{{"id":"{n:08}","name":"Name{}","who":{{"arn":"user/{}"}},"note":"{note}"}}"#,
                n % 7,
                n % 31
            )
        };
        let elements: Vec<_> = (0..records).map(record).collect();
        let members = (0..records).map(|n| format!(r#""k{n}":{}"#, record(n)));
        [
            format!(r#"{{"Records":[{}]}}"#, elements.join(",")),
            format!("{{{}}}", members.collect::<Vec<_>>().join(",")),
        ]
    }

    /// The number of bytes that the program reads, writes and allocates; `None` after a fallback to
    /// the engine.
    fn cost(program: &str, text: &str) -> Option<usize> {
        let term =
            jaq_core::load::parse(program, |parser| parser.term()).expect("the program is valid");
        let style = Style {
            indent: None,
            raw: false,
            end: "\n",
        };
        let fast_path = FastPath::compile(&term, &[], style, Unit::Value)
            .expect("the fast path supports the program");
        let (mut arenas, mut out) = (Arenas::default(), Vec::new());
        let mut results = Results {
            out: &mut out,
            part: None,
        };
        let outcome = fast_path.run(text.as_bytes(), &mut arenas, &mut results);
        let arena = &arenas.of_record;
        matches!(outcome, Outcome::Done { .. })
            .then(|| arena.work.get() + arena.bump.allocated_bytes() + out.len())
    }

    #[test]
    fn a_document_four_times_as_large_costs_no_more_than_five_times_as_much() {
        let of_array = [
            ".Records | (map(keys) | add | unique) as $c | $c",
            ".Records | map(tojson) | add | length",
            ".Records | map({(.id): .name}) | add | length",
            r#"reduce .Records[] as $r (""; . + $r.name) | length"#,
            "reduce .Records[] as $r ([]; . + [$r.name]) | length",
            "reduce .Records[] as $r ({}; . + {($r.id): 1}) | length",
            ".Records as $r | [range($r | length) | $r[.].name]",
            ". as $d | [range($d.Records | length) | $d.Records[.].name]",
            "[.Records | range(length) as $k | has($k)] | all",
            ".Records | [range(length) as $i | .[$i:$i+2] | length] | add",
            ".Records | map({key: .id, value: .name}) | from_entries | length",
            "(.Records | map({key: .id, value: .name}) | from_entries) as $m | [.Records[] | $m[.id]]",
            ".Records | to_entries | map(.value.name)",
            ".Records | map(.who) | unique",
            ".Records | group_by(.who) | map(length)",
            ".Records | sort_by(.who, .id) | length",
            ".Records | [first(range(length) as $i | .[$i]), last]",
            ".Records | [range(length) as $k | any(.[$k].name; . == \"x\")]",
            ".Records | (.[0] | keys_unsorted) as $h | map($h as $k | [.[$k[0]], .[$k[1]]])",
            "[..] | length",
        ];
        let of_object = [
            "keys as $all | [$all[] as $k | .[$k].name]",
            "keys as $all | [$all[] as $k | has($k)] | all",
            ". as $o | [keys[] | . as $k | $o | .[$k].name]",
            "to_entries | map(.value.name)",
            "with_entries(select(.key != \"k1\")) | length",
            "keys | map({(.): 1}) | add | length",
            ". + {z: 1} | length",
            "del(.k5) | length",
        ];
        let [small, large] = [documents(300), documents(1200)];
        for (programs, at) in [(&of_array[..], 0), (&of_object[..], 1)] {
            for program in programs {
                let less = cost(program, &small[at]).expect(program);
                let more = cost(program, &large[at]).expect(program);
                assert!(more <= 5 * less, "{program}: {less} and {more} bytes");
            }
        }
    }

    #[test]
    fn a_program_that_scans_its_input_repeatedly_is_left_to_the_engine() {
        let [document, _] = documents(1000);
        for program in [
            "[range(1000) as $i | .Records | map($i)] | length",
            ".Records as $r | [$r[] | .id as $id | $r | map(select(.id == $id))] | length",
            "reduce range(100000) as $i (\"\"; . + \"x\" + .) | length",
        ] {
            assert_eq!(cost(program, &document), None, "{program}");
        }
    }
}
