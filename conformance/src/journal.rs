//! What a run has created and not removed yet, written down so that a later run can remove it.
//!
//! A line for each event, `+ /Users/1` and `- /Users/1`, behind a first line with the base URL; `2 /Users/1` was created with the second
//! token. No token and no data stand in it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::target::{Created, Credential};

/// The journal of one run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// The folder of the journals: private to the person.
fn folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join("scim-conformance")
}

impl Journal {
    /// A new journal of a run with that mark against that server.
    ///
    /// # Errors
    /// Says why the file cannot be written.
    pub fn begin(base: &str, mark: &str) -> Result<Self, String> {
        let folder = folder();
        let path = folder.join(format!("{}.journal", file_name(mark)));
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        private_folder(&folder).map_err(told)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(told)?;
        writeln!(file, "{base}").map_err(told)?;
        Ok(Self { path, file: Mutex::new(file) })
    }

    /// A resource is there.
    pub(crate) fn created(&self, created: &Created) {
        let sign = if created.credential == Credential::Second { '2' } else { '+' };
        self.write(sign, &created.path);
    }

    /// A resource is gone.
    pub(crate) fn removed(&self, path: &str) {
        self.write('-', path);
    }

    /// A journal that cannot be written any more does not end the run: what is created is removed all the same.
    fn write(&self, sign: char, path: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(file, "{sign} {}", path.replace(['\n', '\r'], "")).and_then(|()| file.flush());
    }

    /// The run is over: the file is needed no more if nothing is left.
    pub fn end(&self) {
        if remaining(&self.path).is_ok_and(|(_, left)| left.is_empty()) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What earlier runs have left on that server: the paths, and the files that say so.
#[must_use]
pub fn left_by_earlier_runs(base: &str) -> (Vec<Created>, Vec<PathBuf>) {
    let (mut paths, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "journal")
            && let Ok((server, left)) = remaining(&path)
            && server == base
        {
            paths.extend(left);
            files.push(path);
        }
    }
    (paths, files)
}

/// The base URL and the paths that were created and not removed, the last one first.
fn remaining(path: &Path) -> std::io::Result<(String, Vec<Created>)> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines();
    let base = lines.next().unwrap_or_default().to_owned();
    let (mut created, mut gone) = (Vec::new(), BTreeSet::new());
    for line in lines {
        match line.split_once(' ') {
            Some(("+", path)) => created.push(Created { path: path.to_owned(), credential: Credential::Own }),
            Some(("2", path)) => created.push(Created { path: path.to_owned(), credential: Credential::Second }),
            Some(("-", path)) => {
                gone.insert(path.to_owned());
            }
            _ => {}
        }
    }
    created.retain(|created| !gone.contains(&created.path));
    created.reverse();
    Ok((base, created))
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A mark as a file name.
fn file_name(mark: &str) -> String {
    mark.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_created_and_not_removed_is_left() {
        let file = std::env::temp_dir().join(format!("scim-conformance-journal-{}", std::process::id()));
        fs::write(&file, "https://scim.example.com\n+ /Users/1\n+ /Groups/2\n- /Users/1\n2 /Users/3\nhalf a li").expect("a file");
        let found = remaining(&file).expect("the file can be read");
        fs::remove_file(&file).expect("the file is there");
        let left = [("/Users/3", Credential::Second), ("/Groups/2", Credential::Own)];
        let left = left.map(|(path, credential)| Created { path: path.to_owned(), credential }).to_vec();
        assert_eq!(found, ("https://scim.example.com".to_owned(), left));
    }
}
