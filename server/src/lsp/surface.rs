//! How things are shown to a client: what it says of itself decides, unless the setting `lsp.surface` does.

use super::message::Client;
use crate::config::{self, Config};

/// A way to show things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    /// Our own notifications; the client shows reports itself.
    Rich,
    /// What the protocol offers, as Helix does with it.
    Helix,
    /// What the protocol offers.
    Generic,
    /// Nothing that was not asked for.
    Quiet,
}

/// What a client is shown, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is something else that a client says")]
pub(super) struct Manners {
    /// The way to show things.
    pub(super) surface: Surface,
    /// The client shows progress.
    pub(super) progress: bool,
    /// The client shows documents.
    pub(super) documents: bool,
    /// The client can ask its person to choose an action.
    pub(super) actions: bool,
    /// What is grave is marked by a diagnostic.
    pub(super) marks: bool,
}

impl Manners {
    /// Those to use with a client that has not said who it is.
    pub(super) const SILENT: Self =
        Self { surface: Surface::Quiet, progress: false, documents: false, actions: false, marks: false };

    /// How to treat this client under these settings, over which its own options count.
    pub(super) fn of(client: &Client, config: &Config) -> Self {
        let (config, _) = config.with_editor_options(&client.options);
        let helix = client.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("helix"));
        let surface = match config.lsp.surface {
            config::Surface::Rich => Surface::Rich,
            config::Surface::Helix => Surface::Helix,
            config::Surface::Quiet => Surface::Quiet,
            config::Surface::Auto if client.extensions => Surface::Rich,
            config::Surface::Auto if helix => Surface::Helix,
            config::Surface::Auto | config::Surface::Generic => Surface::Generic,
        };
        let plain = matches!(surface, Surface::Helix | Surface::Generic);
        Self {
            surface,
            progress: client.progress,
            // Helix shows documents since long before it said so.
            documents: client.documents || surface == Surface::Helix,
            actions: client.actions,
            marks: plain && config.lsp.marker,
        }
    }

    /// Whether the client gets our own notifications.
    pub(super) fn pushes(self) -> bool {
        self.surface == Surface::Rich
    }

    /// Whether changes of the status text show as progress that ends at once.
    pub(super) fn pulses(self) -> bool {
        self.progress && matches!(self.surface, Surface::Helix | Surface::Generic)
    }

    /// Whether the reading of a backlog shows as progress.
    pub(super) fn shows_reading(self) -> bool {
        self.progress && self.surface != Surface::Quiet
    }

    /// Whether what is wrong shows as a message.
    pub(super) fn warns(self) -> bool {
        matches!(self.surface, Surface::Helix | Surface::Generic)
    }

    /// Whether the result of a command is shown as well as answered. A client that knows the extensions does that itself,
    /// and better: Neovim 0.11 for one fails at a request to show a document when there is no word under the cursor.
    pub(super) fn presents(self) -> bool {
        self.surface != Surface::Rich
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_greeting_decides_unless_a_setting_does() {
        let client = |name: &str, extensions: bool, options: serde_json::Value| Client {
            name: Some(name.to_owned()),
            extensions,
            options,
            ..Client::default()
        };
        let set = |surface: &str| json!({"lsp": {"surface": surface}});
        for (client, expected) in [
            (client("code-server", true, json!(null)), Surface::Rich),
            (client("helix", true, json!(null)), Surface::Rich),
            (client("helix", false, json!(null)), Surface::Helix),
            (client("Helix", false, set("auto")), Surface::Helix),
            (client("Zed", false, json!(null)), Surface::Generic),
            (Client::default(), Surface::Generic),
            (client("helix", false, set("generic")), Surface::Generic),
            (client("Zed", false, set("helix")), Surface::Helix),
            (client("Neovim", true, set("quiet")), Surface::Quiet),
            (client("Neovim", false, set("rich")), Surface::Rich),
            (client("Neovim", false, set("loud")), Surface::Generic),
        ] {
            assert_eq!(Manners::of(&client, &Config::default()).surface, expected, "{client:?}");
        }
        let (file, _) = Config::default().with_flags(&[("lsp.surface", "quiet")]);
        assert_eq!(Manners::of(&Client::default(), &file).surface, Surface::Quiet);
    }

    #[test]
    fn each_way_shows_what_the_client_can() {
        // In the order of the variants: pushes, pulses, shows reading, warns, presents.
        for (surface, expected) in [
            (Surface::Rich, [true, false, true, false, false]),
            (Surface::Helix, [false, true, true, true, true]),
            (Surface::Generic, [false, true, true, true, true]),
            (Surface::Quiet, [false, false, false, false, true]),
        ] {
            for progress in [true, false] {
                let manners = Manners { surface, progress, ..Manners::SILENT };
                let [pushes, pulses, reading, warns, presents] = expected;
                assert_eq!(
                    [
                        manners.pushes(),
                        manners.pulses(),
                        manners.shows_reading(),
                        manners.warns(),
                        manners.presents()
                    ],
                    [pushes, pulses && progress, reading && progress, warns, presents],
                    "{manners:?}"
                );
            }
        }
        let client = |name: &str| Client { name: Some(name.to_owned()), ..Client::default() };
        assert!(Manners::of(&client("helix"), &Config::default()).documents);
        assert!(!Manners::of(&client("ed"), &Config::default()).documents);
    }
}
