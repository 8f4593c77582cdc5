//! How far a long command has come, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use scim_sea_orm::Progress;

pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::no_length();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(crate) fn show(&self, progress: Progress) {
        let template = match progress.all {
            Some(all) => {
                self.0.set_length(all);
                "{wide_bar} {pos} of {len} {msg}, {eta} left"
            }
            None => "{spinner} {pos} {msg}, {per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_message(progress.what);
        self.0.set_position(progress.done);
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
