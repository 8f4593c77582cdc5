//! The direction of the crates (ARCHITECTURE.md): who may know whom.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// For each crate of the workspace, the crates of the workspace that it may use.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("scim-filter", &[] as &[&str]),
        ("scim-derive", &[]),
        ("scim-server", &["scim-filter", "scim-derive"]),
        ("scim-sea-orm", &["scim-filter", "scim-server"]),
        ("tribe-app", &["scim-sea-orm", "scim-server"]),
        ("conformance", &[]),
    ])
}

/// For each crate, the packages that it must not name.
const FOREIGN: &[(&str, &[&str])] = &[
    ("scim-filter", &["poem", "poem-openapi", "sea-orm", "serde", "tokio"]),
    ("scim-derive", &["poem", "sea-orm", "serde", "serde_json", "tokio"]),
    ("scim-server", &["sea-orm", "sea-orm-migration", "sqlx"]),
    ("conformance", &["poem", "sea-orm", "scim-filter", "scim-server", "scim-sea-orm"]),
];

fn workspace() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo reads this workspace")
}

#[test]
fn every_crate_uses_only_the_crates_below_it() {
    let workspace = workspace();
    let allowed = allowed();
    assert_eq!(workspace.packages.len(), allowed.len(), "a new crate needs its place in the order");
    for package in &workspace.packages {
        let below = allowed.get(package.name.as_str()).unwrap_or_else(|| panic!("{} needs its place in the order", package.name));
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            let ours = allowed.contains_key(dependency.name.as_str());
            assert!(!ours || below.contains(&dependency.name.as_str()), "{} must not know {}", package.name, dependency.name);
        }
    }
}

#[test]
fn no_crate_names_what_it_must_not_know() {
    for package in &workspace().packages {
        let foreign = FOREIGN.iter().find(|(name, _)| *name == package.name.as_str()).map_or(&[] as &[&str], |(_, foreign)| foreign);
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            assert!(!foreign.contains(&dependency.name.as_str()), "{} must not know {}", package.name, dependency.name);
        }
    }
}

#[test]
fn poem_stands_only_behind_the_feature_http() {
    let workspace = workspace();
    let server = workspace.packages.iter().find(|package| package.name.as_str() == "scim-server").expect("scim-server is a member");
    for dependency in server.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
        assert!(!dependency.name.starts_with("poem") || dependency.optional, "{} must be optional", dependency.name);
    }
    let sources = server.manifest_path.parent().expect("a manifest has a folder").join("src");
    let mut naming = Vec::new();
    visit(sources.as_std_path(), &mut naming);
    assert!(naming.iter().all(|path| path.contains("/http/") || path.ends_with("/http.rs")), "poem is named outside of http: {naming:?}");
    assert!(!naming.is_empty(), "the search finds the HTTP layer itself");
}

/// Collects the source files below a folder that use poem.
fn visit(folder: &std::path::Path, naming: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("the sources are readable").map(|entry| entry.expect("the sources are readable").path()) {
        if entry.is_dir() {
            visit(&entry, naming);
        } else if std::fs::read_to_string(&entry)
            .expect("the sources are text")
            .lines()
            .any(|line| !line.trim_start().starts_with("//") && (line.contains("use poem") || line.contains("poem::")))
        {
            naming.push(entry.display().to_string());
        }
    }
}
