//! The dashboard's files. They tell nothing; what they show they ask for.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use xxhash_rust::xxh3::xxh3_64;

/// One file.
#[derive(Clone, Copy)]
pub(super) struct File {
    pub(super) path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($($path:literal $kind:literal $name:literal,)*) => {
        /// All of them.
        pub(super) const FILES: &[File] = &[$(File {
            path: $path,
            kind: $kind,
            bytes: include_bytes!(concat!("../../assets/dashboard/", $name)),
        },)*];
    };
}

files! {
    "/" "text/html; charset=utf-8" "index.html",
    "/app.js" "text/javascript; charset=utf-8" "app.js",
    "/page.js" "text/javascript; charset=utf-8" "page.js",
    "/app.css" "text/css; charset=utf-8" "app.css",
    "/icon.svg" "image/svg+xml" "icon.svg",
}

/// What a page may do: nothing but talk to where it came from.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl File {
    pub(super) fn answer(self, headers: &HeaderMap) -> Response<Body> {
        let tag = format!("\"{:016x}\"", xxh3_64(self.bytes));
        let has = super::status::has(headers, &tag);
        let mut response = Response::new(if has { Body::empty() } else { Body::from(self.bytes) });
        if has {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let fields = response.headers_mut();
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            fields.insert(header::ETAG, tag);
        }
        response
    }
}
