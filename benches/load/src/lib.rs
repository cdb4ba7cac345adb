//! The load bench: a static upstream, peers that answer the same queries over it, and what is measured of them.
//!
//! `README.md` beside says how to run it and what it promises. Measuring (`run`) and rendering (`report`) meet only in
//! the recorded results, so that a picture can be drawn again without a quiet machine.

pub mod data;
pub mod error;
pub mod exchange;
pub mod extras;
pub mod machine;
pub mod manifest;
pub mod process;
pub mod report;
pub mod results;
pub mod run;
pub mod statistics;
pub mod workload;
pub mod wrk;
