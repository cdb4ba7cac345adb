//! Rows read with the row template are those read without, and those that serde_json reads.
#![no_main]

use std::collections::BTreeMap;

use anabranch_fuzz::json::{InvalidJson, KeySet, MAX_DEPTH, Member, Reader, RowTemplate, Slot};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

const KEYS: [&str; 4] = ["a", "b", "id", "a key that is longer than one comparison"];

/// The text of each wanted key's last value in each object of a list.
fn read<'a>(body: &'a [u8], leaves: u8, guesses: bool) -> Result<Vec<[Option<&'a str>; KEYS.len()]>, InvalidJson> {
    let leaf = |key: u32| (leaves >> key & 1 == 1).then_some(key);
    let keys = KeySet::new(KEYS).with_leaves((0..).zip(KEYS).map(|(key, _)| leaf(key)));
    let mut reader = Reader::new(body)?;
    let mut template = RowTemplate::default();
    let mut rows = Vec::new();
    reader.enter_array()?;
    while reader.next_element(rows.is_empty())? {
        if !guesses {
            template = RowTemplate::default();
        }
        let (mut slots, mut seen) = ([Slot::Missing; KEYS.len()], 0);
        template.begin();
        while !reader.leaves(&mut template, &mut slots, &mut seen, 0)? {
            let Some(member) = reader.next_member(&keys, &mut template)? else { break };
            let span = reader.skip_value()?;
            if let Member::Wanted(key) = member {
                seen |= 1 << key;
                slots[key as usize] = reader.slot(0, span);
            }
        }
        rows.push(slots.map(|slot| match slot {
            Slot::Null => Some("null"),
            Slot::Raw { start, end, .. } => Some(reader.text(start as usize..end as usize)),
            _ => None,
        }));
    }
    reader.finish()?;
    Ok(rows)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (leaves, body) = input;
    let general = read(body, 0, false);
    assert_eq!(read(body, leaves, true).ok(), general.as_ref().ok().cloned());
    // It refuses lone surrogates in keys, which are no matter of the grammar.
    if let Ok(expected) = serde_json::from_slice::<Vec<BTreeMap<String, Box<RawValue>>>>(body) {
        let nested = body.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
        let Ok(rows) = general else {
            assert!(nested > MAX_DEPTH as usize);
            return;
        };
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(&expected) {
            assert_eq!(*row, KEYS.map(|key| expected.get(key).map(|value| value.get())));
        }
    } else if general.is_ok() {
        assert!(serde_json::from_slice::<&RawValue>(body).is_ok());
    }
});
