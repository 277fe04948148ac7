//! [`Access`]: who asks, by token, by browser, or because they sit at this machine.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use axum::http::{HeaderMap, header};

use super::gate::Gate;
use super::role::Role;
use super::sessions::Sessions;
use super::tokens::{Tokens, random};
use super::tries::Tries;
use crate::monitor::error::MonitorError;
use crate::monitor::refusal::Refusal;

/// How many tokens are remembered as right, so that not every request costs what recognising one costs.
const REMEMBERED: usize = 256;

/// Who may use the monitor, and who is signed in.
#[derive(Debug)]
pub struct Access {
    file: PathBuf,
    tokens: Mutex<Read>,
    tries: Mutex<Tries>,
    sessions: Mutex<Sessions>,
    /// What stands for a token that was right → its name, and what it was recognised by.
    right: Mutex<HashMap<blake3::Hash, (String, String)>>,
    /// Tokens are recognised one at a time: it takes much memory, and a flood of wrong ones must not take it all.
    recognising: Mutex<()>,
}

/// The file of tokens as it was read last.
#[derive(Debug, Default)]
struct Read {
    tokens: Arc<Tokens>,
    version: Option<(SystemTime, u64)>,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(in crate::monitor) struct Caller {
    /// The name of the token; none for the person at this machine.
    pub(in crate::monitor) name: Option<String>,
    /// What they may do.
    pub(in crate::monitor) role: Role,
    /// The mark of forms for this browser; none for a program that shows a token.
    pub(in crate::monitor) mark: Option<String>,
    /// The browser's cookie where it has none yet.
    pub(in crate::monitor) new_cookie: Option<String>,
    cookie: Option<String>,
}

impl Caller {
    /// Refuses what this caller may not do.
    pub(in crate::monitor) fn needs(&self, needed: Role) -> Result<(), Refusal> {
        if self.role >= needed {
            Ok(())
        } else {
            Err(Refusal::Role {
                needed,
                has: self.role,
            })
        }
    }
}

impl Access {
    /// Creates it for the tokens in a file, which is read again whenever it changes.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn new(file: PathBuf) -> Result<Self, MonitorError> {
        let access = Self {
            file,
            tokens: Mutex::default(),
            tries: Mutex::default(),
            sessions: Mutex::new(Sessions::new()?),
            right: Mutex::default(),
            recognising: Mutex::default(),
        };
        access.tokens()?;
        Ok(access)
    }

    /// Returns whether there is no token.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn is_empty(&self) -> Result<bool, MonitorError> {
        Ok(self.tokens()?.is_empty())
    }

    /// Returns who asks.
    pub(in crate::monitor) fn caller(
        &self,
        gate: Gate,
        headers: &HeaderMap,
        cookie: &str,
        from: IpAddr,
    ) -> Result<Caller, Refusal> {
        let tokens = self.tokens()?;
        if let Some(shown) = headers.get(header::AUTHORIZATION) {
            let shown = shown.to_str().unwrap_or_default();
            let shown = shown.strip_prefix("Bearer ").ok_or(Refusal::WrongToken)?;
            let name = self.recognised(&tokens, shown.trim(), from)?;
            let role = tokens.get(&name).map(|token| token.role);
            return Ok(Caller {
                role: role.ok_or(Refusal::WrongToken)?,
                name: Some(name),
                mark: None,
                new_cookie: None,
                cookie: None,
            });
        }
        let cookie = cookie_of(headers, cookie).filter(|value| is_cookie(value));
        let sessions = lock(&self.sessions);
        if let Some(cookie) = cookie.as_deref()
            && let Some(session) = sessions.get(cookie, Instant::now())
            && let Some(token) = tokens.get(&session.name)
            && token.hash == session.hash
        {
            return Ok(Caller {
                name: Some(session.name.clone()),
                role: token.role,
                mark: Some(sessions.mark(cookie)),
                new_cookie: None,
                cookie: Some(cookie.to_owned()),
            });
        }
        if !(gate.is_local() && tokens.is_empty()) {
            return Err(Refusal::SignIn);
        }
        let (cookie, new_cookie) = if let Some(cookie) = cookie {
            (cookie, None)
        } else {
            let cookie = random(32)?;
            (cookie.clone(), Some(cookie))
        };
        Ok(Caller {
            name: None,
            role: Role::Manage,
            mark: Some(sessions.mark(&cookie)),
            new_cookie,
            cookie: Some(cookie),
        })
    }

    /// Refuses a change that does not carry the mark of the browser that it comes from.
    pub(in crate::monitor) fn check_mark(&self, caller: &Caller, mark: Option<&str>) -> Result<(), Refusal> {
        let Some(cookie) = &caller.cookie else {
            // A program that shows its token: no page can make a browser do so.
            return Ok(());
        };
        // A browser without a cookie has been shown no form.
        let is_marked = caller.new_cookie.is_none()
            && mark.is_some_and(|mark| lock(&self.sessions).is_marked(cookie, mark));
        if is_marked { Ok(()) } else { Err(Refusal::Mark) }
    }

    /// Signs a browser in and returns its cookie.
    pub(in crate::monitor) fn sign_in(&self, shown: &str, from: IpAddr) -> Result<String, Refusal> {
        let tokens = self.tokens()?;
        let name = self.recognised(&tokens, shown.trim(), from)?;
        let token = tokens.get(&name).ok_or(Refusal::WrongToken)?;
        Ok(lock(&self.sessions).begin(&name, &token.hash, Instant::now())?)
    }

    /// Signs the browser of a caller out.
    pub(in crate::monitor) fn sign_out(&self, caller: &Caller) {
        if let Some(cookie) = &caller.cookie {
            lock(&self.sessions).end(cookie);
        }
    }

    /// Returns the name of the token that was shown.
    fn recognised(&self, tokens: &Tokens, shown: &str, from: IpAddr) -> Result<String, Refusal> {
        let stands_for = blake3::hash(shown.as_bytes());
        let known = lock(&self.right).get(&stands_for).cloned();
        if let Some((name, hash)) = known
            && tokens.get(&name).is_some_and(|token| token.hash == hash)
        {
            return Ok(name);
        }
        lock(&self.tries)
            .begin(from, Instant::now())
            .map_err(Refusal::Wait)?;
        let name = {
            let _one_at_a_time = lock(&self.recognising);
            tokens.recognised(shown).ok_or(Refusal::WrongToken)?
        };
        lock(&self.tries).forget(from);
        if let Some(token) = tokens.get(name) {
            let mut right = lock(&self.right);
            if right.len() >= REMEMBERED {
                right.clear();
            }
            right.insert(stands_for, (name.to_owned(), token.hash.clone()));
        }
        Ok(name.to_owned())
    }

    /// Returns the tokens, which are read again where their file has changed.
    fn tokens(&self) -> Result<Arc<Tokens>, MonitorError> {
        let mut read = lock(&self.tokens);
        let version = fs::metadata(&self.file).ok();
        let version = version.and_then(|facts| Some((facts.modified().ok()?, facts.len())));
        if read.version != version || version.is_none() {
            // Nobody is let in by what was in a file that cannot be read any more.
            read.version = None;
            read.tokens = Arc::new(Tokens::read(&self.file)?);
            read.version = version;
        }
        Ok(Arc::clone(&read.tokens))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the value of a cookie.
pub(in crate::monitor) fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut pairs = all
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let value = pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(value.to_owned())
}

/// Returns whether a cookie can be one that was given here.
fn is_cookie(value: &str) -> bool {
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value.len() == 43 && value.bytes().all(is_ours)
}
