//! Who is let in, by which name, from which page, to do what.

use sheaf::monitor::{Access, MonitorError, Role, Server, ServerOptions, Tokens, View};
use sheaf::schedule::Runs;
use sheaf::workspace::Workspace;

use super::site::Site;

#[test]
fn only_this_machines_own_names_lead_to_the_page() {
    let site = Site::new();
    let port = site.port();
    for host in [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
    ] {
        assert_eq!(
            site.send("GET", "/", &[("Host", &host)], "").status,
            200,
            "{host}"
        );
    }
    for host in [
        format!("evil.example:{port}"),
        "localhost".to_owned(),
        format!("localhost:{}", port ^ 1),
    ] {
        for path in ["/", "/api/runs", "/metrics", "/healthz", "/assets/monitor.js"] {
            let refused = site.send("GET", path, &[("Host", &host)], "");
            assert_eq!(refused.status, 421, "{host}{path}");
            assert!(
                refused.body.contains(&format!("open http://localhost:{port}")),
                "{}",
                refused.body
            );
        }
    }
}

#[test]
fn every_answer_forbids_what_no_page_needs() {
    let site = Site::new();
    for path in [
        "/",
        "/nowhere",
        "/api/runs",
        "/assets/monitor.css",
        "/metrics",
        "/sign-in",
    ] {
        let headers = site.get(path).headers;
        let policy = &headers["content-security-policy"];
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[test]
fn a_change_needs_the_mark_of_its_browser_and_a_page_of_this_server() {
    let site = Site::new();
    let id = site.failed();
    let path = format!("/runs/{id}/rerun");
    let origin = format!("http://{}", site.host());
    let (cookie, mark) = site.mark();
    let (other_cookie, _) = site.mark();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("from=start&mark={mark}");
    let refused: [(&[(&str, &str)], &str); 8] = [
        (&[form], &body),
        (&[form, ("Cookie", &cookie)], "from=start"),
        (&[form, ("Cookie", &cookie)], "from=start&mark=00"),
        (&[form, ("Cookie", &other_cookie)], &body),
        (
            &[form, ("Cookie", &cookie), ("Origin", "http://evil.example")],
            &body,
        ),
        (&[form, ("Cookie", &cookie), ("Origin", "null")], &body),
        (
            &[form, ("Cookie", &cookie), ("Sec-Fetch-Site", "cross-site")],
            &body,
        ),
        (
            &[
                ("Content-Type", "text/plain"),
                ("Cookie", &cookie),
                ("Origin", "http://localhost"),
            ],
            &body,
        ),
    ];
    for (headers, body) in refused {
        assert_eq!(
            site.send("POST", &path, headers, body).status,
            403,
            "{headers:?} {body}"
        );
    }
    assert_eq!(
        site.runs.count(&sheaf::schedule::RunFilter::default()).unwrap(),
        1
    );
    let headers = [
        form,
        ("Cookie", cookie.as_str()),
        ("Origin", origin.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let done = site.send("POST", &path, &headers, &body);
    assert_eq!(done.status, 303, "{}", done.body);
    // A program on this machine shows the mark in a header.
    let headers = [
        ("Cookie", cookie.as_str()),
        ("X-Sheaf-Mark", mark.as_str()),
        ("Content-Type", "application/json"),
    ];
    let done = site.send("POST", &format!("/api{path}"), &headers, "{\"from\": \"failed\"}");
    assert_eq!(done.status, 200, "{}", done.body);
    // Reading changes nothing.
    assert_eq!(site.send("GET", &path, &headers, "").status, 405);
}

#[test]
fn roles_bind_what_is_let_through() {
    let (site, tokens) = Site::with_tokens(&Role::ALL, false);
    site.publish();
    let id = site.failed();
    let changes = [
        (
            format!("/api/runs/{id}/rerun"),
            "{\"from\": \"start\"}",
            Role::Run,
        ),
        ("/api/pipelines/nightly/run".to_owned(), "{}", Role::Run),
        ("/api/triggers/nightly/night/stop".to_owned(), "", Role::Edit),
        ("/api/triggers/nightly/night/start".to_owned(), "", Role::Edit),
    ];
    for (role, token) in Role::ALL.into_iter().zip(&tokens) {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
        ];
        assert_eq!(site.send("GET", "/api/runs", &headers, "").status, 200);
        for (path, body, needed) in &changes {
            let answer = site.send("POST", path, &headers, body);
            let expected = if role >= *needed { 200 } else { 403 };
            assert_eq!(
                answer.status,
                expected,
                "{path} as {}: {}",
                role.name(),
                answer.body
            );
        }
    }
    // Where there are tokens, this machine's person has to show one, too.
    assert_eq!(site.get("/api/runs").status, 401);
    assert_eq!(site.get("/metrics").status, 401);
    assert_eq!(site.get("/healthz").body, "ok\n");
    let page = site.get("/");
    assert_eq!(page.status, 401);
    assert!(page.body.contains("<form class=\"sign-in\""), "{}", page.body);
}

#[test]
fn a_browser_signs_in_and_out() {
    let (site, tokens) = Site::with_tokens(&[Role::View], false);
    let origin = format!("http://{}", site.host());
    let form = [
        ("Origin", origin.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let signed_in = site.send(
        "POST",
        "/sign-in",
        &form,
        &format!("token={}&next=%2Ftriggers", tokens[0]),
    );
    assert_eq!(
        (signed_in.status, signed_in.headers["location"].as_str()),
        (303, "/triggers")
    );
    let said = &signed_in.headers["set-cookie"];
    assert!(
        said.contains("HttpOnly") && said.contains("SameSite=Lax"),
        "{said}"
    );
    let cookie = signed_in.cookies[0].as_str();
    let page = site.send("GET", "/", &[("Cookie", cookie)], "").body;
    assert!(page.contains("view (view)") && !page.contains("Rerun"), "{page}");
    let session = site.send("GET", "/api/session", &[("Cookie", cookie)], "").json();
    let mark = session["mark"].as_str().unwrap();
    let out = [form[0], form[1], ("Cookie", cookie)];
    assert_eq!(
        site.send("POST", "/sign-out", &out, &format!("mark={mark}"))
            .status,
        303
    );
    assert_eq!(site.send("GET", "/", &[("Cookie", cookie)], "").status, 401);
    // Another server is not where signing in leads.
    let away = site.send(
        "POST",
        "/sign-in",
        &form,
        &format!("token={}&next=%2F%2Fevil.example", tokens[0]),
    );
    assert_eq!(away.headers["location"], "/");
    // A token that is removed lets nobody in any more, also those who are signed in.
    let cookie = away.cookies[0].clone();
    let file = Tokens::path_of(&site.workspace);
    let mut all = Tokens::read(&file).unwrap();
    all.remove("view").unwrap();
    all.add("other", Role::View, chrono::Utc::now()).unwrap();
    all.write(&file).unwrap();
    assert_eq!(site.send("GET", "/", &[("Cookie", &cookie)], "").status, 401);
}

#[test]
fn wrong_tokens_are_counted_and_the_right_one_still_works_where_it_is_known() {
    let (site, tokens) = Site::with_tokens(&[Role::View], false);
    let right = format!("Bearer {}", tokens[0]);
    let ask = |token: &str| site.send("GET", "/api/runs", &[("Authorization", token)], "");
    assert_eq!(ask(&right).status, 200);
    let answers: Vec<u16> = (0..12)
        .map(|at| ask(&format!("Bearer view.{at}")).status)
        .collect();
    assert_eq!(answers[..10], [401; 10]);
    assert_eq!(answers[10..], [429; 2]);
    assert!(ask("Bearer view.x").headers.contains_key("retry-after"));
    assert_eq!(ask(&right).status, 200);
    assert_eq!(ask("Basic dmlldzp4").status, 401);
}

#[test]
fn long_requests_are_refused() {
    let site = Site::new();
    assert_eq!(
        site.get(&format!("/?pipeline={}", "x".repeat(20_000))).status,
        413
    );
    let (cookie, mark) = site.mark();
    let headers = [
        ("Cookie", cookie.as_str()),
        ("X-Sheaf-Mark", mark.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = format!("{{\"parameters\": {{\"date\": \"{}\"}}}}", "x".repeat(70_000));
    assert_eq!(
        site.send("POST", "/api/pipelines/nightly/run", &headers, &body)
            .status,
        413
    );
}

#[test]
fn behind_a_proxy_a_token_is_needed_and_the_proxys_name_is_right() {
    let (site, tokens) = Site::with_tokens(&[Role::Run], true);
    let bearer = format!("Bearer {}", tokens[0]);
    let host = ("Host", "sheaf.example");
    assert_eq!(site.send("GET", "/api/runs", &[host], "").status, 401);
    let headers = [
        host,
        ("Authorization", bearer.as_str()),
        ("Origin", "https://sheaf.example"),
    ];
    assert_eq!(site.send("GET", "/api/runs", &headers, "").status, 200);
    let headers = [
        host,
        ("Authorization", bearer.as_str()),
        ("Origin", "http://sheaf.example"),
    ];
    assert_eq!(site.send("GET", "/api/runs", &headers, "").status, 403);
    let form = [
        host,
        ("Origin", "https://sheaf.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let signed_in = site.send("POST", "/sign-in", &form, &format!("token={}", tokens[0]));
    let said = &signed_in.headers["set-cookie"];
    assert!(
        said.starts_with("__Host-sheaf-") && said.contains("; Secure"),
        "{said}"
    );
}

#[test]
fn other_machines_reach_it_only_with_encryption_and_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = std::sync::Arc::new(Workspace::find(folder.path()).unwrap());
    let private = workspace.create_private_dir().unwrap();
    let bind = |is_behind_proxy| {
        let access = Access::new(Tokens::path_of(&workspace)).unwrap();
        let runs = Runs::open(&private.join(Runs::FILE)).unwrap();
        let options = ServerOptions {
            address: ([0, 0, 0, 0], 0).into(),
            tls: None,
            is_behind_proxy,
        };
        Server::bind(&options, View::new(workspace.clone(), runs), access).map(|server| server.url())
    };
    assert!(matches!(bind(false), Err(MonitorError::Open { .. })));
    assert!(matches!(bind(true), Err(MonitorError::NoTokens)));
    let mut tokens = Tokens::default();
    tokens.add("ops", Role::Manage, chrono::Utc::now()).unwrap();
    tokens.write(&Tokens::path_of(&workspace)).unwrap();
    assert!(bind(true).is_ok());
    assert!(matches!(bind(false), Err(MonitorError::Open { .. })));
}
