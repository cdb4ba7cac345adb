//! `anabranch schema`

use super::{Ending, Printer, args::Schema, load};

pub(super) fn run(arguments: &Schema, printer: &Printer) -> Ending {
    let shown = load::views(&arguments.config.config, printer).and_then(|(_, model)| {
        let view = load::view(&model, arguments.client.as_deref(), printer)?;
        printer.data(&view.schema.to_sdl())
    });
    shown.err().unwrap_or(Ending::Fine)
}
