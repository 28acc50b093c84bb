#![no_main]
costline_fuzz::fuzz!("mirror");
