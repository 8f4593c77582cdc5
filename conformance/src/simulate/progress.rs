//! How far a run has come, on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, which is not drawn where that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}, {per_sec}, {eta} left") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// A new stretch of that many objects begins.
    pub(super) fn begin(&self, what: String, objects: usize) {
        self.bar.reset();
        self.bar.set_length(objects as u64);
        self.bar.set_message(what);
    }

    /// One object is done.
    pub(super) fn one(&self) {
        self.bar.inc(1);
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
