//! What a tracked message costs the tracker and a joined one the reassembler, however many others are outstanding.
//!
//! `cargo bench -p smpp-core --bench sms` prints times, `smpp-core/benches/instructions sms` instructions. The floor of the
//! tracker is a hash map from id to message, which knows nothing of forms, ages and parts; that of the reassembler is a
//! hash map from reference to a buffer.

#[path = "../harness/mod.rs"]
mod harness;

mod join;
mod track;

use harness::{Case, FLOOR};

const CASES: &[Case] = &[
    Case { operation: "accepted and receipt, 100 outstanding", by: FLOOR, run: |times| track::map(0, times) },
    Case {
        operation: "accepted and receipt, 100 outstanding",
        by: "tracker",
        run: |times| track::ours(0, times),
    },
    Case {
        operation: "a stranger's receipt, 100 outstanding",
        by: "tracker",
        run: |times| track::stranger(0, times),
    },
    Case {
        operation: "accepted and receipt, 4,096 outstanding",
        by: FLOOR,
        run: |times| track::map(1, times),
    },
    Case {
        operation: "accepted and receipt, 4,096 outstanding",
        by: "tracker",
        run: |times| track::ours(1, times),
    },
    Case {
        operation: "a stranger's receipt, 4,096 outstanding",
        by: "tracker",
        run: |times| track::stranger(1, times),
    },
    Case {
        operation: "accepted and receipt, 65,536 outstanding",
        by: FLOOR,
        run: |times| track::map(2, times),
    },
    Case {
        operation: "accepted and receipt, 65,536 outstanding",
        by: "tracker",
        run: |times| track::ours(2, times),
    },
    Case {
        operation: "accepted and receipt, 65,536 outstanding",
        by: "tracker that remembers as many",
        run: |times| track::ours(track::REMEMBERING, times),
    },
    Case {
        operation: "a stranger's receipt, 65,536 outstanding",
        by: "tracker",
        run: |times| track::stranger(2, times),
    },
    Case {
        operation: "one of 65,536 accepted and, when all are due, expired",
        by: "tracker",
        run: track::expire,
    },
    Case { operation: "one finished and one begun, 8 open", by: FLOOR, run: |times| join::map(0, times) },
    Case {
        operation: "one finished and one begun, 8 open",
        by: "reassembler",
        run: |times| join::ours(0, times),
    },
    Case { operation: "one finished and one begun, 1,024 open", by: FLOOR, run: |times| join::map(1, times) },
    Case {
        operation: "one finished and one begun, 1,024 open",
        by: "reassembler",
        run: |times| join::ours(1, times),
    },
    Case { operation: "one finished and one begun, 4,096 open", by: FLOOR, run: |times| join::map(2, times) },
    Case {
        operation: "one finished and one begun, 4,096 open",
        by: "reassembler",
        run: |times| join::ours(2, times),
    },
];

fn main() {
    harness::main(CASES);
}
