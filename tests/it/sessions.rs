//! The notebooks in `sessions/`: what they print, in order, twice, and at any number of threads.

use crate::docs::without_times;
use crate::transcript::Transcript;

/// The notebooks, in an order in which they can be run.
const NOTEBOOKS: [&str; 9] = [
    "titanic_explore",
    "titanic_train",
    "titanic_score",
    "tour",
    "hidden_state",
    "secrets",
    "mounts",
    "nightly_setup",
    "nightly_score",
];

/// Runs every notebook in one workspace and returns what each prints.
fn run_all(threads: &str, times: usize) -> Vec<String> {
    let mut workspace = Transcript::new().workspace().approved();
    let mut printed = Vec::new();
    for _ in 0..times {
        printed.clear();
        for notebook in NOTEBOOKS {
            workspace = workspace
                .env("POLARS_MAX_THREADS", threads)
                .sheaf(["run", &format!("sessions/{notebook}.py")]);
            let output = workspace.output();
            let errors = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{notebook}: {errors}");
            let answered =
                |scope: &str| format!("secrets: {scope} from the encrypted file datasets/{scope}.age\n");
            let expected = match notebook {
                "secrets" => answered("demo"),
                "nightly_setup" | "nightly_score" => answered("titanic"),
                _ => String::new(),
            };
            assert_eq!(errors, expected, "{notebook}");
            printed.push(without_times(&String::from_utf8(output.stdout).unwrap()));
        }
    }
    printed
}

#[test]
fn the_notebooks_print_what_they_printed() {
    for (notebook, printed) in NOTEBOOKS.iter().zip(run_all("2", 1)) {
        insta::assert_snapshot!(*notebook, printed);
    }
}

#[test]
fn the_notebooks_print_the_same_twice_and_at_any_number_of_threads() {
    let once = run_all("1", 1);
    assert_eq!(once, run_all("1", 2));
    assert_eq!(once, run_all("3", 1));
    assert_eq!(once, run_all("8", 1));
}

#[test]
fn every_notebook_is_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sessions");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".py").map(str::to_owned))
        .collect();
    found.sort();
    let mut listed = NOTEBOOKS;
    listed.sort_unstable();
    assert_eq!(found, listed);
}
