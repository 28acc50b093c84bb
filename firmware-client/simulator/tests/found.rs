//! A display that was told no address, and a real `costline serve` that tells the local network where it is: in a network of
//! their own, with an address that others would reach.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod server;

use display_core::layout::Layout;
use server::{Display, command, costline, live, serve, until};
use simulator::player::{Network as _, Player};
use simulator::wire::{Real, Tcp};
use socket2::{Domain, Protocol, Socket, Type};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const INSIDE: &str = "COSTLINE_TEST_IN_A_NETWORK_OF_ITS_OWN";
const NETWORK: &str =
    "ip link set lo up && ip link set lo multicast on && ip address add 192.0.2.1/24 dev lo";

/// Runs this test again where nobody else is; says whether that can be done.
fn alone(name: &str) -> bool {
    let shell = |script: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rn", "sh", "-c", &format!("{NETWORK} && {script}")]);
        unshare
    };
    let works = shell("true").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        return false;
    }
    let mut again = shell("exec \"$0\" --exact \"$1\" --nocapture");
    again.arg(std::env::current_exe().unwrap()).arg(name).env(INSIDE, "1");
    assert!(again.status().unwrap().success());
    true
}

/// Hears what is said to all.
fn listener() -> UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5353)).into()).unwrap();
    socket.join_multicast_v4(&Ipv4Addr::new(224, 0, 0, 251), &HERE).unwrap();
    socket.into()
}

/// Waits for an answer to all that gives the service so many seconds; 0 takes it back.
fn hear(listener: &UdpSocket, seconds: u32) {
    let (until, mut packet) = (Instant::now() + Duration::from_secs(10), [0; 1500]);
    // A pointer of the Internet.
    let mut wanted = [0, 12, 0, 1, 0, 0, 0, 0];
    wanted[4..].copy_from_slice(&seconds.to_be_bytes());
    loop {
        let left = until.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "{seconds} seconds were not said");
        listener.set_read_timeout(Some(left)).unwrap();
        let Ok(len) = listener.recv(&mut packet) else { continue };
        let said = &packet[..len];
        let ours = said.windows(9).any(|part| part == b"_costline");
        if said[2] & 0x80 != 0 && ours && said.windows(8).any(|part| part == wanted) {
            return;
        }
    }
}

/// Waits until it is served there, and asks all.
fn nobody_is_told(player: &mut Display, address: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < until, "nobody serves at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(player.network.find(&mut player.time), None, "{address}");
}

#[test]
fn the_local_network_is_told_where_it_is() {
    let Some(binary) = costline() else {
        println!("SKIPPED: there is no costline; build it (cargo build), or set COSTLINE");
        return;
    };
    if std::env::var_os(INSIDE).is_none() {
        if !alone("the_local_network_is_told_where_it_is") {
            println!(
                "SKIPPED: what the local network is told: no network of its own can be made here (unshare -rn, ip)"
            );
        }
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for folder in ["claude/projects", "run", "state", "config"] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    let listener = listener();
    let mut shown = command(&binary, home.path(), "127.0.0.1:8377");
    let shown = shown.args(["token", "show", "--read"]).stdout(Stdio::piped()).output().unwrap();
    let token = String::from_utf8(shown.stdout).unwrap();

    let fault = Arc::new(Mutex::new(simulator::wire::Fault::None));
    let mut player = Player::new(Layout::Wide, Real::new(), Tcp::asking(HERE, &fault), "", token.trim(), 7);
    // Nobody answers for a server that nobody reaches.
    let server = serve(&binary, home.path(), "127.0.0.1:8377");
    nobody_is_told(&mut player, "127.0.0.1:8377");
    drop(server);

    let mut server = serve(&binary, home.path(), "0.0.0.0:8377");
    hear(&listener, 4500);
    until(&mut player, "found", live(0));
    assert_eq!(player.host, "192.0.2.1:8377");

    let ended = Command::new("kill").arg(server.child.id().to_string()).status().unwrap();
    assert!(ended.success());
    hear(&listener, 0);
    assert!(server.child.wait().unwrap().success());

    let mut quiet = command(&binary, home.path(), "192.0.2.1:8378");
    quiet.env("COSTLINE_HTTP_ANNOUNCE", "false").arg("serve");
    let server = server::Server { child: quiet.spawn().unwrap() };
    nobody_is_told(&mut player, "192.0.2.1:8378");
    drop(server);
    let server = serve(&binary, home.path(), "192.0.2.1:8379");
    let until = Instant::now() + Duration::from_secs(30);
    while player.network.find(&mut player.time).as_deref() != Some("192.0.2.1:8379") {
        assert!(Instant::now() < until, "nobody is told of one address");
    }
    drop(server);
}
