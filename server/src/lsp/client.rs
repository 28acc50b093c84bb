//! Reads the parameters of `initialize`.
//!
//! Leniently: editors invent capabilities faster than a strict type can follow, and a server that opens no document
//! needs nine fields of them. A field of an unexpected type counts as missing.

use super::message::Client;
use super::uri;
use serde_json::Value;
use std::path::{Path, PathBuf};

impl Client {
    /// What these parameters of `initialize` say.
    pub(super) fn from_params(params: &Value) -> Self {
        let extensions = &params["capabilities"]["experimental"]["costline"];
        Self {
            folders: folders(params),
            extensions: extensions.is_object() || *extensions == Value::Bool(true),
            progress: params["capabilities"]["window"]["workDoneProgress"] == true,
            documents: params["capabilities"]["window"]["showDocument"]["support"] == true,
            actions: params["capabilities"]["window"]["showMessage"]["messageActionItem"].is_object(),
            options: params["initializationOptions"].clone(),
            process_id: params["processId"].as_u64().and_then(|id| u32::try_from(id).ok()),
            name: params["clientInfo"]["name"].as_str().map(str::to_owned),
        }
    }
}

/// The workspace folders; for a client that names none, its root in one of the two older ways.
fn folders(params: &Value) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in params["workspaceFolders"].as_array().into_iter().flatten() {
        let Some(path) = entry["uri"].as_str().and_then(uri::to_path) else { continue };
        if !folders.contains(&path) {
            folders.push(path);
        }
    }
    if folders.is_empty() {
        folders.extend(root(params));
    }
    folders
}

fn root(params: &Value) -> Option<PathBuf> {
    let path = || params["rootPath"].as_str().map(Path::new).filter(|path| path.is_absolute());
    params["rootUri"].as_str().and_then(uri::to_path).or_else(|| path().map(Path::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_there_is() {
        let client = Client::from_params(&json!({
            "processId": 7, "clientInfo": {"name": "ed"}, "initializationOptions": {"a": 1},
            "capabilities": {
                "experimental": {"costline": {"version": 1}},
                "window": {"workDoneProgress": true, "showDocument": {"support": true},
                    "showMessage": {"messageActionItem": {"additionalPropertiesSupport": true}}},
            },
            "workspaceFolders": [
                {"uri": "file:///a%20b", "name": "x"}, {"uri": "untitled:x", "name": "y"}, {"uri": "file:///a%20b"}
            ],
        }));
        let expected = Client {
            folders: vec!["/a b".into()],
            extensions: true,
            progress: true,
            documents: true,
            actions: true,
            options: json!({"a": 1}),
            process_id: Some(7),
            name: Some("ed".into()),
        };
        assert_eq!(client, expected);
    }

    #[test]
    fn takes_nonsense_for_nothing() {
        for params in [
            json!(null),
            json!([]),
            json!({"processId": -4, "clientInfo": 3, "workspaceFolders": {"uri": 1}, "rootPath": "relative"}),
            json!({"processId": "9", "capabilities": {"experimental": {"costline": false}}, "rootUri": "http://x/y"}),
            json!({"capabilities": {"window": {"workDoneProgress": "yes", "showDocument": true, "showMessage": true}}}),
        ] {
            assert_eq!(Client::from_params(&params), Client::default(), "{params}");
        }
    }

    #[test]
    fn falls_back_to_the_root() {
        for (params, folder) in [
            (json!({"workspaceFolders": null, "rootUri": "file:///r", "rootPath": "/p"}), "/r"),
            (json!({"workspaceFolders": [], "rootUri": null, "rootPath": "/p"}), "/p"),
            (json!({"rootPath": "/p"}), "/p"),
        ] {
            assert_eq!(Client::from_params(&params).folders, [PathBuf::from(folder)], "{params}");
        }
    }

    #[test]
    fn true_is_a_way_to_understand_the_extensions() {
        let client = Client::from_params(&json!({"capabilities": {"experimental": {"costline": true}}}));
        assert!(client.extensions);
    }
}
