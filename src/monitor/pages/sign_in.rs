//! `/sign-in`: a token for a browser.

use axum::http::header;

use super::layout::Page;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::markup::Markup;
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;

/// Answers with the form.
pub(in crate::monitor) fn show(_: &Monitor, _: &Asked) -> Result<Answer, Refusal> {
    let mut content = Markup::default();
    content.raw("<h1>Sign in</h1>\n");
    form(&mut content, "/");
    let page = Page {
        title: "Sign in",
        section: "",
        is_live: false,
        content,
    };
    Ok(Answer::page(page.markup(None)))
}

/// Signs a browser in, and leads to the page that it wanted.
pub(in crate::monitor) fn sign_in(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let token = asked.form.get("token").ok_or(Refusal::WrongToken)?;
    let cookie = monitor.access.sign_in(token, asked.from)?;
    let next = asked.form.get("next").filter(|next| is_ours(next)).unwrap_or("/");
    Ok(Answer::see(next).with(header::SET_COOKIE, monitor.set_cookie(&cookie)))
}

/// Writes the form, which leads to `next` afterwards.
pub(super) fn form(into: &mut Markup, next: &str) {
    let next = if is_ours(next) && next != "/sign-in" {
        next
    } else {
        "/"
    };
    into.raw("<form class=\"sign-in\" method=\"post\" action=\"/sign-in\">")
        .empty("input", &[("type", "hidden"), ("name", "next"), ("value", next)])
        .raw("<label for=\"token\">Token</label>")
        .raw("<input id=\"token\" name=\"token\" type=\"password\" required autocomplete=\"current-password\" ")
        .raw("autocapitalize=\"off\" spellcheck=\"false\" aria-describedby=\"about-token\">")
        .raw("<button class=\"main\">Sign in</button>")
        .raw("<p id=\"about-token\"><code>sheaf serve token add NAME</code> makes a token.</p></form>\n");
}

/// Returns whether an address is one of this server's pages: `//host` and `/\host` are not.
fn is_ours(address: &str) -> bool {
    let rest = address.strip_prefix('/');
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\'])) && !address.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_no_other_server() {
        assert!(is_ours("/") && is_ours("/runs/x?attempt=1"));
        for other in [
            "",
            "runs",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
