//! The page in a real browser: the way to the failed cell, a rerun, changes without a reload, and how it looks.

use std::path::Path;
use std::time::{Duration, Instant};

use super::site::{HOSTILE, Site};
use crate::browser::Browser;

const WIDE: (u32, u32) = (1280, 900);
const MIDDLE: (u32, u32) = (768, 1024);
const NARROW: (u32, u32) = (375, 812);

/// Names that are longer than any place for them, in several scripts, and an error of many lines.
const LONG: &str = "a_name_that_somebody_has_generated_and_that_nobody_would_type_as_it_is_longer_than_the_window_of_a_phone";

/// Gives the texts of a page that stand out less from what is behind them than WCAG's AA asks for.
const PALE: &str = r"
const light = (color) => {
  const [red, green, blue] = color.match(/[\d.]+/g).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (color !== 'rgba(0, 0, 0, 0)') return color;
  }
  return 'rgb(255, 255, 255)';
};
const boxes = (element) => element.closest('a, g')?.querySelector('rect');
return [...document.querySelectorAll('body *')].flatMap((element) => {
  const said = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!said || !element.checkVisibility() || element.tagName === 'title') return [];
  const style = getComputedStyle(element);
  const isDrawn = element instanceof SVGElement;
  const ink = light(isDrawn ? style.fill : style.color);
  const paper = light(isDrawn ? getComputedStyle(boxes(element)).fill : behind(element));
  const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  return ratio < 4.5 ? [`${element.tagName}.${element.getAttribute('class')} ${element.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`] : [];
})";

/// Waits until a function's body gives true in the page.
#[track_caller]
fn wait(browser: &Browser, script: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while browser.evaluate(script) != true {
        assert!(
            Instant::now() < deadline,
            "{script}: {}",
            browser.evaluate("return document.body.innerText")
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn text(browser: &Browser, selector: &str) -> String {
    let text = browser.evaluate(&format!("return document.querySelector({selector:?}).innerText"));
    text.as_str().unwrap().to_owned()
}

/// Keeps a picture where whoever runs the tests can look at it.
fn keep(browser: &Browser, name: &str) -> Vec<u8> {
    let shot = browser.screenshot();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("monitor");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), &shot).unwrap();
    shot
}

#[test]
fn the_failed_cell_is_three_clicks_away_and_the_run_is_repeated_from_it() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    let id = site.failed();
    browser.visit(&site.url("/"), WIDE, "light");
    browser.click("table.runs th a");
    assert!(text(&browser, "h1").contains("nightly"));
    browser.click(".error a");
    wait(&browser, "return location.hash === '#cell-3'");
    let shown = "const box = document.querySelector('#cell-3').getBoundingClientRect(); \
                 return box.top >= 0 && box.bottom <= innerHeight";
    wait(&browser, shown);
    assert!(text(&browser, "#cell-3 .error").contains("no <b>rows</b> of yesterday"));
    browser.visit(&site.url(&format!("/runs/{id}")), WIDE, "light");
    browser.click(".actions button.main");
    wait(&browser, "return document.body.innerText.includes('Rerun of')");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_page_shows_changes_without_a_reload_and_keeps_the_focus() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    let first = site.failed();
    browser.visit(&site.url("/"), WIDE, "light");
    wait(&browser, "return !document.querySelector('.live').hidden");
    browser.evaluate("window.stays = 1; document.querySelector('table.runs th a').focus()");
    let id = site.queue("nightly");
    wait(
        &browser,
        &format!("return document.body.innerText.includes('{id}')"),
    );
    let kept = format!(
        "return window.stays === 1 && document.activeElement.getAttribute('href') === '/runs/{first}'"
    );
    assert_eq!(browser.evaluate(&kept), true);
    browser.visit(&site.url(&format!("/runs/{id}")), WIDE, "light");
    wait(
        &browser,
        "return document.querySelector('h1').innerText.includes('Queued')",
    );
    site.perform(&id);
    wait(
        &browser,
        "return document.querySelector('h1').innerText.includes('Failed')",
    );
    // What is over does not change any more.
    wait(&browser, "return document.querySelector('.live').hidden");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn pages_are_read_and_runs_repeated_without_scripts() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    site.failed();
    browser.visit(&site.url("/"), WIDE, "light");
    browser.allow_scripts(false);
    browser.visit(&site.url("/?status=Failed"), WIDE, "light");
    browser.allow_scripts(true);
    assert!(text(&browser, "table.runs").contains("nightly"));
    assert!(text(&browser, "table.runs time").contains("UTC"));
    browser.allow_scripts(false);
    browser.click("table.runs th a");
    browser.click(".actions button.main");
    browser.allow_scripts(true);
    let page = text(&browser, "body");
    assert!(page.contains("Queued") && page.contains("Rerun of"), "{page}");
}

#[test]
fn pages_are_light_or_dark_wide_or_narrow() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    let id = site.failed();
    site.queue("nightly");
    let pipeline = format!(
        r#"(description: "Überprüfung – 数据 🚢", parameters: {{"{LONG}": "{LONG} 数据 🚢"}}, activities: [
            (name: "{LONG}", type: Wait(for: "1ms")),
            (name: "Übernahme 数据导入数据导入数据导入", after: {{"{LONG}": Succeeded}}, type: Fail(message: "{}")),
            (name: "never", after: {{"Übernahme 数据导入数据导入数据导入": Completed, "{LONG}": Failed}}, type: Wait(for: "1ms")),
        ])"#,
        format!("{LONG} is not what it should be\\n").repeat(50)
    );
    site.pipeline(LONG, &pipeline);
    let long = site.queue(LONG);
    site.perform(&long);
    site.publish();
    let failed = "%C3%9Cbernahme%20%E6%95%B0%E6%8D%AE%E5%AF%BC%E5%85%A5%E6%95%B0%E6%8D%AE%E5%AF%BC%E5%85%A5%E6%95%B0%E6%8D%AE%E5%AF%BC%E5%85%A5";
    let pages = [
        ("long", format!("/runs/{long}")),
        ("long-activity", format!("/runs/{long}/activities/{failed}")),
        ("filtered", format!("/?pipeline={LONG}&status=Failed")),
        ("runs", "/".to_owned()),
        ("run", format!("/runs/{id}")),
        ("activity", format!("/runs/{id}/activities/score")),
        ("notebook", format!("/runs/{id}/activities/score/notebook")),
        ("triggers", "/triggers".to_owned()),
        ("pipelines", "/pipelines".to_owned()),
        ("nothing", "/nothing".to_owned()),
    ];
    for (name, path) in pages {
        for (size, window) in [("wide", WIDE), ("middle", MIDDLE), ("narrow", NARROW)] {
            let mut papers = Vec::new();
            for scheme in ["light", "dark"] {
                browser.visit(&site.url(&path), window, scheme);
                let shot = keep(&browser, &format!("{name}-{size}-{scheme}"));
                assert!(shot.starts_with(b"\x89PNG"));
                assert_eq!(browser.evaluate(PALE), serde_json::json!([]), "{name} {scheme}");
                papers.push(browser.evaluate("return getComputedStyle(document.body).backgroundColor"));
                // Nothing is wider than the window but what scrolls by itself.
                let wider = "return document.documentElement.scrollWidth - innerWidth";
                assert!(browser.evaluate(wider).as_i64().unwrap() <= 0, "{name} {size}");
            }
            assert_ne!(papers[0], papers[1], "{name}");
        }
        let marks = "return [document.querySelectorAll('main').length, document.querySelectorAll('h1:not(#cells h1)').length, \
                     [...document.querySelectorAll('table')].every((table) => \
                     [...table.querySelectorAll('th')].every((th) => th.scope)), \
                     [...document.querySelectorAll('input:not([type=hidden]), select')].every((field) => field.labels.length > 0)]";
        assert_eq!(
            browser.evaluate(marks),
            serde_json::json!([1, 1, true, true]),
            "{name}"
        );
    }
    let said: Vec<String> = browser.console();
    // The page that is not there says so.
    assert!(said.iter().all(|line| line.contains("404")), "{said:?}");
}

#[test]
fn the_keyboard_leads_past_the_pages_head_and_through_the_graph() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    let id = site.failed();
    browser.visit(&site.url(&format!("/runs/{id}")), WIDE, "light");
    browser.press("body", "\u{e004}");
    assert_eq!(
        browser.evaluate("return document.activeElement.className"),
        "skip"
    );
    browser.press(".skip", "\u{e007}");
    wait(&browser, "return location.hash === '#main'");
    let drawn = "const link = document.querySelector('.graph a'); link.focus(); \
                 const shown = getComputedStyle(link.querySelector('rect')).strokeWidth; return [link.tagName, shown]";
    assert_eq!(browser.evaluate(drawn), serde_json::json!(["a", "3.5px"]));
    browser.press(".graph a", "\u{e007}");
    wait(
        &browser,
        "return location.pathname.endsWith('/activities/prepare')",
    );
}

#[test]
fn whatever_takes_the_focus_shows_it() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    let id = site.failed();
    site.publish();
    let hidden = "const at = document.activeElement; const style = getComputedStyle(at); \
                  const rect = at.querySelector('rect'); const drawn = rect && getComputedStyle(rect); \
                  const is = style.outlineStyle !== 'none' || (drawn && parseFloat(drawn.strokeWidth) >= 2.5); \
                  return at === document.body ? 'end' : is ? 'shown' : at.outerHTML.slice(0, 200)";
    for path in [
        "/?pipeline=nightly".to_owned(),
        format!("/runs/{id}"),
        format!("/runs/{id}/activities/score"),
        "/triggers".to_owned(),
        "/pipelines".to_owned(),
    ] {
        browser.visit(&site.url(&path), WIDE, "light");
        let mut shown = 0;
        browser.press("body", "\u{e004}");
        loop {
            let found = browser.evaluate(hidden);
            match found.as_str().unwrap() {
                "end" => break,
                "shown" => shown += 1,
                other => panic!("{path}: {other}"),
            }
            assert!(shown < 200, "{path}: the focus goes round in a circle");
            browser.keys("\u{e004}");
        }
        assert!(shown > 5, "{path}: {shown}");
    }
}

#[test]
fn hostile_names_do_nothing_in_a_browser() {
    let Some(browser) = Browser::start() else { return };
    let site = Site::new();
    let id = site.queue(HOSTILE);
    for path in ["/".to_owned(), format!("/runs/{id}")] {
        browser.visit(&site.url(&path), WIDE, "light");
        assert_eq!(browser.evaluate("return typeof window.broken"), "undefined");
        assert!(text(&browser, "body").contains("<script>window.broken=1</script>"));
    }
    assert_eq!(browser.console(), Vec::<String>::new());
}
