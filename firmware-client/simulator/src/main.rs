//! The display on a PC. `costline-display --help` says how.

use display_core::layout::Layout;
use display_core::samples;
use simulator::picture::Picture;
use simulator::player::{Aside, Player, Time as _};
use simulator::script::{self, Scene};
use simulator::states;
use simulator::wire::{Fault, Real, Tcp};
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "window")]
mod window;

const HELP: &str = "The display on a PC

costline-display shots FOLDER
    a picture of every state on every screen

costline-display run [--server 127.0.0.1:8377 | --find 192.168.1.20] [--token TOKEN] [--screen 320x170] [--seconds 10]
                     [--script FILE] [--shots FOLDER] [--window]
    a display at work; it tells of each change, and takes a picture at the end. --find has it ask the local network for
    the server, as a device does: the network where this machine has that address

A script has a line for each thing that happens: SECONDS cut, silence, slow MILLISECONDS, half, garbage, refuse, long, new,
no-radio, password, heal, frame JSON, press, hold, or shot NAME.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("shots") => shots(Path::new(arguments.get(1).map_or("target/firmware/shots", String::as_str))),
        Some("run") => run(arguments.get(1..).unwrap_or_default()),
        Some("--help" | "-h" | "help") => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("it takes shots or run\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("costline-display: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn shots(folder: &Path) -> Result<(), String> {
    let failed =
        |error: std::io::Error| format!("pictures cannot be written to {}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (size, layout) in Layout::ALL {
        let pictures: Vec<_> = samples::NAMES.iter().map(|name| states::picture(layout, name)).collect();
        for (name, picture) in samples::NAMES.iter().zip(&pictures) {
            picture.save(&folder.join(format!("{size}-{name}.png")), 2).map_err(failed)?;
        }
        let columns = if layout == Layout::Wide { 3 } else { 7 };
        Picture::sheet(&pictures, columns).save(&folder.join(format!("{size}.png")), 1).map_err(failed)?;
    }
    Ok(())
}

struct Options {
    server: String,
    find: Option<Ipv4Addr>,
    token: String,
    layout: Layout,
    until: u64,
    scenes: VecDeque<(u64, Scene)>,
    folder: PathBuf,
    window: bool,
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options {
        server: "127.0.0.1:8377".to_owned(),
        find: None,
        token: String::new(),
        layout: Layout::Wide,
        until: 10_000,
        scenes: VecDeque::new(),
        folder: PathBuf::from("target/firmware/shots"),
        window: false,
    };
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        if name == "--window" {
            options.window = true;
            continue;
        }
        let value = rest.next().ok_or_else(|| format!("{name} lacks its value"))?;
        match name.as_str() {
            "--server" => {
                let (host, port) =
                    display_core::http::address(value).ok_or_else(|| format!("{value} is no address"))?;
                options.server = format!("{host}:{port}");
            }
            "--find" => {
                let own = value
                    .parse()
                    .map_err(|_| format!("--find takes an IPv4 address of this machine, not {value}"))?;
                options.find = Some(own);
                options.server.clear();
            }
            "--token" => options.token.clone_from(value),
            "--screen" => {
                let known = Layout::ALL.iter().find(|(size, _)| size == value);
                options.layout = known.ok_or("--screen takes 320x170, 172x320 or 240x240")?.1;
            }
            "--seconds" => {
                let seconds: u64 =
                    value.parse().map_err(|_| format!("--seconds takes a number, not {value}"))?;
                options.until = seconds.saturating_mul(1000);
            }
            "--script" => {
                let text = std::fs::read_to_string(value)
                    .map_err(|error| format!("{value} cannot be read: {error}"))?;
                options.scenes = script::read(&text)?.into();
            }
            "--shots" => options.folder = PathBuf::from(value),
            other => return Err(format!("{other} is no option\n\n{HELP}")),
        }
    }
    Ok(options)
}

fn run(arguments: &[String]) -> Result<(), String> {
    let mut options = options(arguments)?;
    std::fs::create_dir_all(&options.folder)
        .map_err(|error| format!("{} cannot be made: {error}", options.folder.display()))?;
    let fault = Arc::new(Mutex::new(Fault::None));
    let network = match options.find {
        Some(own) => Tcp::asking(own, &fault),
        None => Tcp::new(&options.server, &fault),
    };
    let mut player = Player::new(
        options.layout,
        Real::new(),
        network,
        &options.server,
        &options.token,
        std::process::id(),
    );
    if options.window {
        #[cfg(feature = "window")]
        return window::run(&mut player, &options, &fault);
        #[cfg(not(feature = "window"))]
        return Err(
            "this was built without a window: cargo run -p costline-display-simulator --features window"
                .to_owned(),
        );
    }
    let mut release = None;
    let mut shown = None;
    let mut aside = Aside::default();
    loop {
        let now = player.time.now();
        while options.scenes.front().is_some_and(|(time, _)| *time <= now) {
            match options.scenes.pop_front() {
                Some((_, Scene::Fault(what))) => *fault.lock().unwrap_or_else(PoisonError::into_inner) = what,
                Some((_, Scene::Press(long))) => {
                    player.pressed = true;
                    release = Some(now + long);
                }
                Some((_, Scene::Shot(name))) => {
                    player.draw();
                    save(&player, &options.folder.join(format!("{name}.png")))?;
                }
                None => {}
            }
        }
        if release.is_some_and(|release| release <= now) {
            (player.pressed, release) = (false, None);
        }
        player.draw();
        let view = player.mirror.view(now);
        let says = (view.stage, view.freshness(), view.frame.and_then(|frame| frame.today));
        if shown != Some(says)
            && !matches!(says.1, display_core::view::Freshness::Offline(age) if age % 10 != 0)
        {
            println!("{:>7.2} s  {:?}  {:?}  today {:?}", now as f64 / 1000.0, says.0, says.1, says.2);
            shown = Some(says);
        }
        if now >= options.until {
            return save(&player, &options.folder.join("end.png"));
        }
        player.step_aside(&mut aside);
        player.time.sleep_until(now + 20);
    }
}

fn save(player: &Player<Real, Tcp>, path: &Path) -> Result<(), String> {
    player.save(path).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
