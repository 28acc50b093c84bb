//! A display against a real `costline serve`: a day without data, live changes, everything that can go wrong in between, and
//! the server killed and back. `$COSTLINE` names the binary; without it the one of this workspace counts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod server;

use display_core::layout::Layout;
use display_core::view::{Freshness, Stage};
use server::{Display, command, costline, live, serve, stage, until};
use simulator::player::{Player, Time as _};
use simulator::wire::{Fault, Real, Tcp};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A response of 100,000 prompt tokens at $3 a million and 2,000 at $15: 33 cents.
fn respond(home: &Path, number: u32) {
    let folder = home.join("claude/projects/-app");
    fs::create_dir_all(&folder).unwrap();
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let (year, month, day) = date(seconds / 86_400);
    let line = format!(
        concat!(
            r#"{{"type":"assistant","sessionId":"11111111-1111-4111-8111-111111111111","cwd":"/app","version":"2.1.270","#,
            r#""gitBranch":"main","isSidechain":false,"timestamp":"{}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z","uuid":"u{}","#,
            r#""requestId":"req_{}","message":{{"id":"msg_{}","type":"message","role":"assistant","#,
            r#""model":"claude-sonnet-4-5","content":[{{"type":"text","text":"Done."}}],"stop_reason":"end_turn","#,
            r#""usage":{{"input_tokens":100000,"output_tokens":2000,"cache_creation_input_tokens":0,"#,
            r#""cache_read_input_tokens":0}}}}}}"#
        ),
        year, month, day, hour, minute, second, number, number, number
    );
    let path = folder.join("11111111-1111-4111-8111-111111111111.jsonl");
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
}

/// The day of a count of days since 1970.
fn date(days: u64) -> (u64, u64, u64) {
    let (mut year, mut rest) = (1970, days);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while rest >= 365 + u64::from(leap(year)) {
        rest -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

#[test]
fn shows_what_a_real_server_says() {
    let Some(binary) = costline() else {
        println!("SKIPPED: there is no costline; build it (cargo build), or set COSTLINE");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    for folder in ["claude/projects", "run", "state", "config"] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = format!("127.0.0.1:{port}");
    let fault = Arc::new(Mutex::new(Fault::None));
    let set = |what: Fault| *fault.lock().unwrap() = what;
    let mut player = Player::new(Layout::Wide, Real::new(), Tcp::new(&host, &fault), &host, "", 7);

    until(&mut player, "no server yet", |player| stage(player) == Stage::NoServer);
    let server = serve(&binary, home.path(), &host);
    until(&mut player, "a day without data", live(0));
    respond(home.path(), 1);
    until(&mut player, "a first response", live(33));
    // A request goes out and is held; meanwhile something changes: it is shown without being asked for again.
    let writer = std::thread::spawn({
        let home = home.path().to_owned();
        move || {
            std::thread::sleep(Duration::from_millis(700));
            respond(&home, 2);
        }
    });
    until(&mut player, "another one while the request is held", live(66));
    writer.join().unwrap();

    for what in [Fault::Half, Fault::Garbage, Fault::Long, Fault::Cut] {
        set(what.clone());
        until(&mut player, &format!("{what:?}"), |player| stage(player) == Stage::NoServer);
        assert!(matches!(player.mirror.view(player.time.now()).freshness(), Freshness::Offline(_)));
        set(Fault::None);
        let back = until(&mut player, "back", live(66));
        assert!(back < 10_000, "{what:?}: {back} ms");
    }
    for (what, expected) in [
        (Fault::Refuse, Stage::Refused),
        (Fault::New, Stage::TooNew),
        (Fault::NoRadio, Stage::Joining),
        (Fault::Password, Stage::WrongPassword),
    ] {
        set(what);
        until(&mut player, &format!("{expected:?}"), |player| stage(player) == expected);
        set(Fault::None);
        // As a press of the button does.
        player.mirror.link.hurry();
        let back = until(&mut player, "back", live(66));
        assert!(back < 10_000, "{back} ms");
    }
    "a wrong token".clone_into(&mut player.token);
    until(&mut player, "a wrong token", |player| stage(player) == Stage::Refused);
    let shown =
        command(&binary, home.path(), &host).args(["token", "show"]).stdout(Stdio::piped()).output().unwrap();
    String::from_utf8(shown.stdout).unwrap().trim().clone_into(&mut player.token);
    player.mirror.link.hurry();
    until(&mut player, "the right one", live(66));

    midnight(&mut player, &fault);
    until(&mut player, "back from made-up days", live(66));

    drop(server);
    until(&mut player, "killed", |player| stage(player) == Stage::NoServer);
    respond(home.path(), 3);
    let server = serve(&binary, home.path(), &host);
    until(&mut player, "served again", live(99));
    drop(server);
}

/// The clock of a server jumps: at midnight the day is a new one, and when daylight saving begins the offset is another.
fn midnight(player: &mut Display, fault: &Mutex<Fault>) {
    // 2026-03-28 22:59:50 UTC is ten seconds before midnight at UTC+1; daylight saving begins a day later.
    for (at, offset, cents, time) in [
        (1_774_738_790_u32, 60, 1248, "23:59"),
        (1_774_738_800, 60, 0, "00:00"),
        (1_774_745_999, 60, 310, "01:59"),
        (1_774_746_000, 120, 310, "03:00"),
    ] {
        let frame = format!(r#"{{"v":1,"at":{at},"tz":{offset},"today":{cents}}}"#);
        *fault.lock().unwrap() = Fault::Frame(frame);
        until(player, time, |player| {
            let view = player.mirror.view(player.time.now());
            view.frame.is_some_and(|frame| frame.at == at)
        });
        let view = player.mirror.view(player.time.now());
        assert_eq!(view.frame.and_then(|frame| frame.today), Some(cents));
        assert_eq!(view.time.as_str(), time);
    }
    *fault.lock().unwrap() = Fault::None;
}
