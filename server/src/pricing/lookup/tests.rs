use super::*;
use proptest::prelude::*;

#[test]
fn one_name_for_all_spellings() {
    for (name, spellings) in [
        (
            "claude-sonnet-4-5",
            &[
                "claude-sonnet-4-5",
                "claude-sonnet-4-5-20250929",
                "claude-sonnet-4-5-latest",
                "claude-sonnet-4-5-20250929[1m]",
                "claude-sonnet-4-5[1M]",
                "  CLAUDE-Sonnet-4-5 ",
                "claude-sonnet-4.5",
                "claude-4.5-sonnet",
                "claude-4-5-sonnet-20250929",
                "Claude Sonnet 4.5",
                "claude-sonnet-4-5@20250929",
                "publishers/anthropic/models/claude-sonnet-4-5@20250929",
                "projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929",
                "vertex_ai/claude-sonnet-4-5@20250929",
                "anthropic/claude-sonnet-4-5",
                "anthropic:claude-sonnet-4-5",
                "openrouter/anthropic/claude-sonnet-4.5:thinking",
                "claude-sonnet-4-5-thinking",
                "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
                "anthropic.claude-sonnet-4-5-20250929-v1:0:200k",
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "global.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]",
                "arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
            ][..],
        ),
        (
            "claude-opus-4-6",
            &[
                "us.anthropic.claude-opus-4-6-v1:0",
                "eu.anthropic.claude-opus-4-6-v1",
                "claude-opus-4-6@default",
            ],
        ),
        (
            "claude-opus-4",
            &[
                "claude-opus-4-0",
                "claude-opus-4-20250514",
                "claude-4-opus",
                "claude-4-opus-20250514",
                "claude-4.0-opus",
            ],
        ),
        ("claude-sonnet-4", &["claude-4-sonnet", "claude-sonnet-4-0", "claude-sonnet-4@20250514"]),
        (
            "claude-3-5-sonnet",
            &[
                "claude-3.5-sonnet",
                "claude-sonnet-3-5",
                "claude-sonnet-3.5",
                "claude-3-5-sonnet-v2",
                "claude-3-5-sonnet-v2@20241022",
                "claude-3-5-sonnet-latest",
                "anthropic.claude-3-5-sonnet-20241022-v2:0",
            ],
        ),
        ("claude-3-opus", &["claude-3-opus-20240229", "claude-opus-3", "claude-3-opus-latest"]),
        ("claude-haiku-5-5", &["claude-5.5-haiku", "Claude-Haiku-5.5[1m]"]),
        ("claude-mythos-preview", &["us.anthropic.claude-mythos-preview-v1:0", "claude-mythos-preview"]),
    ] {
        for spelling in spellings {
            assert_eq!(canonical(spelling), name, "{spelling}");
        }
    }
}

#[test]
fn what_is_no_claude_keeps_its_name() {
    for (id, name) in [
        ("", ""),
        ("<synthetic>", "<synthetic>"),
        ("claude", "claude"),
        ("claude-v2", "claude-v2"),
        ("claude-2.1", "claude-2-1"),
        ("claude-instant-1-2-x", "claude-instant-1-2-x"),
        ("claude-sonnet-4-5-turbo", "claude-sonnet-4-5-turbo"),
        ("claude-opus-4-5-123456", "claude-opus-4-5-123456"),
        ("openai/GPT-4.1", "gpt-4.1"),
        ("deepseek-v3", "deepseek-v3"),
        ("arn:aws:bedrock:eu-west-1:12:application-inference-profile/ab12cd", "ab12cd"),
        ("opus", "opus"),
    ] {
        assert_eq!(canonical(id), name, "{id}");
    }
}

#[test]
fn tells_the_endpoint() {
    let vertex = "publishers/anthropic/models/claude-opus-4-8";
    for (id, regional, cloud) in [
        ("claude-opus-4-8", false, false),
        ("anthropic/claude-opus-4-8", false, false),
        ("us.anthropic.claude-opus-4-8", true, true),
        ("eu.anthropic.claude-opus-4-8", true, true),
        ("apac.anthropic.claude-opus-4-8", true, true),
        ("JP.anthropic.claude-opus-4-8", true, true),
        ("au.anthropic.claude-opus-4-8", true, true),
        ("us-gov.anthropic.claude-opus-4-8", true, true),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-8", true, true),
        ("bedrock/us.anthropic.claude-opus-4-8", true, true),
        ("global.anthropic.claude-opus-4-8", false, true),
        ("anthropic.claude-opus-4-8", false, true),
        ("claude-opus-4-8@20260401", false, true),
        (vertex, false, true),
        (&format!("projects/p/locations/global/{vertex}"), false, true),
        (&format!("projects/p/locations/europe-west1/{vertex}"), true, true),
        ("azure_ai/claude-opus-4-8", false, true),
    ] {
        let parsed = ModelId::parse(id);
        assert_eq!(
            (parsed.name.as_str(), parsed.regional, parsed.cloud),
            ("claude-opus-4-8", regional, cloud),
            "{id}"
        );
    }
}

proptest! {
    #[test]
    fn never_panics(id in ".*") {
        ModelId::parse(&id);
    }

    #[test]
    fn a_canonical_name_is_its_own(
        id in "[ ]?((us|global|x)\\.)?(anthropic[./:])?[Cc]laude[- ](opus|sonnet|3|4\\.5|10)-[0-9.]{0,3}\
         (-20250101|-latest)?(-v1)?(:0)?(@x)?[ ]?(\\[1m\\]){0,2}"
    ) {
        let once = canonical(&id);
        prop_assert_eq!(canonical(&once), once);
    }
}
