//! The `anabranch` program.

use std::process::ExitCode;

/// `docs/decisions/0005-allocator.md` says why.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    anabranch::cli::main()
}
