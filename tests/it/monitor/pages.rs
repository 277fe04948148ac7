//! The pages, as their HTML says it.

use sheaf::pipeline::RunStatus;
use sheaf::schedule::RunId;

use super::site::{HOSTILE, Site};

#[test]
fn an_empty_workspace_says_what_to_do() {
    let site = Site::new();
    let page = site.get("/");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Nothing has run yet."), "{}", page.body);
    assert!(
        site.get("/?status=Failed")
            .body
            .contains("No runs match the filter.")
    );
}

#[test]
fn runs_are_listed_filtered_and_paged() {
    let site = Site::new();
    let failed = site.failed();
    let queued: Vec<RunId> = (0..60).map(|_| site.queue("other")).collect();
    let page = site.get("/").body;
    assert!(
        page.contains("All <strong>61</strong>") && page.contains("Queued <strong>60</strong>"),
        "{page}"
    );
    assert!(page.contains(&queued[59].0) && !page.contains(&failed.0));
    // The next page is where the link leads.
    let (_, older) = page.split_once("<a href=\"/?before=").unwrap();
    let (older, _) = older.split_once('"').unwrap();
    let next = site.get(&format!("/?before={older}")).body;
    assert!(
        next.contains(&failed.0) && !next.contains(&queued[59].0),
        "{next}"
    );
    let page = site.get("/?status=failed&pipeline=nightly").body;
    assert!(
        page.contains("All <strong>1</strong>") && page.contains(&failed.0),
        "{page}"
    );
    assert!(
        page.contains(
            "<a class=\"chip failed\" href=\"/?pipeline=nightly&amp;status=Failed\" aria-current=\"true\">"
        ),
        "{page}"
    );
    assert!(page.contains("no <b>rows</b>") || page.contains("no &lt;b&gt;rows&lt;/b&gt;"));
    let wrong = site.get("/?status=faild");
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.body.contains("did you mean &quot;Failed&quot;?"),
        "{}",
        wrong.body
    );
}

#[test]
fn times_are_of_the_zone_that_was_chosen_last() {
    let site = Site::new();
    site.failed();
    let page = site.get("/?zone=Asia/Tokyo");
    assert!(page.body.contains(" JST</time>"), "{}", page.body);
    let zone = page
        .cookies
        .iter()
        .find(|cookie| cookie.starts_with("sheaf-zone="))
        .unwrap();
    let page = site.send("GET", "/", &[("Cookie", zone)], "");
    assert!(page.body.contains(" JST</time>") && page.body.contains("times in Asia/Tokyo"));
    let wrong = site.get("/?zone=Europe/Berln").body;
    assert!(
        wrong.contains("did you mean &quot;Europe/Berlin&quot;?"),
        "{wrong}"
    );
}

#[test]
fn a_run_shows_its_activities_in_time_and_as_a_graph() {
    let site = Site::new();
    let id = site.failed();
    let page = site.get(&format!("/runs/{id}"));
    assert_eq!(page.status, 200);
    for part in [
        "<h1 class=\"titled\">nightly ",
        "Open the failed cell",
        "Rerun from failed",
        "prepare: Wait, Succeeded",
        "score: Notebook, Failed, after prepare (Succeeded)",
        "load: Wait, Skipped, after score (Succeeded)",
        "in 2 attempts",
        "<th scope=\"row\">date</th><td><code>1912-04-15</code>",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    // Two bars, one for each attempt.
    assert_eq!(page.body.matches("<rect class=\"bar failed\"").count(), 2);
}

#[test]
fn a_run_whose_published_version_is_gone_is_shown_without_its_graph() {
    let site = Site::new();
    site.publish();
    let id = site.queue("nightly");
    let owner = site.runs.make_known().unwrap();
    site.runs.claim(&id, &owner, Some(1)).unwrap();
    site.perform(&id);
    let published = site.workspace.private_dir().join("published");
    let version = published.join("versions/1.ron");
    // It is damaged, and then all of it is gone.
    for (is_gone, reason) in [
        (false, "has been changed since it was published"),
        (true, "there is no published version 1"),
    ] {
        if is_gone {
            std::fs::remove_dir_all(&published).unwrap();
        } else {
            assert!(version.exists());
            std::fs::write(&version, "()").unwrap();
        }
        let page = site.get(&format!("/runs/{id}"));
        assert_eq!(page.status, 200, "{}", page.body);
        let says = "There is no graph: the run followed version 1, and ";
        assert!(page.body.contains(says), "{}", page.body);
        for part in [reason, "What the run did is kept below.", "Open the failed cell"] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert!(!page.body.contains("<svg xmlns"), "{}", page.body);
        for path in ["prepare", "score", "load"] {
            let line = format!("href=\"/runs/{id}/activities/{path}\"");
            assert!(page.body.contains(&line), "{path}: {}", page.body);
            let activity = site.get(&format!("/runs/{id}/activities/{path}"));
            assert_eq!(activity.status, 200, "{path}: {}", activity.body);
        }
        let notebook = site.get(&format!("/runs/{id}/activities/score/notebook?attempt=2"));
        assert_eq!(notebook.status, 200);
        assert!(notebook.body.contains("of yesterday"), "{}", notebook.body);
        let list = site.get("/");
        assert_eq!(list.status, 200);
        assert!(list.body.contains(&id.0), "{}", list.body);
        for address in [
            "/api/runs".to_owned(),
            format!("/api/runs/{id}"),
            format!("/api/runs/{id}/activities/score"),
        ] {
            assert_eq!(site.get(&address).status, 200, "{address}");
        }
    }
}

#[test]
fn the_way_leads_from_a_run_to_the_cell_that_failed() {
    let site = Site::new();
    let id = site.failed();
    let activity = site.get(&format!("/runs/{id}/activities/score")).body;
    assert!(
        activity.contains("Attempt 2") && activity.contains("Attempt 1"),
        "{activity}"
    );
    assert!(
        activity.contains("no &lt;b&gt;rows&lt;/b&gt; of yesterday"),
        "{activity}"
    );
    let leads = site.get(&format!("/runs/{id}/activities/score/failed-cell?attempt=1"));
    assert_eq!(leads.status, 303);
    let address = &leads.headers["location"];
    assert_eq!(
        address,
        &format!("/runs/{id}/activities/score/notebook?attempt=1#cell-3")
    );
    let notebook = site.get(address.split('#').next().unwrap()).body;
    assert!(
        notebook.contains("<section class=\"cell failed\" id=\"cell-3\""),
        "{notebook}"
    );
    assert!(
        notebook.contains("no &lt;b&gt;rows&lt;/b&gt; of yesterday"),
        "{notebook}"
    );
    assert!(
        notebook.contains("<section class=\"cell not-run\" id=\"cell-4\""),
        "{notebook}"
    );
    // Nothing of it runs or is styled outside the server's own files.
    for inline in ["<style", "<script>", " style=\"", " onclick"] {
        assert!(!notebook.contains(inline), "{inline}: {notebook}");
    }
}

#[test]
fn triggers_and_pipelines_are_listed() {
    let site = Site::new();
    assert!(
        site.get("/triggers")
            .body
            .contains("No published pipeline has a trigger")
    );
    site.publish();
    site.failed();
    site.pipeline("broken", "(activities: 3)");
    let triggers = site.get("/triggers").body;
    assert!(
        triggers.contains("0 2 * * * Europe/London") && triggers.contains("night"),
        "{triggers}"
    );
    assert_eq!(triggers.matches("<li><time").count(), 3, "{triggers}");
    let pipelines = site.get("/pipelines").body;
    assert!(pipelines.contains("Scores every night."), "{pipelines}");
    assert!(
        pipelines.contains("name=\"parameter:date\" value=\"1912-04-15\""),
        "{pipelines}"
    );
    assert!(
        pipelines.contains("broken") && pipelines.contains("version 1"),
        "{pipelines}"
    );
    // What cannot be read cannot be run.
    assert_eq!(pipelines.matches("Run now").count(), 1, "{pipelines}");
}

#[test]
fn what_is_not_there_is_said_with_what_is_like_it() {
    let site = Site::new();
    let id = site.failed();
    let cases = [
        ("/nowhere".to_owned(), "There is nothing at /nowhere."),
        (
            "/runs/20200101-000000-aaaa".to_owned(),
            "There is no run &quot;20200101-000000-aaaa&quot;.",
        ),
        (
            format!("/runs/{id}/activities/scor"),
            "did you mean &quot;score&quot;?",
        ),
        (
            format!("/runs/{id}/activities/prepare/notebook"),
            "No notebook is kept of attempt 1 of &quot;prepare&quot;.",
        ),
        (
            format!("/runs/{id}/activities/score/notebook?attempt=9"),
            "No notebook is kept of attempt 9",
        ),
    ];
    for (path, says) in cases {
        let page = site.get(&path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains(says), "{path}: {}", page.body);
    }
    assert_eq!(
        site.get(&format!("/runs/{id}/activities/score/notebook?attempt=x"))
            .status,
        400
    );
    assert_eq!(site.send("POST", "/", &[], "").status, 405);
}

#[test]
fn names_and_errors_are_escaped_everywhere() {
    let site = Site::new();
    let id = site.queue(HOSTILE);
    let name = format!("{HOSTILE:?}");
    site.pipeline(
        "hostile",
        &format!("(description: {name}, parameters: {{{name}: {name}}}, activities: [(name: {name}, type: Fail(message: {name}))])"),
    );
    let run = site.queue("hostile");
    let journal = site.runs.journal(&run);
    let input = serde_json::json!({ HOSTILE: HOSTILE });
    for entry in [
        sheaf::pipeline::Entry::Began,
        sheaf::pipeline::Entry::Attempt {
            path: HOSTILE,
            kind: HOSTILE,
            attempt: 1,
            input: &input,
            load: None,
        },
        sheaf::pipeline::Entry::AttemptEnded {
            path: HOSTILE,
            attempt: 1,
            status: sheaf::pipeline::ActivityStatus::Failed,
            output: &input,
            error: Some(HOSTILE),
        },
        sheaf::pipeline::Entry::Finished {
            status: RunStatus::Failed,
            error: Some(HOSTILE),
        },
    ] {
        sheaf::pipeline::Journal::write(&journal, &entry).unwrap();
    }
    let part: String = HOSTILE.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let paths = [
        "/".to_owned(),
        format!("/?pipeline={part}&trigger={part}"),
        format!("/?status={part}"),
        format!("/?zone={part}"),
        format!("/runs/{id}"),
        format!("/runs/{run}"),
        format!("/runs/{part}"),
        format!("/runs/{run}/activities/{part}"),
        "/pipelines".to_owned(),
        format!("/{part}"),
    ];
    for path in paths {
        let page = site.get(&path);
        let own = "<img src=\"/assets/icon.svg\" alt=\"\" width=\"24\" height=\"24\">";
        let body = page.body.replace(own, "");
        for live in [
            "<img",
            "<script>",
            "\u{1b}",
            "\u{202e}",
            "onerror=window.broken=1>",
        ] {
            assert!(!body.contains(live), "{path} has {live:?}: {body}");
        }
        if path != "/pipelines" && !path.contains("status") {
            assert!(
                page.status == 200 || path.ends_with(&part) || path.contains("zone"),
                "{path}: {}",
                page.status
            );
        }
    }
}
