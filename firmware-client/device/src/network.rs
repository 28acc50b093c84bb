//! The radio and the sockets: what the core says is done here, and it is told what came of it.

use crate::{Shared, now, update};
use display_core::http::{Exchange, Request, address, numbers};
use display_core::link::{Action, Event};
use display_core::mdns;
use display_core::text::Text;
use embassy_executor::Spawner;
use embassy_futures::select::select;
use embassy_net::dns::DnsQueryType;
use embassy_net::tcp::TcpSocket;
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{Config, IpAddress, IpEndpoint, Ipv4Address, Runner, Stack, StackResources};
use embassy_time::{Duration, Instant, Timer, with_deadline, with_timeout};
use esp_hal::peripherals::WIFI;
use esp_hal::rng::Rng;
use esp_println::println;
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, ConnectionError, ControllerConfig, DisconnectReason, Interface,
    WifiController,
};
use static_cell::StaticCell;

/// How long it may take to join, and to get an address.
const JOIN: Duration = Duration::from_secs(15);
/// How long to listen for answers of the local network.
const LISTEN: Duration = Duration::from_millis(1500);

/// Runs the stack.
#[embassy_executor::task]
pub async fn stack(mut runner: Runner<'static, Interface>) -> ! {
    runner.run().await
}

struct Network {
    shared: &'static Shared,
    stack: Stack<'static>,
    controller: Option<WifiController<'static>>,
    server: Option<([u8; 4], u16)>,
    random: Rng,
}

/// Joins, finds, asks, for ever.
pub async fn run(spawner: Spawner, shared: &'static Shared, wifi: WIFI<'static>, random: Rng) -> ! {
    static RESOURCES: StaticCell<StackResources<6>> = StaticCell::new();

    let seed = u64::from(random.random()) << 32 | u64::from(random.random());
    let controller = WifiController::new(wifi, ControllerConfig::default()).ok();
    let (stack_handle, runner) = embassy_net::new(
        Interface::station(),
        Config::dhcpv4(Default::default()),
        RESOURCES.init(StackResources::new()),
        seed,
    );
    spawner.spawn(stack(runner).expect("it is started once"));
    spawner.spawn(update::run(shared, stack_handle).expect("it is started once"));
    let mut network = Network { shared, stack: stack_handle, controller, server: None, random };
    loop {
        shared.is_alive();
        let lost = network.controller.as_ref().is_none_or(|controller| !controller.is_connected());
        if lost && shared.mirror.borrow().link.is_joined() {
            network.tell(Event::Left);
        }
        let action = shared.mirror.borrow_mut().next(now());
        match action {
            Action::Wait(until) => {
                // Not for longer than a second: a network that is lost should be seen.
                let until = Instant::from_millis(until.min(now() + 1000));
                if let embassy_futures::select::Either::Second(()) =
                    select(Timer::at(until), shared.hurry.wait()).await
                {
                    shared.mirror.borrow_mut().link.hurry();
                }
            }
            Action::Join => network.join().await,
            Action::RestartRadio => {
                // SAFETY: the controller that had it is gone.
                network.controller = None;
                network.controller =
                    WifiController::new(unsafe { WIFI::steal() }, ControllerConfig::default()).ok();
                network.join().await;
            }
            Action::Reset => esp_hal::system::software_reset(),
            Action::Find => network.find().await,
            Action::Ask(until, wait) => network.ask(until, wait).await,
        }
    }
}

impl Network {
    fn tell(&self, event: Event) {
        self.shared.mirror.borrow_mut().tell(now(), self.random.random(), event);
    }

    async fn join(&mut self) {
        let event = self.try_to_join().await;
        println!("network: {event:?}");
        self.tell(event);
    }

    async fn try_to_join(&mut self) -> Event {
        let settings = *self.shared.settings.borrow();
        let Some(controller) = &mut self.controller else { return Event::NotJoined };
        let (Ok(network), Ok(password)) =
            (settings.network.as_str().try_into(), settings.password.as_str().try_into())
        else {
            return Event::WrongPassword;
        };
        let authentication = if settings.password.is_empty() {
            AuthenticationMethodConfig::Open
        } else {
            AuthenticationMethodConfig::WpaWpa2Personal(password)
        };
        let config = StationConfig::default().with_ssid(network).with_authentication(authentication);
        if controller.set_config(&esp_radio::wifi::Config::Station(config)).is_err() {
            return Event::WrongPassword;
        }
        match with_timeout(JOIN, controller.connect_async()).await {
            Ok(Ok(_)) => {}
            Ok(Err(ConnectionError::Failed(info))) => return refusal(info.reason),
            Ok(Err(_)) | Err(_) => return Event::NotJoined,
        }
        if with_timeout(JOIN, self.stack.wait_config_up()).await.is_err() {
            let _ = with_timeout(JOIN, controller.disconnect_async()).await;
            return Event::NotJoined;
        }
        Event::Joined
    }

    async fn find(&mut self) {
        let found = self.look().await;
        println!("server: {found:?}");
        if let Some((ip, port)) = found {
            self.server = found;
            self.shared.mirror.borrow_mut().set_server(words(ip, port).as_str());
        }
        self.tell(if found.is_some() { Event::Found } else { Event::NotFound });
    }

    /// The address that the user gave; without one, or where its name is not known, what the local network answers; at last
    /// where the server was the last time.
    async fn look(&self) -> Option<([u8; 4], u16)> {
        let settings = *self.shared.settings.borrow();
        let given = address(settings.server.as_str());
        let Some((host, port)) = given else {
            let found = self.ask_all(mdns::ask_service, mdns::service).await;
            return found.or(settings.last);
        };
        let host = host.as_str();
        if let Some(ip) = numbers(host) {
            return Some((ip, port));
        }
        let local = !host.contains('.') || host.ends_with(".local");
        let found = if local {
            self.ask_all(|buffer| mdns::ask_host(buffer, host), |packet| mdns::host(packet, host)).await
        } else {
            None
        };
        match found {
            Some(ip) => Some((ip, port)),
            None => self.resolve(host).await.map(|ip| (ip, port)).or(settings.last),
        }
    }

    async fn resolve(&self, host: &str) -> Option<[u8; 4]> {
        let answers =
            with_timeout(LISTEN * 2, self.stack.dns_query(host, DnsQueryType::A)).await.ok()?.ok()?;
        answers.first().map(|IpAddress::Ipv4(ip)| ip.octets())
    }

    async fn ask_all<T>(
        &self,
        ask: impl Fn(&mut [u8]) -> Option<usize>,
        understand: impl Fn(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let (mut rx, mut tx) = ([0; 1500], [0; mdns::MAX_QUESTION]);
        let (mut rx_meta, mut tx_meta) = ([PacketMetadata::EMPTY; 4], [PacketMetadata::EMPTY; 2]);
        let mut socket = UdpSocket::new(self.stack, &mut rx_meta, &mut rx, &mut tx_meta, &mut tx);
        // Not the port of multicast DNS: then answers come to this one alone.
        socket.bind(0x8000 | (self.random.random() as u16 >> 1)).ok()?;
        let mut question = [0; mdns::MAX_QUESTION];
        let len = ask(&mut question)?;
        let [a, b, c, d] = mdns::GROUP;
        let group = IpEndpoint::new(Ipv4Address::new(a, b, c, d).into(), mdns::PORT);
        socket.send_to(question.get(..len)?, group).await.ok()?;
        let until = Instant::now() + LISTEN;
        let mut packet = [0; 1024];
        loop {
            let (len, _) = with_deadline(until, socket.recv_from(&mut packet)).await.ok()?.ok()?;
            if let Some(answer) = packet.get(..len).and_then(&understand) {
                return Some(answer);
            }
        }
    }

    async fn ask(&mut self, until: u64, wait: Option<u16>) {
        let reply = match self.server {
            Some((ip, port)) => {
                with_deadline(Instant::from_millis(until), self.exchange(ip, port, wait)).await.ok().flatten()
            }
            None => None,
        };
        match reply {
            Some(reply) => {
                self.shared.mirror.borrow_mut().reply(now(), self.random.random(), &reply);
                self.remember();
            }
            None => self.tell(Event::Failed),
        }
    }

    async fn exchange(&self, ip: [u8; 4], port: u16, wait: Option<u16>) -> Option<display_core::http::Reply> {
        let (mut rx, mut tx) = ([0; 1536], [0; 512]);
        let mut socket = TcpSocket::new(self.stack, &mut rx, &mut tx);
        let [a, b, c, d] = ip;
        socket.connect((Ipv4Address::new(a, b, c, d), port)).await.ok()?;
        let host = words(ip, port);
        let mut exchange = {
            let (settings, mirror) = (self.shared.settings.borrow(), self.shared.mirror.borrow());
            Exchange::new(&Request {
                host: host.as_str(),
                token: settings.token.as_slice(),
                etag: mirror.etag(),
                wait,
            })
        };
        while !exchange.outgoing().is_empty() {
            let count = socket.write(exchange.outgoing()).await.ok()?;
            exchange.sent(count);
        }
        let mut piece = [0; 512];
        loop {
            match socket.read(&mut piece).await.ok()? {
                0 => return exchange.closed().ok(),
                count => {
                    if let Some(reply) = exchange.incoming(piece.get(..count)?).ok()? {
                        return Some(reply);
                    }
                }
            }
        }
    }

    /// Keeps where the server was found, once that has proved right.
    fn remember(&self) {
        let mut settings = self.shared.settings.borrow_mut();
        if self.shared.mirror.borrow().is_good() && self.server.is_some() && settings.last != self.server {
            settings.last = self.server;
            self.shared.flash.borrow_mut().save(&settings);
        }
    }
}

/// What it means that a network did not take the display.
fn refusal(reason: DisconnectReason) -> Event {
    match reason {
        DisconnectReason::FourWayHandshakeTimeout
        | DisconnectReason::HandshakeTimeout
        | DisconnectReason::AuthenticationFailed
        | DisconnectReason::AuthenticationExpired
        | DisconnectReason::MicFailure => Event::WrongPassword,
        _ => Event::NotJoined,
    }
}

fn words(ip: [u8; 4], port: u16) -> Text<40> {
    let mut text = Text::EMPTY;
    for (part, end) in ip.iter().zip(b"...:") {
        text.push_number((*part).into(), 1);
        text.push(*end);
    }
    text.push_number(port.into(), 1);
    text
}
