//! A real network, and what can be made to go wrong with it.

use crate::player::{Network, Time};
use display_core::http::{Exchange, Reply};
use display_core::mdns;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The clock of this machine.
#[derive(Clone, Copy)]
pub struct Real(Instant);

impl Real {
    /// Begins now.
    #[allow(clippy::new_without_default, reason = "a clock that begins is no default")]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Time for Real {
    fn now(&self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }

    fn sleep_until(&mut self, until: u64) {
        sleep(Duration::from_millis(until.saturating_sub(self.now())));
    }
}

/// How long to listen for answers of the local network.
const LISTEN: Duration = Duration::from_millis(1500);

/// What goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The wireless network is gone.
    NoRadio,
    /// It does not take the password.
    Password,
    /// Nobody listens.
    Cut,
    /// Whoever listens says nothing.
    Silence,
    /// So many milliseconds pass between two pieces of 32 bytes.
    Slow(u64),
    /// Half of an answer comes.
    Half,
    /// What comes is none.
    Garbage,
    /// The server does not take the token.
    Refuse,
    /// The answer is longer than any.
    Long,
    /// The server is newer.
    New,
    /// The frame is this one.
    Frame(String),
}

/// An answer that can be spoiled.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"v\":1,\"today\":1234567}";

/// A server over TCP, as one that sits in between leaves it.
#[derive(Clone)]
pub struct Tcp {
    place: Place,
    fault: Arc<Mutex<Fault>>,
}

/// Where the server is.
#[derive(Clone)]
enum Place {
    /// There.
    Known(String),
    /// Where the network of this machine's address says; found there already, or not yet.
    Asked(Ipv4Addr, Arc<Mutex<Option<String>>>),
}

impl Tcp {
    /// The server at this address, and what goes wrong on the way to it; that may be changed at any time.
    pub fn new(address: &str, fault: &Arc<Mutex<Fault>>) -> Self {
        Self { place: Place::Known(address.to_owned()), fault: Arc::clone(fault) }
    }

    /// The server that the local network tells of, as a device asks it: the one where this machine has this address.
    pub fn asking(own: Ipv4Addr, fault: &Arc<Mutex<Fault>>) -> Self {
        Self { place: Place::Asked(own, Arc::default()), fault: Arc::clone(fault) }
    }

    fn address(&self) -> Option<String> {
        match &self.place {
            Place::Known(address) => Some(address.clone()),
            Place::Asked(_, found) => found.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn fault(&self) -> Fault {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn socket(&self) -> Option<SocketAddr> {
        self.address()?.to_socket_addrs().ok()?.find(SocketAddr::is_ipv4)
    }

    fn exchange(&self, exchange: &mut Exchange, deadline: u64, time: &mut dyn Time) -> Option<Reply> {
        let fault = self.fault();
        if fault == Fault::Cut {
            return None;
        }
        let left = |time: &dyn Time| Duration::from_millis(deadline.saturating_sub(time.now()).max(1));
        let mut stream = TcpStream::connect_timeout(&self.socket()?, left(time)).ok()?;
        while !exchange.outgoing().is_empty() {
            let count = stream.write(exchange.outgoing()).ok()?;
            exchange.sent(count);
        }
        // A fault that comes up meanwhile is one of this connection, too.
        let mut bytes = Vec::new();
        let mut piece = [0; 256];
        stream.set_read_timeout(Some(Duration::from_millis(20))).ok()?;
        // What is made up need not be waited for.
        let real = matches!(fault, Fault::None | Fault::Slow(_) | Fault::Silence);
        if !real {
            bytes.extend(ANSWER);
        }
        loop {
            if !real {
                break;
            }
            if time.now() >= deadline || matches!(self.fault(), Fault::Cut | Fault::NoRadio) {
                return None;
            }
            let now = self.fault();
            if now != fault && now != Fault::None {
                break;
            }
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => bytes.extend(piece.get(..count)?),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return None,
            }
        }
        let fault = self.fault();
        let answer = spoil(&fault, bytes);
        if fault == Fault::Silence {
            time.sleep_until(deadline);
            return None;
        }
        for piece in answer.chunks(32) {
            if let Fault::Slow(pause) = fault {
                let then = time.now() + pause;
                time.sleep_until(then);
            }
            if time.now() >= deadline {
                return None;
            }
            if let Some(reply) = exchange.incoming(piece).ok()? {
                return Some(reply);
            }
        }
        exchange.closed().ok()
    }
}

/// Asks the local network for a server, as a device does.
fn ask_all(own: Ipv4Addr) -> io::Result<Option<String>> {
    // Bound to an address, it sends where that one is.
    let socket = UdpSocket::bind((own, 0))?;
    let mut question = [0; mdns::MAX_QUESTION];
    let len = mdns::ask_service(&mut question).unwrap_or_default();
    socket.send_to(question.get(..len).unwrap_or_default(), (Ipv4Addr::from(mdns::GROUP), mdns::PORT))?;
    let (until, mut packet) = (Instant::now() + LISTEN, [0; 1500]);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        let len = match socket.recv(&mut packet) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(None);
            }
            received => received?,
        };
        if let Some((ip, port)) = packet.get(..len).and_then(mdns::service) {
            return Ok(Some(format!("{}:{port}", Ipv4Addr::from(ip))));
        }
    }
}

/// What a fault makes of an answer.
pub fn spoil(fault: &Fault, answer: Vec<u8>) -> Vec<u8> {
    let with_body = |body: &str| {
        format!("HTTP/1.1 200 OK\r\nETag: \"made-up\"\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    };
    match fault {
        Fault::Half => answer.get(..answer.len() / 2).unwrap_or_default().to_vec(),
        Fault::Garbage => (0..500_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect(),
        Fault::Refuse => b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        Fault::Long => with_body(&format!("{{\"v\":1,\"title\":\"{}\"}}", "x".repeat(4000))),
        Fault::New => with_body("{\"v\":2,\"everything\":\"else\"}"),
        Fault::Frame(frame) => with_body(frame),
        _ => answer,
    }
}

impl Network for Tcp {
    fn join(&mut self, time: &mut dyn Time) -> Option<bool> {
        let then = time.now() + 50;
        time.sleep_until(then);
        match self.fault() {
            Fault::NoRadio => Some(false),
            Fault::Password => None,
            _ => Some(true),
        }
    }

    fn is_joined(&mut self, _now: u64) -> bool {
        !matches!(self.fault(), Fault::NoRadio | Fault::Password)
    }

    fn find(&mut self, _time: &mut dyn Time) -> Option<String> {
        if let Place::Asked(own, found) = &self.place {
            let answer = ask_all(*own).ok().flatten();
            *found.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        }
        self.socket().and_then(|_| self.address())
    }

    fn carry(&mut self, exchange: &mut Exchange, deadline: u64, time: &mut dyn Time) -> Option<Reply> {
        self.exchange(exchange, deadline, time)
    }
}
