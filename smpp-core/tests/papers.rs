//! Comments and papers cite only what is in the repository, so that a reader can follow every citation.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that would cite a paper of somebody's desk, written apart so that this file does not find itself.
const ABSENT: [&str; 6] = [
    concat!("field", " note"),
    concat!("GUIDE", " §"),
    concat!("CLI", ".md"),
    concat!("DESIGN", ".md"),
    concat!("CASES", ".md"),
    concat!("shared", "/"),
];

/// The text files of the repository.
fn papers() -> Vec<(PathBuf, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the core is in the workspace");
    let mut folders = vec![top.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                let is_ours =
                    !matches!(&*name, "target" | ".git" | "seeds" | "vectors" | "spec" | "node_modules");
                folders.extend(is_ours.then_some(path));
            } else if matches!(
                path.extension().and_then(|it| it.to_str()),
                Some("rs" | "md" | "toml" | "py" | "js" | "sh")
            ) {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 300, "{} files: the walk does not start at the top", found.len());
    found
}

#[test]
fn nothing_cites_a_paper_that_is_not_here() {
    let mut wrong = Vec::new();
    for (path, text) in papers() {
        for (number, line) in text.lines().enumerate() {
            // In whatever case and number.
            let lower = line.to_lowercase();
            if ABSENT.iter().any(|word| lower.contains(&word.to_lowercase())) {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_point_of_practice_that_is_cited_is_there() {
    let practice = include_str!("../docs/in-practice.md");
    let points: Vec<u32> =
        practice.lines().filter_map(|line| line.split_once(". **")?.0.parse().ok()).collect();
    assert_eq!(points, (1..=25).collect::<Vec<_>>());
    let mut cited = 0;
    for (path, text) in papers() {
        for rest in text.to_lowercase().split("in practice ").skip(1) {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(point) = digits.parse::<u32>() {
                cited += 1;
                assert!(points.contains(&point), "{}: in practice {point}", path.display());
            }
        }
    }
    assert!(cited > 20, "only {cited} citations: the pattern no longer finds them");
}
