//! Checks that no S3 key crashes the parser of file names. Also checks that a file which may
//! contain records of the window is never skipped: neither by the choice of folders, nor because a
//! listing of its folder starts after it.

#![no_main]

use std::path::Path;

use ct_core::input::name::{Folder, Kind, Name, start_of};
use ct_core::input::scope::{AHEAD, Scope};
use ct_core::time::Window;
use libfuzzer_sys::fuzz_target;

const HOUR: i64 = 3_600;

/// The start of the year 2024, in hours since 1970.
const FIRST_HOUR: i64 = 473_352;

/// Splits `bytes` into a window and an object key. The first four bytes are the two ends of the
/// window, each in hours since the start of 2024, as 16-bit big-endian numbers.
fn window_and_key(bytes: &[u8]) -> Option<(Window, &str)> {
    let (hours, key) = bytes.split_at_checked(4)?;
    let second =
        |bytes: &[u8]| (FIRST_HOUR + i64::from(bytes[0]) * 256 + i64::from(bytes[1])) * HOUR;
    let (one, other) = (second(&hours[..2]), second(&hours[2..]));
    let window = Window::new(Some(one.min(other)), Some(one.max(other))).ok()?;
    Some((window, std::str::from_utf8(key).ok()?))
}

/// Whether a text may be the name of a region.
fn is_region(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((window, key)) = window_and_key(bytes) else {
        return;
    };
    let scope = Scope {
        window,
        late: HOUR,
        ..Scope::default()
    };
    let path = Path::new(key);
    let _wanted = scope.may_be_below(&Folder::read(path));
    let file = path.file_name().and_then(|name| name.to_str());
    let Some((file, name)) = file.and_then(|file| Some((file, Name::read(file)?))) else {
        return;
    };
    let day = name.day().expect("a name with a minute has a day");
    if !scope.may_be_in(&name) || !is_region(&name.region) {
        return;
    }
    let (account, region) = (&name.account, &name.region);
    let kind = name.kind.text();
    let mut folder = format!("AWSLogs/o-example/{account}");
    assert!(scope.may_be_below(&Folder::read(Path::new(&folder))));
    let days = [day.strftime("%Y"), day.strftime("%m"), day.strftime("%d")];
    let days = days.map(|part| part.to_string());
    for part in [kind, region, &days[0], &days[1], &days[2]] {
        folder = format!("{folder}/{part}");
        let read = Folder::read(Path::new(&folder));
        assert!(scope.may_be_below(&read), "{folder}: {read:?}");
    }
    let expected = Folder::Trail {
        account: account.clone(),
        kind: name.kind,
        region: Some(region.clone()),
        days: Some((day, day)),
    };
    assert_eq!(Folder::read(Path::new(&folder)), expected);
    let since = window.since().expect("the window has both ends");
    assert!(name.minute + AHEAD > since);
    let first = scope
        .first_listed(account, region)
        .expect("the window has a start");
    if name.kind != Kind::Digest {
        let start = start_of(account, name.kind, region, first);
        // S3 lists the keys below the folder of a day in byte order, so a listing from `start`
        // skips the keys that sort before `start`.
        let is_later_day = name.minute - name.minute.rem_euclid(24 * HOUR) > first;
        assert!(
            is_later_day || start.is_some_and(|start| *start <= *file),
            "{file}"
        );
    }
});
