//! Any text is parsed or refused in every version; what is parsed prints, and the print parses to the same.
#![no_main]

use anabranch_fuzz::checks::{VERSIONS, check_mistakes};
use anabranch_fuzz::mapping::Mapping;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for version in VERSIONS {
        match Mapping::parse(text, version) {
            Err(errors) => check_mistakes(text, &errors),
            Ok(mapping) => {
                for used in mapping.variables() {
                    assert!(text.get(used.range).is_some());
                }
                drop(mapping.shape());
                let printed = mapping.to_string();
                let again = Mapping::parse(&printed, version);
                assert_eq!(again.as_ref(), Ok(&mapping), "{printed}");
                assert_eq!(again.map(|again| again.to_string()), Ok(printed));
            }
        }
    }
});
