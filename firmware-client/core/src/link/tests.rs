use super::*;
use proptest::prelude::*;

/// Does what it says, with an event for each action; until it has nothing to do for now.
fn joined(link: &mut Link) {
    assert_eq!(link.next(0), Action::Join);
    link.tell(0, 0, Event::Joined);
    assert_eq!(link.next(0), Action::Find);
    link.tell(0, 0, Event::Found);
}

/// The time at which it does something other than to wait.
fn acts(link: &mut Link, now: u64) -> (u64, Action) {
    match link.next(now) {
        Action::Wait(until) => (until, link.next(until)),
        action => (now, action),
    }
}

#[test]
fn asks_without_a_pause_where_the_server_holds() {
    let mut link = Link::default();
    joined(&mut link);
    // The first question is not held: something has to be shown.
    assert_eq!(link.next(10), Action::Ask(3010, None));
    link.tell(30, 7, Event::New);
    let (now, action) = acts(&mut link, 30);
    assert_eq!((now, action), (280, Action::Ask(280 + 9000, Some(7))));
    link.tell(7290, 7, Event::Same);
    assert_eq!(acts(&mut link, 7290).0, 7540);
    // Something changed before the time was over.
    link.tell(7600, 7, Event::New);
    assert_eq!(acts(&mut link, 7600).0, 7850);
}

#[test]
fn asks_now_and_then_where_the_server_does_not_hold() {
    let mut link = Link::default();
    joined(&mut link);
    link.next(0);
    link.set_poll(20);
    link.tell(10, 7, Event::New);
    let (now, _) = acts(&mut link, 10);
    link.tell(now + 15, 7, Event::Same);
    let (now, _) = acts(&mut link, now + 15);
    link.tell(now + 15, 7, Event::Same);
    assert_eq!(acts(&mut link, now + 15).0, now + 15 + 20_000);
}

#[test]
fn waits_longer_from_failure_to_failure() {
    let mut link = Link::default();
    joined(&mut link);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..9 {
        let (start, action) = acts(&mut link, now);
        waits.push(start - now);
        match action {
            Action::Ask(deadline, None) => now = deadline,
            Action::Find => {
                link.tell(start, 0, Event::Found);
                now = start + 3000;
            }
            other => panic!("{other:?}"),
        }
        link.tell(now, u32::MAX, Event::Failed);
    }
    assert!(waits.iter().all(|wait| *wait <= 6000), "{waits:?}");
    assert!(waits[1] < waits[3], "{waits:?}");
    link.next(now + 10_000);
    link.tell(now + 10_000, 0, Event::New);
    assert_eq!(link.failures(), 0);
}

#[test]
fn a_refusal_makes_no_storm() {
    let mut link = Link::default();
    joined(&mut link);
    link.next(0);
    link.tell(5, 0, Event::Refused);
    assert_eq!(acts(&mut link, 5), (3005, Action::Ask(6005, None)));
    link.tell(3010, u32::MAX, Event::Busy(Some(9999)));
    assert_eq!(acts(&mut link, 3010).0, 63_010);
}

#[test]
fn joins_again_and_resets_as_a_last_resort() {
    let mut link = Link::default();
    joined(&mut link);
    link.tell(100, 0, Event::Left);
    assert_eq!(link.next(100), Action::Join);
    let (mut now, mut restarts) = (100, 0);
    let reset = loop {
        let (start, action) = acts(&mut link, now);
        now = start + 1000;
        match action {
            Action::Join => link.tell(now, 3, Event::NotJoined),
            Action::RestartRadio => {
                restarts += 1;
                link.tell(now, 3, Event::NotJoined);
            }
            Action::Reset => break start,
            other => panic!("{other:?}"),
        }
    };
    assert!(restarts >= 5, "{restarts}");
    assert!((20 * 60_000..21 * 60_000 + 100).contains(&reset), "{reset}");
    let mut link = Link::default();
    link.tell(0, 0, Event::WrongPassword);
    assert!(!link.is_password_wrong());
    link.tell(9000, 0, Event::WrongPassword);
    assert!(link.is_password_wrong());
}

proptest! {
    /// Whatever happened, once the server can be reached it is asked within ten seconds.
    #[test]
    fn is_never_stuck(events in proptest::collection::vec((0..6_u8, 0..9000_u64, any::<u32>()), 0..80)) {
        let mut link = Link::default();
        joined(&mut link);
        let mut now = 0;
        for (event, took, random) in events {
            let (start, action) = acts(&mut link, now);
            now = match action {
                Action::Ask(deadline, _) => deadline.min(start + took),
                _ => start + took.min(2000),
            };
            let event = match (action, event) {
                (Action::Find, 0..=2) => Event::NotFound,
                (Action::Find, _) => Event::Found,
                (_, 0) => Event::New,
                (_, 1) => Event::Same,
                (_, 2) => Event::Refused,
                _ => Event::Failed,
            };
            link.tell(now, random, event);
        }
        let well = now;
        loop {
            let (start, action) = acts(&mut link, now);
            match action {
                Action::Find => link.tell(start, 0, Event::Found),
                Action::Ask(..) => {
                    prop_assert!(start - well <= 6000, "{} ms", start - well);
                    break;
                }
                other => prop_assert!(false, "{other:?}"),
            }
            now = start;
        }
    }
}
