//! `%help`: what there is to know.

use super::{Command, Flow, all};
use crate::assist::ArgumentKind;
use crate::describe::Help as Details;
use crate::describe::HelpList;
use crate::error::Error;
use crate::render::help;
use crate::repl::prompt::Prompt;

/// Shows help on a topic, a builtin or the commands.
pub(super) struct Help;

impl Command for Help {
    fn name(&self) -> &'static str {
        "help"
    }

    fn usage(&self) -> &'static str {
        "%help, %help commands, %help keys or %help TOPIC"
    }

    fn summary(&self) -> &'static str {
        "help on a topic, a builtin or a command"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Topic
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        match argument.trim_start_matches('%') {
            "commands" => {
                let text = help(&commands(), &prompt.style());
                prompt.say_in_pages(&text)?;
            }
            "keys" => prompt.say_in_pages(KEYS)?,
            "" => {
                let overview = prompt.book().session().language().help("")?;
                let text = help(&overview, &prompt.style());
                prompt.say_in_pages(&format!("{text}\n\n{PROMPT}"))?;
            }
            word => match all().find(|command| command.name() == word) {
                Some(command) => prompt.say(&format!("{}\n{}", command.usage(), command.summary()))?,
                None => prompt.help(argument)?,
            },
        }
        Ok(Flow::Continue)
    }
}

const KEYS: &str = "\
Enter                runs a complete cell, or starts a new line
Alt-Enter            always starts a new line
Tab                  completes; Tab again or the arrows choose
Right, End, Ctrl-E   accept the grey suggestion; Ctrl-Right accepts one word
Up, Down             earlier cells; after some text, those that start with it
Ctrl-R               searches the earlier cells
Ctrl-O               opens the cell in $EDITOR
Ctrl-C               clears the cell being typed, or interrupts the one that runs
Ctrl-D               quits, when nothing is typed
Ctrl-L               clears the screen
name? and name??     help on a name, and its source";

const PROMPT: &str = "\
At the prompt: name? for help(name), %help commands, %help keys. %quit quits.";

fn commands() -> Details {
    let rows = all().map(|command| (format!("%{}", command.name()), command.summary().to_owned()));
    Details {
        text: "`%help save` shows how to use a command.".to_owned(),
        lists: vec![HelpList {
            heading: "Commands",
            rows: rows.collect(),
        }],
        ..Details::default()
    }
}
