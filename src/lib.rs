//! goseal, the program: a hermetic Go toolchain manager.
//!
//! Owns the command line, the words for people, the exit codes and the gathering of the outside.
//! A library so that the tests' own program can hand in other trust roots and another clock; it is
//! no interface for others.

mod cli;
mod commands;
mod failure;
pub mod reference;
mod render;
mod ui;
mod world;

use std::process::ExitCode;

use clap::Parser as _;
use goseal_core::exit::Exit;
pub use goseal_ops::{Limits, Machine, Pace, Product};
pub use goseal_trust::Roots;
pub use world::{RealMachine, Unusable};

use crate::cli::{Cli, Verb};
use crate::commands::Desk;
use crate::failure::Failure;
use crate::ui::Ui;

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
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let home = match &cli.verb {
        Verb::Plan(args) => Some(args.home.as_path()),
        _ => None,
    };
    let gathered = world::gather(product, machine, home);
    let set = |name: &str| {
        gathered
            .as_ref()
            .is_ok_and(|world| world.environment.text(name).is_some())
    };
    let ui = Ui::new(set("NO_COLOR"), set("CI"));
    let shim = matches!(&cli.verb, Verb::Plan(_));
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
            if shim {
                failure.show_as_shim(&ui);
            } else {
                failure.show(&ui);
            }
            failure.exit.into()
        }
    }
}

/// Help and version go to stdout with 0, mistakes to stderr with 2.
fn usage(error: &clap::Error) -> ExitCode {
    error.print().ok();
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}
