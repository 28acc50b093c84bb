//! The session bus: a daemon of the test's own, panels and a notification service as a desktop has them.

use crate::desktop::{Daemon, Desktop, block_on, desktop, join, next, soon};
use crate::editor::{Editor, at_noon};
use crate::home::TestHome;
use crate::process::{json, run, text};
use crate::transcript::{Usage, Voice, now};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use zbus::Connection;
use zbus::object_server::SignalEmitter;

const NAME: &str = "io.github.costline.Status1";
const SESSION: &str = "11111111-1111-4111-8111-111111111111";

#[zbus::proxy(
    interface = "io.github.costline.Status1",
    default_service = "io.github.costline.Status1",
    default_path = "/io/github/costline/Status1"
)]
trait Panel {
    fn get_status(&self) -> zbus::Result<String>;
    fn refresh(&self) -> zbus::Result<()>;
    #[zbus(property)]
    fn text(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn severity(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn today_usd(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn week_usd(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn month_usd(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn context_percent(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn burn_usd_per_hour(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn budget_percent(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn version(&self) -> zbus::Result<String>;
    #[zbus(signal)]
    fn budget_warning(
        &self,
        id: String,
        rule: String,
        severity: String,
        title: String,
        body: String,
    ) -> zbus::Result<()>;
    #[zbus(signal)]
    fn session_started(&self, id: String, project: String) -> zbus::Result<()>;
    #[zbus(signal)]
    fn status_changed(&self, revision: u64, json: String) -> zbus::Result<()>;
}

/// Waits until someone has the name, or nobody any more; gives who.
async fn owner(connection: &Connection, wanted: impl Fn(Option<&str>) -> bool) -> Option<String> {
    let bus = zbus::fdo::DBusProxy::new(connection).await.unwrap();
    let mut changes = bus.receive_name_owner_changed().await.unwrap();
    let held = bus.get_name_owner(NAME.try_into().unwrap()).await.ok().map(|owner| owner.to_string());
    if wanted(held.as_deref()) {
        return held;
    }
    loop {
        let change = next(&mut changes).await;
        let change = change.args().unwrap();
        let new = change.new_owner.as_ref().map(ToString::to_string);
        if change.name == NAME && wanted(new.as_deref()) {
            return new;
        }
    }
}

fn on_bus<'a>(home: &TestHome, args: impl IntoIterator<Item = &'a str>, address: &str) -> Command {
    let mut command = at_noon(home, args);
    command.env("DBUS_SESSION_BUS_ADDRESS", address);
    command
}

/// A server that is ended with the test.
struct Server(Child);

impl Server {
    fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn kill(&mut self) {
        kill_process(Pid::from_child(&self.0), Signal::KILL).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Appends a response of $0.30 for each of `count`.
fn spend(home: &TestHome, id: &str, count: i64) {
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response(id, now(), Usage::of(100_000 * count, 0)));
}

fn budget(home: &TestHome, dollars: &str) {
    let mut command = home.command(["budget", "set", "--daily", dollars]);
    command.env("TZ", crate::transcript::noon_zone());
    let ran = run(command);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

/// A program in the place of the desktop's opener; gives the folder it lies in, and the file that it copies documents to.
fn opener(home: &TestHome) -> (PathBuf, PathBuf) {
    let (folder, copy) = (home.path().join("bin"), home.path().join("opened"));
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("xdg-open");
    let script = format!("#!/bin/sh\n/bin/cp \"$1\" '{0}.new' && /bin/mv '{0}.new' '{0}'\n", copy.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    (folder, copy)
}

#[test]
fn a_panel_sees_the_status_and_the_desktop_each_warning_once() {
    let home = TestHome::new();
    let bus = Daemon::at(&home.path().join("run/bus"));
    let (folder, opened) = opener(&home);
    block_on(async {
        let (desk, mut shown) = desktop(&bus).await;
        let client = join(&bus).await;
        let mut command = on_bus(&home, ["serve"], &bus.address);
        let mut server = Server::start({
            command.env("PATH", &folder);
            command
        });
        let first = owner(&client, |owner| owner.is_some()).await;
        let panel = PanelProxy::builder(&client)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await
            .unwrap();
        let (mut warnings, mut started) =
            (panel.receive_budget_warning().await.unwrap(), panel.receive_session_started().await.unwrap());
        assert_eq!(soon(panel.version()).await.unwrap(), env!("CARGO_PKG_VERSION"));
        assert_eq!(soon(panel.budget_percent()).await.unwrap().total_cmp(&-1.0), std::cmp::Ordering::Equal);
        budget(&home, "1");
        let mut editor = Editor::with(on_bus(&home, ["lsp"], &bus.address), |_| {});
        editor.until(|status| status["budgets"][0]["limitUsd"] == 1);

        // $0.90 of $1.00: of 50 and 80 % the higher one.
        spend(&home, "a", 3);
        let warning = next(&mut warnings).await;
        let warning = warning.args().unwrap();
        assert_eq!((warning.rule.as_str(), warning.severity.as_str()), ("budget", "warning"));
        assert!(warning.body.contains("$0.90"), "{}", warning.body);
        let popup = soon(shown.recv()).await.unwrap();
        assert_eq!((popup.replaces, popup.urgency), (0, 1), "{popup:?}");
        assert_eq!((&popup.summary, &popup.body), (&warning.title, &warning.body));
        assert_eq!(popup.actions, ["default", "Show breakdown"]);
        let session = next(&mut started).await;
        let session = session.args().unwrap();
        assert_eq!((session.id.as_str(), Path::new(&session.project)), (SESSION, home.project().as_path()));

        // What a panel reads is what the command says.
        let status: Value = serde_json::from_str(&soon(panel.get_status()).await.unwrap()).unwrap();
        assert_eq!(status["today"]["costUsd"], 0.9);
        assert_eq!(soon(panel.text()).await.unwrap(), status["text"].as_str().unwrap());
        assert_eq!(soon(panel.severity()).await.unwrap(), "warning");
        for (value, field) in [
            (soon(panel.today_usd()).await, &status["today"]["costUsd"]),
            (soon(panel.week_usd()).await, &status["week"]["costUsd"]),
            (soon(panel.month_usd()).await, &status["month"]["costUsd"]),
            (soon(panel.budget_percent()).await, &status["budgets"][0]["usedPercent"]),
            (soon(panel.context_percent()).await, &status["workspace"]["context"]["usedPercent"]),
            (soon(panel.burn_usd_per_hour()).await, &status["burn"]["usdPerHour"]),
        ] {
            assert_eq!(Value::from(value.unwrap()).as_f64(), field.as_f64(), "{field}");
        }

        // The breakdown opens as a document.
        let emitter = SignalEmitter::new(&desk, "/org/freedesktop/Notifications").unwrap();
        Desktop::action_invoked(&emitter, 1, "default").await.unwrap();
        soon(async {
            while !opened.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        let document = std::fs::read_to_string(&opened).unwrap();
        assert!(document.contains("$0.90"), "{document}");

        // Another process takes over within a second or so, and warns of nothing that was told.
        server.kill();
        owner(&client, |owner| owner.is_some() && owner != first.as_deref()).await;
        spend(&home, "b", 1);
        let popup = soon(shown.recv()).await.unwrap();
        assert_eq!((popup.urgency, popup.body.contains("$1.20")), (2, true), "{popup:?}");
        let mut changes = panel.receive_status_changed().await.unwrap();
        spend(&home, "c", 1);
        soon(panel.refresh()).await.unwrap();
        loop {
            let change = next(&mut changes).await;
            let status: Value = serde_json::from_str(&change.args().unwrap().json).unwrap();
            if status["today"]["costUsd"] == 1.5 {
                break;
            }
        }
        assert!(shown.try_recv().is_err(), "a warning came twice");
    });
    let told = json(&home, &["alerts"]);
    assert!(told.to_string().contains("budget"), "{told}");
}

#[test]
fn a_bus_that_comes_late_goes_and_comes_back() {
    let home = TestHome::new();
    let socket = home.path().join("run/bus");
    let address = format!("unix:path={}", socket.display());
    let mut editor = Editor::with(on_bus(&home, ["lsp"], &address), |_| {});
    editor.until(|status| {
        status["health"]["role"] == "leader" && status["health"]["problems"] == serde_json::json!([])
    });
    budget(&home, "1");
    spend(&home, "a", 3);
    editor.until(|status| status["today"]["costUsd"] == 0.9);
    for round in 0..2 {
        // The one before left its socket.
        let _ = std::fs::remove_file(&socket);
        let bus = Daemon::at(&socket);
        block_on(async {
            let (_desk, mut shown) = desktop(&bus).await;
            let client = join(&bus).await;
            owner(&client, |owner| owner.is_some()).await;
            // What was raised while nobody could be told is told now, and only once.
            if round == 0 {
                assert!(soon(shown.recv()).await.unwrap().body.contains("$0.90"));
            } else {
                let panel = PanelProxy::new(&client).await.unwrap();
                assert!(soon(panel.get_status()).await.unwrap().contains("\"costUsd\":0.9"));
                assert!(shown.try_recv().is_err(), "a warning came twice");
            }
        });
    }
}

#[test]
fn a_name_that_is_taken_is_waited_for() {
    let home = TestHome::new();
    let bus = Daemon::at(&home.path().join("run/bus"));
    block_on(async {
        let (_desk, mut shown) = desktop(&bus).await;
        let other = join(&bus).await;
        other.request_name_with_flags(NAME, zbus::fdo::RequestNameFlags::empty()).await.unwrap();
        // Without the variable the socket in the usual place is found.
        let mut editor = Editor::with(at_noon(&home, ["lsp"]), |_| {});
        let told =
            |status: &Value| status["health"]["problems"].to_string().contains("belongs to another program");
        let with = editor.until(|status| told(status) && status["severity"] == "ok");
        // Everyone is told.
        let mut follower = Editor::with(at_noon(&home, ["lsp"]), |_| {});
        let same = follower.until(|status| status["health"]["role"] == "follower" && told(status));
        assert_eq!(same["revision"], with["revision"]);
        assert!(told(&json(&home, &["status"])));
        let found = run(home.command(["doctor"])).out;
        assert!(found.contains("belongs to another program"), "{found}");

        // Who sits there is warned, and who listens to the name once that is there.
        let panel = PanelProxy::new(&other).await.unwrap();
        let mut warnings = panel.receive_budget_warning().await.unwrap();
        budget(&home, "1");
        spend(&home, "a", 3);
        assert!(soon(shown.recv()).await.unwrap().body.contains("$0.90"));
        let before = editor.until(|status| status["today"]["costUsd"] == 0.9);
        other.release_name(NAME).await.unwrap();
        let warning = next(&mut warnings).await;
        assert!(warning.args().unwrap().body.contains("$0.90"));
        for editor in [&mut editor, &mut follower] {
            let without = editor.until(|status| !told(status));
            assert!(without["revision"].as_i64() > before["revision"].as_i64(), "{without}");
        }
        spend(&home, "b", 1);
        assert!(next(&mut warnings).await.args().unwrap().body.contains("$1.20"));
        assert!(soon(shown.recv()).await.unwrap().body.contains("$1.20"));
        assert!(shown.try_recv().is_err(), "a warning came twice");
    });
    let log = std::fs::read_to_string(home.path().join("state/costline/log/costline.log")).unwrap();
    let (taken, named) = (log.find("belongs to another program"), log.find("on the session bus as"));
    assert!(taken.is_some() && taken < named, "{log}");
    assert!(text(&home, &["status", "--format", "plain"]).starts_with('$'));
}
