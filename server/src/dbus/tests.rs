//! The bus from the inside, on a daemon of the test's own.

use super::daemon::Daemon;
use super::interface::PATH;
use super::*;
use crate::config::Config;
use crate::pricing::PriceTable;
use crate::snapshot::wire::{Role, Watch};
use crate::snapshot::{Change, Sessions};
use crate::snapshot::{Rows, SessionRow, Surroundings, build};
use crate::time::{HOUR, Zone};

fn status(rows: &Rows) -> Status {
    let around = Surroundings {
        now: rows.as_of,
        role: Role::Leader,
        watch: Watch::Events,
        problems: Vec::new(),
        stale: false,
    };
    build(rows, &around, &Config::default(), &Zone::System, PriceTable::builtin())
}

/// A process on the bus, and what there is to tell it.
struct Stay {
    statuses: watch::Sender<Option<Arc<Status>>>,
    warnings: mpsc::UnboundedSender<Warning>,
    _popups: watch::Sender<bool>,
    heard: mpsc::UnboundedReceiver<Heard>,
    running: tokio::task::JoinHandle<()>,
}

impl Stay {
    fn on(bus: &Daemon, popups: bool) -> Self {
        let address = bus.address.clone();
        let (statuses, newest) = watch::channel(Some(Arc::new(status(&Rows::default()))));
        let (warnings, queue) = mpsc::unbounded_channel();
        let (popups, pop) = watch::channel(popups);
        let (hear, heard) = mpsc::unbounded_channel();
        let parts = Parts {
            address: Box::new(move || Some(address.clone())),
            statuses: newest,
            warnings: queue,
            popups: pop,
            hear: Arc::new(move |said| drop(hear.send(said))),
        };
        Self { statuses, warnings, _popups: popups, heard, running: tokio::spawn(run(parts)) }
    }

    async fn hears(&mut self, wanted: &Heard) {
        while soon(self.heard.recv()).await.as_ref() != Some(wanted) {}
    }

    async fn end(self) {
        drop(self.statuses);
        self.running.await.unwrap();
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("nothing came in time")
}

async fn join(bus: &Daemon) -> Connection {
    Builder::address(bus.address.as_str()).build().await.unwrap()
}

/// All that is said of Costline's object.
async fn signals(listener: &Connection) -> zbus::MessageStream {
    let rule = zbus::MatchRule::builder().path(PATH).build().unwrap();
    zbus::MessageStream::for_match_rule(rule, listener, Some(100_000.try_into().unwrap())).await.unwrap()
}

/// A desktop whose notification service takes what it is told and never answers.
async fn silent_desktop(bus: &Daemon) -> (Connection, zbus::MessageStream) {
    let desktop = join(bus).await;
    let calls = zbus::MessageStream::from(&desktop);
    desktop.request_name("org.freedesktop.Notifications").await.unwrap();
    (desktop, calls)
}

/// The next message of this member.
async fn heard_next(messages: &mut zbus::MessageStream, member: &str) -> zbus::Message {
    loop {
        let message = soon(next(messages)).await.unwrap().unwrap();
        if message.header().member().is_some_and(|found| found == member) {
            return message;
        }
    }
}

fn warning(id: i64) -> Warning {
    Warning {
        id,
        rule: "budget".to_owned(),
        subject: "day".to_owned(),
        severity: "warning",
        title: format!("title {id}"),
        body: String::new(),
        signal_only: false,
    }
}

#[tokio::test]
async fn a_desktop_that_does_not_answer_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Daemon::at(&folder.path().join("bus"));
    let (_desktop, mut calls) = silent_desktop(&bus).await;
    let listener = join(&bus).await;
    let mut signals = signals(&listener).await;
    let mut stay = Stay::on(&bus, true);
    stay.hears(&Heard::Ready).await;
    let began = Instant::now();
    stay.warnings.send(warning(1)).unwrap();
    heard_next(&mut calls, "Notify").await;
    // It is asked, and silent.
    stay.warnings.send(warning(2)).unwrap();
    for id in ["1", "2"] {
        let signal = heard_next(&mut signals, "BudgetWarning").await;
        let (heard, ..): (String, String, String, String, String) = signal.body().deserialize().unwrap();
        assert_eq!(heard, id);
    }
    let changed = Status { text: "$7".to_owned(), revision: 7, ..status(&Rows::default()) };
    stay.statuses.send_replace(Some(Arc::new(changed)));
    // In whichever order.
    let (mut said, mut shown) = (false, false);
    while !said || !shown {
        let signal = soon(next(&mut signals)).await.unwrap().unwrap();
        let text = format!("{:?}", signal.body().deserialize::<zbus::Structure<'_>>());
        let member = signal.header().member().map(ToString::to_string);
        said |= member.as_deref() == Some("StatusChanged") && text.contains("$7");
        shown |= member.as_deref() == Some("PropertiesChanged") && text.contains("$7");
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    // What did not pop up is not told, when the bus goes.
    drop(bus);
    while let Some(heard) = soon(stay.heard.recv()).await {
        match heard {
            Heard::Untold(id) => {
                assert_eq!(id, 2, "told by the desktop's own account");
                break;
            }
            Heard::Gone(_) | Heard::Taken(_) => {}
            other => panic!("{other:?}"),
        }
    }
    stay.end().await;
}

#[tokio::test]
async fn what_was_raised_without_the_name_is_signalled_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Daemon::at(&folder.path().join("bus"));
    let (_desktop, mut calls) = silent_desktop(&bus).await;
    let (other, listener) = (join(&bus).await, join(&bus).await);
    other.request_name(NAME).await.unwrap();
    let mut signals = signals(&listener).await;
    let mut stay = Stay::on(&bus, true);
    stay.hears(&Heard::Taken(true)).await;
    stay.warnings.send(warning(1)).unwrap();
    // Whoever sits before the screen need not wait for the name.
    heard_next(&mut calls, "Notify").await;
    other.release_name(NAME).await.unwrap();
    stay.hears(&Heard::Taken(false)).await;
    stay.hears(&Heard::Unsignalled(vec![1])).await;
    stay.warnings.send(Warning { signal_only: true, ..warning(1) }).unwrap();
    stay.warnings.send(warning(2)).unwrap();
    for id in ["1", "2"] {
        let signal = heard_next(&mut signals, "BudgetWarning").await;
        let (heard, ..): (String, String, String, String, String) = signal.body().deserialize().unwrap();
        assert_eq!(heard, id);
    }
    stay.end().await;
}

#[tokio::test]
async fn popups_stay_in_order_whether_they_are_answered_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Daemon::at(&folder.path().join("bus"));
    let (_desktop, mut calls) = silent_desktop(&bus).await;
    let mut popups = Popups::new(&join(&bus).await).await.unwrap();
    let (pop, mut to_pop) = mpsc::unbounded_channel();
    for id in 1..=3 {
        pop.send(warning(id)).unwrap();
    }
    drop(pop);
    popups.attend(&mut to_pop, Duration::from_millis(20), || {}).await;
    for id in 1..=3 {
        let call = heard_next(&mut calls, "Notify").await;
        let shown = format!("{:?}", call.body().deserialize::<zbus::Structure<'_>>());
        assert!(shown.contains(&format!("title {id}")), "{shown}");
    }
}

#[tokio::test]
async fn what_was_made_anew_and_says_the_same_is_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Daemon::at(&folder.path().join("bus"));
    let listener = join(&bus).await;
    let mut signals = signals(&listener).await;
    let mut stay = Stay::on(&bus, false);
    stay.hears(&Heard::Ready).await;
    heard_next(&mut signals, "StatusChanged").await;
    for id in 1..=5 {
        let anew = Status { generated_at: format!("{id}"), ..status(&Rows::default()) };
        stay.statuses.send_replace(Some(Arc::new(anew)));
        // It was looked at when this is told.
        stay.warnings.send(warning(id)).unwrap();
        heard_next(&mut signals, "BudgetWarning").await;
    }
    stay.statuses.send_replace(Some(Arc::new(Status { revision: 7, ..status(&Rows::default()) })));
    let changed = heard_next(&mut signals, "StatusChanged").await;
    let (revision, _): (u64, String) = changed.body().deserialize().unwrap();
    assert_eq!(revision, 7);
    stay.end().await;
}

#[tokio::test]
async fn a_burst_of_statuses_is_few_signals() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Daemon::at(&folder.path().join("bus"));
    let listener = join(&bus).await;
    let mut signals = signals(&listener).await;
    let mut stay = Stay::on(&bus, false);
    stay.hears(&Heard::Ready).await;
    let start = Instant::now();
    for revision in 1..=10_000 {
        let burst = Status { text: format!("${revision}"), revision, ..status(&Rows::default()) };
        stay.statuses.send_replace(Some(Arc::new(burst)));
        if revision % 5 == 0 {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
    let (mut properties, mut changed) = (0, 0);
    loop {
        let signal = next(&mut signals).await.unwrap().unwrap();
        let header = signal.header();
        match header.member().map(zbus::names::MemberName::as_str) {
            Some("PropertiesChanged") => {
                properties += 1;
                if format!("{:?}", signal.body().deserialize::<zbus::Structure<'_>>()).contains("$10000") {
                    break;
                }
            }
            Some("StatusChanged") => changed += 1,
            _ => {}
        }
    }
    let seconds = usize::try_from(start.elapsed().as_secs()).unwrap();
    assert!(properties <= seconds + 2, "{properties} in {seconds} s");
    assert!(changed > 0 && changed <= (seconds + 2) * Pace::A_SECOND, "{changed} in {seconds} s");
    stay.end().await;
}

#[test]
fn sessions_come_and_go() {
    let at = 1_789_387_200_000;
    let session = |id: &str, last: i64, nanos: i64| SessionRow {
        id: id.to_owned(),
        project: format!("/{id}"),
        last: Some(last),
        last_main: Some(last),
        cost: crate::money::NanoUsd(nanos),
        ..SessionRow::default()
    };
    let at_time = |as_of, sessions: Vec<SessionRow>| status(&Rows { as_of, sessions, ..Rows::default() });
    let started = |id: &str| Change::Started { id: id.to_owned(), project: format!("/{id}") };
    let ended = |id: &str, cost_usd| Change::Ended { id: id.to_owned(), project: format!("/{id}"), cost_usd };
    let mut sessions = Sessions::default();
    // Who was there already does not begin.
    assert_eq!(sessions.changes(&at_time(at, vec![session("a", at, 1)])), []);
    assert_eq!(
        sessions.changes(&at_time(at, vec![session("b", at, 5), session("a", at, 1)])),
        [started("b")]
    );
    assert_eq!(sessions.changes(&at_time(at, vec![session("b", at, 5), session("a", at, 1)])), []);
    let later = at + 6 * HOUR;
    let both = vec![session("b", later, 5), session("a", at, 500_000_000)];
    assert_eq!(sessions.changes(&at_time(later, both)), [ended("a", 0.5)]);
    // It is resumed, and the other one is not listed any more.
    assert_eq!(
        sessions.changes(&at_time(later, vec![session("a", later, 1)])),
        [started("a"), ended("b", 5e-9)]
    );
}
