//! What the sources say of the RFCs: marks in doc comments, and citations of sections.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// An item whose doc comment names rows.
pub(crate) struct Mark {
    pub(crate) ids: Vec<String>,
    /// Below the folder of the workspace.
    pub(crate) file: String,
    pub(crate) item: String,
    pub(crate) is_test: bool,
}

impl Mark {
    pub(crate) fn place(&self) -> String {
        format!("{} ({})", self.file, self.item)
    }
}

/// The files that cite a section, by RFC and section.
pub(crate) type Citations = BTreeMap<(String, String), BTreeSet<String>>;

/// All marks, and the citations of what is no test.
pub(crate) fn read(root: &Path) -> (Vec<Mark>, Citations) {
    let (mut marks, mut citations) = (Vec::new(), Citations::new());
    for file in sources(root) {
        let text = fs::read_to_string(root.join(&file)).expect("a source is text");
        marks.extend(marks_of(&file, &text));
        if !is_of_tests(&file) {
            for section in citations_of(&text) {
                citations.entry(section).or_default().insert(file.clone());
            }
        }
    }
    (marks, citations)
}

/// The Rust files of every crate, in order.
fn sources(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders: Vec<String> = names(root, "").into_iter().filter(|name| root.join(name).join("Cargo.toml").is_file()).collect();
    while let Some(folder) = folders.pop() {
        for name in names(root, &folder) {
            let path = format!("{folder}/{name}");
            if root.join(&path).is_dir() && name != "target" {
                folders.push(path);
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn names(root: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(folder)).expect("a folder of the workspace can be read");
    entries.map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned()).collect()
}

/// Tests of a crate, tests beside the code, and the suite that every store is held to.
fn is_of_tests(file: &str) -> bool {
    // What checks a server from outside implements nothing either.
    file.contains("/tests/") || file.ends_with("/tests.rs") || file.contains("/store/contract/") || file.starts_with("conformance/")
}

fn marks_of(file: &str, text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let (mut ids, mut has_test_attribute) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(named) = line.strip_prefix("/// RFC:") {
            ids.extend(named.split_whitespace().flat_map(expand));
        } else if line.starts_with("#[") {
            has_test_attribute |= line.contains("test");
        } else if !line.starts_with("//") {
            if !ids.is_empty() {
                let item = item(line).unwrap_or_else(|| panic!("{file}: a mark stands on `{line}`, which is no item"));
                let is_test = has_test_attribute || is_of_tests(file);
                marks.push(Mark { ids: std::mem::take(&mut ids), file: file.to_owned(), item, is_test });
            }
            has_test_attribute = false;
        }
    }
    marks
}

/// The name of the item that begins on the line.
fn item(line: &str) -> Option<String> {
    let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    words.find(|word| ["fn", "struct", "enum", "const", "static", "trait", "type", "mod"].contains(word))?;
    words.next().map(str::to_owned)
}

/// The ids that a word of a mark stands for: `7644-3.6-02`, or the run `7643-5-03..21`.
pub(crate) fn expand(word: &str) -> Vec<String> {
    let run = word.split_once("..").and_then(|(first, last)| {
        let (section, number) = first.rsplit_once('-')?;
        Some((section, number.parse::<u32>().ok()?, last.parse::<u32>().ok()?))
    });
    match run {
        Some((section, first, last)) => (first..=last).map(|number| format!("{section}-{number:02}")).collect(),
        None => vec![word.to_owned()],
    }
}

/// The sections that the comments of a file cite. A bare `§3.3` is of the RFC that the file named last.
fn citations_of(text: &str) -> BTreeSet<(String, String)> {
    let mut cited = BTreeSet::new();
    let mut rfc = String::new();
    for comment in text.lines().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment) {
        for word in comment.split([' ', ',', ';', '(', ')', ':']) {
            if let Some(section) = word.strip_prefix('§') {
                let section = section.trim_end_matches(|c: char| !c.is_ascii_digit());
                cited.insert((rfc.clone(), section.to_owned()));
            } else if word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()) {
                word.clone_into(&mut rfc);
            }
        }
    }
    cited
}
