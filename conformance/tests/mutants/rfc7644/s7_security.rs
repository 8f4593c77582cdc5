//! Mutants for the checks of RFC 7644 §7: security considerations.

use crate::deviation::{Mutant, mutant, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![mutant(
        "7644-7.8-prepared",
        on_request(|asked| {
            // Byte by byte, the two spellings differ.
            let decomposed = asked.parameter("filter").filter(|filter| filter.contains("Zoe\u{308}"));
            if let Some(filter) = decomposed {
                asked.remove_parameter("filter");
                asked.add_parameter("filter", &filter.replace("Zoe\u{308}", "Zo"));
            }
            None
        }),
    )]
}
