//! `hub completions` and `hub man`: what a shell and `man` have to know of the commands, made from the commands themselves.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, say};

/// Prints completions for a shell.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: hub completions bash > ~/.local/share/bash-completion/completions/hub\nThen:    open a new shell and type `hub se` and the tab key"
)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

/// Prints the manual page, or writes one for each command.
#[derive(Debug, Args)]
#[command(after_help = "Example: hub man --out man/man1\nThen:    man -M man hub-serve")]
pub(crate) struct Man {
    /// Directory for a page a command: hub.1, hub-serve.1 …; left out: hub.1 goes to standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print for machines: the last line of standard output is one JSON value
    #[arg(long, requires = "out")]
    json: bool,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "hub", &mut script);
        say(String::from_utf8(script).context("completions are text")?.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Man {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut hub = Cli::command();
        // Every command's options stand on its own page, also those that all have.
        hub.build();
        let Some(dir) = &self.out else {
            say(String::from_utf8(page(&hub, "hub")?).context("a page is text")?.trim_end())?;
            return Ok(ExitCode::SUCCESS);
        };
        fs::create_dir_all(dir).with_context(|| format!("make {}", dir.display()))?;
        let mut written = Vec::new();
        let mut waiting = vec![(hub, "hub".to_owned())];
        while let Some((command, name)) = waiting.pop() {
            let file = dir.join(format!("{name}.1"));
            fs::write(&file, page(&command, &name)?).with_context(|| format!("write {}", file.display()))?;
            written.push(file.display().to_string());
            let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
            waiting.extend(below.map(|below| (below.clone(), format!("{name}-{}", below.get_name()))));
        }
        written.sort();
        say(&if self.json { serde_json::json!({ "pages": written }).to_string() } else { written.join("\n") })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn page(command: &Command, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let titled = command.clone().display_name(name.to_owned()).version(crate::version::VERSION);
    clap_mangen::Man::new(titled).title(name.to_uppercase()).render(&mut text).with_context(|| format!("write the page {name}"))?;
    Ok(text)
}
