//! [`Overlay`]: what lies over a place until it is answered: questions, choices, a text that is typed, the keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::cursor::Cursor;
use super::motion::Motion;
use super::wanted::{Again, Errand};
use crate::pipeline::RunStatus;
use crate::schedule::RunId;

/// What lies over a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Overlay {
    /// The keys of the place; how many of them have been scrolled away.
    Help(usize),
    Question(Question),
    Choosing(Choosing),
    /// A text that the runs are chosen by, as far as it is typed.
    Text(String),
}

/// Something that is asked before it is done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) title: String,
    /// Keys, what they say, and what they have done.
    pub(super) answers: Vec<(char, String, Errand)>,
}

/// One or several of a list that are chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choosing {
    pub(super) title: &'static str,
    pub(super) kind: ChoiceKind,
    /// What there is; none before it is known.
    pub(super) names: Option<Vec<String>>,
    pub(super) chosen: Vec<String>,
    pub(super) cursor: Cursor,
}

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChoiceKind {
    Statuses,
    Pipeline,
}

/// What a key comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// It is not answered yet.
    Open,
    /// It is left without an answer.
    Left,
    Do(Errand),
    Statuses(Vec<RunStatus>),
    Pipeline(Option<String>),
    /// A text that still is typed, or no more.
    Text {
        text: String,
        is_whole: bool,
    },
}

/// The first line of a list: whatever there is.
const ALL: &str = "all";

impl Question {
    pub(super) fn yes(title: String, says: &str, errand: Errand) -> Self {
        Self {
            title,
            answers: vec![('y', says.to_owned(), errand)],
        }
    }

    pub(super) fn rerun(run: &RunId, has_failed: bool, activity: Option<&str>) -> Self {
        let errand = |from| Errand::Rerun {
            run: run.clone(),
            from,
        };
        let mut answers = Vec::new();
        if has_failed {
            let says = "from failed: what ended well is taken as it was".to_owned();
            answers.push(('f', says, errand(Again::Failed)));
        }
        if let Some(name) = activity {
            let says = format!("from {name} and what comes after it");
            answers.push(('a', says, errand(Again::Activity(name.to_owned()))));
        }
        answers.push(('w', "the whole of it".to_owned(), errand(Again::Start)));
        Self {
            title: format!("Rerun {run}?"),
            answers,
        }
    }
}

impl Choosing {
    pub(super) fn statuses(chosen: &[RunStatus]) -> Self {
        let names = RunStatus::ALL.into_iter().map(RunStatus::name);
        Self {
            title: "Status",
            kind: ChoiceKind::Statuses,
            names: Some([ALL].into_iter().chain(names).map(str::to_owned).collect()),
            chosen: chosen.iter().map(|status| status.name().to_owned()).collect(),
            cursor: Cursor::default(),
        }
    }

    pub(super) fn pipelines(chosen: Option<&str>) -> Self {
        Self {
            title: "Pipeline",
            kind: ChoiceKind::Pipeline,
            names: None,
            chosen: chosen.map(str::to_owned).into_iter().collect(),
            cursor: Cursor::default(),
        }
    }

    /// Takes the names of the pipelines.
    pub(super) fn name(&mut self, names: Vec<String>) {
        if self.kind == ChoiceKind::Pipeline && self.names.is_none() {
            let names: Vec<String> = [ALL.to_owned()].into_iter().chain(names).collect();
            let place = names.iter().position(|name| self.chosen.contains(name));
            self.cursor.at = place.unwrap_or(0);
            self.names = Some(names);
        }
    }

    /// Returns what a line of the list begins with.
    pub(super) fn mark(&self, name: &str) -> &'static str {
        let is_chosen = match self.chosen.as_slice() {
            [] => name == ALL,
            chosen => chosen.iter().any(|one| one == name),
        };
        match (self.kind, is_chosen) {
            (ChoiceKind::Statuses, true) => "[x] ",
            (ChoiceKind::Statuses, false) => "[ ] ",
            (ChoiceKind::Pipeline, true) => "• ",
            (ChoiceKind::Pipeline, false) => "  ",
        }
    }

    /// Says what its keys do.
    pub(super) const fn keys(&self) -> &'static str {
        match self.kind {
            ChoiceKind::Statuses => "Space tick · Enter take",
            ChoiceKind::Pipeline => "Enter take",
        }
    }

    fn current(&self) -> Option<&String> {
        self.names.as_ref()?.get(self.cursor.at)
    }

    /// Chooses the one at the cursor as well, or no more.
    fn tick(&mut self) {
        let Some(name) = self.current().cloned() else {
            return;
        };
        match self.chosen.iter().position(|one| *one == name) {
            _ if self.cursor.at == 0 => self.chosen.clear(),
            Some(at) => drop(self.chosen.remove(at)),
            None => self.chosen.push(name),
        }
    }

    fn key(&mut self, key: &KeyEvent, page: usize) -> Outcome {
        let length = self.names.as_ref().map_or(0, Vec::len);
        match (self.kind, key.code) {
            (ChoiceKind::Statuses, KeyCode::Char(' ' | 'x')) => self.tick(),
            (ChoiceKind::Statuses, KeyCode::Enter) => {
                // Without any that is ticked, the one at the cursor is meant.
                if self.chosen.is_empty() || self.cursor.at == 0 {
                    self.chosen.clear();
                    self.tick();
                }
                let statuses = RunStatus::ALL.into_iter();
                let chosen = statuses.filter(|status| self.chosen.iter().any(|name| name == status.name()));
                return Outcome::Statuses(chosen.collect());
            }
            (ChoiceKind::Pipeline, KeyCode::Enter | KeyCode::Char(' ')) => {
                return match self.current() {
                    Some(name) => Outcome::Pipeline(Some(name.clone()).filter(|_| self.cursor.at > 0)),
                    None => Outcome::Open,
                };
            }
            (_, KeyCode::Esc | KeyCode::Backspace | KeyCode::Char('q')) => return Outcome::Left,
            _ => {
                if let Some(motion) = Motion::of(key) {
                    self.cursor.go(motion, length, page);
                }
            }
        }
        Outcome::Open
    }
}

impl Overlay {
    /// Takes a key; `page` is how many lines of a list are seen.
    pub(super) fn key(&mut self, key: &KeyEvent, page: usize) -> Outcome {
        match self {
            Self::Help(top) => {
                let Some(motion) = Motion::of(key) else {
                    return Outcome::Left;
                };
                *top = motion.from(*top, usize::from(u8::MAX), page);
                Outcome::Open
            }
            Self::Question(question) => {
                let answer = question
                    .answers
                    .iter()
                    .find(|(letter, _, _)| key.code == KeyCode::Char(*letter));
                match (answer, key.code) {
                    (Some((_, _, errand)), _) => Outcome::Do(errand.clone()),
                    (None, KeyCode::Esc | KeyCode::Backspace | KeyCode::Char('n' | 'q')) => Outcome::Left,
                    (None, _) => Outcome::Open,
                }
            }
            Self::Choosing(choosing) => choosing.key(key, page),
            Self::Text(text) => {
                let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
                match key.code {
                    KeyCode::Char('u') if is_control => text.clear(),
                    KeyCode::Char(letter) if !is_control && !letter.is_control() => text.push(letter),
                    KeyCode::Backspace if text.is_empty() => return Outcome::Left,
                    KeyCode::Backspace => drop(text.pop()),
                    KeyCode::Enter => {
                        return Outcome::Text {
                            text: text.clone(),
                            is_whole: true,
                        };
                    }
                    KeyCode::Esc => {
                        return Outcome::Text {
                            text: String::new(),
                            is_whole: true,
                        };
                    }
                    _ => return Outcome::Open,
                }
                Outcome::Text {
                    text: text.clone(),
                    is_whole: false,
                }
            }
        }
    }
}
