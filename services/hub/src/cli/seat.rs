//! `hub seat`: who may call. Beside a running hub it asks that hub; else it writes the journal itself.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::{
    area::AreaCode,
    id::{Agency, SeatId},
    seat::Role,
};
use runtime::{Caller, Clock, config::Config};
use serde_json::json;
use wire::v1;

use super::{Common, say};
use crate::{
    process::{ADDRESS_FILE, Process},
    roads::Roads,
};

/// Keeps seats.
#[derive(Debug, Args)]
pub(crate) struct Seat {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Sets a seat up and shows its token once. Example: hub seat add desk-1 --agency grid --area 320111004 --role dispatcher
    Add {
        /// The seat's name: letters, digits, - _ .
        name: SeatId,
        /// police, grid, hotline, department/<code>, organisation/<code>
        #[arg(long)]
        agency: Agency,
        /// The area it works for: 6, 9, 12 or 15 digits
        #[arg(long, default_value = "320111")]
        area: AreaCode,
        /// call_taker, dispatcher, duty_chief, handler, checker, follow_up, supervisor, auditor, or alone one of
        /// administrator, security_administrator, audit_administrator; may be repeated
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        /// Decides by script; every fact it causes says so
        #[arg(long)]
        scripted: bool,
    },
    /// Lists the seats. Example: hub seat list --agency grid --area 320111004 --role dispatcher --data hub-data
    List {
        /// Only this agency's
        #[arg(long)]
        agency: Option<Agency>,
        /// Only those within this area
        #[arg(long)]
        area: Option<AreaCode>,
        /// Only those with this role
        #[arg(long, value_parser = role)]
        role: Option<Role>,
    },
    /// Takes a seat out of use; its token opens nothing any more. Example: hub seat lock desk-1 --data hub-data
    Lock {
        /// The seat's name
        name: SeatId,
    },
    /// Gives a seat another token and shows it once; the old one opens nothing any more. Example: hub seat reset desk-1 --data hub-data
    Reset {
        /// The seat's name
        name: SeatId,
    },
}

fn role(word: &str) -> Result<Role, String> {
    let known = || Role::ALL.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ");
    Role::from_word(word).ok_or_else(|| format!("give one of {}", known()))
}

impl Seat {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        match running(&config).await? {
            Some(mut roads) => self.ask(&mut roads).await?,
            None => {
                let process = Process::open(config, Clock::system()).await?;
                let mut roads = Roads::local(&process.ports, Caller::operator(&process.ports));
                let asked = self.ask(&mut roads).await;
                process.close().await?;
                asked?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn ask(&self, roads: &mut Roads) -> anyhow::Result<()> {
        match &self.action {
            Action::Add { name, agency, area, roles, scripted } => {
                let seat = v1::Seat {
                    seat_id: name.to_string(),
                    agency: agency.to_string(),
                    area: area.to_string(),
                    roles: roles.iter().map(|role| runtime::convert::number_of::<v1::Role>(role.word())).collect(),
                    scripted: *scripted,
                };
                let request = v1::AddSeatRequest { command_id: command_id("add", name)?, seat: Some(seat) };
                let answer = roads.seats.add(request).await.map_err(explained)?.into_inner();
                if self.common.json {
                    say(&json!({ "seat": name.as_str(), "token": answer.token, "position": answer.position }).to_string())
                } else {
                    say(&format!("seat {name}\ntoken {}\nKeep it now: it is shown once.", answer.token))
                }
            }
            Action::List { agency, area, role } => {
                let request = v1::ListSeatsRequest {
                    at_least: 0,
                    agency: agency.as_ref().map(ToString::to_string).unwrap_or_default(),
                    area: area.as_ref().map(ToString::to_string).unwrap_or_default(),
                    role: role.map_or(0, |role| runtime::convert::number_of::<v1::Role>(role.word())),
                };
                let answer = roads.seats.list(request).await.map_err(explained)?.into_inner();
                let mut rows = Vec::new();
                for view in &answer.seats {
                    let Some(seat) = &view.seat else { continue };
                    let roles: Vec<_> =
                        seat.roles.iter().filter_map(|&role| <v1::Role as wire::words::Word>::word_of(role)).collect();
                    let locked = view.locked.is_some();
                    if self.common.json {
                        rows.push(json!({ "seat": seat.seat_id, "agency": seat.agency, "area": seat.area, "roles": roles, "locked": locked }));
                    } else {
                        say(&format!(
                            "{:24} {:20} {:16} {}{}",
                            seat.seat_id,
                            seat.agency,
                            seat.area,
                            roles.join(","),
                            if locked { "  locked" } else { "" }
                        ))?;
                    }
                }
                if self.common.json { say(&serde_json::Value::from(rows).to_string()) } else { Ok(()) }
            }
            Action::Reset { name } => {
                let request = v1::ResetSeatRequest { command_id: command_id("reset", name)?, seat_id: name.to_string() };
                let answer = roads.seats.reset(request).await.map_err(explained)?.into_inner();
                if self.common.json {
                    say(&json!({ "seat": name.as_str(), "token": answer.token, "position": answer.position }).to_string())
                } else {
                    say(&format!("seat {name}\ntoken {}\nKeep it now: it is shown once. The one before is dead.", answer.token))
                }
            }
            Action::Lock { name } => {
                let request = v1::LockSeatRequest { command_id: command_id("lock", name)?, seat_id: name.to_string() };
                let answer = roads.seats.lock(request).await.map_err(explained)?.into_inner();
                if self.common.json {
                    say(&json!({ "seat": name.as_str(), "position": answer.position }).to_string())
                } else {
                    say(&format!("seat {name} is locked"))
                }
            }
        }
    }
}

/// The running hub of this data directory, if there is one that answers.
pub(crate) async fn running(config: &Config) -> anyhow::Result<Option<Roads>> {
    // The note of a hub that was killed stays; without a writer nobody is there, and whoever listens at that address
    // now gets no token.
    let held = if config.journal.url.is_some() { config.data.clone() } else { config.data.join("journal") };
    if journal::embedded::writer(&held).context("see who uses the data directory")?.is_none() {
        return Ok(None);
    }
    let Ok(uri) = std::fs::read_to_string(config.data.join(ADDRESS_FILE)) else { return Ok(None) };
    let token = runtime::identity::operator_token(&config.data).context("read the operator's token")?;
    let tls = config.listen.tls.as_ref().map(runtime::serve::trusting).transpose()?;
    Roads::connect_trusting(uri.trim(), &token, tls).await.map(Some).context("ask the hub that runs on this data directory")
}

/// A refusal in words a person reads.
pub(crate) fn explained(status: tonic::Status) -> anyhow::Error {
    let (code, zh, en) = runtime::status::explained(&status);
    anyhow::anyhow!("{zh} / {en} ({code})")
}

/// Each call of the command line is a new command.
fn command_id(action: &str, name: &SeatId) -> anyhow::Result<String> {
    let mut drawn = [0_u8; 8];
    getrandom::fill(&mut drawn).map_err(|error| anyhow::anyhow!("draw a command id: {error}"))?;
    Ok(format!("operator/seat-{action}/{name}/{}", runtime::identity::hex(&drawn)))
}
