//! The `anabranch` program.

use std::process::ExitCode;

/// Measured in `docs/decisions/`: fewer page faults and less time in the allocator than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    anabranch::cli::main()
}
