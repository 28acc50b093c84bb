//! A desktop as it is on the session bus: a daemon of the test's own, and a service that notes what it is to show.

pub use crate::daemon::Daemon;
use futures_core::Stream;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedVariant;
use zbus::{Connection, connection};

const SOON: Duration = Duration::from_secs(20);

/// A connection to this bus.
pub async fn join(bus: &Daemon) -> Connection {
    connection::Builder::address(bus.address.as_str()).build().await.unwrap()
}

/// A notification as the desktop got it.
#[derive(Debug)]
pub struct Shown {
    pub replaces: u32,
    pub summary: String,
    pub body: String,
    pub actions: Vec<String>,
    pub urgency: u8,
}

pub struct Desktop {
    shown: mpsc::UnboundedSender<Shown>,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Desktop {
    #[allow(clippy::too_many_arguments, reason = "the desktop's specification has so many")]
    fn notify(
        &mut self,
        app_name: String,
        replaces_id: u32,
        app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        expire_timeout: i32,
    ) -> u32 {
        let urgency = u8::try_from(hints["urgency"].try_clone().unwrap()).unwrap();
        assert_eq!((app_name.as_str(), app_icon.as_str(), expire_timeout), ("Costline", "", -1));
        self.shown.send(Shown { replaces: replaces_id, summary, body, actions, urgency }).unwrap();
        self.last += 1;
        if replaces_id == 0 { self.last } else { replaces_id }
    }

    #[zbus(signal)]
    pub async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
}

/// A desktop that shows notifications, on this bus.
pub async fn desktop(bus: &Daemon) -> (Connection, mpsc::UnboundedReceiver<Shown>) {
    desktop_at(&bus.address).await
}

async fn desktop_at(address: &str) -> (Connection, mpsc::UnboundedReceiver<Shown>) {
    let (shown, seen) = mpsc::unbounded_channel();
    let connection = connection::Builder::address(address)
        .serve_at("/org/freedesktop/Notifications", Desktop { shown, last: 0 })
        .name("org.freedesktop.Notifications")
        .build()
        .await
        .unwrap();
    (connection, seen)
}

pub async fn next<S: Stream + Unpin>(stream: &mut S) -> S::Item {
    soon(std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)))
        .await
        .expect("the bus is gone")
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future).await.expect("nothing came in time")
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Someone before a screen, in a thread: what is shown while the test does something else is noted, too.
pub struct Witness {
    /// Notifications.
    pub shown: Receiver<Shown>,
    /// Signals that warn of budgets: number, rule, severity, title and body.
    pub warnings: Receiver<(String, String, String, String, String)>,
    /// Ends with this.
    _stay: oneshot::Sender<()>,
    _bus: Daemon,
}

impl Witness {
    /// Sits down before the screen of this bus.
    #[allow(clippy::disallowed_methods, reason = "a test may start threads")]
    pub fn of(bus: Daemon) -> Self {
        let (tell_shown, shown) = channel();
        let (tell_warning, warnings) = channel();
        let (stay, mut gone) = oneshot::channel::<()>();
        let (ready, is_ready) = channel();
        let watched = bus.address.clone();
        std::thread::spawn(move || {
            block_on(async {
                let (desk, mut seen) = desktop_at(&watched).await;
                let rule = zbus::MatchRule::builder()
                    .interface("io.github.costline.Status1")
                    .member("BudgetWarning")
                    .build()
                    .unwrap();
                let mut signals = zbus::MessageStream::for_match_rule(rule, &desk, None).await.unwrap();
                ready.send(()).unwrap();
                loop {
                    let signal = std::future::poll_fn(|context| Pin::new(&mut signals).poll_next(context));
                    tokio::select! {
                        Some(shown) = seen.recv() => drop(tell_shown.send(shown)),
                        Some(Ok(signal)) = signal => drop(tell_warning.send(signal.body().deserialize().unwrap())),
                        _ = &mut gone => return,
                    }
                }
            });
        });
        is_ready.recv_timeout(SOON).expect("nobody can be on the bus");
        Self { shown, warnings, _stay: stay, _bus: bus }
    }
}

/// The next of a channel.
pub fn await_next<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(SOON).expect("nothing came in time")
}
