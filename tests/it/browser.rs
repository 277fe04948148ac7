//! A real browser without a window, steered through chromedriver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with one page.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: TempDir,
}

/// Says that a tool is not there: a failure where every tool must be, and elsewhere a note.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub fn absent(tool: &str) {
    let note = format!("{tool} is not installed; this test is skipped");
    assert!(
        std::env::var_os("CI").is_none(),
        "{note}, which it must not be in CI"
    );
    eprintln!("{note}");
}

impl Browser {
    /// Starts a browser; `None` where there is none.
    pub fn start() -> Option<Self> {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = driver else {
            absent("chromedriver");
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            driver,
            port: port.unwrap(),
            session: String::new(),
            profile,
        };
        let folder = format!("--user-data-dir={}", browser.profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &folder,
        ];
        let started = browser.request(
            "POST",
            "",
            &json!({"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": {"args": arguments},
                "goog:loggingPrefs": {"browser": "ALL"},
            }}}),
        );
        browser.session = format!("/{}", started["sessionId"].as_str().unwrap());
        Some(browser)
    }

    /// Opens a file, in a window of this size and with the colours that the system is said to have.
    pub fn open(&self, file: &Path, size: (u32, u32), scheme: &str) {
        self.visit(&format!("file://{}", file.display()), size, scheme);
    }

    /// Opens an address, in a window of this size and with the colours that the system is said to have.
    pub fn visit(&self, address: &str, (width, height): (u32, u32), scheme: &str) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}),
        );
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"features": [
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]}),
        );
        self.request("POST", "/url", &json!({ "url": address }));
    }

    /// Turns scripts of pages off or on.
    pub fn allow_scripts(&self, allowed: bool) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": !allowed}),
        );
    }

    /// Lays the page out as on paper, or as on a screen.
    pub fn print_layout(&self, on_paper: bool) {
        let media = if on_paper { "print" } else { "screen" };
        self.devtools("Emulation.setEmulatedMedia", &json!({"media": media}));
    }

    /// Returns what a function's body gives in the page.
    pub fn evaluate(&self, script: &str) -> Value {
        self.request("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Clicks on the element that a selector finds, as a person would.
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.request("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Presses keys while the element that a selector finds has the focus.
    pub fn press(&self, selector: &str, keys: &str) {
        let element = self.find(selector);
        self.request(
            "POST",
            &format!("/element/{element}/value"),
            &json!({"text": keys}),
        );
    }

    /// Presses a key where the focus is.
    pub fn keys(&self, key: &str) {
        let press = |kind: &str| json!({"type": kind, "value": key});
        self.request(
            "POST",
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": [press("keyDown"), press("keyUp")]}]}),
        );
    }

    fn find(&self, selector: &str) -> String {
        let found = self.request(
            "POST",
            "/element",
            &json!({"using": "css selector", "value": selector}),
        );
        let (_, element) = found.as_object().unwrap().iter().next().unwrap();
        element.as_str().unwrap().to_owned()
    }

    /// Returns a PNG of the whole page.
    pub fn screenshot(&self) -> Vec<u8> {
        let shot = self.devtools(
            "Page.captureScreenshot",
            &json!({"format": "png", "captureBeyondViewport": true}),
        );
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    /// Returns what the console has said since it was last asked, and forgets it.
    pub fn console(&self) -> Vec<String> {
        let entries = self.request("POST", "/se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].to_string()).collect()
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.request(
            "POST",
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        )
    }

    /// Asks the driver, and returns the value it gives.
    #[track_caller]
    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} /session{}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.session,
            body.len()
        )
        .unwrap();
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut bytes = vec![0; length];
        answer.read_exact(&mut bytes).unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        let value = answer["value"].clone();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.request("DELETE", "", &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
