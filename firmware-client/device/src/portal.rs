//! Setting up: an access point of the display's own, where every page is the one that asks for the network.

use crate::network::stack as stack_task;
use crate::update::say;
use crate::{Shared, now};
use display_core::code::Code;
use display_core::portal::{
    ADDRESS, ELSEWHERE, Head, LACKING, Method, PAGE, THANKS, dhcp_answer, dns_answer, settings,
};
use display_core::settings::Settings;
use display_core::text::Text;
use embassy_executor::Spawner;
use embassy_net::tcp::TcpSocket;
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4};
use embassy_time::{Duration, Timer};
use esp_hal::peripherals::WIFI;
use esp_hal::rng::Rng;
use esp_println::println;
use esp_radio::wifi::ap::AccessPointConfig;
use esp_radio::wifi::{AuthenticationMethodConfig, ControllerConfig, Interface, WifiController};
use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
use static_cell::StaticCell;

/// Characters that nobody takes for others.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Opens the access point and waits until the settings were saved.
pub async fn run(spawner: Spawner, shared: &'static Shared, wifi: WIFI<'static>, random: Rng) -> ! {
    static RESOURCES: StaticCell<StackResources<6>> = StaticCell::new();
    static BUFFERS: StaticCell<([u8; 1536], [u8; 1536], [u8; 1024])> = StaticCell::new();

    let interface = Interface::access_point();
    let (name, password) = (name(interface.mac_address()), password(&random));
    let started = start(wifi, &name, &password);
    println!("set-up: join {name}, password {password}, open http://192.168.4.1 ({})", started.is_some());
    if started.is_none() {
        Timer::after(Duration::from_secs(10)).await;
        esp_hal::system::software_reset();
    }
    let code = code(&name, &password);
    shared.mirror.borrow_mut().set_up(name.as_str(), password.as_str(), code);

    let [a, b, c, d] = ADDRESS;
    let address = Ipv4Address::new(a, b, c, d);
    let config = StaticConfigV4 {
        address: Ipv4Cidr::new(address, 24),
        gateway: Some(address),
        dns_servers: Default::default(),
    };
    let seed = u64::from(random.random()) << 32 | now();
    let (stack, runner) =
        embassy_net::new(interface, Config::ipv4_static(config), RESOURCES.init(StackResources::new()), seed);
    spawner.spawn(stack_task(runner).expect("it is started once"));
    spawner.spawn(addresses(stack).expect("it is started once"));
    spawner.spawn(names(stack).expect("it is started once"));
    spawner.spawn(alive(shared).expect("it is started once"));

    let (rx, tx, body) = BUFFERS.init(([0; 1536], [0; 1536], [0; 1024]));
    loop {
        let mut socket = TcpSocket::new(stack, rx, tx);
        socket.set_timeout(Some(Duration::from_secs(10)));
        if socket.accept(80).await.is_err() {
            Timer::after(Duration::from_millis(200)).await;
            continue;
        }
        let (answer, given) = serve(&mut socket, body).await.unwrap_or((LACKING, None));
        let saved = given.is_some_and(|given| shared.flash.borrow_mut().save(&given));
        say(&mut socket, if given.is_some() && !saved { LACKING } else { answer }).await;
        if saved {
            Timer::after(Duration::from_secs(1)).await;
            esp_hal::system::software_reset();
        }
    }
}

fn start(wifi: WIFI<'static>, name: &Text<16>, password: &Text<16>) -> Option<WifiController<'static>> {
    let authentication = AuthenticationMethodConfig::Wpa2Personal(password.as_str().try_into().ok()?);
    let config = AccessPointConfig::default()
        .with_ssid(name.as_str().try_into().ok()?)
        .with_authentication(authentication);
    let config =
        ControllerConfig::default().with_initial_config(esp_radio::wifi::Config::AccessPoint(config));
    WifiController::new(wifi, config).ok()
}

/// Answers one request.
async fn serve(
    socket: &mut TcpSocket<'_>,
    body: &mut [u8; 1024],
) -> Option<(&'static str, Option<Settings>)> {
    let mut head = Head::new(b"");
    let mut piece = [0; 256];
    let mut filled = loop {
        let count = socket.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        if let Some(rest) = head.feed(piece.get(..count)?).ok()? {
            body.get_mut(..rest)?.copy_from_slice(piece.get(count - rest..count)?);
            break rest;
        }
    };
    match head.method() {
        Method::Page => Some((PAGE, None)),
        Method::Save => {
            while filled < head.length {
                filled +=
                    socket.read(body.get_mut(filled..head.length)?).await.ok().filter(|count| *count > 0)?;
            }
            settings(body.get(..head.length)?).map(|settings| (THANKS, Some(settings)))
        }
        Method::Update | Method::Other => Some((ELSEWHERE, None)),
    }
}

/// There is nothing else here that could stand still for long.
#[embassy_executor::task]
async fn alive(shared: &'static Shared) -> ! {
    loop {
        shared.is_alive();
        Timer::after(Duration::from_secs(5)).await;
    }
}

/// Hands out addresses.
#[embassy_executor::task]
async fn addresses(stack: Stack<'static>) -> ! {
    let everybody = (Ipv4Address::new(255, 255, 255, 255), 68);
    datagrams(stack, 67, Some(everybody.into()), dhcp_answer).await
}

/// Answers every name with the display's address.
#[embassy_executor::task]
async fn names(stack: Stack<'static>) -> ! {
    datagrams(stack, 53, None, dns_answer).await
}

async fn datagrams(
    stack: Stack<'static>,
    port: u16,
    to: Option<embassy_net::IpEndpoint>,
    answer: fn(&[u8], &mut [u8]) -> Option<usize>,
) -> ! {
    let (mut rx, mut tx) = ([0; 1200], [0; 1200]);
    let (mut rx_meta, mut tx_meta) = ([PacketMetadata::EMPTY; 4], [PacketMetadata::EMPTY; 4]);
    let mut socket = UdpSocket::new(stack, &mut rx_meta, &mut rx, &mut tx_meta, &mut tx);
    let _ = socket.bind(port);
    let (mut question, mut reply) = ([0; 600], [0; 600]);
    loop {
        let Ok((len, from)) = socket.recv_from(&mut question).await else {
            Timer::after(Duration::from_millis(100)).await;
            continue;
        };
        let written = question.get(..len).and_then(|question| answer(question, &mut reply));
        if let Some(bytes) = written.and_then(|len| reply.get(..len)) {
            let _ = socket.send_to(bytes, to.unwrap_or(from.endpoint)).await;
        }
    }
}

/// `Costline-7F3A`, by the last two bytes of the radio's address.
fn name(address: [u8; 6]) -> Text<16> {
    let mut name = Text::new("Costline-");
    let [.., high, low] = address;
    for nibble in [high >> 4, high & 15, low >> 4, low & 15] {
        name.push(char::from_digit(nibble.into(), 16).map_or(b'0', |digit| digit.to_ascii_uppercase() as u8));
    }
    name
}

/// A new one each time: `k3fm-x9ap-2r`.
fn password(random: &Rng) -> Text<16> {
    let mut password = Text::EMPTY;
    for index in 0..10 {
        if index == 4 || index == 8 {
            password.push(b'-');
        }
        password.push(LETTERS.get(random.random() as usize % LETTERS.len()).copied().unwrap_or(b'x'));
    }
    password
}

/// What a phone's camera joins by.
fn code(name: &Text<16>, password: &Text<16>) -> Code {
    let mut text = Text::<64>::new("WIFI:T:WPA;S:");
    text.push_str(name.as_str());
    text.push_str(";P:");
    text.push_str(password.as_str());
    text.push_str(";;");
    let (mut work, mut out) = ([0; Version::new(4).buffer_len()], [0; Version::new(4).buffer_len()]);
    let made = QrCode::encode_text(
        text.as_str(),
        &mut work,
        &mut out,
        QrCodeEcc::Low,
        Version::MIN,
        Version::new(4),
        None,
        true,
    );
    made.map_or(Code::NONE, |code| Code::new(code.size() as u8, |x, y| code.get_module(x.into(), y.into())))
}
