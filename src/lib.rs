//! goseal, the program: a hermetic Go toolchain manager.
//!
//! Owns the command line, the words for people, the exit codes and the gathering of the outside.
//! A library so that the tests' own program can hand in other trust roots and another clock; it is
//! no interface for others.

mod cli;
mod commands;
mod failure;
mod neighbours;
pub mod reference;
mod render;
mod ui;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use goseal_core::exit::Exit;
pub use goseal_ops::{Limits, Machine, Pace, Product};
pub use goseal_trust::Roots;
pub use world::{RealMachine, Unusable};

use crate::cli::{Cli, Verb};
use crate::commands::Desk;
use crate::failure::Failure;
use crate::ui::Ui;
use crate::world::Places;

/// What this build holds to be true: nothing outside the program moves it.
pub fn product() -> Product {
    Product {
        name: concat!("goseal/", env!("CARGO_PKG_VERSION")).to_owned(),
        roots: Roots::go(),
        policy_path: goseal_inputs::policy_path().to_owned(),
        archive_base: "https://go.dev/dl/".to_owned(),
        pace: Pace::default(),
        limits: Limits::default(),
    }
}

/// The command line as clap's own value, for the reference pages and their tests.
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// Runs the program: reads the command line, gathers the outside, does one verb.
pub fn run(product: Product, machine: Box<dyn Machine>) -> ExitCode {
    let arguments = world::arguments();
    let environment = world::environment();
    let ui = Ui::new(&environment);
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments, &ui),
    };
    let places = match &cli.verb {
        Verb::Plan(args) => Places::OfShim(&args.home),
        Verb::Init(_) => Places::ToBeMade,
        _ => Places::AsTheyAre,
    };
    let gathered = world::gather(product, machine, environment, places);
    // Scripts tell what goseal says from what the tool says by the start of each line.
    let speaks_as_shim = matches!(&cli.verb, Verb::Plan(_) | Verb::Exec(_));
    let outcome = gathered.map_err(Failure::from).and_then(|world| {
        let arguments = arguments.get(2..).unwrap_or_default();
        commands::run(
            cli.verb,
            &Desk {
                world: &world,
                ui: &ui,
                arguments,
            },
        )
    });
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if speaks_as_shim {
                failure.show_as_shim(&ui);
            } else {
                failure.show(&ui);
            }
            failure.exit.into()
        }
    }
}

/// Help and version go to stdout with 0, mistakes to stderr with 2.
fn usage(error: &clap::Error, arguments: &[OsString], ui: &Ui) -> ExitCode {
    if let Some(failure) = of_a_neighbour(error, arguments) {
        failure.show(ui);
        return failure.exit.into();
    }
    let styled = error.render();
    ui.help(
        &styled.to_string(),
        &styled.ansi().to_string(),
        error.use_stderr(),
    );
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}

/// A verb that another version manager has.
fn of_a_neighbour(error: &clap::Error, arguments: &[OsString]) -> Option<Failure> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let mut words = arguments.iter().skip(1).map(|word| word.to_str());
    let word = words.next().flatten()?;
    let hint = neighbours::hint_for(word, words.next().flatten())?;
    Some(Failure::new(Exit::Usage, format!("goseal has no verb `{word}`")).hint(hint))
}
