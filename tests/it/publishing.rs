//! `sheaf pipeline validate`, `publish` and what is beside them, as a person uses them.

use crate::transcript::Transcript;

const PIPELINE: &str = "\
(
    description: \"Scores every night.\",
    parameters: {\"date\": \"1912-04-15\"},
    datasets: {\"scores\": File(path: \"/mnt/out/day=@{parameters.date}/scores.csv\", schema: [(name: \"id\", type: \"Int64\")])},
    activities: [
        (name: \"score\", type: Notebook(path: \"jobs/score.py\", parameters: {\"date\": \"@{parameters.date}\"})),
        (name: \"check\", after: {\"score\": Succeeded}, type: Validate(dataset: \"scores\", assertions: [RowCount(min: 1)])),
    ],
    triggers: {\"nightly\": Schedule(cron: \"0 2 * * *\", zone: \"Europe/London\")},
)
";
const NOTEBOOK: &str = "# Databricks notebook source\nload(\"lib/rates.star\", \"rate\")\ndbutils.widgets.text(\"date\", \"\")\nrate()\n";

fn workspace() -> Transcript {
    Transcript::new()
        .file("sheaf.ron", "()")
        .file("pipelines/nightly.ron", PIPELINE)
        .file("jobs/score.py", NOTEBOOK)
        .file("lib/rates.star", "def rate(): return 1\n")
}

#[test]
fn what_is_wrong_is_shown_with_its_line_and_exits_1() {
    let wrong = PIPELINE
        .replace("\"score\": Succeeded", "\"scroe\": Succeeded")
        .replace("@{parameters.date}\"}", "@{parameters.day}\"}");
    workspace()
        .file("pipelines/nightly.ron", wrong)
        .sheaf(["pipeline", "validate"])
        .stdout(
            "\
error: pipelines/nightly.ron:6:98: in @{parameters.day}: `parameters` has no `day`
  6 |         (name: \"score\", type: Notebook(path: \"jobs/score.py\", parameters: {\"date\": \"@{parameters.day}\"})),
    |                                                                                                  ^
  hint: there are: date
error: pipelines/nightly.ron:7:33: \"check\" comes after \"scroe\", and there is no such activity beside it
  7 |         (name: \"check\", after: {\"scroe\": Succeeded}, type: Validate(dataset: \"scores\", assertions: [RowCount(min: 1)])),
    |                                 ^
  hint: did you mean \"score\"?
",
        )
        .exits(1)
        .sheaf(["pipeline", "publish"])
        .fails(1, "error: nothing was published: 2 things are wrong\n")
        .sheaf(["pipeline", "versions", "--json"])
        .stdout("[]\n")
        .exits(0)
        .sheaf(["pipeline", "validate", "nigtly"])
        .stderr("error: there is no pipeline \"nigtly\"\nhint: did you mean \"nightly\"?\n")
        .exits(2);
}

#[test]
fn findings_are_json_for_machines() {
    workspace()
        .file("pipelines/nightly.ron", "(activties: [])")
        .sheaf(["pipeline", "validate", "--json"])
        .stdout("{\"findings\":[{\"file\":\"pipelines/nightly.ron\",\"line\":1,\"column\":2,\"message\":\"there is no field `activties` here\",\"hint\":\"did you mean `activities`?\"}]}\n")
        .exits(1);
}

#[test]
fn an_edit_changes_nothing_that_was_published() {
    let transcript = workspace()
        .sheaf(["pipeline", "validate"])
        .stdout("1 pipeline is valid\n")
        .exits(0)
        .sheaf(["pipeline", "publish", "-m", "first"])
        .stdout("version 1 is published: 3 files\n")
        .exits(0)
        .sheaf(["pipeline", "publish"])
        .stdout("nothing has changed: version 1 stays published\n")
        .exits(0)
        .file("lib/rates.star", "def rate(): return 2\n")
        .sheaf(["pipeline", "diff"])
        .stdout("changed lib/rates.star\n  @@ -1 +1 @@\n  -def rate(): return 1\n  +def rate(): return 2\n")
        .exits(0)
        .sheaf(["pipeline", "publish", "-m", "second"])
        .stdout("version 2 is published: 3 files\n")
        .exits(0)
        .sheaf(["pipeline", "rollback", "1"])
        .stdout("version 3 is published: 3 files\n")
        .exits(0)
        .sheaf(["pipeline", "diff", "1", "3"])
        .stdout("nothing has changed\n")
        .exits(0)
        .sheaf(["pipeline", "rollback", "9"])
        .stderr("error: there is no published version 9\nhint: there are: 1, 2, 3\n")
        .exits(2)
        .sheaf(["pipeline", "list"])
        .stdout(
            "\
Pipeline  Activities  Triggers  Published  Description
nightly   2           nightly   version 3  Scores every night.
",
        )
        .exits(0);
    let versions = transcript.run(&["pipeline", "versions", "--json"]);
    let versions: serde_json::Value = serde_json::from_slice(&versions.stdout).unwrap();
    let messages: Vec<&str> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages, ["back to version 1", "second", "first"]);
}

#[test]
fn a_notebook_that_is_removed_is_missed_shown_and_brought_back() {
    let without = PIPELINE
        .replace(
            "        (name: \"score\", type: Notebook(path: \"jobs/score.py\", parameters: {\"date\": \"@{parameters.date}\"})),\n",
            "        (name: \"score\", type: Wait(for: \"0s\")),\n",
        )
        .replace("after: {\"score\": Succeeded}, type: Validate(dataset: \"scores\", assertions: [RowCount(min: 1)])", "type: Wait(for: \"0s\")");
    let transcript = workspace()
        .file(
            "pipelines/nightly.ron",
            PIPELINE.replace(
                "Validate(dataset: \"scores\", assertions: [RowCount(min: 1)])",
                "Wait(for: \"0s\")",
            ),
        )
        .sheaf(["pipeline", "publish", "-m", "first"])
        .stdout("version 1 is published: 3 files\n")
        .exits(0);
    std::fs::remove_file(transcript.path().join("jobs/score.py")).unwrap();
    let transcript = transcript
        .sheaf(["pipeline", "publish"])
        .fails(1, "error: nothing was published: 1 thing is wrong\n")
        // What was published runs with the notebook as it was.
        .sheaf(["pipeline", "run", "nightly", "--quiet"])
        .exits(0)
        .file("pipelines/nightly.ron", without)
        .sheaf(["pipeline", "publish", "-m", "without"])
        .stdout("version 2 is published: 1 file\n")
        .exits(0)
        .sheaf(["pipeline", "rollback", "1", "-m", "with it again"])
        .stdout("version 3 is published: 3 files\n")
        .exits(0);
    let (diff, run) = (
        transcript.run(&["pipeline", "diff", "1", "2"]),
        transcript.run(&["pipeline", "run", "nightly"]),
    );
    let diff = String::from_utf8(diff.stdout).unwrap();
    assert!(
        diff.starts_with("removed jobs/score.py\nremoved lib/rates.star\nchanged pipelines/nightly.ron\n"),
        "{diff}"
    );
    assert!(!transcript.path().join("jobs/score.py").exists());
    let run = String::from_utf8(run.stdout).unwrap();
    assert!(
        run.contains("nightly: running version 3 as ") && run.contains("score: Notebook started"),
        "{run}"
    );
}

#[test]
fn a_pipeline_and_its_datasets_can_be_looked_at() {
    workspace()
        .sheaf(["pipeline", "show", "nightly"])
        .stdout(
            "\
nightly: Scores every night.

Parameters
  date  \"1912-04-15\"

Datasets
  scores  File /mnt/out/day=@{parameters.date}/scores.csv

Activities
  score  Notebook jobs/score.py
  check  Validate scores  after score Succeeded

Triggers
  nightly  Schedule 0 2 * * * (Europe/London)
",
        )
        .exits(0)
        .sheaf(["dataset", "list"])
        .stdout(
            "\
Dataset         What                                             Columns
nightly/scores  File /mnt/out/day=@{parameters.date}/scores.csv  1
",
        )
        .exits(0)
        .sheaf(["dataset", "show", "scoers"])
        .stderr("error: there is no dataset \"scoers\"\nhint: did you mean \"nightly/scores\"?\n")
        .exits(2);
}

#[test]
fn the_schema_is_a_pipeline() {
    let transcript = workspace();
    let schema = transcript.run(&["pipeline", "schema"]).stdout;
    let findings = transcript
        .file("pipelines/nightly.ron", schema)
        .run(&["pipeline", "validate", "--json"]);
    let findings: serde_json::Value = serde_json::from_slice(&findings.stdout).unwrap();
    let messages: Vec<&str> = findings["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    // What it names is not there; what it says can be read.
    assert!(
        messages.contains(&"there is no connection \"titanic\""),
        "{messages:?}"
    );
    assert!(
        messages.iter().all(|message| !message.contains("field")),
        "{messages:?}"
    );
}

#[test]
fn the_columns_of_a_dataset_are_learned_and_the_rest_of_its_definition_stays() {
    let transcript = workspace()
        .file(".sheaf/out/day=1912-04-15/scores.csv", "id,p\n1,0.5\n")
        .sheaf(["dataset", "import-schema", "scores"])
        .stdout("Column  Type\nid      Int64\np       Float64\n")
        .exits(0);
    let learned = "[(name: \"id\", type: \"Int64\"), (name: \"p\", type: \"Float64\")]";
    let expected = PIPELINE.replace("[(name: \"id\", type: \"Int64\")]", learned);
    assert_eq!(
        String::from_utf8(transcript.read("pipelines/nightly.ron")).unwrap(),
        expected
    );
    let shown = transcript.run(&["dataset", "preview", "nightly/scores"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("shape: (1, 2)") && shown.contains("0.5"),
        "{shown}"
    );
    transcript
        .sheaf(["dataset", "preview", "scores", "-p", "day=1912-04-15"])
        .fails(2, "error: ");
}
