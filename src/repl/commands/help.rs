//! `%help`: what there is to know.

use super::{Command, Flow, all};
use crate::error::Error;
use crate::render::Paint;
use crate::repl::completion::ArgumentKind;
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
                let text = commands(prompt);
                prompt.say(&text)?;
            }
            "keys" => prompt.say(KEYS)?,
            "" => {
                prompt.help("")?;
                prompt.say("Commands of the prompt: %help commands. Keys: %help keys.")?;
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
Enter                runs a complete cell, or begins a new line
Alt-Enter            always begins a new line
Tab                  completes; again, or the arrows, choose
Right, End, Ctrl-E   take the grey text; Ctrl-Right takes a word of it
Up, Down             earlier cells; after some text, those that begin with it
Ctrl-R               searches the earlier cells
Ctrl-O               opens the cell in $EDITOR
Ctrl-C               clears the cell being typed, or stops the one that runs
Ctrl-D               leaves, when nothing is typed
Ctrl-L               clears the screen
name? and name??     tell what a name is, and show its source";

fn commands(prompt: &Prompt<'_>) -> String {
    let paint = Paint::new(&prompt.style());
    let lines: Vec<String> = all()
        .map(|command| format!("{}\n    {}", paint.strong(command.usage()), command.summary()))
        .collect();
    lines.join("\n")
}
